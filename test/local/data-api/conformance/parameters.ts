import { deepEqual, equal } from 'node:assert/strict';
import { long, type Parameter, text } from '../subject.ts';
import { gives, type Row, refuses } from './row.ts';
import { CLIENT, DIFFERENCES, EZ4, PARAMETER, RESTJSON, SDK, TYPES } from './sources.ts';

const UUID = '0188f0a0-0000-7000-8000-000000000001';
const typeOf = 'select pg_typeof(:p)::text';
const value = (field: Record<string, unknown>): Parameter[] => [{ name: 'p', value: field }];
const TYPED = 'drizzle-orm #2583, #2232, #5820';

/** The types that values are bound with. */
const bound: readonly Row[] = [
  gives('a stringValue is text', TYPED, typeOf, { stringValue: 'text' }, [text('p', 'x')]),
  gives('a longValue is int8', TYPES, typeOf, { stringValue: 'bigint' }, [long('p', 1)]),
  gives('a doubleValue is float8', TYPES, typeOf, { stringValue: 'double precision' }, [
    { name: 'p', value: { doubleValue: 1.5 } },
  ]),
  gives('a booleanValue is bool', TYPES, 'select :p', { booleanValue: false }, [
    { name: 'p', value: { booleanValue: false } },
  ]),
  gives('a blobValue is bytea', CLIENT, 'select :p', { blobValue: 'AP8=' }, [
    { name: 'p', value: { blobValue: 'AP8=' } },
  ]),
  gives(
    'a null has no type',
    CLIENT,
    'select :p::int4[]',
    { isNull: true },
    value({ isNull: true }),
  ),
  gives('an empty string is no null', SDK, "select :p = ''", { booleanValue: true }, [
    text('p', ''),
  ]),
  ...(
    [
      ['UUID', UUID, 'uuid'],
      ['DATE', '2026-02-03', 'date'],
      ['TIME', '04:05:06.789', 'time without time zone'],
      ['TIMESTAMP', '2026-02-03 04:05:06.789', 'timestamp without time zone'],
      ['DECIMAL', '19.90', 'numeric'],
      ['JSON', '{"a":1}', 'json'],
    ] as const
  ).map(([hint, given, type]) =>
    gives(`the hint ${hint} makes it ${type}`, PARAMETER, typeOf, { stringValue: type }, [
      text('p', given, hint),
    ]),
  ),
  ...(
    [
      ['DATE', '2026-02-03T00:00:00Z'],
      ['TIME', '04:05'],
      ['TIMESTAMP', '2026-02-03T04:05:06.789Z'],
      ['TIMESTAMP', '2026-02-03 04:05:06.789123'],
    ] as const
  ).map(([hint, given]) =>
    refuses(
      `the hint ${hint} refuses ${given}`,
      PARAMETER,
      'select :p',
      'ValidationException',
      /format/,
      [text('p', given, hint)],
    ),
  ),
  refuses('an unknown hint is refused', SDK, 'select :p', 'ValidationException', /typeHint/, [
    text('p', 'x', 'INTERVAL'),
  ]),
  {
    name: 'every digit of a longValue is kept',
    source: SDK,
    async run({ api }) {
      const call = { ...api.address, sql: 'select (:p)::text', parameters: [long('p', 7777777)] };
      for (const digits of ['9007199254740993', '-9223372036854775808', '9223372036854775807']) {
        const body = JSON.stringify(call).replace('7777777', digits);
        deepEqual((await api.post('/Execute', body)).json.records, [[{ stringValue: digits }]]);
      }
    },
  },
  {
    name: 'a longValue past 64 bits is refused',
    source: RESTJSON,
    async run({ api }) {
      const call = { ...api.address, sql: 'select :p', parameters: [long('p', 7777777)] };
      const body = JSON.stringify(call).replace('7777777', '9223372036854775808');
      await api.refused(api.post('/Execute', body), 'SerializationException', 400, /longValue/);
    },
  },
  refuses(
    'a longValue with a fraction is refused',
    RESTJSON,
    'select :p',
    'SerializationException',
    /longValue/,
    [long('p', 1.5)],
  ),
  gives(
    'a doubleValue may be NaN',
    RESTJSON,
    'select :p',
    { doubleValue: 'NaN' },
    value({ doubleValue: 'NaN' }),
  ),
  refuses(
    'a value of two members is refused',
    RESTJSON,
    'select :p',
    'SerializationException',
    /one member/,
    value({ stringValue: 'x', longValue: 1 }),
  ),
  refuses(
    'an array is refused',
    SDK,
    'select :p',
    'ValidationException',
    'Array parameters are not supported.',
    value({ arrayValue: { stringValues: ['a'] } }),
  ),
  gives(
    'an array literal may be cast',
    'drizzle-orm #1912',
    'select 2 = any(:p::int4[])',
    { booleanValue: true },
    [text('p', '{1,2}')],
  ),
];

