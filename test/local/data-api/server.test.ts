import { RDSData, type SqlParameter } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createDataApiServer,
  pgliteEngine,
  postgresEngine,
} from '../../../src/local/data-api/index.ts';
import { TestClock } from '../../support/clock.ts';
import { createDatabase } from '../../support/postgres.ts';

const TEXT_ERROR = 'DatabaseErrorException';

let server: Awaited<ReturnType<typeof createDataApiServer>>;
let client: RDSData;
const clock = new TestClock();

beforeAll(async () => {
  const url = process.env.TEST_DATABASE_URL;
  const engine = url
    ? postgresEngine({ connectionString: await createDatabase(url) })
    : await pgliteEngine({});
  server = await createDataApiServer({ engine, clock, sessionWaitMs: 300 });
  client = new RDSData({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    maxAttempts: 1,
  });
  await execute(
    'create table thing (id int8 primary key, u uuid, j jsonb, t timestamptz, a text[])',
  );
});

afterAll(async () => {
  client?.destroy();
  await server?.close();
});

const address = () => ({
  resourceArn: server.resourceArn,
  secretArn: server.secretArn,
  database: server.database,
});

async function execute(sql: string, parameters: SqlParameter[] = [], more: object = {}) {
  const { $metadata: _, ...answer } = await client.executeStatement({
    ...address(),
    sql,
    parameters,
    ...more,
  });
  return answer;
}

/** Name, status and text of the error of a call. */
async function refusal(call: Promise<unknown>): Promise<[string, number | undefined, string]> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & {
      $metadata?: { httpStatusCode?: number };
    };
    return [name, $metadata?.httpStatusCode, message];
  }
  throw new Error('nothing was refused');
}

const text = (name: string, stringValue: string, typeHint?: SqlParameter['typeHint']) => ({
  name,
  value: { stringValue },
  ...(typeHint ? { typeHint } : {}),
});

const cell = async (sql: string, parameters: SqlParameter[] = [], more: object = {}) =>
  (await execute(sql, parameters, more)).records?.[0]?.[0];

describe('parameters of the local Data API', () => {
  it.each<[string, string, SqlParameter[], object]>([
    ['a string is text', 'select pg_typeof(:p)::text', [text('p', 'x')], { stringValue: 'text' }],
    [
      'a long is int8',
      'select pg_typeof(:p)::text',
      [{ name: 'p', value: { longValue: 1 } }],
      { stringValue: 'bigint' },
    ],
    [
      'a double is float8',
      'select pg_typeof(:p)::text',
      [{ name: 'p', value: { doubleValue: 1 } }],
      { stringValue: 'double precision' },
    ],
    [
      'a boolean is bool',
      'select :p',
      [{ name: 'p', value: { booleanValue: false } }],
      { booleanValue: false },
    ],
    [
      'a blob is bytea',
      'select :p',
      [{ name: 'p', value: { blobValue: new Uint8Array([0, 255]) } }],
      { blobValue: new Uint8Array([0, 255]) },
    ],
    [
      'a null has no type',
      'select :p::int4',
      [{ name: 'p', value: { isNull: true } }],
      { isNull: true },
    ],
    [
      'a hint gives the type',
      'select pg_typeof(:p)::text',
      [text('p', '00000000-0000-0000-0000-000000000000', 'UUID')],
      { stringValue: 'uuid' },
    ],
    ['a cast follows a name', 'select :p::int4 + 1', [text('p', '41')], { longValue: 42 }],
    ['a digit is a name', 'select :1', [text('1', 'x')], { stringValue: 'x' }],
    ['strings hold no names', "select 'a :p ' || :p", [text('p', 'x')], { stringValue: 'a :p x' }],
    [
      'escape strings hold no names',
      "select E'\\' :p' || :p",
      [text('p', 'x')],
      { stringValue: "' :px" },
    ],
    ['quoted names hold no names', 'select :p as ":p"', [text('p', 'x')], { stringValue: 'x' }],
    [
      'comments hold no names',
      'select :p -- :q\n /* :r /* :s */ */',
      [text('p', 'x')],
      { stringValue: 'x' },
    ],
    [
      'dollar quotes hold no names',
      'select $t$ :q $$ $t$ || :p',
      [text('p', 'x')],
      { stringValue: ' :q $$ x' },
    ],
    ['one name may stand twice', 'select :p || :p', [text('p', 'x')], { stringValue: 'xx' }],
    ['a semicolon may end it', 'select 1;', [], { longValue: 1 }],
  ])('%s', async (_, sql, parameters, expected) => {
    expect(await cell(sql, parameters)).toEqual(expected);
  });

  it('keep every digit of a long', async () => {
    const value = { longValue: 9007199254740993n as unknown as number };
    expect(await cell('select (:p)::text', [{ name: 'p', value }])).toEqual({
      stringValue: '9007199254740993',
    });
  });

  it.each<[string, string, SqlParameter[], string, string]>([
    [
      'text for a uuid',
      'insert into thing (id, u) values (1, :p)',
      [text('p', 'x')],
      TEXT_ERROR,
      'column "u" is of type uuid but expression is of type text',
    ],
    [
      'text compared with a uuid',
      'select 1 from thing where u = :p',
      [text('p', 'x')],
      TEXT_ERROR,
      'operator does not exist: uuid = text',
    ],
    [
      'text for jsonb',
      'insert into thing (id, j) values (1, :p)',
      [text('p', '{}')],
      TEXT_ERROR,
      'column "j" is of type jsonb',
    ],
    [
      'an array',
      'select :p',
      [{ name: 'p', value: { arrayValue: { longValues: [1] } } }],
      'ValidationException',
      'Array parameters are not supported.',
    ],
    [
      'several statements',
      'select 1; select 2',
      [],
      'ValidationException',
      "Multistatements aren't supported.",
    ],
  ])('refuse %s', async (_, sql, parameters, name, message) => {
    const [gotName, status, gotMessage] = await refusal(execute(sql, parameters));
    expect([gotName, status]).toEqual([name, 400]);
    expect(gotMessage).toContain(message);
  });
});

