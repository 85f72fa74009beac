import { deepEqual, equal } from 'node:assert/strict';
import { request } from 'node:http';
import { text } from '../subject.ts';
import { type Row, SHORT_MS } from './row.ts';
import { BATCH, EXECUTE, EZ4, LIMITATIONS, TROUBLES } from './sources.ts';

const MIB = 1_048_576;
const TOO_LARGE = 'The result exceeds the size limit 1 MB.';
const TIMED_OUT = 'canceling statement due to statement timeout';
const SLOW = `pg_sleep(${(2 * SHORT_MS) / 1000})`;

const sizes: readonly Row[] = [
  {
    name: 'a result of 1 MiB of octets is answered, one octet more is not',
    source: `${LIMITATIONS}; ${EZ4}`,
    async run({ api }) {
      const fits = MIB - 2 - 4;
      deepEqual(await api.cell(`select length(r) from (select repeat('x', ${fits}) r) t`), {
        longValue: fits,
      });
      equal((await api.send('/Execute', { sql: `select repeat('x', ${fits})` })).status, 200);
      const call = api.send('/Execute', { sql: `select repeat('x', ${fits + 1})` });
      await api.refused(call, 'UnsupportedResultException', 400, TOO_LARGE);
    },
  },
  {
    name: 'each row weighs 2 octets and each column 4',
    source: EZ4,
    async run({ api }) {
      // 36 octets of a uuid, with the frame 42: 24,966 rows are the most that fit.
      const rows = (count: number) =>
        api.send('/Execute', {
          sql: `select '0188f0a0-0000-7000-8000-000000000001'::uuid from generate_series(1, ${count})`,
        });
      equal((await rows(24_966)).status, 200);
      await api.refused(rows(24_967), 'UnsupportedResultException', 400, TOO_LARGE);
    },
  },
  {
    name: 'nulls weigh their frame only',
    source: EZ4,
    async run({ api }) {
      const rows = (count: number) =>
        api.send('/Execute', { sql: `select null, null from generate_series(1, ${count})` });
      const fits = Math.floor(MIB / 10);
      equal((await rows(fits)).status, 200);
      await api.refused(rows(fits + 1), 'UnsupportedResultException', 400, TOO_LARGE);
    },
  },
  {
    name: 'octets are counted, not characters',
    source: EZ4,
    async run({ api }) {
      const call = api.send('/Execute', { sql: `select repeat('é', ${MIB / 2})` });
      await api.refused(call, 'UnsupportedResultException', 400, TOO_LARGE);
    },
  },
  {
    name: 'the limit holds for RETURNING and for JSON',
    source: LIMITATIONS,
    async run({ api }) {
      await api.execute('create table large (t text)');
      const sql = `insert into large values (repeat('x', ${MIB})) returning t`;
      await api.refused(
        api.send('/Execute', { sql }),
        'UnsupportedResultException',
        400,
        TOO_LARGE,
      );
      const json = { sql: `select repeat('x', ${MIB})`, formatRecordsAs: 'JSON' };
      await api.refused(api.send('/Execute', json), 'UnsupportedResultException', 400, TOO_LARGE);
      await api.execute('drop table large');
    },
  },
  {
    name: 'a result many times too large is refused without harm',
    source: LIMITATIONS,
    async run({ api }) {
      const sql = "select repeat('x', 10000) from generate_series(1, 3000)";
      await api.refused(
        api.send('/Execute', { sql }),
        'UnsupportedResultException',
        400,
        TOO_LARGE,
      );
      equal((await api.send('/Execute', { sql: 'select 1' })).status, 200);
    },
  },
  {
    name: 'a row of more than 64 KB is answered all the same',
    source: 'data-api-client, integration tests (rows of 100,000 and 500 KiB on v2)',
    async run({ api }) {
      equal((await api.send('/Execute', { sql: "select repeat('x', 100000)" })).status, 200);
    },
  },
  {
    name: 'formattedRecords has at most 10 MB',
    source: 'UG data-api-json, quotas',
    async run({ api }) {
      // A label's longest form in JSON: 63 control characters, six octets each.
      const label = `U&"${'\\0001'.repeat(63)}"`;
      const rows = (count: number) =>
        api.send('/Execute', {
          sql: `select 1 as ${label} from generate_series(1, ${count})`,
          formatRecordsAs: 'JSON',
        });
      // {"…":1} and a comma, or a bracket.
      const rowBytes = 63 * 6 + 7;
      const fits = Math.floor((10_000_000 - 1) / rowBytes);
      equal((await rows(fits)).status, 200);
      await api.refused(rows(fits + 1), 'BadRequestException', 400, /10 MB/);
    },
  },
  {
    name: 'a request of 4 MiB is taken, headers included, one octet more is not',
    source: BATCH,
    async run({ api }) {
      const of = async (bytes: number) => {
        const { host } = new URL(api.server.url);
        const call = { ...api.address, sql: 'select length(:p)', parameters: [text('p', '')] };
        const frame = Buffer.byteLength(JSON.stringify(call));
        const body = JSON.stringify({
          ...call,
          parameters: [text('p', 'x'.repeat(bytes - frame))],
        });
        return exchange(host, body);
      };
      const head = 'POST /Execute HTTP/1.1\r\n'.length;
      const { headerBytes } = await of(1_000);
      const most = 4 * MIB - head - headerBytes;
      // Its Content-Length has as many digits more as the body is longer.
      const digits = 3;
      equal((await of(most - digits)).status, 200);
      equal((await of(most - digits + 1)).status, 400);
    },
  },
  {
    name: 'a statement has at most 65,536 characters',
    source: EXECUTE,
    async run({ api }) {
      const sql = (length: number) => `select 1${' '.repeat(length - 8)}`;
      equal((await api.send('/Execute', { sql: sql(65_536) })).status, 200);
      const call = api.send('/Execute', { sql: sql(65_537) });
      await api.refused(call, 'ValidationException', 400, /'sql'.*less than or equal to 65536/);
    },
  },
];

