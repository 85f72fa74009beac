import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { storesInMemory } from './stores.ts';

const FACADE = fileURLToPath(new URL('../../src/facade/', import.meta.url));

/** Calls that reach a store only by texts that need chunks of their own are told with the others. */
const FRAME = /src\/facade\/([\w-]+\.ts):(\d+)/;

/** Every place in the facade's source that calls a store: `file:line store.method`. */
export function callSites(): string[] {
  const { articles, outputs } = storesInMemory();
  const methods = new Set([...Object.keys(articles), ...Object.keys(outputs)]);
  return readdirSync(FACADE).flatMap((file) => {
    const source = readFileSync(FACADE + file, 'utf8');
    const calls = source.matchAll(/\b(?:articles|outputs|store)\s*\.(\w+)\(/g);
    return [...calls].flatMap((match) => {
      const [text, method = ''] = match;
      if (!methods.has(method)) return [];
      const line = source.slice(0, match.index + text.length).split('\n').length;
      return [`${file}:${line} ${method}`];
    });
  });
}

/** Gathers the places from which calls come, out of the stack as each of them begins. */
export function siteRecorder(): {
  readonly at: (name: string) => void;
  readonly seen: Set<string>;
} {
  const seen = new Set<string>();
  return {
    seen,
    at(name) {
      const { stack = '' } = new Error(name);
      const [, file, line] = FRAME.exec(stack) ?? [];
      if (file !== undefined) seen.add(`${file}:${line} ${name.split('.')[1]}`);
    },
  };
}