describe('results of the local Data API', () => {
  it.each<[string, string, object]>([
    [
      'time with milliseconds',
      "select timestamptz '2026-01-02 03:04:05.8+02'",
      { stringValue: '2026-01-02 01:04:05.800' },
    ],
    [
      'time with microseconds',
      "select timestamp '2026-01-02 03:04:05.8551'",
      { stringValue: '2026-01-02 03:04:05.855100' },
    ],
    [
      'time without fraction',
      "select timestamptz '2026-01-02 03:04:05Z'",
      { stringValue: '2026-01-02 03:04:05' },
    ],
    ['a date', "select date '2026-01-02'", { stringValue: '2026-01-02' }],
    ['a decimal as text', 'select 19.90::numeric', { stringValue: '19.90' }],
    ['jsonb as text', `select '{"a": 1}'::jsonb`, { stringValue: '{"a": 1}' }],
    ['a float', 'select 1.5::float8', { doubleValue: 1.5 }],
    [
      'an array of text with nulls',
      `select array['a', null, 'b"c,\\d']`,
      { arrayValue: { stringValues: ['a', null, 'b"c,\\d'] } },
    ],
    [
      'an array of numbers',
      'select array[1, null]::int8[]',
      { arrayValue: { longValues: [1, null] } },
    ],
    ['an array of booleans', 'select array[true]', { arrayValue: { booleanValues: [true] } }],
    ['null', 'select null::text', { isNull: true }],
  ])('give %s', async (_, sql, expected) => {
    expect(await cell(sql)).toEqual(expected);
  });

  it('say no more than the statement has', async () => {
    const select = await execute('select 1 as one where false');
    expect(select).toMatchObject({ records: [], numberOfRecordsUpdated: 0 });
    expect(select.columnMetadata).toBeUndefined();
    const insert = await execute('insert into thing (id) values (10), (11)');
    expect(insert).toMatchObject({ numberOfRecordsUpdated: 2, generatedFields: [] });
    expect(insert.records).toBeUndefined();
    const returning = await execute('delete from thing where id in (10, 11) returning id');
    expect(returning.records).toHaveLength(2);
  });

  it('describe columns with all of their members where asked', async () => {
    const { columnMetadata } = await execute('select 1::int4 as one, array[1] as two', [], {
      includeResultMetadata: true,
    });
    expect(columnMetadata).toHaveLength(2);
    expect(Object.keys(columnMetadata?.[0] ?? {})).toHaveLength(14);
    expect(columnMetadata?.[0]).toMatchObject({ label: 'one', typeName: 'int4', type: 4 });
    expect(columnMetadata?.[1]).toMatchObject({ label: 'two', typeName: '_int4', type: 2003 });
  });

  it('give longs and decimals as asked', async () => {
    const resultSetOptions = { longReturnType: 'STRING', decimalReturnType: 'DOUBLE_OR_LONG' };
    expect(await cell('select 9007199254740993::int8', [], { resultSetOptions })).toEqual({
      stringValue: '9007199254740993',
    });
    expect(await cell('select 1.5::numeric', [], { resultSetOptions })).toEqual({
      doubleValue: 1.5,
    });
  });

  it('come as one JSON text where asked', async () => {
    const answer = await execute("select 1 as a, null as b, 'x' as c", [], {
      formatRecordsAs: 'JSON',
    });
    expect(answer.formattedRecords).toBe('[{"a":1,"b":null,"c":"x"}]');
    expect(answer.records).toBeUndefined();
  });

  it.each([
    ["select interval '1 day'", 'The result contains the unsupported data type INTERVAL.'],
    ["select timetz '01:02:03+04'", 'The result contains the unsupported data type TIMETZ.'],
    ["select '(1,2)'::point", 'The result contains the unsupported data type POINT.'],
    ['select \'x\'::"char"', 'The result contains the unsupported data type "CHAR".'],
    ["select 'thing'::regclass", 'The result contains the unsupported data type regclass.'],
    ["select repeat('x', 1048576)", 'The result exceeds the size limit 1 MB.'],
  ])('are refused for %s', async (sql, message) => {
    const [name, status, got] = await refusal(execute(sql));
    expect([name, status, got]).toEqual(['UnsupportedResultException', 400, message]);
  });

  it('refuse nested arrays, and take what just fits', async () => {
    expect((await refusal(execute('select array[[1, 2], [3, 4]]')))[0]).toBe(
      'UnsupportedResultException',
    );
    const fits = 1_048_576 - 2 - 4;
    expect(await cell(`select repeat('x', ${fits})`)).toEqual({ stringValue: 'x'.repeat(fits) });
    expect((await refusal(execute(`select repeat('x', ${fits + 1})`)))[0]).toBe(
      'UnsupportedResultException',
    );
  });
});

