import pg from 'pg';
import { createDataApiServer, postgresEngine } from '../../src/local/data-api/index.ts';
import { startLoad } from '../support/http-load.ts';
import { createDatabase, findPostgres, startPostgres } from '../support/postgres.ts';
import { printTable, quantile } from '../support/table.ts';

const ROWS = 10_000;
const CALLERS = 8;
const ROUND_MS = 2_000;
const ROUNDS = 5;

/** The bar: the server reaches this share of what plain `pg` does. */
const SHARE = 1 / 3;

const SELECT = 'select id, title from item where id =';

const WHAT = `${CALLERS} callers each, one call at a time, rows by their key in turn:
  plain pg: pool.query in this process, parsed at each call as pg does without a name
  Data API: POST /Execute from a process of its own over connections that are kept; the server in this
            process, which clears each session by DISCARD ALL; a call counts if it is answered 200 with its row
`;

/** An indexed select through the server and by plain `pg`, each with 8 callers, on the same PostgreSQL. */
export async function run(): Promise<void> {
  const given = process.env.TEST_DATABASE_URL;
  const programs = findPostgres();
  if (!given && !programs) {
    process.stdout.write(
      'PostgreSQL: no programs found and TEST_DATABASE_URL is not set; skipped.\n',
    );
    return;
  }
  const own = given || !programs ? undefined : await startPostgres(programs);
  try {
    await measure(await createDatabase(given ?? own?.url ?? ''));
  } finally {
    await own?.stop();
  }
}

async function measure(connectionString: string): Promise<void> {
  const pool = new pg.Pool({ connectionString, max: CALLERS });
  // A server that a run started for itself ends before idle connections have said goodbye.
  pool.on('error', () => undefined);
  await pool.query('create table item (id int8 primary key, title text)');
  await pool.query(`insert into item select n, 'item ' || n from generate_series(1, ${ROWS}) n`);
  await pool.query('analyze item');
  const server = await createDataApiServer({ engine: postgresEngine({ connectionString }) });
  const { resourceArn, secretArn, database } = server;
  const load = startLoad({
    url: `${server.url}/Execute`,
    callers: CALLERS,
    requests: Array.from({ length: 1_000 }, (_, n) => {
      const parameters = [{ name: 'id', value: { longValue: idOf(n) } }];
      const sql = `${SELECT} :id`;
      return {
        body: JSON.stringify({ resourceArn, secretArn, database, sql, parameters }),
        wanted: `{"longValue":${idOf(n)}},{"stringValue":"item ${idOf(n)}"}`,
      };
    }),
  });
  process.stdout.write(WHAT);
  try {
    // Neither compilers nor caches are what is measured.
    await plain(pool, ROUND_MS);
    await load.run(ROUND_MS);
    const shares: number[] = [];
    const rows: (string | number)[][] = [];
    // In turns, so that both meet the same machine.
    for (let round = 1; round <= ROUNDS; round++) {
      const direct = await withCpu(plain(pool, ROUND_MS));
      const served = await withCpu(load.run(ROUND_MS));
      const share = served.perSecond / direct.perSecond;
      shares.push(share);
      rows.push([round, ...columnsOf(direct), ...columnsOf(served), share.toFixed(2)]);
    }
    printTable(['round', 'plain pg /s', 'CPU µs', 'Data API /s', 'CPU µs', 'ratio'], rows);
    const share = quantile(shares, 0.5);
    process.stdout.write(
      `CPU is that of this process for each call; median ratio ${share.toFixed(2)}, bar ${SHARE.toFixed(2)}\n`,
    );
    if (share < SHARE) throw new Error('The server is slower than a third of plain pg.');
  } finally {
    await load.stop();
    await server.close();
    await pool.end();
  }
}

interface Measured {
  readonly perSecond: number;
  /** Of this process, which is the caller of plain `pg` and the server of the Data API. */
  readonly cpuMicroseconds: number;
}

async function withCpu(calls: Promise<number>): Promise<Measured> {
  const before = process.cpuUsage();
  const perSecond = await calls;
  const { user, system } = process.cpuUsage(before);
  return { perSecond, cpuMicroseconds: (user + system) / (perSecond * (ROUND_MS / 1000)) };
}

function columnsOf({ perSecond, cpuMicroseconds }: Measured): [number, string] {
  return [Math.round(perSecond), cpuMicroseconds.toFixed(0)];
}

/** Queries a second by `pg` alone. */
async function plain(pool: pg.Pool, ms: number): Promise<number> {
  const endMs = performance.now() + ms;
  let count = 0;
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      for (let n = caller; performance.now() < endMs; n += CALLERS) {
        await pool.query(`${SELECT} $1`, [idOf(n)]);
        count++;
      }
    }),
  );
  return count / (ms / 1000);
}

function idOf(n: number): number {
  return ((n * 7919) % ROWS) + 1;
}
