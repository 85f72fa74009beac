import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/tandem', import.meta.url));

/**
 * Loads a module and all that it imports as one file. The loader that runs the other programs gives every
 * function its name as it is made, which takes a sixth of the time of a campaign that makes thousands a
 * history; stacks name no source file here.
 */
export async function importBundled<T>(module: URL, name: string): Promise<T> {
  mkdirSync(CACHE, { recursive: true });
  const outfile = join(CACHE, `${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [fileURLToPath(module)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return (await import(pathToFileURL(outfile).href)) as T;
}