describe('errors of the local Data API', () => {
  it('tell what PostgreSQL said in one line, SQLState last', async () => {
    await execute('insert into thing (id) values (1)');
    const [name, status, message] = await refusal(execute('insert into thing (id) values (1)'));
    expect([name, status]).toEqual([TEXT_ERROR, 400]);
    expect(message).toBe(
      'ERROR: duplicate key value violates unique constraint "thing_pkey"; Detail: Key (id)=(1) already exists.; SQLState: 23505',
    );
    await execute('delete from thing');
  });

  it('know another cluster, secret and database', async () => {
    const wrong = (members: object) =>
      refusal(client.executeStatement({ ...address(), sql: 'select 1', ...members }));
    expect((await wrong({ resourceArn: 'arn:aws:rds:x' }))[0]).toBe('DatabaseNotFoundException');
    expect((await wrong({ secretArn: 'arn:aws:x' }))[0]).toBe('SecretsErrorException');
    expect(await wrong({ database: 'nowhere' })).toEqual([
      TEXT_ERROR,
      400,
      'ERROR: database "nowhere" does not exist; SQLState: 3D000',
    ]);
    expect((await wrong({ schema: 'public' }))[2]).toContain("schema parameter isn't supported");
  });

  it('refuse a request over 4 MiB, a broken one and an unknown path', async () => {
    const large = refusal(execute('select length(:p)', [text('p', 'x'.repeat(4 * 1024 * 1024))]));
    expect((await large)[0]).toBe('BadRequestException');
    const post = (path: string, body: string) =>
      fetch(server.url + path, { method: 'POST', body }).then((response) => [
        response.status,
        response.headers.get('x-amzn-errortype'),
      ]);
    expect(await post('/Execute', '{')).toEqual([400, 'BadRequestException']);
    expect((await post('/Nothing', '{}'))[0]).toBe(404);
  });
});

