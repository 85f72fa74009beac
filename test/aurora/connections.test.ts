import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Aurora, constraintOf, sqlState } from '../../src/aurora/index.ts';
import type { ServiceError } from '../../src/domain/index.ts';
import { onPostgres, startAurora, type TestAurora } from '../support/aurora.ts';

let started: TestAurora<unknown>;
beforeAll(async () => {
  const migrations = [
    {
      name: '0001_thing.sql',
      sql: `create table thing (
        id text constraint thing_id primary key, n int constraint thing_n check (n > 0),
        parent text constraint thing_parent references thing)`,
    },
  ];
  started = await startAurora({ migrations });
});
afterAll(() => started.close());

const direct: [string, () => Aurora<unknown>] = ['a direct connection', () => started.direct()];
const connections: [string, () => Aurora<unknown>][] = [
  ['the Data API', () => started.aurora],
  ...(onPostgres ? [direct] : []),
];

describe.each(connections)('Aurora over %s', (_, open) => {
  let aurora: Aurora<unknown>;
  beforeAll(() => {
    aurora = open();
  });
  beforeEach(async () => {
    await aurora.run(started.ctx(), 'test', sql`delete from thing`);
  });

  const rows = (text: string): Promise<unknown[]> =>
    aurora.rows(started.ctx(), 'aurora.test', sql.raw(text));

  const failure = (text: string): Promise<ServiceError> =>
    rows(text).then(
      () => {
        throw new Error('it succeeded');
      },
      (error) => error as ServiceError,
    );

  it('tells errors of PostgreSQL alike', async () => {
    await rows(`insert into thing (id, n) values ('a', 1)`);
    const cases: [string, string, string, string | undefined][] = [
      [`insert into thing (id) values ('a')`, 'conflict', '23505', 'thing_id'],
      [`insert into thing (id, parent) values ('b', 'x')`, 'conflict', '23503', 'thing_parent'],
      [`insert into thing (id, n) values ('b', 0)`, 'internal', '23514', 'thing_n'],
      [`insert into thing (n) values (1)`, 'internal', '23502', undefined],
      [`select 'x'::int`, 'invalid', '22P02', undefined],
      [`select '{"a": "\\u0000"}'::jsonb`, 'invalid', '22P05', undefined],
      [`select 1e400::float8`, 'invalid', '22003', undefined],
      [`select nothing`, 'internal', '42703', undefined],
      [`selec`, 'internal', '42601', undefined],
    ];
    for (const [text, code, state, constraint] of cases) {
      const error = await failure(text);
      expect([text, error.code, error.op]).toEqual([text, code, 'aurora.test']);
      expect([text, sqlState(error), constraintOf(error)]).toEqual([text, state, constraint]);
    }
  });

  it('takes one statement at a time', async () => {
    expect(await failure('select 1; select 2')).toMatchObject({ code: 'internal' });
  });

  it('commits what resolves and rolls back what throws', async () => {
    const answer = await aurora.transaction(started.ctx(), 'aurora.test', async (tx) => {
      await sql`insert into thing (id) values ('kept')`.execute(tx);
      return 'done';
    });
    expect(answer).toBe('done');
    const reason = new Error('changed my mind');
    const failing = aurora.transaction(started.ctx(), 'aurora.test', async (tx) => {
      await sql`insert into thing (id) values ('dropped')`.execute(tx);
      throw reason;
    });
    await expect(failing).rejects.toBe(reason);
    expect(await rows('select id from thing')).toEqual([{ id: 'kept' }]);
  });

  it('tells the error that ended a transaction, not what came of it', async () => {
    const failing = aurora.transaction(started.ctx(), 'aurora.test', async (tx) => {
      await sql`insert into thing (id, n) values ('a', 0)`.execute(tx);
    });
    const error = await failing.catch((thrown) => thrown);
    expect(constraintOf(error)).toBe('thing_n');
    expect(await rows('select id from thing')).toEqual([]);
  });

  it('answers a ping, and knows then that it is awake', async () => {
    await aurora.ping(started.ctx());
    expect(aurora.state()).toBe('awake');
    expect(Date.now() - (aurora.lastSuccessMs() ?? 0)).toBeLessThan(5_000);
  });

  it('tells of each call', async () => {
    const ctx = started.ctx();
    await aurora.rows(ctx, 'aurora.test', sql`select 1 as x`);
    expect(ctx.observed).toEqual([
      expect.objectContaining({ kind: 'store_call', store: 'aurora', outcome: 'ok' }),
    ]);
  });
});

