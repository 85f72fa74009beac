import { type Generated, type Insertable, Kysely, sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createAurora } from '../../src/aurora/index.ts';
import { systemClock } from '../../src/lambda/system.ts';

interface Thing {
  key: Generated<number>;
  id: string;
  at: string | null;
  doc: string | null;
  score: number | null;
  price: string | null;
  ok: boolean | null;
  tags: string | null;
  hash: Uint8Array | null;
}

interface Edge {
  from_key: number;
  kind: string;
  made_at: string;
}

interface Tables {
  thing: Thing;
  edge: Edge;
}

const columnTypes = {
  thing: {
    key: 'int8',
    id: 'text',
    at: 'timestamptz',
    doc: 'jsonb',
    score: 'float8',
    price: 'numeric',
    ok: 'boolean',
    tags: 'text[]',
    hash: 'bytea',
  },
  edge: { from_key: 'int8', kind: 'text', made_at: 'timestamptz' },
};

const common = { columnTypes, clock: systemClock, random: () => 0 };
const { db } = createAurora<Tables>({
  ...common,
  target: {
    connection: 'data-api',
    resourceArn: 'arn:cluster',
    secretArn: 'arn:secret',
    database: 'tandem',
    region: 'us-east-1',
  },
});
const direct = createAurora<Tables>({
  ...common,
  target: { connection: 'direct', connectionString: 'postgres://127.0.0.1:1/none' },
}).db;

const values = (query: { parameters: readonly unknown[] }): unknown[] =>
  query.parameters.map((parameter) => (parameter as { value: unknown }).value);

const message = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it succeeded');
};

const insert = (row: Partial<Insertable<Thing>>): (() => unknown) => {
  return () =>
    db
      .insertInto('thing')
      .values({ id: 'a', ...row } as Insertable<Thing>)
      .compile();
};

