import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float8Array, int8Array, textArray } from '../../src/aurora/bind.ts';
import { type Aurora, sqlState } from '../../src/aurora/index.ts';
import { onPostgres, startAurora, type TestAurora } from '../support/aurora.ts';

interface Sample {
  id: string;
  small: number | null;
  big: number | null;
  score: number | null;
  price: string | null;
  ok: boolean | null;
  at: string | null;
  local: string | null;
  day: string | null;
  doc: string | null;
  tags: string | null;
  hash: Uint8Array | null;
  mood: string | null;
}

const columnTypes = {
  sample: {
    id: 'text',
    small: 'int4',
    big: 'int8',
    score: 'float8',
    price: 'numeric',
    ok: 'boolean',
    at: 'timestamptz',
    local: 'timestamp',
    day: 'date',
    doc: 'jsonb',
    tags: 'text[]',
    hash: 'bytea',
    mood: 'mood',
  },
};

const schema = `create type mood as enum ('good', 'bad');
  create table sample (
    id text primary key, small int4, big int8, score float8, price numeric, ok boolean, at timestamptz,
    local timestamp, day date, doc jsonb, tags text[], hash bytea, mood mood
  );`;

let started: TestAurora<{ sample: Sample }>;
beforeAll(async () => {
  const migrations = [{ name: '0001_sample.sql', sql: schema }];
  started = await startAurora({ columnTypes, migrations });
});
afterAll(() => started.close());

const connections: [string, () => Aurora<{ sample: Sample }>][] = [
  ['the Data API', () => started.aurora],
  ...(onPostgres
    ? [
        ['a direct connection', () => started.direct()] as [
          string,
          () => Aurora<{ sample: Sample }>,
        ],
      ]
    : []),
];

