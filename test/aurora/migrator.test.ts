import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Aurora,
  type Migration,
  type MigrationResult,
  migrate,
} from '../../src/aurora/index.ts';
import type { Clock } from '../../src/domain/index.ts';
import { newId, systemClock } from '../../src/lambda/system.ts';
import { onPostgres, startAurora, type TestAurora } from '../support/aurora.ts';

const FILES: readonly Migration[] = [
  {
    name: '0001_thing.sql',
    sql: `-- Things; with a comment that has a ' in it.
      create table thing (id text primary key, note text default 'a;b');
      create function noted() returns trigger language plpgsql as $$
        begin new.note := 'seen'; return new; end;
      $$;
      create trigger noted before insert on thing for each row execute function noted();`,
  },
  {
    name: '0002_edge.sql',
    sql: 'create table edge (a text, b text);\ncreate index on edge (a);\n',
  },
];

/** Pauses a tenth as long: what is waited for here is at hand. */
const clock: Clock = {
  now: systemClock.now,
  sleep: (ms, signal) => systemClock.sleep(ms / 10, signal),
};

let started: TestAurora<unknown>;
beforeAll(async () => {
  started = await startAurora({ migrations: [] });
});
afterAll(() => started.close());

const connections: [string, () => Aurora<unknown>][] = [
  ['the Data API', () => started.connect()],
  ...(onPostgres
    ? [['a direct connection', () => started.direct()] as [string, () => Aurora<unknown>]]
    : []),
];

describe.each(connections)('the migrator over %s', (_, open) => {
  let aurora: Aurora<unknown>;

  beforeEach(async () => {
    aurora = open();
    started.wire.clearFaults();
    const ctx = started.ctx();
    await aurora.run(ctx, 'test', sql`drop schema public cascade`);
    await aurora.run(ctx, 'test', sql`create schema public`);
  });

  const apply = (
    files: readonly Migration[] = FILES,
    budgetMs = 20_000,
    by: Aurora<unknown> = aurora,
  ): Promise<MigrationResult> =>
    migrate(by, started.ctx({ deadlineMs: Date.now() + budgetMs }), files, {
      clock,
      newId,
    });

  const names = async (): Promise<string[]> => {
    const query = sql<{ name: string }>`select tablename::text as name from pg_tables
      where schemaname = 'public' order by 1`;
    return (await aurora.rows(started.ctx(), 'test', query)).map((row) => row.name);
  };

  it('applies files in the order of their names, and none of them twice', async () => {
    expect(await apply([...FILES].reverse())).toEqual({
      applied: ['0001_thing.sql', '0002_edge.sql'],
      already: [],
    });
    expect(await names()).toEqual(['edge', 'migration', 'migration_lock', 'thing']);
    expect(await apply()).toEqual({ applied: [], already: ['0001_thing.sql', '0002_edge.sql'] });
    await aurora.run(started.ctx(), 'test', sql`insert into thing (id) values ('a')`);
    const notes = await aurora.rows(started.ctx(), 'test', sql`select note from thing`);
    expect(notes).toEqual([{ note: 'seen' }]);
  });

  it('applies what was added later', async () => {
    await apply(FILES.slice(0, 1));
    expect(await apply()).toEqual({ applied: ['0002_edge.sql'], already: ['0001_thing.sql'] });
  });

  it('leaves nothing of a file that fails, and says which statement it was', async () => {
    const broken = [
      ...FILES.slice(0, 1),
      { name: '0002_bad.sql', sql: 'create table half (id int); select nonsense;' },
    ];
    await expect(apply(broken)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/^0002_bad\.sql, statement 2 of 2: .*nonsense/),
    });
    expect(await names()).toEqual(['migration', 'migration_lock', 'thing']);
    expect(await apply()).toMatchObject({ applied: ['0002_edge.sql'] });
  });

  it('refuses a file that was changed after it was applied', async () => {
    await apply();
    const changed = [{ name: '0001_thing.sql', sql: 'select 1' }, ...FILES.slice(1)];
    await expect(apply(changed)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('0001_thing.sql was changed'),
    });
  });

  it('takes other line ends for the same file', async () => {
    await apply();
    const windows = FILES.map((file) => ({ ...file, sql: file.sql.replaceAll('\n', '\r\n') }));
    expect(await apply(windows)).toMatchObject({ applied: [] });
  });

  it('refuses a new file that comes before an applied one', async () => {
    await apply(FILES.slice(1));
    await expect(apply()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('0001_thing.sql comes before 0002_edge.sql'),
    });
  });

  it('leaves the migrations of a later version alone', async () => {
    await apply();
    expect(await apply(FILES.slice(0, 1))).toEqual({ applied: [], already: ['0001_thing.sql'] });
  });

  it('refuses bad names and unreadable files before it applies anything', async () => {
    await expect(apply([{ name: 'first.sql', sql: 'select 1' }])).rejects.toThrow('first.sql');
    const twins = [FILES[0] as Migration, { name: '0001_other.sql', sql: 'select 1' }];
    await expect(apply(twins)).rejects.toThrow('the same number');
    await expect(apply([...FILES, { name: '0003_x.sql', sql: `select 'a` }])).rejects.toThrow(
      '0003_x.sql, line 1',
    );
    expect(await names()).toEqual([]);
  });

  it('waits for a runner at work, and takes over from one that died', async () => {
    await apply(FILES.slice(0, 1));
    const holds = (seconds: number): Promise<unknown> =>
      aurora.run(
        started.ctx(),
        'test',
        sql`update migration_lock set owner = 'dead',
          expires_at = clock_timestamp() + make_interval(secs => ${seconds})`,
      );
    await holds(60);
    await expect(apply(FILES, 1_100)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('holds the lock'),
    });
    await holds(0.3);
    expect(await apply()).toMatchObject({ applied: ['0002_edge.sql'] });
  });

  it('gives the lock back', async () => {
    await apply();
    const held = sql`select 1 as x from migration_lock where expires_at > clock_timestamp()`;
    expect(await aurora.rows(started.ctx(), 'test', held)).toEqual([]);
  });
});

