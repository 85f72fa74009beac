import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type Aurora, createAurora, type Migration, migrate } from '../../src/aurora/index.ts';
import type { Context, Observation } from '../../src/domain/index.ts';
import { newId, systemClock, systemRandom } from '../../src/lambda/system.ts';
import { createDataApiServer, postgresEngine } from '../../src/local/data-api/index.ts';
import { createWire } from '../../src/local/wire/index.ts';
import { aContext, seededRandom } from './clock.ts';
import { keepPglite, startPglite } from './pglite-snapshots.ts';

type DataApiServer = Awaited<ReturnType<typeof createDataApiServer>>;
type Wire = ReturnType<typeof createWire>;
type Engine = Awaited<ReturnType<typeof startPglite>> | ReturnType<typeof postgresEngine>;
type ColumnTypes = Parameters<typeof createAurora>[0]['columnTypes'];

/** Aurora for a test file: a database of its own behind a Data API server of its own. */
export interface TestAurora<DB> {
  /** Over the real SDK client and the local Data API. */
  readonly aurora: Aurora<DB>;
  readonly server: DataApiServer;
  /** Faults and call counts of the server. */
  readonly wire: Wire;
  /** The same database over a direct connection; throws on PGlite, which has none. */
  direct(): Aurora<DB>;
  /** Another client of the same server, such as one that knows nothing yet of the cluster's state. */
  connect(): Aurora<DB>;
  /** A context on the machine's clock, with what was observed under it. */
  ctx(overrides?: Partial<Context>): Context & { readonly observed: Observation[] };
  close(): Promise<void>;
}

/** Whether tests run on a real PostgreSQL (`TEST_DATABASE_URL`) and not on PGlite. */
export const onPostgres = Boolean(process.env.TEST_DATABASE_URL);

/** The files of `sql/migrations`. */
export function readMigrations(): Migration[] {
  const folder = fileURLToPath(new URL('../../sql/migrations', import.meta.url));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, sql: readFileSync(join(folder, name), 'utf8') }));
}

/**
 * Starts it, with the migrations applied unless `migrations` says otherwise. Takes about a second on
 * PGlite and on PostgreSQL; call it once per file, in `beforeAll`, and `close` in `afterAll`.
 */
export async function startAurora<DB = unknown>(
  options: { readonly migrations?: readonly Migration[]; readonly columnTypes?: ColumnTypes } = {},
): Promise<TestAurora<DB>> {
  const { columnTypes = {}, migrations = readMigrations() } = options;
  const url = process.env.TEST_DATABASE_URL;
  const database = url ? await createDatabase(url) : undefined;
  if (database) {
    const engine = postgresEngine({ connectionString: database.url });
    return start<DB>(engine, database, columnTypes, migrations);
  }
  // Only the project's own migrations are worth keeping.
  const kept = options.migrations ? undefined : migrations;
  const engine = await startPglite(kept);
  const started = await start<DB>(engine, undefined, columnTypes, migrations);
  if (kept) await keepPglite(engine, kept);
  return started;
}

async function start<DB>(
  engine: Engine,
  database: Database | undefined,
  columnTypes: ColumnTypes,
  migrations: readonly Migration[],
): Promise<TestAurora<DB>> {
  const wire = createWire({
    clock: systemClock,
    random: seededRandom(1),
    sleep: (ms) => systemClock.sleep(ms),
  });
  const server = await createDataApiServer({ engine, gate: wire.gate('data-api') });
  const { resourceArn, secretArn } = server;
  const opened: Aurora<DB>[] = [];
  const open = (target: Parameters<typeof createAurora>[0]['target']): Aurora<DB> => {
    const aurora = createAurora<DB>({
      target,
      columnTypes,
      clock: systemClock,
      random: systemRandom,
    });
    opened.push(aurora);
    return aurora;
  };
  const connect = (): Aurora<DB> =>
    open({
      connection: 'data-api',
      resourceArn,
      secretArn,
      database: server.database,
      region: 'us-east-1',
      endpoint: server.url,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  const ctx = (overrides: Partial<Context> = {}): ReturnType<typeof aContext> =>
    aContext(systemClock, overrides);
  const aurora = connect();
  await migrate(aurora, ctx({ deadlineMs: Date.now() + 60_000 }), migrations, {
    clock: systemClock,
    newId,
  });
  wire.resetCalls();
  return {
    aurora,
    server,
    wire,
    connect,
    ctx,
    direct() {
      if (!database) throw new Error('There is no direct connection to PGlite: see onPostgres');
      return open({ connection: 'direct', connectionString: database.url });
    },
    async close() {
      for (const one of opened) await one.close();
      await server.close();
      await database?.drop();
    },
  };
}

interface Database {
  readonly url: string;
  drop(): Promise<void>;
}

async function createDatabase(serverUrl: string): Promise<Database> {
  const name = `tandem_${randomBytes(6).toString('hex')}`;
  await administer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => administer(serverUrl, `drop database if exists ${name} with (force)`),
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
