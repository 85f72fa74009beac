import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as dataApi from '../../../src/local/data-api/index.ts';
import { createDatabase } from '../../support/postgres.ts';
import { long, Subject } from './subject.ts';

const postgresUrl = process.env.TEST_DATABASE_URL;
const MAX_CONNECTIONS = 2;

/** PGlite has no connections. */
describe.runIf(postgresUrl)('connections to PostgreSQL', () => {
  let api: Subject;
  let other: pg.Client;

  beforeEach(async () => {
    const connectionString = await createDatabase(postgresUrl as string);
    const engine = dataApi.postgresEngine({ connectionString, maxConnections: MAX_CONNECTIONS });
    api = await Subject.start(dataApi, postgresUrl, { engine });
    other = new pg.Client({ connectionString });
    await other.connect();
  });
  afterEach(async () => {
    await other.end();
    await api.close();
  });

  const pids = async (): Promise<number[]> => {
    const { rows } = await other.query(
      "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'",
    );
    return rows.map(({ pid }) => pid as number);
  };

  it('are kept for the next calls', async () => {
    const used = new Set<number>();
    // A call may come before its predecessor's session is cleared, and takes another connection then.
    for (let n = 0; n < 10; n++) {
      used.add(((await api.cell('select pg_backend_pid()')) as { longValue: number }).longValue);
    }
    expect(used.size).toBeLessThanOrEqual(MAX_CONNECTIONS);
    expect(new Set(await pids())).toEqual(used);
  });

  it('are as many as were allowed, and calls wait for one', async () => {
    const calls = Array.from({ length: 20 }, (_, n) =>
      api.cell('select :n + 0 * length(pg_sleep(0.01)::text)', [long('n', n)]),
    );
    expect(await Promise.all(calls)).toEqual(calls.map((_, n) => ({ longValue: n })));
    expect((await pids()).length).toBe(MAX_CONNECTIONS);
  });

  it('are replaced when the server ended them meanwhile', async () => {
    await api.cell('select 1');
    await other.query('select pg_terminate_backend(pid, 5000) from unnest($1::int[]) pid', [
      await pids(),
    ]);
    await expect.poll(() => api.cell('select 1').catch(() => undefined)).toEqual({ longValue: 1 });
  });

  it('tell a call whose connection was ended what the server said', async () => {
    const call = api.send('/Execute', { sql: 'select pg_sleep(20)' });
    await expect.poll(pids).toHaveLength(1);
    const running = `select pid from pg_stat_activity where query like '%pg_sleep(20)%' and state = 'active' and pid = any ($1)`;
    await expect
      .poll(async () => (await other.query(running, [await pids()])).rows)
      .toHaveLength(1);
    await other.query('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [
      await pids(),
    ]);
    await api.refused(
      call,
      'DatabaseErrorException',
      400,
      'FATAL: terminating connection due to administrator command; SQLState: 57P01',
    );
    expect(await api.cell('select 1')).toEqual({ longValue: 1 });
  });
});