describe('migrating a shared database', () => {
  beforeEach(async () => {
    started.wire.clearFaults();
    await started.aurora.run(started.ctx(), 'test', sql`drop schema public cascade`);
    await started.aurora.run(started.ctx(), 'test', sql`create schema public`);
  });

  const apply = (by: Aurora<unknown>, files = FILES): Promise<MigrationResult> =>
    migrate(by, started.ctx({ deadlineMs: Date.now() + 25_000 }), files, {
      clock,
      newId,
    });

  it('is done once by many runners at once', async () => {
    const results = await Promise.all(Array.from({ length: 4 }, () => apply(started.connect())));
    const applied = results.flatMap((result) => result.applied).sort();
    expect(applied).toEqual(['0001_thing.sql', '0002_edge.sql']);
    for (const { applied: mine, already } of results) {
      expect([...mine, ...already].sort()).toEqual(['0001_thing.sql', '0002_edge.sql']);
    }
  });

  it('counts a file as applied whose commit was answered by a cut connection', async () => {
    started.wire.addFault({
      service: 'data-api',
      operation: 'CommitTransaction',
      drop: 'after',
      count: 1,
    });
    expect(await apply(started.connect())).toMatchObject({
      applied: ['0001_thing.sql', '0002_edge.sql'],
    });
  });

  it('goes through lost answers to its statements', async () => {
    started.wire.addFault({
      service: 'data-api',
      operation: 'ExecuteStatement',
      drop: 'after',
      probability: 0.3,
      count: 6,
    });
    expect(await apply(started.connect())).toMatchObject({
      applied: ['0001_thing.sql', '0002_edge.sql'],
    });
  });

  it('waits for a sleeping cluster', async () => {
    started.server.setPause({ state: 'asleep', resumeSeconds: 1 });
    expect(await apply(started.connect())).toMatchObject({
      applied: ['0001_thing.sql', '0002_edge.sql'],
    });
  });

  it('does not go on asking where access is denied', async () => {
    started.wire.addFault({ service: 'data-api', error: 'AccessDeniedException' });
    const startMs = Date.now();
    await expect(apply(started.connect())).rejects.toMatchObject({ code: 'unavailable' });
    expect(Date.now() - startMs).toBeLessThan(5_000);
  });
});
