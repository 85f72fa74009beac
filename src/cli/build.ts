import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type Bundle, bundleAll } from './bundle.ts';

/** A larger API bundle is a slower cold start: something came in that should not. */
const MAX_API_BYTES = 700_000;

/** What loading the API bundle may take, on a machine with nothing else to do. */
const LOAD_BUDGET_MS = 120;

/** Fresh processes timed; the median stands for all. */
const LOADS = 7;

const bundles = await bundleAll();
for (const bundle of bundles) {
  const bytes = await readFile(bundle.file);
  const gzip = gzipSync(bytes, { level: 9 }).length;
  say(`${relative(process.cwd(), bundle.file)}  ${count(bytes.length)} bytes, ${count(gzip)} gzip`);
  if (bundle.name === 'api' && bytes.length > MAX_API_BYTES) {
    say(`The api bundle is larger than ${count(MAX_API_BYTES)} bytes. Its largest parts:`);
    for (const [name, size] of largestParts(bundle)) say(`  ${count(size).padStart(9)}  ${name}`);
    process.exitCode = 1;
  }
}
const api = bundles.find(({ name }) => name === 'api');
if (api !== undefined) {
  const loads = Array.from({ length: LOADS }, () => timeLoadMs(api.file)).sort((a, b) => a - b);
  const median = Math.round(loads[LOADS >> 1] ?? 0);
  say(
    `api loads in ${median} ms (median of ${LOADS} fresh processes; budget ${LOAD_BUDGET_MS} ms)`,
  );
}

/** Milliseconds from the `import` of a bundle to its handler, in a process of its own. */
function timeLoadMs(file: string): number {
  const script = `
    const begin = performance.now();
    await import(${JSON.stringify(pathToFileURL(file).href)});
    process.stdout.write(String(performance.now() - begin));
    process.exit(0);`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${file} does not load: ${stderr}`);
  return Number(stdout);
}

/** Bytes by package or folder, largest first. */
function largestParts({ metafile }: Bundle): [string, number][] {
  const sizes = new Map<string, number>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const part =
        /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ??
        path.split('/').slice(0, 2).join('/');
      sizes.set(part, (sizes.get(part) ?? 0) + bytesInOutput);
    }
  }
  return [...sizes].sort(([, a], [, b]) => b - a).slice(0, 12);
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
