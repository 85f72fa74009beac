import { deepEqual } from 'node:assert/strict';
import { gives, type Row, refuses } from './row.ts';
import { CLIENT, EXECUTE, EZ4, JSON_FORMAT, SDK, TYPES } from './sources.ts';

const string = (stringValue: string) => ({ stringValue });
const DATES = `${TYPES}, note on time zones; ${EZ4}`;

const scalars: readonly Row[] = [
  gives('int2 is a longValue', TYPES, 'select 7::int2', { longValue: 7 }),
  gives('int4 is a longValue', TYPES, 'select 7::int4', { longValue: 7 }),
  gives('count(*) is a longValue', TYPES, 'select count(*)', { longValue: 1 }),
  {
    name: 'int8 comes with every digit',
    source: 'aws-sdk-js #2947',
    async run({ api }) {
      const { text } = await api.send('/Execute', { sql: 'select 9007199254740993::int8' });
      deepEqual(/"longValue":(\d+)/.exec(text)?.[1], '9007199254740993');
    },
  },
  gives('float4 is a doubleValue', TYPES, 'select 1.5::float4', { doubleValue: 1.5 }),
  gives('float8 is a doubleValue', TYPES, 'select 1e300::float8', { doubleValue: 1e300 }),
  gives('an infinite float is named', SDK, "select '-Infinity'::float8", {
    doubleValue: '-Infinity',
  }),
  gives('numeric is a string with its scale', CLIENT, 'select 19.90::numeric', string('19.90')),
  gives('bool is a booleanValue', TYPES, 'select true', { booleanValue: true }),
  gives('text keeps every character', TYPES, "select U&'\\+01F600\"é'", string('😀"é')),
  gives('char(n) is padded', TYPES, "select 'ab'::char(4)", string('ab  ')),
  gives('name is a string', TYPES, "select 'x'::name", string('x')),
  gives(
    'uuid is in lower case',
    TYPES,
    "select 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid",
    string('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
  ),
  gives('json is its text', TYPES, `select '{"b":1,  "a":2}'::json`, string('{"b":1,  "a":2}')),
  gives('jsonb is its text', TYPES, `select '{"b":1,  "a":2}'::jsonb`, string('{"a": 2, "b": 1}')),
  gives('inet and cidr are strings', TYPES, "select '10.0.0.1'::inet", string('10.0.0.1')),
  gives('bytea is base64', TYPES, "select '\\x00ff10'::bytea", { blobValue: 'AP8Q' }),
  gives('an empty bytea is empty', TYPES, "select ''::bytea", { blobValue: '' }),
  gives('int4range is a string', CLIENT, "select '[1,5)'::int4range", string('[1,5)')),
  gives(
    'void is an empty string',
    'kysely-data-api, migrator over v2',
    'select pg_advisory_xact_lock(1)',
    string(''),
  ),
  gives('a null is isNull', SDK, 'select null::int4', { isNull: true }),
  gives('an empty string is none', SDK, "select ''", string('')),
  {
    name: 'an enum is a string',
    source: TYPES,
    async run({ api }) {
      await api.execute("create type colour as enum ('red', 'green')");
      deepEqual(await api.cell("select 'red'::colour"), string('red'));
      deepEqual(await api.cell("select array['red']::colour[]"), {
        arrayValue: { stringValues: ['red'] },
      });
      await api.execute('drop type colour');
    },
  },
];

const times: readonly Row[] = [
  gives('date is YYYY-MM-DD', TYPES, "select date '2026-01-02'", string('2026-01-02')),
  gives('a time without fraction has none', DATES, "select time '03:04:05'", string('03:04:05')),
  gives('a time has three digits', DATES, "select time '03:04:05.6'", string('03:04:05.600')),
  gives(
    'a timestamp of whole seconds has no fraction',
    DATES,
    "select timestamp '2026-01-02 03:04:05.0'",
    string('2026-01-02 03:04:05'),
  ),
  gives(
    'milliseconds have three digits',
    DATES,
    "select timestamp '2026-01-02 03:04:05.8'",
    string('2026-01-02 03:04:05.800'),
  ),
  gives(
    'microseconds have six digits',
    DATES,
    "select timestamp '2026-01-02 03:04:05.8551'",
    string('2026-01-02 03:04:05.855100'),
  ),
  gives(
    'timestamptz is in UTC without a zone',
    DATES,
    "select timestamptz '2026-01-02 03:04:05.5+02'",
    string('2026-01-02 01:04:05.500'),
  ),
  {
    name: 'timestamptz is in UTC whatever zone the session has',
    source: TYPES,
    async run({ api }) {
      const transactionId = await api.begin();
      const now =
        "select timestamptz '2025-12-31 23:30:00.25Z', timestamptz '1883-11-18 12:00:00Z'";
      for (const zone of ['America/Sao_Paulo', 'Asia/Kathmandu', 'America/New_York']) {
        await api.execute(`set local time zone '${zone}'`, [], { transactionId });
        const { records } = await api.execute(now, [], { transactionId });
        deepEqual(records, [[string('2025-12-31 23:30:00.250'), string('1883-11-18 12:00:00')]]);
      }
      await api.rollback(transactionId);
    },
  },
  gives(
    'years before Christ and past 9999 keep their form',
    'PostgreSQL ISO output',
    "select timestamptz '0044-03-15 00:00:00+00 BC'",
    string('0044-03-15 00:00:00 BC'),
  ),
  {
    name: 'an infinite timestamp fails as UnknownError',
    source: 'drizzle-orm #5308; ez4',
    async run({ api }) {
      const call = api.send('/Execute', { sql: "select 'infinity'::timestamptz" });
      await api.refused(call, 'InternalFailure', 500, 'UnknownError');
    },
  },
];

const array = (name: string, sql: string, member: string, values: unknown[]): Row =>
  gives(name, `${TYPES}; ${CLIENT}`, sql, { arrayValue: { [member]: values } });

const arrays: readonly Row[] = [
  array('int4[] is longValues', 'select array[1,2]', 'longValues', [1, 2]),
  array('int8[] keeps its nulls', 'select array[1,null]::int8[]', 'longValues', [1, null]),
  array('float8[] is doubleValues', 'select array[1.5]::float8[]', 'doubleValues', [1.5]),
  array('bool[] is booleanValues', 'select array[true,null]', 'booleanValues', [true, null]),
  array(
    'text[] is stringValues',
    `select array['a', null, 'NULL', '', 'b"c,\\d']`,
    'stringValues',
    ['a', null, 'NULL', '', 'b"c,\\d'],
  ),
  array('numeric[] is stringValues', 'select array[1.50]', 'stringValues', ['1.50']),
  array(
    'timestamp[] has the form of its elements',
    "select array[timestamp '2026-01-02 03:04:05.8']",
    'stringValues',
    ['2026-01-02 03:04:05.800'],
  ),
  array(
    'uuid[] is stringValues',
    "select array['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid]",
    'stringValues',
    ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ),
  array('jsonb[] is stringValues', `select array['{"a": 1}'::jsonb]`, 'stringValues', ['{"a": 1}']),
  array('bounds of an array are left out', "select '[0:1]={5,6}'::int4[]", 'longValues', [5, 6]),
  array('an empty array has no elements', "select '{}'::int4[]", 'longValues', []),
  refuses(
    'nested arrays are refused',
    SDK,
    'select array[[1,2],[3,4]]',
    'UnsupportedResultException',
    /multidimensional array/,
  ),
];

const refused: readonly Row[] = (
  [
    ['INTERVAL', "select interval '1 day'", EZ4],
    ['TIMETZ', "select timetz '01:02:03+04'", EZ4],
    ['POINT', "select '(1,2)'::point", EZ4],
    ['"CHAR"', 'select \'x\'::"char"', 'kysely-data-api #38'],
    ['MONEY', 'select 1::money', EZ4],
    ['regclass', "select 'pg_class'::regclass", 'drizzle-orm #2982'],
    ['regtype', "select 'int4'::regtype", 'typeorm-aurora-data-api-driver #164'],
    ['oid', 'select 1::oid', 'drizzle-orm #4672'],
    ['macaddr', "select '08:00:2b:01:02:03'::macaddr", TYPES],
    ['tsvector', "select to_tsvector('simple', 'a')", TYPES],
    ['daterange', "select '[2026-01-01,2026-01-02)'::daterange", TYPES],
    ['record', 'select row(1, 2)', TYPES],
  ] as const
).map(([type, sql, source]) =>
  refuses(
    `${type} is refused by that name`,
    source,
    sql,
    'UnsupportedResultException',
    `The result contains the unsupported data type ${type}.`,
  ),
);

const options = (name: string, sql: string, resultSetOptions: object, expected: unknown): Row => ({
  name,
  source: EXECUTE,
  async run({ api }) {
    deepEqual(await api.cell(sql, [], { resultSetOptions }), expected);
  },
});
const AS_NUMBER = { decimalReturnType: 'DOUBLE_OR_LONG' };

const numbers: readonly Row[] = [
  options(
    'longReturnType STRING prints longs',
    'select 9007199254740993',
    { longReturnType: 'STRING' },
    string('9007199254740993'),
  ),
  options(
    'DOUBLE_OR_LONG makes a decimal with a scale a double',
    'select 1.5::numeric',
    AS_NUMBER,
    { doubleValue: 1.5 },
  ),
  options('DOUBLE_OR_LONG makes a whole decimal a long', 'select 15::numeric', AS_NUMBER, {
    longValue: 15,
  }),
  options('DOUBLE_OR_LONG makes what no long holds a double', 'select 1e30::numeric', AS_NUMBER, {
    doubleValue: 1e30,
  }),
  options('DOUBLE_OR_LONG names NaN', "select 'NaN'::numeric", AS_NUMBER, { doubleValue: 'NaN' }),
];

const formatted = (name: string, sql: string, expected: string, more: object = {}): Row => ({
  name,
  source: JSON_FORMAT,
  async run({ api }) {
    const answer = await api.execute(sql, [], { formatRecordsAs: 'JSON', ...more });
    deepEqual(answer, { formattedRecords: expected, numberOfRecordsUpdated: 0 });
  },
});

const json: readonly Row[] = [
  formatted(
    'JSON has numbers, booleans, nulls and strings',
    "select 1 a, true b, null c, 'x' d, 1.5::float8 e",
    '[{"a":1,"b":true,"c":null,"d":"x","e":1.5}]',
  ),
  formatted(
    'JSON has longs with every digit',
    'select 9007199254740993 a',
    '[{"a":9007199254740993}]',
  ),
  formatted('JSON has decimals as strings', 'select 1.50 a', '[{"a":"1.50"}]'),
  formatted('JSON has decimals as numbers where asked', 'select 1.5 a', '[{"a":1.5}]', {
    resultSetOptions: AS_NUMBER,
  }),
  formatted('JSON has jsonb as a string', `select '{"k": 1}'::jsonb a`, '[{"a":"{\\"k\\": 1}"}]'),
  formatted(
    'JSON has bytea in base64 and arrays as arrays',
    "select '\\x00ff'::bytea a, array[1,null] b",
    '[{"a":"AP8=","b":[1,null]}]',
  ),
  formatted('JSON of no rows is an empty array', 'select 1 a where false', '[]'),
  {
    name: 'JSON leaves records and metadata out',
    source: JSON_FORMAT,
    async run({ api }) {
      const more = { formatRecordsAs: 'JSON', includeResultMetadata: true };
      const answer = await api.execute('select 1 a', [], more);
      deepEqual(Object.keys(answer).sort(), ['formattedRecords', 'numberOfRecordsUpdated']);
    },
  },
  {
    name: 'JSON refuses two columns of one label',
    source: JSON_FORMAT,
    async run({ api }) {
      const call = api.send('/Execute', { sql: 'select 1 a, 2 a', formatRecordsAs: 'JSON' });
      await api.refused(call, 'BadRequestException', 400, /label a/);
    },
  },
  {
    name: 'JSON is for SELECT alone',
    source: JSON_FORMAT,
    async run({ api }) {
      await api.execute('create table formatted (id int)');
      const sql = 'insert into formatted values (1) returning id';
      const answer = await api.execute(sql, [], { formatRecordsAs: 'JSON' });
      deepEqual(answer, { numberOfRecordsUpdated: 0, records: [[{ longValue: 1 }]] });
      await api.execute('drop table formatted');
    },
  },
];

export const results: readonly Row[] = [
  ...scalars,
  ...times,
  ...arrays,
  ...refused,
  ...numbers,
  ...json,
];