/** What strict types refuse, and what they let pass. */
const strict: readonly Row[] = [
  refuses(
    'text is no uuid',
    TYPED,
    'with t as (select gen_random_uuid() u) select 1 from t where u = :p',
    'DatabaseErrorException',
    /^ERROR: operator does not exist: uuid = text; Hint: .*; Position: \d+; SQLState: 42883$/,
    [text('p', UUID)],
  ),
  {
    name: 'text goes into no uuid, jsonb, timestamptz or enum column',
    source: TYPED,
    async run({ api }) {
      await api.execute("create type mood as enum ('glad', 'sad')");
      await api.execute('create table strict (u uuid, j jsonb, t timestamptz, m mood)');
      for (const [column, given, type] of [
        ['u', UUID, 'uuid'],
        ['j', '{}', 'jsonb'],
        ['t', '2026-01-01 00:00:00', 'timestamp with time zone'],
        ['m', 'glad', 'mood'],
      ] as const) {
        const sql = `insert into strict (${column}) values (:p)`;
        const call = api.send('/Execute', { sql, parameters: [text('p', given)] });
        const message = new RegExp(
          `^ERROR: column "${column}" is of type ${type} but expression is of type text; Hint: .*SQLState: 42804$`,
        );
        await api.refused(call, 'DatabaseErrorException', 400, message);
      }
      await api.execute('drop table strict');
      await api.execute('drop type mood');
    },
  },
  gives('a cast makes it the type', TYPED, "select (:p::jsonb) ->> 'a'", { stringValue: '1' }, [
    text('p', '{"a": 1}'),
  ]),
  gives('a long compares with int4', CLIENT, 'select 1::int4 = :p', { booleanValue: true }, [
    long('p', 1),
  ]),
  refuses(
    'a null without a type cannot be asked about',
    'PostgreSQL 42P18 with an unknown parameter',
    'select :p is null',
    'DatabaseErrorException',
    /SQLState: 42P18$/,
    value({ isNull: true }),
  ),
];

const cast = (name: string, sql: string, expected: unknown, source = CLIENT): Row =>
  gives(name, source, sql, expected, [text('p', 'x'), text('1', 'one')]);

/** Where a colon is a placeholder and where it is not. */
const placeholders: readonly Row[] = [
  cast('a name may be of digits', 'select :1', { stringValue: 'one' }, 'drizzle-orm aws-data-api'),
  cast(':name::type is a cast', 'select :p::varchar', { stringValue: 'x' }),
  cast('strings hold no placeholders', "select 'a :p ' || :p", { stringValue: 'a :p x' }),
  cast('doubled quotes do not end a string', "select ''':p' || :p", { stringValue: "':px" }),
  cast('escape strings hold none', "select E'\\' :p' || :p", { stringValue: "' :px" }),
  cast('quoted names hold none', 'select :p as ":p"', { stringValue: 'x' }),
  cast('line comments hold none', 'select :p -- :q', { stringValue: 'x' }),
  cast('nested comments hold none', 'select :p /* :r /* :s */ :t */', { stringValue: 'x' }),
  cast('dollar quotes hold none', 'select $t$ :q $$ $t$ || :p', { stringValue: ' :q $$ x' }),
  cast('array slices hold none', "select (array['a','b','c'])[1:2]", {
    arrayValue: { stringValues: ['a', 'b'] },
  }),
  cast('a keyword may stand right before one', 'select case when true then:p end', {
    stringValue: 'x',
  }),
  cast('parameters that no placeholder names are passed over', 'select 1', { longValue: 1 }),
  {
    name: 'each occurrence is its own bind',
    source: EZ4,
    async run({ api }) {
      equal((await api.execute('select :p || :p', [text('p', 'x')])).records !== undefined, true);
      const sql = "select :p || n from (values ('a')) v(n) group by :p || n";
      const call = api.send('/Execute', { sql, parameters: [text('p', 'x')] });
      await api.refused(call, 'DatabaseErrorException', 400, /SQLState: 42803$/);
    },
  },
  refuses(
    'a placeholder without a parameter is refused',
    DIFFERENCES,
    'select :p',
    'ValidationException',
    /'p'/,
  ),
  refuses(
    '$1 is not bound',
    'simiancraft/drizzle-kit-rds-data-api-repro',
    'select $1::text',
    'DatabaseErrorException',
    'bind message supplies 0 parameters, but prepared statement requires 1; SQLState: 08P01',
    [text('p', 'x')],
  ),
  refuses(
    'names of things cannot be parameters',
    'drizzle-orm #1936',
    'savepoint :p',
    'DatabaseErrorException',
    /SQLState: 42601$/,
    [text('p', 'x')],
  ),
  refuses(
    'several statements are refused',
    DIFFERENCES,
    'select 1; select 2',
    'ValidationException',
    "Multistatements aren't supported.",
  ),
  gives('a semicolon may end a statement', DIFFERENCES, 'select 1; -- and that is all', {
    longValue: 1,
  }),
  gives('semicolons in strings end none', DIFFERENCES, "select 'a; select 2'", {
    stringValue: 'a; select 2',
  }),
  {
    name: 'semicolons in the body of an SQL function end none',
    source: 'pgjdbc, Parser (BEGIN ATOMIC)',
    async run({ api }) {
      await api.execute(
        'create function two() returns int begin atomic select 1; select case when true then 2 end; end',
      );
      deepEqual(await api.cell('select two()'), { longValue: 2 });
      await api.execute('drop function two');
    },
  },
];

export const parameters: readonly Row[] = [...bound, ...strict, ...placeholders];