describe('the query compiler', () => {
  it('names each parameter once and casts it to the type of its column', () => {
    const query = db
      .insertInto('thing')
      .values([
        { id: 'a', at: '2026-01-02T03:04:05.123456Z', doc: '{"a":1}', score: 1, price: '19.90' },
        { id: 'b', at: null, doc: null, score: 0.5, price: null },
      ])
      .compile();
    expect(query.sql).toBe(
      'insert into "thing" ("id", "at", "doc", "score", "price") values ' +
        '(:p1, :p2::timestamptz, :p3::jsonb, :p4, :p5::numeric), ' +
        '(:p6, :p7::timestamptz, :p8::jsonb, :p9, :p10::numeric)',
    );
    expect(query.parameters[1]).toEqual({
      name: 'p2',
      value: { stringValue: '2026-01-02T03:04:05.123456Z' },
    });
    expect(query.parameters[3]).toEqual({ name: 'p4', value: { doubleValue: 1 } });
    expect(query.parameters[6]).toEqual({ name: 'p7', value: { isNull: true } });
  });

  it('finds the column of a comparison, a list, a range, a tuple and an assignment', () => {
    const query = db
      .updateTable('thing as t')
      .set({ at: '2026-01-01T00:00:00Z', ok: true })
      .where('t.key', 'in', [1, 2])
      .where((eb) => eb.between('t.at', '2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z'))
      .where((eb) => eb(eb.refTuple('t.at', 't.id'), '<', eb.tuple('2026-01-01T00:00:00Z', 'z')))
      .where('doc', '@>', '{"a":1}')
      .compile();
    expect(query.sql).toBe(
      'update "thing" as "t" set "at" = :p1::timestamptz, "ok" = :p2 where "t"."key" in (:p3, :p4) ' +
        'and "t"."at" between :p5::timestamptz and :p6::timestamptz ' +
        'and ("t"."at", "t"."id") < (:p7::timestamptz, :p8) and "doc" @> :p9::jsonb',
    );
  });

  it('finds the column through joins, subqueries and upserts', () => {
    const query = db
      .selectFrom('thing as t')
      .innerJoin('edge as e', 'e.from_key', 't.key')
      .select('t.id')
      .where('made_at', '>', '2026-01-01T00:00:00Z')
      .where((eb) =>
        eb.exists(eb.selectFrom('edge').select('kind').where('t.at', '<', '2026-01-01T00:00:00Z')),
      )
      .compile();
    expect(query.sql).toContain('"made_at" > :p1::timestamptz');
    expect(query.sql).toContain('"t"."at" < :p2::timestamptz');
    const upsert = db
      .insertInto('edge')
      .values({ from_key: 1, kind: 'cites', made_at: '2026-01-01T00:00:00Z' })
      .onConflict((conflict) =>
        conflict.column('kind').doUpdateSet({ made_at: '2026-01-02T00:00:00Z' }),
      )
      .compile();
    expect(upsert.sql).toContain('do update set "made_at" = :p4::timestamptz');
  });

  it('leaves values that meet no known column as the Data API binds them', () => {
    const query =
      sql`select ${'2026-01-01'}, ${1}, ${0.5}, ${true}, ${null}, ${'{"a":1}'}::jsonb`.compile(db);
    expect(query.sql).toBe('select :p1, :p2, :p3, :p4, :p5, :p6::jsonb');
    expect(values(query)).toEqual([
      { stringValue: '2026-01-01' },
      { longValue: 1 },
      { doubleValue: 0.5 },
      { booleanValue: true },
      { isNull: true },
      { stringValue: '{"a":1}' },
    ]);
  });

  it('sends bigint exactly, as text with a cast', () => {
    const query = sql`select ${9007199254740993n}`.compile(db);
    expect(query.sql).toBe('select :p1::int8');
    expect(values(query)).toEqual([{ stringValue: '9007199254740993' }]);
    expect(insert({ key: -(2n ** 63n) as unknown as number })).not.toThrow();
    expect(message(insert({ key: (2n ** 63n) as unknown as number }))).toContain('beyond int8');
  });

  it('never takes a text for what it looks like', () => {
    const query = db
      .selectFrom('thing')
      .select('id')
      .where('id', '=', '0190b7a2-7b3c-7000-8000-000000000000')
      .compile();
    expect(query.sql).toContain('"id" = :p1');
    expect(query.parameters).toEqual([
      { name: 'p1', value: { stringValue: '0190b7a2-7b3c-7000-8000-000000000000' } },
    ]);
  });

  it('refuses objects, arrays, dates and what is no number, and names the parameter', () => {
    const cases: [unknown, string][] = [
      [{ a: 1 }, 'an object cannot be a parameter'],
      [{ value: { stringValue: 'evil' }, name: '0' }, 'an object cannot be a parameter'],
      [['a'], 'an array cannot be a parameter'],
      [new Date(0), 'a Date cannot be a parameter'],
      [Number.NaN, 'NaN cannot be a parameter'],
      [Number.POSITIVE_INFINITY, 'Infinity cannot be a parameter'],
      [2 ** 53, 'beyond 2^53'],
      [Symbol('s'), 'symbol cannot be a parameter'],
    ];
    for (const [value, expected] of cases) {
      const detail = message(() => sql`select ${1}, ${value}`.compile(db));
      expect(detail).toMatch(/^Parameter 2: /);
      expect(detail).toContain(expected);
    }
    expect(message(insert({ doc: { a: 1 } as unknown as string }))).toMatch(
      /^Parameter 2 \(doc\): /,
    );
    expect(message(() => sql`select ${undefined}`.compile(db))).toContain('undefined');
  });

  it('refuses a value of another kind than its column', () => {
    expect(message(insert({ key: 1.5 }))).toContain('no exact integer');
    expect(message(insert({ ok: 1 as unknown as boolean }))).toContain('does not go into boolean');
    expect(message(insert({ at: true as unknown as string }))).toContain('go into timestamptz');
    expect(message(insert({ score: 1n as unknown as number }))).toContain('go into float8');
    expect(message(insert({ id: new Uint8Array(1) as unknown as string }))).toContain('into text');
  });

  it('answers invalid for a text that PostgreSQL cannot hold', () => {
    for (const text of ['a\0b', 'half \ud83d']) {
      expect(() => sql`select ${text}`.compile(db)).toThrowError(
        expect.objectContaining({ code: 'invalid' }),
      );
    }
  });

  it('sends bytes as a blob', () => {
    const bytes = new Uint8Array([0, 255]);
    const query = db.updateTable('thing').set({ hash: bytes }).compile();
    expect(values(query)).toEqual([{ blobValue: bytes }]);
  });

  it('binds the same types over a direct connection', () => {
    const query = direct
      .insertInto('thing')
      .values({ id: 'a', at: '2026-01-01T00:00:00Z', score: 1, ok: true, doc: null })
      .compile();
    expect(query.sql).toBe(
      'insert into "thing" ("id", "at", "score", "ok", "doc") values ' +
        '($1::text, $2::timestamptz, $3::float8, $4::bool, $5::jsonb)',
    );
    expect(query.parameters).toEqual(['a', '2026-01-01T00:00:00Z', 1, true, null]);
  });

  it('is a builder only: running a statement without a context is refused', async () => {
    await expect(db.selectFrom('thing').selectAll().execute()).rejects.toThrow('aurora.rows');
    await expect(direct.selectFrom('thing').selectAll().execute()).rejects.toThrow('aurora.rows');
    expect(db).toBeInstanceOf(Kysely);
  });
});
