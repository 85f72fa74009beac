import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Migration } from '../../src/aurora/index.ts';
import { pgliteEngine } from '../../src/local/data-api/index.ts';

type PgliteEngine = Awaited<ReturnType<typeof pgliteEngine>>;

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const folder = join(modules, '.cache/tandem');

/**
 * A PGlite of its own in memory, from a snapshot: making a database takes seconds, loading one half of
 * one. With `migrations` it has them applied already, if `keepPglite` was called with the same ones before.
 */
export async function startPglite(migrations?: readonly Migration[]): Promise<PgliteEngine> {
  const kept = (migrations && (await read(migratedFile(migrations)))) ?? (await emptyDatabase());
  return pgliteEngine({ snapshot: kept });
}

/** Keeps what a PGlite holds after these migrations, for later runs; forgets what it held after others. */
export async function keepPglite(
  engine: PgliteEngine,
  migrations: readonly Migration[],
): Promise<void> {
  const file = migratedFile(migrations);
  if (await read(file)) return;
  const stale = (await readdir(folder)).filter((name) => /-migrated-\w+\.tar\.gz$/.test(name));
  await write(file, await engine.dump());
  for (const name of stale) await rm(join(folder, name), { force: true });
}

/** The archive of a PGlite with nothing in it; made once, then read. */
export async function emptyDatabase(): Promise<Blob> {
  const file = `${prefix()}-empty.tar.gz`;
  const kept = await read(file);
  if (kept) return kept;
  const engine = await pgliteEngine({});
  const dump = await engine.dump();
  await engine.close();
  await write(file, dump);
  return dump;
}

function migratedFile(migrations: readonly Migration[]): string {
  const digest = createHash('sha256').update(JSON.stringify(migrations)).digest('hex');
  return `${prefix()}-migrated-${digest.slice(0, 16)}.tar.gz`;
}

function prefix(): string {
  const manifest = readFileSync(join(modules, '@electric-sql/pglite/package.json'), 'utf8');
  return `pglite-${(JSON.parse(manifest) as { version: string }).version}`;
}

async function read(name: string): Promise<Blob | undefined> {
  const bytes = await readFile(join(folder, name)).catch(() => undefined);
  return bytes && new Blob([bytes]);
}

async function write(name: string, dump: Blob): Promise<void> {
  mkdirSync(folder, { recursive: true });
  // Written aside and renamed: another worker may be reading, or writing, the same file.
  const own = join(folder, `${name}.${randomUUID()}`);
  await writeFile(own, Buffer.from(await dump.arrayBuffer()));
  await rename(own, join(folder, name));
}