describe('transactions of the local Data API', () => {
  const begin = async () => (await client.beginTransaction(address())).transactionId ?? '';
  const where = (transactionId: string) => ({
    resourceArn: server.resourceArn,
    secretArn: server.secretArn,
    transactionId,
  });

  it('commit and roll back', async () => {
    const kept = await begin();
    await execute('insert into thing (id) values (20)', [], { transactionId: kept });
    expect((await client.commitTransaction(where(kept))).transactionStatus).toBe(
      'Transaction Committed',
    );
    const dropped = await begin();
    await execute('insert into thing (id) values (21)', [], { transactionId: dropped });
    expect((await client.rollbackTransaction(where(dropped))).transactionStatus).toBe(
      'Rollback Complete',
    );
    const { records } = await execute('select id from thing where id in (20, 21)');
    expect(records).toEqual([[{ longValue: 20 }]]);
  });

  it('are not found once they ended, or idle for three minutes', async () => {
    const id = await begin();
    await client.commitTransaction(where(id));
    expect((await refusal(client.commitTransaction(where(id)))).slice(0, 2)).toEqual([
      'TransactionNotFoundException',
      404,
    ]);
    const idle = await begin();
    clock.advance(3 * 60_000 - 1);
    await execute('select 1', [], { transactionId: idle });
    clock.advance(3 * 60_000);
    expect((await refusal(execute('select 1', [], { transactionId: idle })))[0]).toBe(
      'TransactionNotFoundException',
    );
  });

  // PGlite works in this very process: while it runs a statement no other call is heard.
  it.runIf(process.env.TEST_DATABASE_URL)('take one statement at a time', async () => {
    const id = await begin();
    const slow = execute('select count(*) from generate_series(1, 3000000)', [], {
      transactionId: id,
    });
    const beside = await Promise.allSettled([
      slow,
      execute('select 1', [], { transactionId: id }),
      execute('select 2', [], { transactionId: id }),
    ]);
    const refused = beside.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const one of refused) {
      expect((one as PromiseRejectedResult).reason.message).toBe(
        'Transaction is still running a query',
      );
    }
    await client.rollbackTransaction(where(id));
  });

  it('never mix with calls beside them', async () => {
    const id = await begin();
    await execute('insert into thing (id) values (30)', [], { transactionId: id });
    const beside = execute('select count(*) from thing where id = 30');
    if (process.env.TEST_DATABASE_URL) {
      expect((await beside).records).toEqual([[{ longValue: 0 }]]);
    } else {
      const [name, , message] = await refusal(beside);
      expect(name).toBe('DatabaseUnavailableException');
      expect(message).toContain('one session');
    }
    await client.rollbackTransaction(where(id));
  });

  it('leave nothing of a call to the next', async () => {
    await execute("set time zone 'America/Sao_Paulo'");
    expect(await cell("select timestamptz '2026-01-02 00:00:00Z'")).toEqual({
      stringValue: '2026-01-02 00:00:00',
    });
    await execute('create temp table passing (x int)');
    expect((await refusal(execute('select * from passing')))[0]).toBe(TEXT_ERROR);
  });
});

describe('a paused cluster', () => {
  it('refuses the call that wakes it and those until it is awake', async () => {
    server.setPause({ state: 'asleep', resumeSeconds: 15 });
    const { wakes } = server.pauseState();
    const [name, status, message] = await refusal(execute('select 1'));
    expect([name, status]).toEqual(['DatabaseResumingException', 400]);
    expect(message).toMatch(
      /^The Aurora DB instance arn:\S+ is resuming after being auto-paused\. Please wait a few seconds and try again\.$/,
    );
    expect(server.pauseState().state).toBe('resuming');
    clock.advance(14_999);
    expect((await refusal(client.beginTransaction(address())))[0]).toBe(
      'DatabaseResumingException',
    );
    clock.advance(1);
    expect(await cell('select 1')).toEqual({ longValue: 1 });
    expect(server.pauseState()).toMatchObject({ state: 'awake', wakes: wakes + 1 });
  });

  it('takes twice as long after a day, and pauses by itself when idle', async () => {
    server.setPause({ state: 'asleep', resumeSeconds: 10 });
    clock.advance(25 * 3_600_000);
    await refusal(execute('select 1'));
    clock.advance(19_999);
    expect(server.pauseState().state).toBe('resuming');
    clock.advance(1);
    expect(server.pauseState().state).toBe('awake');
    server.setPause({ autoPauseSeconds: 300 });
    await execute('select 1');
    const before = server.pauseState().secondsAwake;
    clock.advance(299_000);
    expect(server.pauseState().state).toBe('awake');
    clock.advance(10_000_000);
    expect(server.pauseState().state).toBe('asleep');
    expect(server.pauseState().secondsAwake - before).toBeCloseTo(300, 3);
    server.setPause({ state: 'awake', autoPauseSeconds: 0 });
  });
});
