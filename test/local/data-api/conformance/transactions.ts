import { deepEqual, equal, match } from 'node:assert/strict';
import { type Subject, succeeded } from '../subject.ts';
import type { Row } from './row.ts';
import { BEGIN, CALLING, CLIENT, DIFFERENCES, TROUBLES } from './sources.ts';

const NOT_FOUND = 'TransactionNotFoundException';
const EXPIRED = 'Transaction may be expired.';
const ENDED = 'One previous call resulted in a termination of your transaction.';
const ABORTED = 'Transaction has been aborted due to an error from a previous call.';
const MINUTE = 60_000;

const notFound = (api: Subject, id: string, reason: string) =>
  api.refused(
    api.send('/Execute', { sql: 'select 1', transactionId: id }),
    NOT_FOUND,
    404,
    `Transaction ${id} is not found. ${reason}`,
  );

async function withTable(api: Subject, work: () => Promise<void>): Promise<void> {
  await api.execute('create table kept (n int)');
  await work();
  await api.execute('drop table kept');
}

const insert = (n: number) => `insert into kept values (${n})`;
const kept = (api: Subject) => api.cell('select count(*) from kept');

const life: readonly Row[] = [
  {
    name: 'a commit keeps, a rollback does not',
    source: CALLING,
    run: ({ api }) =>
      withTable(api, async () => {
        const first = await api.begin();
        await api.execute(insert(1), [], { transactionId: first });
        await api.commit(first);
        const second = await api.begin();
        await api.execute(insert(2), [], { transactionId: second });
        await api.rollback(second);
        deepEqual((await api.execute('select n from kept')).records, [[{ longValue: 1 }]]);
      }),
  },
  {
    name: 'an unknown id is not found, it may be expired',
    source: TROUBLES,
    run: async ({ api }) => void (await notFound(api, 'bm9uZQ==', EXPIRED)),
  },
  {
    name: 'an id of more than 192 characters is refused',
    source: BEGIN,
    async run({ api }) {
      const call = { sql: 'select 1', transactionId: 'x'.repeat(193) };
      await api.refused(api.send('/Execute', call), 'ValidationException', 400, /192/);
    },
  },
  {
    name: 'a committed transaction is not found: a previous call ended it',
    source: TROUBLES,
    async run({ api }) {
      const id = await api.begin();
      await api.commit(id);
      await notFound(api, id, ENDED);
      equal((await api.commit(id)).type, NOT_FOUND);
      equal((await api.rollback(id)).type, NOT_FOUND);
    },
  },
  {
    name: 'a transaction lives while it is used every three minutes',
    source: BEGIN,
    async run({ api }) {
      const transactionId = await api.begin();
      for (let round = 0; round < 5; round++) {
        api.clock.advance(3 * MINUTE - 1);
        await api.execute('select 1', [], { transactionId });
      }
      equal((await api.commit(transactionId)).status, 200);
    },
  },
  {
    name: 'a transaction idle for three minutes is rolled back',
    source: BEGIN,
    run: ({ api }) =>
      withTable(api, async () => {
        const id = await api.begin();
        await api.execute(insert(1), [], { transactionId: id });
        api.clock.advance(3 * MINUTE);
        await notFound(api, id, EXPIRED);
        deepEqual(await kept(api), { longValue: 0 });
      }),
  },
  {
    name: 'a transaction is rolled back after 24 hours, used or not',
    source: BEGIN,
    async run({ api }) {
      const transactionId = await api.begin();
      const step = 3 * MINUTE - 1_000;
      for (let passed = step; passed < 24 * 60 * MINUTE; passed += step) {
        api.clock.advance(step);
        await api.execute('select 1', [], { transactionId });
      }
      api.clock.advance(step);
      await notFound(api, transactionId, EXPIRED);
    },
  },
  {
    name: 'locks of an expired transaction are gone without a call that names it',
    source: BEGIN,
    run: ({ api }) =>
      withTable(api, async () => {
        const id = await api.begin();
        await api.execute('lock table kept', [], { transactionId: id });
        api.clock.advance(3 * MINUTE);
        deepEqual(await kept(api), { longValue: 0 });
      }),
  },
];

