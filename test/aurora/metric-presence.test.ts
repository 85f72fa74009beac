import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLUMN_TYPES, createArticleStore, type Database } from '../../src/aurora/index.ts';
import { presenceBit } from '../../src/aurora/metric-presence.ts';
import {
  type CursorValues,
  parseFilter,
  parseOrderBy,
  type Registry,
  timestampFromMs,
} from '../../src/domain/index.ts';
import { startAurora } from '../support/aurora.ts';

let started: Awaited<ReturnType<typeof startAurora<Database>>>;
let store: ReturnType<typeof createArticleStore>;

const rows = <Row>(statement: ReturnType<typeof sql<Row>>) =>
  started.aurora.rows(started.ctx({ deadlineMs: Date.now() + 60_000 }), 'test', statement);

const define = (name: string) =>
  store.putProjection(started.ctx(), name, {
    kind: name,
    target: { type: 'metric', valueType: 'number' },
    select: ['$'],
  });

beforeAll(async () => {
  started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
  store = createArticleStore(started.aurora);
  for (const name of ['m1', 'm2', 'm3']) await define(name);
});
afterAll(() => started?.close());

const POOL = [
  ...Array.from({ length: 24 }, (_, n) => ['n', n + 1, '1'] as const),
  ...Array.from({ length: 4 }, (_, n) => ['t', n + 1, "'2026-01-01Z'"] as const),
  ...Array.from({ length: 8 }, (_, n) => ['k', n + 1, "'x'"] as const),
  ...Array.from({ length: 4 }, (_, n) => ['b', n + 1, 'false'] as const),
].map(([letter, n, value]) => ({ column: `${letter}${String(n).padStart(2, '0')}`, value }));

describe('the presence of metrics', () => {
  it('has the same bit for a column in SQL as in a statement', async () => {
    for (const { column, value } of POOL) {
      const [row] = await rows(
        sql<{ held: bigint }>`select held_slots(jsonb_populate_record(null::article_metrics,
          jsonb_build_object(${column}::text, ${sql.raw(value)}))) as held`,
      );
      expect([column, Number(row?.held)]).toEqual([column, presenceBit(column)]);
    }
    expect(new Set(POOL.map(({ column }) => presenceBit(column))).size).toBe(40);
  });

  it('follows whatever is written', async () => {
    const presence = async () =>
      (
        await rows(
          sql<{ id: string; held: bigint; at: string | null }>`
            select article_id as id, held, utc_text(published_at) as at from metric_presence order by 1`,
        )
      ).map(({ id, held, at }) => [id, Number(held), at]);
    const put = (publishedAt?: string) =>
      store.put(started.ctx(), {
        input: {
          id: 'a1',
          title: 't',
          authors: [],
          topics: [],
          ...(publishedAt ? { publishedAt } : {}),
        } as unknown as Parameters<typeof store.put>[1]['input'],
      });
    const project = async (version: number, value: number | undefined) => {
      const { revision } = await store.readRegistry(started.ctx());
      const fact = {
        articleId: 'a1',
        kind: 'm2',
        version,
        dead: false,
        producer: {},
        producedAt: timestampFromMs(0),
        storedAt: timestampFromMs(0),
        sizeBytes: 1,
        sha256: 'x',
        projected: [
          value === undefined
            ? { projection: 'm2', status: 'missed' }
            : { projection: 'm2', status: 'matched', value },
        ],
      } as unknown as Parameters<typeof store.project>[1][number];
      expect(await store.project(started.ctx(), [fact], revision)).toEqual(['applied']);
    };
    await put();
    expect(await presence()).toEqual([['a1', 0, null]]);
    await put('2026-01-02T03:04:05Z');
    await project(1, 5);
    expect(await presence()).toEqual([['a1', 2, '2026-01-02T03:04:05.000000Z']]);
    await project(2, 6);
    expect(await presence()).toEqual([['a1', 2, '2026-01-02T03:04:05.000000Z']]);
    await project(3, undefined);
    expect(await presence()).toEqual([['a1', 0, '2026-01-02T03:04:05.000000Z']]);
    await store.delete(started.ctx(), 'a1');
    expect(await presence()).toEqual([]);
    await rows(sql`update article set deleted_at = now() - interval '31 days' where id = 'a1'`);
    await put();
    expect(await presence()).toEqual([['a1', 0, null]]);
  });
});