describe.each(connections)('values over %s', (_, open) => {
  let aurora: Aurora<{ sample: Sample }>;
  beforeAll(() => {
    aurora = open();
  });

  /** Asked twice: the second answer comes as JSON over the Data API. */
  const select = async (expressions: string): Promise<Record<string, unknown>> => {
    const query = sql<Record<string, unknown>>`${sql.raw(`select ${expressions}`)}`;
    const first = await aurora.rows(started.ctx(), 'aurora.test', query);
    const second = await aurora.rows(started.ctx(), 'aurora.test', query);
    expect(second).toEqual(first);
    return first[0] as Record<string, unknown>;
  };

  const failure = (expressions: string): Promise<unknown> =>
    select(expressions).then(
      () => {
        throw new Error('it succeeded');
      },
      (error) => error,
    );

  it('come back as they were written, by the types of their columns', async () => {
    const row: Sample = {
      id: 'tschüß 👋 \\ " \' :p1 $1 {a}',
      small: -5,
      big: 9007199254740991,
      score: 0.1,
      price: '19.90',
      ok: false,
      at: '2026-02-03T04:05:06.123456Z',
      local: '2026-02-03T04:05:06.100000',
      day: '2026-02-03',
      doc: '{"a": [1, null, "x"], "n": 12345678901234567890}',
      tags: '{a,"b,c",NULL}',
      hash: new Uint8Array([0, 1, 255]),
      mood: 'bad',
    };
    const empty = Object.fromEntries(Object.keys(row).map((key) => [key, null]));
    const ctx = started.ctx();
    const written = await aurora.run(
      ctx,
      'aurora.test',
      aurora.db.insertInto('sample').values([row, { ...empty, id: 'empty' } as unknown as Sample]),
    );
    expect(written.affected).toBe(2);
    const rows = aurora.db.selectFrom('sample').selectAll().orderBy('id', 'desc');
    for (let i = 0; i < 2; i += 1) {
      expect(await aurora.rows(ctx, 'aurora.test', rows)).toEqual([
        { ...row, tags: ['a', 'b,c', null] },
        { ...empty, id: 'empty' },
      ]);
    }
    await aurora.run(ctx, 'aurora.test', aurora.db.deleteFrom('sample'));
  });

  it('tell how many rows were written, and none for a RETURNING', async () => {
    const ctx = started.ctx();
    const insert = sql`insert into sample (id) values ('a'), ('b')`;
    expect(await aurora.run(ctx, 'aurora.test', insert)).toEqual({ rows: [], affected: 2 });
    const gone = aurora.db.deleteFrom('sample').where('id', 'in', ['a', 'b']).returning('id');
    expect((await aurora.run(ctx, 'aurora.test', gone)).rows.map((row) => row.id).sort()).toEqual([
      'a',
      'b',
    ]);
  });

  it('keep every digit of an integer, or are refused', async () => {
    expect(
      await select(
        `(2^31 - 1)::int4 as a, -9007199254740991::int8 as b, count(*) as c, 32767::int2 as d`,
      ),
    ).toEqual({ a: 2147483647, b: -9007199254740991, c: 1, d: 32767 });
    for (const expression of [
      '9007199254740993::int8 as a',
      'array[9007199254740993]::int8[] as a',
    ]) {
      expect(await failure(expression)).toMatchObject({
        code: 'internal',
        message: expect.stringContaining('Column "a"'),
      });
    }
    expect(await select(`9007199254740993::text as a`)).toEqual({ a: '9007199254740993' });
  });

  it('keep microseconds, in UTC', async () => {
    expect(
      await select(`timestamptz '2026-07-01 12:00:00.000001+02' as a, timestamptz '2026-07-01 12:00:00Z' as b,
        timestamptz '2026-07-01 12:00:00.8Z' as c, timestamptz '0001-01-01 00:00:00Z' as d,
        timestamptz '9999-12-31 23:59:59.999999Z' as e`),
    ).toEqual({
      a: '2026-07-01T10:00:00.000001Z',
      b: '2026-07-01T12:00:00.000000Z',
      c: '2026-07-01T12:00:00.800000Z',
      d: '0001-01-01T00:00:00.000000Z',
      e: '9999-12-31T23:59:59.999999Z',
    });
  });

  it('are no times where there is none to tell', async () => {
    expect(await failure(`'infinity'::timestamptz as a`)).toBeInstanceOf(Error);
    expect(await failure(`timestamptz '10000-01-01 00:00:00Z' as a`)).toBeInstanceOf(Error);
  });

  it('come in arrays of one dimension', async () => {
    expect(
      await select(`array['a"b', 'NULL', null, '{x}', 'c\\d', ''] as texts, array[1, null]::int4[] as ints,
        array[0.5]::float8[] as floats, array[true, false] as flags, '{}'::text[] as none,
        array[timestamptz '2026-07-01 12:00:00Z'] as times, array['{"a":1}']::jsonb[] as docs,
        null::text[] as nothing`),
    ).toEqual({
      texts: ['a"b', 'NULL', null, '{x}', 'c\\d', ''],
      ints: [1, null],
      floats: [0.5],
      flags: [true, false],
      none: [],
      times: ['2026-07-01T12:00:00.000000Z'],
      docs: ['{"a": 1}'],
      nothing: null,
    });
    expect(await failure(`array[array[1]] as a`)).toBeInstanceOf(Error);
  });

  it('come as text where they are json, numeric, uuid, date or an enum', async () => {
    expect(
      await select(`'{"b":1,"a":2}'::json as a, '1.50'::numeric as b, date '2026-01-01' as c,
        'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid as d, 'good'::mood as e, 'x'::varchar as f`),
    ).toEqual({
      a: '{"b":1,"a":2}',
      b: '1.50',
      c: '2026-01-01',
      d: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      e: 'good',
      f: 'x',
    });
  });

  it('come as bytes from bytea', async () => {
    expect(await select(`'\\x00ff10'::bytea as a, ''::bytea as b`)).toEqual({
      a: new Uint8Array([0, 255, 16]),
      b: new Uint8Array(),
    });
  });

  it('are refused when two columns have one name', async () => {
    expect(await failure('1 as a, 2 as a')).toMatchObject({
      message: expect.stringContaining('two columns'),
    });
  });

  it('go as arrays in one parameter', async () => {
    const texts = ['a', 'b,c', '"q"', '\\', '', 'NULL', '{}', null];
    const query = sql<{ a: unknown; b: unknown; c: unknown }>`select ${textArray(texts)} as a,
      ${int8Array([1, -9007199254740991, 2n])} as b, ${float8Array([0.1, 1e300])} as c`;
    expect(await aurora.rows(started.ctx(), 'aurora.test', query)).toEqual([
      { a: texts, b: [1, -9007199254740991, 2], c: [0.1, 1e300] },
    ]);
  });

  it('mean the same type in SQL, whichever way they went', async () => {
    const typeOf = (value: unknown): Promise<{ t: string }[]> =>
      aurora.rows(
        started.ctx(),
        'aurora.test',
        sql<{ t: string }>`select pg_typeof(${value})::text as t`,
      );
    expect(await typeOf('2026-01-01')).toEqual([{ t: 'text' }]);
    expect(await typeOf(1)).toEqual([{ t: 'bigint' }]);
    expect(await typeOf(1.5)).toEqual([{ t: 'double precision' }]);
    expect(await typeOf(true)).toEqual([{ t: 'boolean' }]);
    expect(await typeOf(2n ** 62n)).toEqual([{ t: 'bigint' }]);
    expect(await typeOf(new Uint8Array(1))).toEqual([{ t: 'bytea' }]);
  });

  it('need a cast where a text does not fit by itself, on both', async () => {
    const error = await aurora
      .rows(started.ctx(), 'aurora.test', sql`select ${'2026-01-01'} > now() as a`)
      .catch((thrown) => thrown);
    expect(sqlState(error)).toBe('42883');
  });
});