const failures: readonly Row[] = [
  {
    name: 'after an error statements are ignored, and a rollback succeeds',
    source: CLIENT,
    async run({ api }) {
      const transactionId = await api.begin();
      await api.send('/Execute', { sql: 'select 1/0', transactionId });
      await api.refused(
        api.send('/Execute', { sql: 'select 1', transactionId }),
        'DatabaseErrorException',
        400,
        'ERROR: current transaction is aborted, commands ignored until end of transaction block; SQLState: 25P02',
      );
      equal((await api.rollback(transactionId)).status, 200);
    },
  },
  {
    name: 'a commit after an error is none, and says so',
    source: TROUBLES,
    run: ({ api }) =>
      withTable(api, async () => {
        const id = await api.begin();
        await api.execute(insert(1), [], { transactionId: id });
        await api.send('/Execute', { sql: 'select 1/0', transactionId: id });
        const message = `Transaction ${id} is not found. ${ABORTED}`;
        await api.refused(api.commit(id), NOT_FOUND, 404, message);
        deepEqual(await kept(api), { longValue: 0 });
      }),
  },
  {
    name: 'a commit that a deferred constraint refuses is PostgreSQL’s error',
    source: TROUBLES,
    async run({ api }) {
      await api.execute(
        'create table chained (id int primary key, next int references chained deferrable initially deferred)',
      );
      const id = await api.begin();
      await api.execute('insert into chained values (1, 2)', [], { transactionId: id });
      await api.refused(api.commit(id), 'DatabaseErrorException', 400, /SQLState: 23503$/);
      await notFound(api, id, ENDED);
      await api.refused(
        api.send('/Execute', { sql: 'insert into chained values (1, 2)' }),
        'DatabaseErrorException',
        400,
        /SQLState: 23503$/,
      );
      deepEqual(await api.cell('select count(*) from chained'), { longValue: 0 });
      await api.execute('drop table chained');
    },
  },
  {
    name: 'a savepoint saves a transaction from an error',
    source: 'drizzle-orm, aws-data-api/pg (nested transactions)',
    run: ({ api }) =>
      withTable(api, async () => {
        const transactionId = await api.begin();
        const inside = { transactionId };
        await api.execute(insert(1), [], inside);
        await api.execute('savepoint sp', [], inside);
        await api.send('/Execute', { sql: 'select 1/0', transactionId });
        await api.execute('rollback to savepoint sp', [], inside);
        await api.execute(insert(2), [], inside);
        equal((await api.commit(transactionId)).status, 200);
        deepEqual(await kept(api), { longValue: 2 });
      }),
  },
  {
    name: 'a COMMIT sent as a statement ends the transaction',
    source: TROUBLES,
    async run({ api }) {
      const id = await api.begin();
      await api.execute('commit', [], { transactionId: id });
      await notFound(api, id, ENDED);
    },
  },
  {
    name: 'DDL in a transaction is rolled back with it',
    source: CALLING,
    async run({ api }) {
      const transactionId = await api.begin();
      await api.execute('create table passing (n int)', [], { transactionId });
      await api.rollback(transactionId);
      match((await api.send('/Execute', { sql: 'select * from passing' })).text, /42P01/);
    },
  },
];

const ONE_SESSION = /Another transaction is open, and this engine has one session/;

/** On the one session of PGlite a call beside a transaction waits, and is told why it waited in vain. */
const waitsInVain = async (api: Subject, sql: string): Promise<void> => {
  await api.refused(
    api.send('/Execute', { sql }),
    'DatabaseUnavailableException',
    504,
    ONE_SESSION,
  );
};

const beside: readonly Row[] = [
  {
    name: 'two statements at a time in one transaction are refused at once',
    source: DIFFERENCES,
    async run({ api }) {
      const transactionId = await api.begin();
      const slow = api.send('/Execute', { sql: 'select pg_sleep(0.2)', transactionId });
      const call = { sql: 'select 1', transactionId };
      let answer = await api.send('/Execute', call);
      // Whichever of the two came first, the other is refused.
      if (answer.status === 200) answer = await slow;
      deepEqual(
        [answer.type, answer.status, answer.json.message],
        ['DatabaseErrorException', 400, 'Transaction is still running a query'],
      );
      await slow;
      equal((await api.rollback(transactionId)).status, 200);
    },
    // PGlite runs in the server's own thread: while a statement runs no other call is heard.
    async onPglite({ api }) {
      const transactionId = await api.begin();
      const calls = [1, 2].map(() => api.send('/Execute', { sql: 'select 1', transactionId }));
      for (const { status, json } of await Promise.all(calls)) {
        if (status !== 200) equal(json.message, 'Transaction is still running a query');
      }
      await api.rollback(transactionId);
    },
  },
  {
    name: 'a call beside a transaction sees nothing of it',
    source: CALLING,
    run: ({ api }) =>
      withTable(api, async () => {
        const transactionId = await api.begin();
        await api.execute(insert(1), [], { transactionId });
        deepEqual(await kept(api), { longValue: 0 });
        await api.rollback(transactionId);
      }),
    onPglite: ({ api }) =>
      withTable(api, async () => {
        const transactionId = await api.begin();
        await api.execute(insert(1), [], { transactionId });
        await waitsInVain(api, 'select count(*) from kept');
        await api.rollback(transactionId);
        deepEqual(await kept(api), { longValue: 0 });
      }),
  },
  {
    name: 'transactions run beside one another',
    source: CALLING,
    run: ({ api }) =>
      withTable(api, async () => {
        const ids = await Promise.all(Array.from({ length: 5 }, () => api.begin()));
        await Promise.all(
          ids.map((transactionId, n) => api.execute(insert(n), [], { transactionId })),
        );
        await Promise.all(ids.map((id) => api.commit(id)));
        deepEqual(await kept(api), { longValue: 5 });
      }),
    async onPglite({ api }) {
      const id = await api.begin();
      const second = api.send('/BeginTransaction');
      await api.refused(second, 'DatabaseUnavailableException', 504, ONE_SESSION);
      await api.rollback(id);
    },
  },
  {
    name: 'a call that waits for a transaction goes on when it ends',
    source: CALLING,
    run: ({ api }) =>
      withTable(api, async () => {
        const transactionId = await api.begin();
        await api.execute('lock table kept', [], { transactionId });
        const waiting = api.send('/Execute', { sql: insert(1) });
        await api.commit(transactionId);
        equal(succeeded(await waiting).numberOfRecordsUpdated, 1);
      }),
  },
];

export const transactions: readonly Row[] = [...life, ...failures, ...beside];
