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
  const sql = 'select id, title from item where id = :id';
  const load = startLoad({
    url: `${server.url}/Execute`,
    callers: CALLERS,
    bodies: Array.from({ length: 1_000 }, (_, n) => {
      const parameters = [{ name: 'id', value: { longValue: idOf(n) } }];
      return JSON.stringify({ resourceArn, secretArn, database, sql, parameters });
    }),
  });
  try {
    // Neither compilers nor caches are what is measured.
    await plain(pool, ROUND_MS);
    await load.run(ROUND_MS);
    const shares: number[] = [];
    const rows: (string | number)[][] = [];
    // In turns, so that both meet the same machine.
    for (let round = 1; round <= ROUNDS; round++) {
      const direct = await plain(pool, ROUND_MS);
      const served = await load.run(ROUND_MS);
      shares.push(served / direct);
      rows.push([round, Math.round(direct), Math.round(served), (served / direct).toFixed(2)]);
    }
    printTable(['round', 'plain pg /s', 'Data API /s', 'ratio'], rows);
    const share = quantile(shares, 0.5);
    process.stdout.write(
      `${CALLERS} callers each; median ratio ${share.toFixed(2)}, bar ${SHARE.toFixed(2)}\n`,
    );
    if (share < SHARE) throw new Error('The server is slower than a third of plain pg.');
  } finally {
    await load.stop();
    await server.close();
    await pool.end();
  }
}

/** Queries a second by `pg` alone. */
async function plain(pool: pg.Pool, ms: number): Promise<number> {
  const endMs = performance.now() + ms;
  let count = 0;
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      for (let n = caller; performance.now() < endMs; n += CALLERS) {
        await pool.query('select id, title from item where id = $1', [idOf(n)]);
        count++;
      }
    }),
  );
  return count / (ms / 1000);
}

function idOf(n: number): number {
  return ((n * 7919) % ROWS) + 1;
}
