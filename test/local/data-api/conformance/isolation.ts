import { deepEqual, equal, match } from 'node:assert/strict';
import type { Row } from './row.ts';
import { CALLING } from './sources.ts';

const CLEARED = 'sbalmt/ez4 #61 (DISCARD ALL after each call)';

const leaves = (name: string, statement: string, probe: string, expected: unknown): Row => ({
  name: `${name} is gone with its call`,
  source: CLEARED,
  async run({ api }) {
    await api.execute(statement);
    // More often than there are sessions at hand, so that the same one comes again.
    for (let round = 0; round < 3; round++) deepEqual(await api.cell(probe), expected);
  },
});

const fails = (name: string, statement: string, probe: string, state: string): Row => ({
  name: `${name} is gone with its call`,
  source: CLEARED,
  async run({ api }) {
    await api.execute(statement);
    for (let round = 0; round < 3; round++) {
      match((await api.send('/Execute', { sql: probe })).text, new RegExp(`SQLState: ${state}`));
    }
  },
});

export const isolation: readonly Row[] = [
  leaves('a setting', "set work_mem = '7MB'", "select current_setting('work_mem') = '7MB'", {
    booleanValue: false,
  }),
  leaves('a time zone', "set time zone 'Asia/Tokyo'", "select current_setting('TimeZone')", {
    stringValue: 'UTC',
  }),
  leaves(
    'a setting made by a function',
    "select set_config('a.b', 'c', false)",
    "select coalesce(current_setting('a.b', true), '')",
    { stringValue: '' },
  ),
  fails('a temporary table', 'create temp table passing (n int)', 'select * from passing', '42P01'),
  fails('a prepared statement', 'prepare p as select 1', 'execute p', '26000'),
  leaves(
    'an advisory lock',
    'select pg_advisory_lock(77) is null',
    "select count(*) from pg_locks where locktype = 'advisory' and objid = 77",
    { longValue: 0 },
  ),
  {
    name: 'what a plain INSERT leaves in a session is gone with its call',
    source: CLEARED,
    async run({ api }) {
      await api.execute('create table numbered (id serial, n int)');
      await api.execute('insert into numbered (n) values (1)');
      for (let round = 0; round < 3; round++) {
        match((await api.send('/Execute', { sql: 'select lastval()' })).text, /SQLState: 55000/);
      }
      await api.execute('drop table numbered');
    },
  },
  {
    name: 'what a trigger sets is gone with its call',
    source: CLEARED,
    async run({ api }) {
      await api.execute('create table watched (n int)');
      await api.execute(
        "create function watch() returns trigger language plpgsql as $$ begin perform set_config('a.seen', 'yes', false); return new; end $$",
      );
      await api.execute(
        'create trigger w before insert on watched for each row execute function watch()',
      );
      await api.execute('insert into watched values (1)');
      const probe = "select coalesce(current_setting('a.seen', true), '')";
      deepEqual(await api.cell(probe), { stringValue: '' });
      await api.execute('drop table watched');
      await api.execute('drop function watch');
    },
  },
  {
    name: 'a setting is gone with its call, also when the call fails',
    source: CLEARED,
    async run({ api }) {
      await api.send('/Execute', { sql: "select set_config('a.f', 'x', false), 1/0" });
      const probe = "select coalesce(current_setting('a.f', true), '')";
      deepEqual(await api.cell(probe), { stringValue: '' });
    },
  },
  {
    name: 'a BEGIN sent as a statement opens nothing for the next call',
    source: CLEARED,
    async run({ api }) {
      await api.execute('create table opened (n int)');
      await api.execute('begin');
      await api.execute('insert into opened values (1)');
      await api.execute('rollback');
      deepEqual(await api.cell('select count(*) from opened'), { longValue: 1 });
      await api.execute('drop table opened');
    },
  },
  {
    name: 'a setting stays for the transaction, and is gone with it',
    source: CALLING,
    async run({ api }) {
      const transactionId = await api.begin();
      await api.execute("set work_mem = '9MB'", [], { transactionId });
      const probe = "select current_setting('work_mem') = '9MB'";
      deepEqual(await api.cell(probe, [], { transactionId }), { booleanValue: true });
      equal((await api.commit(transactionId)).status, 200);
      deepEqual(await api.cell(probe), { booleanValue: false });
    },
  },
  {
    name: 'the isolation level is set by the first statement',
    source: 'API_BeginTransaction takes none',
    async run({ api }) {
      const transactionId = await api.begin();
      await api.execute('set transaction isolation level serializable', [], { transactionId });
      deepEqual(
        await api.cell("select current_setting('transaction_isolation')", [], { transactionId }),
        {
          stringValue: 'serializable',
        },
      );
      await api.rollback(transactionId);
    },
  },
];