describe('articles without a metric', () => {
  const ARTICLES = 1_600;
  /** Enough for more patterns than are gone through. */
  const MANY_ARTICLES = 2_400;
  let registry: Registry;

  /** `holds` is a condition on n, the article's number, for each column that has a value. */
  async function fill(holds: Readonly<Record<string, string>>, articles = ARTICLES): Promise<void> {
    await rows(sql`truncate article cascade`);
    await rows(sql`insert into article (id, title, language, published_at, ingested_at, updated_at)
      select md5(n::text), 'title ' || n % 50, case n % 3 when 0 then 'en' end,
        case when n % 10 > 0 then timestamptz '2026-01-01Z' - n % 700 * interval '1 hour' end, now(), now()
      from generate_series(1, ${articles}::int) n`);
    const columns = Object.keys(holds);
    const values = Object.values(holds).map((held) => `case when ${held} then n % 7 end`);
    await rows(sql`insert into article_metrics (article_key, article_id, ${sql.raw(columns.join(', '))})
      select key, id, ${sql.raw(values.join(', '))}
      from (select key, id, hashint8(key) as h, row_number() over (order by key) as n from article) made`);
    await rows(sql`analyze`);
    registry = await store.readRegistry(started.ctx());
  }

  /** All pages of 100, checked against a plain sort in SQL. */
  async function demandAll(orderBy: string, order: string, filter = ''): Promise<void> {
    const parsed = parseFilter(filter, registry);
    const seen: string[] = [];
    let after: CursorValues | undefined;
    do {
      const page = await store.find(started.ctx(), {
        registry,
        ...(parsed ? { filter: parsed } : {}),
        orderBy: parseOrderBy(orderBy, registry) ?? [],
        pageSize: 100,
        skip: 0,
        count: 'none',
        now: timestampFromMs(0),
        ...(after ? { after } : {}),
      });
      seen.push(...page.entries.map(({ article }) => article.id));
      after = page.more ? page.entries.at(-1)?.cursor : undefined;
    } while (after);
    const wanted = await rows(
      sql<{
        id: string;
      }>`select article.id from article left join article_metrics m on m.article_key = article.key
        ${sql.raw(filter === '' ? '' : "where language = 'en'")} order by ${sql.raw(order)}`,
    );
    expect(seen).toEqual(wanted.map(({ id }) => id));
  }

  const LISTS: readonly (readonly [string, string, string?])[] = [
    ['metrics.m1 desc', 'm.n01 desc nulls last, id desc'],
    ['metrics.m1', 'm.n01, id'],
    [
      'metrics.m1 desc, publishedAt desc',
      'm.n01 desc nulls last, published_at desc nulls last, id desc',
    ],
    ['metrics.m1, publishedAt', 'm.n01, published_at, id'],
    ['metrics.m1, publishedAt desc, title', 'm.n01, published_at desc nulls last, title, id'],
    ['metrics.m1, title desc', 'm.n01, title desc, id desc'],
    ['metrics.m1, metrics.m2 desc, publishedAt', 'm.n01, m.n02 desc nulls last, published_at, id'],
    ['metrics.m1 desc', 'm.n01 desc nulls last, id desc', 'language = "en"'],
    ['metrics.m1, publishedAt', 'm.n01, published_at, id', 'language = "en"'],
  ];

  it.each([
    ['none', 'true'],
    ['a few', 'n % 100 > 0'],
    ['more than are sorted', 'n % 10 = 0'],
    ['all', 'false'],
  ])('come last in every order: %s', { timeout: 120_000 }, async (_, held) => {
    await fill({ n01: held, n02: 'n % 2 = 0', n03: 'true' });
    for (const [orderBy, order, filter] of LISTS) await demandAll(orderBy, order, filter);
  });

  it('come last also where their patterns are too many to go through', {
    timeout: 120_000,
  }, async () => {
    const others = POOL.slice(2, 14).map(({ column }, n) => [column, `h >> ${n} & 1 = 0`]);
    await fill(
      { n01: 'n % 4 > 0', n02: 'n % 2 = 0', ...Object.fromEntries(others) },
      MANY_ARTICLES,
    );
    const [found] = await rows(
      sql<{ patterns: bigint | null }>`select cardinality(patterns_without(1)) as patterns`,
    );
    expect(found?.patterns).toBeNull();
    for (const [orderBy, order, filter] of LISTS) await demandAll(orderBy, order, filter);
  });

  it('of several topics are met on the walk, whether edges carry the metric or not', async () => {
    await store.putProjection(started.ctx(), 'flag', {
      kind: 'flag',
      target: { type: 'metric', valueType: 'boolean' },
      select: ['$'],
    });
    const write = (id: string, topics: readonly string[]) => ({
      input: { id, title: id, authors: [], topics: topics.map((key) => ({ key, weight: 1 })) },
    });
    await rows(sql`truncate article cascade`);
    await store.putMany(started.ctx(), [
      write('a1', ['x']),
      write('a2', ['y']),
      write('a3', ['x', 'y']),
      write('a4', ['z']),
    ] as unknown as Parameters<typeof store.putMany>[1]);
    registry = await store.readRegistry(started.ctx());
    for (const orderBy of ['metrics.m1, metrics.flag', 'metrics.m1 desc, metrics.flag desc']) {
      const page = await store.find(started.ctx(), {
        registry,
        filter: parseFilter('topics:("x","y")', registry) as NonNullable<
          ReturnType<typeof parseFilter>
        >,
        orderBy: parseOrderBy(orderBy, registry) ?? [],
        pageSize: 10,
        skip: 0,
        count: 'none',
        now: timestampFromMs(0),
      });
      const ids = page.entries.map(({ article }) => article.id);
      expect(ids).toEqual(orderBy.endsWith('desc') ? ['a3', 'a2', 'a1'] : ['a1', 'a2', 'a3']);
    }
  });
});