describe.runIf(onPostgres)('Aurora over a direct connection, alone', () => {
  let aurora: Aurora<unknown>;
  beforeEach(() => {
    aurora = started.direct();
  });
  afterEach(() => aurora.close());

  it('ends a statement at the deadline and goes on with another connection', async () => {
    const ctx = started.ctx({ deadlineMs: Date.now() + 300 });
    const slow = aurora.rows(ctx, 'aurora.test', sql`select pg_sleep(10)::text as x`);
    await expect(slow).rejects.toMatchObject({ code: 'timeout' });
    expect(await aurora.rows(started.ctx(), 'aurora.test', sql`select 1 as x`)).toEqual([{ x: 1 }]);
  });

  it('ends the wait for the one connection at the deadline', async () => {
    const slow = aurora.rows(started.ctx(), 'aurora.test', sql`select pg_sleep(0.6)::text as x`);
    const ctx = started.ctx({ deadlineMs: Date.now() + 200 });
    const hurried = aurora.rows(ctx, 'aurora.test', sql`select 1 as x`);
    await expect(hurried).rejects.toMatchObject({ code: 'timeout' });
    expect(await slow).toEqual([{ x: '' }]);
    expect(await aurora.rows(started.ctx(), 'aurora.test', sql`select 1 as x`)).toEqual([{ x: 1 }]);
  });

  it('holds one connection, whoever asks', async () => {
    const other = started.direct();
    const pids = await Promise.all(
      [aurora, other, aurora, other].map(
        async (one) =>
          (
            await one.rows<{ pid: number }>(
              started.ctx(),
              'aurora.test',
              sql`select pg_backend_pid() as pid`,
            )
          )[0]?.pid,
      ),
    );
    expect(new Set(pids).size).toBe(1);
  });

  it('survives a connection that the server ended, between calls and in a transaction', async () => {
    const kill = (pid: unknown): Promise<unknown> =>
      started.aurora.rows(
        started.ctx(),
        'aurora.test',
        sql`select pg_terminate_backend(${pid}::int) as ended`,
      );
    const mine = sql<{ pid: number }>`select pg_backend_pid() as pid`;
    const [first] = await aurora.rows(started.ctx(), 'aurora.test', mine);
    await kill(first?.pid);
    const [second] = await aurora.rows(started.ctx(), 'aurora.test', mine, { repeatable: true });
    expect(second?.pid).not.toBe(first?.pid);
    const failing = aurora.transaction(started.ctx(), 'aurora.test', async (tx) => {
      const { rows } = await mine.execute(tx);
      await kill(rows[0]?.pid);
      await sql`select 1`.execute(tx);
    });
    await expect(failing).rejects.toMatchObject({ code: 'unavailable' });
    expect(await aurora.rows(started.ctx(), 'aurora.test', mine)).toHaveLength(1);
  });

  it('asks the server to end a connection that is left open, so that Aurora can pause', async () => {
    const settings = sql<
      Record<string, string>
    >`select current_setting('idle_session_timeout') as idle,
      current_setting('statement_timeout') as statement, current_setting('TimeZone') as zone`;
    expect(await aurora.rows(started.ctx(), 'aurora.test', settings)).toEqual([
      { idle: '1min', statement: '45s', zone: 'UTC' },
    ]);
  });
});

describe('a sleeping cluster', () => {
  it('is woken by whoever finds it asleep, and answers those who wait', async () => {
    const aurora = started.connect();
    started.server.setPause({ state: 'asleep', resumeSeconds: 1 });
    const ask = (waitMs: number): Promise<unknown> =>
      aurora.rows(started.ctx({ waitMs }), 'aurora.test', sql`select 1 as x`);
    await expect(ask(0)).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'aurora_asleep',
      retryAfterSeconds: 15,
    });
    expect(aurora.state()).toBe('resuming');
    started.wire.resetCalls();
    const answers = Array.from({ length: 50 }, () => ask(5_000));
    await expect(ask(0)).rejects.toMatchObject({ reason: 'aurora_asleep' });
    expect(started.wire.calls()['data-api']).toEqual({});
    expect(await Promise.all(answers)).toEqual(Array(50).fill([{ x: 1 }]));
    expect(aurora.state()).toBe('awake');
    await aurora.close();
  });

  it('lets a transaction wait too', async () => {
    const aurora = started.connect();
    started.server.setPause({ state: 'asleep', resumeSeconds: 1 });
    const answer = aurora.transaction(
      started.ctx({ waitMs: 5_000 }),
      'aurora.test',
      async (tx) => (await sql<{ x: number }>`select 1 as x`.execute(tx)).rows,
    );
    expect(await answer).toEqual([{ x: 1 }]);
    await aurora.close();
  });
});
