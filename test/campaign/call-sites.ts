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

/** Files whose calls the campaign leaves out, each with its reason. */
const APART: Readonly<Record<string, string>> = {
  'status.ts': 'reads the oldest intent for a page of figures, beside a ledger of its own',
};

/** Why the campaign leaves a call out; undefined where it has to reach it. */
export function reasonApart(site: string): string | undefined {
  return APART[site.split(':')[0] ?? ''];
}

/** Gathers the places from which calls come, out of the stack as each of them begins. */
export function siteRecorder(): {
  readonly at: (name: string) => void;
  readonly seen: Set<string>;
} {
  const seen = new Set<string>();
  const known = new Set<string>();
  return {
    seen,
    at(name) {
      // A stack told in terms of the sources takes as long as dozens of calls.
      const place = `${name} ${placeInBuild()}`;
      if (known.has(place)) return;
      known.add(place);
      const { stack = '' } = new Error(name);
      const [, file, line] = FRAME.exec(stack) ?? [];
      if (file !== undefined) seen.add(`${file}:${line} ${name.split('.')[1]}`);
    },
  };
}

/** Where in the facade's code, as it runs, the call under way comes from. */
function placeInBuild(): string {
  const prepare = Error.prepareStackTrace;
  const holder: { stack?: unknown } = {};
  Error.prepareStackTrace = (_, frames) =>
    frames
      .filter((frame) => frame.getFileName()?.includes('/src/facade/'))
      .map((frame) => `${frame.getFileName()}:${frame.getLineNumber()}:${frame.getColumnNumber()}`)
      .at(0);
  Error.captureStackTrace(holder);
  const { stack } = holder;
  Error.prepareStackTrace = prepare;
  return String(stack);
}
