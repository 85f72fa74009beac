import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { type Bundle, bundleAll, type FunctionName } from './bundle.ts';

/** What a function weighs, in bytes. */
export interface BuiltFunction {
  readonly bundle: Bundle;
  /** All that is loaded at a cold start: the module of the handler and what it imports at once. */
  readonly loadBytes: number;
  /** Packed: all modules, and what else goes with them but source maps. */
  readonly zipBytes: number;
  /** The same with source maps. */
  readonly zipWithMapsBytes: number;
}

/**
 * Largest zip of each function without and with its source maps, in bytes. A larger one is a slower cold
 * start: something came in that should not.
 */
const BUDGET: Readonly<Record<FunctionName, { readonly zip: number; readonly withMaps: number }>> =
  {
    api: { zip: 300_000, withMaps: 600_000 },
    projector: { zip: 220_000, withMaps: 480_000 },
    // With the client of RDS, which sets the floor of the capacity.
    warmer: { zip: 300_000, withMaps: 700_000 },
    relay: { zip: 220_000, withMaps: 480_000 },
    migrate: { zip: 160_000, withMaps: 350_000 },
  };

/**
 * Bundles all functions with source maps and checks their sizes; `say` gets a line about each. Errors: one
 * that names the largest parts of what is too large.
 */
export async function buildFunctions(say: (line: string) => void): Promise<BuiltFunction[]> {
  const built = await Promise.all(
    (await bundleAll({ sourcemap: true })).map((bundle) => weigh(bundle)),
  );
  for (const { bundle, loadBytes, zipBytes, zipWithMapsBytes } of built) {
    say(
      `${bundle.name}: ${count(loadBytes)} bytes to load, ${count(zipBytes)} zipped, ${count(zipWithMapsBytes)} with source maps`,
    );
  }
  const tooLarge = built.filter(({ bundle, zipBytes, zipWithMapsBytes }) => {
    const { zip, withMaps } = BUDGET[bundle.name];
    return zipBytes > zip || zipWithMapsBytes > withMaps;
  });
  if (tooLarge.length > 0) throw new Error(tooLarge.map(explain).join('\n'));
  return built;
}

async function weigh(bundle: Bundle): Promise<BuiltFunction> {
  const folder = dirname(bundle.file);
  let zipBytes = 0;
  let mapBytes = 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const packed = deflateRawSync(await readFile(join(entry.parentPath, entry.name)), { level: 9 });
    if (entry.name.endsWith('.map')) mapBytes += packed.length;
    else zipBytes += packed.length;
  }
  return {
    bundle,
    loadBytes: loadedAtOnce(bundle),
    zipBytes,
    zipWithMapsBytes: zipBytes + mapBytes,
  };
}

function loadedAtOnce({ name, metafile }: Bundle): number {
  const { outputs } = metafile;
  const entry = Object.keys(outputs).find(
    (path) => outputs[path]?.entryPoint === `src/lambda/${name}.ts`,
  );
  const seen = new Set(entry === undefined ? [] : [entry]);
  let bytes = 0;
  for (const path of seen) {
    const output = outputs[path];
    if (output === undefined) continue;
    bytes += output.bytes;
    for (const { path: next, kind } of output.imports) {
      if (kind === 'import-statement') seen.add(next);
    }
  }
  return bytes;
}

function explain({ bundle, zipBytes, zipWithMapsBytes }: BuiltFunction): string {
  const { zip, withMaps } = BUDGET[bundle.name];
  const parts = largestParts(bundle).map(([name, size]) => `  ${count(size).padStart(9)}  ${name}`);
  return [
    `The zip of ${bundle.name} has ${count(zipBytes)} bytes (${count(zip)} allowed), ${count(zipWithMapsBytes)} with source maps (${count(withMaps)} allowed). Its largest parts, unpacked:`,
    ...parts,
  ].join('\n');
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
