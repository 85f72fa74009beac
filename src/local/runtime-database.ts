import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readMigrations } from '../lambda/migrations.ts';
import { pgliteEngine, postgresEngine } from './data-api/index.ts';

/** Where an empty, migrated database is kept between starts: making one takes many times as long as reading it. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/tandem/', import.meta.url));

/** Says that a folder holds a whole database: a process killed while making it leaves none. */
const WHOLE = 'whole';

type PgliteEngine = Awaited<ReturnType<typeof pgliteEngine>>;

/** A database engine for the local Data API. */
export interface LocalDatabase {
  readonly engine: PgliteEngine | ReturnType<typeof postgresEngine>;
  /** Call it when the migrations are in: keeps an empty database for later starts, and notes that the folder is whole. */
  migrated(): Promise<void>;
  /** Whether changes wait to be copied into DynamoDB. Looks past the Data API, so that it wakes nothing. */
  hasPending(): Promise<boolean>;
}

/** Opens the database: the one in the folder, or a new one from the kept snapshot, or from nothing. */
export async function openDatabase(options: {
  readonly databaseUrl?: string;
  /** Absent: in memory. */
  readonly folder?: string;
}): Promise<LocalDatabase> {
  const { databaseUrl, folder } = options;
  if (databaseUrl !== undefined) {
    const engine = postgresEngine({ connectionString: databaseUrl });
    return { engine, migrated: async () => undefined, hasPending: () => hasPending(engine) };
  }
  const mark = folder && `${folder}.${WHOLE}`;
  if (folder && mark) {
    if (await exists(mark)) {
      const engine = await pgliteEngine({ dataDir: folder });
      return { engine, migrated: async () => undefined, hasPending: () => hasPending(engine) };
    }
    await rm(folder, { recursive: true, force: true });
  }
  const kept = await snapshotPath();
  const snapshot = await readFile(kept).catch(() => undefined);
  const engine = await pgliteEngine({
    ...(folder === undefined ? {} : { dataDir: folder }),
    ...(snapshot === undefined ? {} : { snapshot: new Blob([new Uint8Array(snapshot)]) }),
  });
  return {
    engine,
    async migrated() {
      if (snapshot === undefined) await keep(engine, kept);
      if (mark) await writeFile(mark, '');
    },
    hasPending: () => hasPending(engine),
  };
}

/** Looks into the database itself: asking through the Data API would wake a sleeping Aurora. */
async function hasPending(engine: LocalDatabase['engine']): Promise<boolean> {
  const session = await engine.session();
  try {
    const { rows } = await session.query(PENDING, [], { timeoutMs: PENDING_TIMEOUT_MS });
    return rows.length > 0;
  } finally {
    await session.release();
  }
}

/** What the relay, the backfill and the revert of runs have still to do. */
const PENDING = `
  select 1 from outbox
  union all select 1 from source_rename where due_at <= now()
  union all select 1 from projection where state <> 'active' or next_slot is not null
  union all select 1 from run where state = 'reverting'
  limit 1`;

const PENDING_TIMEOUT_MS = 10_000;

async function keep(engine: PgliteEngine, path: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  try {
    const dump = await engine.dump();
    await mkdir(CACHE, { recursive: true });
    await writeFile(draft, new Uint8Array(await dump.arrayBuffer()));
    // Whole or not at all, whoever else starts now.
    await rename(draft, path);
  } catch {
    // Without it the next start takes longer: a read-only installation works all the same.
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

/** Another PGlite or other migrations make another snapshot. */
async function snapshotPath(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const { version } = JSON.parse(
    await readFile(join(dirname(entry), '../package.json'), 'utf8'),
  ) as { version: string };
  const hash = createHash('sha256').update(version);
  for (const { name, sql } of (await readMigrations()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`\0${name}\0${sql}`);
  }
  return join(CACHE, `database-${hash.digest('hex').slice(0, 16)}.tar.gz`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