/** Sends a body over a socket of its own, and tells how long its headers were. */
function exchange(host: string, body: string): Promise<{ status: number; headerBytes: number }> {
  return new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const headers = { Host: host, 'Content-Length': String(length), Connection: 'close' };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const sent = request(`http://${host}/Execute`, { method: 'POST', headers }, (response) => {
      response.resume().once('end', () => {
        resolve({ status: response.statusCode ?? 0, headerBytes: lines.join('').length });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

const times: readonly Row[] = [
  {
    name: 'a statement that takes too long is cancelled and told as StatementTimeoutException',
    source: `${LIMITATIONS}; ${EZ4}`,
    async run({ hasty }) {
      const call = hasty.send('/Execute', { sql: `select ${SLOW}` });
      const { json } = await hasty.refused(call, 'StatementTimeoutException', 400, TIMED_OUT);
      equal(typeof json.dbConnectionId, 'number');
      equal((await hasty.send('/Execute', { sql: 'select 1' })).status, 200);
    },
  },
  {
    name: 'nothing stays of a statement that timed out',
    source: LIMITATIONS,
    async run({ hasty }) {
      await hasty.execute('create table slow (n text)');
      const sql = `insert into slow select ${SLOW}::text`;
      const call = hasty.send('/Execute', { sql });
      await hasty.refused(call, 'StatementTimeoutException', 400, TIMED_OUT);
      deepEqual(await hasty.cell('select count(*) from slow'), { longValue: 0 });
      await hasty.execute('drop table slow');
    },
  },
  {
    name: 'continueAfterTimeout lets it run on, and the call fails all the same',
    source: EXECUTE,
    async run({ hasty }) {
      await hasty.execute('create table ran_on (n text)');
      const sql = `insert into ran_on select ${SLOW}::text`;
      const call = hasty.send('/Execute', { sql, continueAfterTimeout: true });
      await hasty.refused(call, 'StatementTimeoutException', 400, TIMED_OUT);
      const end = performance.now() + 20 * SHORT_MS;
      let count = 0;
      while (count === 0 && performance.now() < end) {
        const cell = await hasty.cell('select count(*) from ran_on');
        count = (cell as { longValue: number }).longValue;
      }
      equal(count, 1);
      await hasty.execute('drop table ran_on');
    },
  },
  {
    name: 'continueAfterTimeout is refused in a transaction',
    source: 'data-api-client #38',
    async run({ api }) {
      const transactionId = await api.begin();
      const call = { sql: 'select 1', transactionId, continueAfterTimeout: true };
      await api.refused(api.send('/Execute', call), 'BadRequestException', 400, /transaction/);
      await api.rollback(transactionId);
    },
  },
  {
    name: 'the time-out is the call’s: a batch of short statements has it too',
    source: LIMITATIONS,
    async run({ hasty }) {
      const sql = `select pg_sleep(${SHORT_MS / 3000})`;
      const call = hasty.send('/BatchExecute', { sql, parameterSets: Array(6).fill([]) });
      await hasty.refused(call, 'StatementTimeoutException', 400, TIMED_OUT);
    },
  },
  {
    name: 'a session cannot lift the time-out',
    source: LIMITATIONS,
    async run({ hasty }) {
      const transactionId = await hasty.begin();
      await hasty.execute('set local statement_timeout = 0', [], { transactionId });
      const call = hasty.send('/Execute', { sql: `select ${SLOW}`, transactionId });
      await hasty.refused(call, 'StatementTimeoutException', 400, TIMED_OUT);
    },
  },
  {
    name: 'a time-out ends its transaction',
    source: `${TROUBLES}; aws-sdk-js #3386`,
    async run({ hasty }) {
      await hasty.execute('create table half (n int)');
      const transactionId = await hasty.begin();
      await hasty.execute('insert into half values (1)', [], { transactionId });
      const slow = hasty.send('/Execute', { sql: `select ${SLOW}`, transactionId });
      await hasty.refused(slow, 'StatementTimeoutException', 400, TIMED_OUT);
      await hasty.refused(
        hasty.commit(transactionId),
        'TransactionNotFoundException',
        404,
        `Transaction ${transactionId} is not found. Transaction has been aborted due to an error from a previous call.`,
      );
      deepEqual(await hasty.cell('select count(*) from half'), { longValue: 0 });
      await hasty.execute('drop table half');
    },
  },
  {
    name: 'a call may take 45 seconds, unless the server is told otherwise',
    source: LIMITATIONS,
    async run({ api, hasty }) {
      equal(api.server.statementTimeoutMs, 45_000);
      equal(hasty.server.statementTimeoutMs, SHORT_MS);
      equal((await api.send('/Execute', { sql: `select ${SLOW}` })).status, 200);
    },
  },
];

export const limits: readonly Row[] = [...sizes, ...times];
