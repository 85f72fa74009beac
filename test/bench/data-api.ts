import { Agent, request } from 'node:http';
import pg from 'pg';
import { createDataApiServer, postgresEngine } from '../../src/local/data-api/index.ts';
import { createDatabase, findPostgres, startPostgres } from '../support/postgres.ts';
import { printTable, quantile } from '../support/table.ts';

const ROWS = 10_000;
const CALLERS = 8;
const ROUND_MS = 2_500;
const ROUNDS = 3;

/** The bar: the server reaches this share of what plain `pg` does. */
const SHARE = 1 / 3;

/** An indexed select through the server and by plain `pg`, each with 8 callers, on the same PostgreSQL. */
export async function run(): Promise<void> {
  const programs = process.env.TEST_DATABASE_URL ? undefined : findPostgres();
  if (!process.env.TEST_DATABASE_URL && !programs) {
    process.stdout.write(
      'PostgreSQL: no programs found and TEST_DATABASE_URL is not set; skipped.\n',
    );
    return;
  }
  const own = programs ? await startPostgres(programs) : undefined;
  try {
    await measure(await createDatabase(process.env.TEST_DATABASE_URL ?? own?.url ?? ''));
  } finally {
    await own?.stop();
  }
}

async function measure(connectionString: string): Promise<void> {
  const pool = new pg.Pool({ connectionString, max: CALLERS });
  await pool.query('create table item (id int8 primary key, title text)');
  await pool.query(`insert into item select n, 'item ' || n from generate_series(1, ${ROWS}) n`);
  await pool.query('analyze item');
  const server = await createDataApiServer({ engine: postgresEngine({ connectionString }) });
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  const { resourceArn, secretArn, database } = server;
  const sql = 'select id, title from item where id = :id';
  const overHttp = (id: number): Promise<string> => {
    const parameters = [{ name: 'id', value: { longValue: id } }];
    const call = { resourceArn, secretArn, database, sql, parameters };
    return post(agent, server.url, JSON.stringify(call));
  };
  const plain = (id: number): Promise<unknown> =>
    pool.query('select id, title from item where id = $1', [id]);
  if (!(await overHttp(7)).includes('"item 7"')) throw new Error('The server answered otherwise.');
  try {
    const shares: number[] = [];
    const rows: (string | number)[][] = [];
    // In turns, so that both meet the same machine.
    for (let round = 0; round < ROUNDS; round++) {
      const direct = await perSecond(plain);
      const served = await perSecond(overHttp);
      shares.push(served / direct);
      rows.push([round + 1, Math.round(direct), Math.round(served), (served / direct).toFixed(2)]);
    }
    printTable(['round', 'plain pg /s', 'Data API /s', 'ratio'], rows);
    const share = quantile(shares, 0.5);
    process.stdout.write(
      `${CALLERS} callers each; median ratio ${share.toFixed(2)}, bar ${SHARE.toFixed(2)}\n`,
    );
    if (share < SHARE) throw new Error('The server is slower than a third of plain pg.');
  } finally {
    agent.destroy();
    await server.close();
    await pool.end();
  }
}

async function perSecond(call: (id: number) => Promise<unknown>): Promise<number> {
  const endMs = performance.now() + ROUND_MS;
  let count = 0;
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      for (let n = caller; performance.now() < endMs; n += CALLERS) {
        await call(((n * 7919) % ROWS) + 1);
        count++;
      }
    }),
  );
  return count / (ROUND_MS / 1000);
}

function post(agent: Agent, url: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/Execute`,
      { method: 'POST', agent, headers: { 'content-length': Buffer.byteLength(body) } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.once('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(text));
        });
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
