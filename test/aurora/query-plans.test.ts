import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLUMN_TYPES, createArticleStore, type Database } from '../../src/aurora/index.ts';
import {
  type ArticleQuery,
  parseFilter,
  parseOrderBy,
  type Registry,
  timestampFromMs,
} from '../../src/domain/index.ts';
import { onPostgres, startAurora } from '../support/aurora.ts';

/** Enough for the planner to mean it; on PostgreSQL also enough to be refused. */
const ARTICLES = onPostgres ? 102_000 : 10_000;

let started: Awaited<ReturnType<typeof startAurora<Database>>>;
let store: ReturnType<typeof createArticleStore>;
let registry: Registry;

const run = (statement: ReturnType<typeof sql>) =>
  started.aurora.rows(started.ctx({ deadlineMs: Date.now() + 120_000 }), 'test', statement);

beforeAll(async () => {
  started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
  store = createArticleStore(started.aurora);
  const metric = { target: { type: 'metric', valueType: 'number' }, select: ['$'] } as const;
  await store.putProjection(started.ctx(), 'score', { kind: 'k', ...metric });
  await store.putProjection(started.ctx(), 'other', { kind: 'k', ...metric });
  const spare = Array.from({ length: 22 }, (_, n) => `spare-${n}`);
  for (const name of spare)
    await store.putProjection(started.ctx(), name, { kind: 'k', ...metric });
  await store.putProjection(started.ctx(), 'narrow', { kind: 'k', ...metric });
  registry = await store.readRegistry(started.ctx());
  expect(registry.projections.find(({ name }) => name === 'narrow')?.storage).toBe('overflow');

  // Straight into the tables: as many writes through the store would take minutes.
  await run(
    sql`insert into source (key, name) select 's' || n, 's' from generate_series(0, 999) n`,
  );
  await run(sql`insert into article (id, title, source_key, authors, language, attributes, published_at, ingested_at, updated_at)
    select 'a' || n, 'title ' || n % 1000, 's' || n % 1000, to_jsonb(array['author ' || n % 5000]), case n % 3 when 0 then 'en' when 1 then 'de' end,
      jsonb_build_object('desk', n % 40000), case when n % 10 > 0 then now() - n * interval '1 minute' end, now() - n * interval '1 s', now()
    from generate_series(1, ${ARTICLES}::int) n`);
  await run(sql`insert into article_metrics (article_key, article_id, n01, n02)
    select key, id, hashint8(key) / 2147483648.0, hashint8(key + 1) / 2147483648.0 from article where key % 8 > 0`);
  await run(sql`insert into article_metric (article_key, article_id, projection, n)
    select key, id, 'narrow', hashint8(key + 2) from article where key % 8 > 0`);
  await run(
    sql`insert into topic (key, name, type) values ('broad', 'b', 't'), ('rare', 'r', 't')`,
  );
  await run(sql`insert into article_topic (article_key, topic_key, weight, position)
    select key, 'broad', 1, 1 from article where key % 5 < 2 union all select key, 'rare', 1, 2 from article where key % 2000 = 0`);
  await run(sql`insert into topic_rank (topic_key, article_key, article_id, published_at, r1, r2)
    select at.topic_key, a.key, a.id, a.published_at, m.n01, m.n02
    from article_topic at join article a on a.key = at.article_key left join article_metrics m on m.article_key = a.key`);
  await run(sql`insert into article_search (article_key, head, body)
    select key, to_tsvector((case language when 'en' then 'english' when 'de' then 'german' else 'simple' end)::regconfig, case when key % 4 = 0 then 'ferries' else 'trains' end
      || case when key % 3000 = 0 then ' harbour' else '' end), '' from article`);
  // All but 20 articles with a date and 20 without one have the usual kind.
  await run(sql`insert into ai_output (article_key, kind, version, produced_at, stored_at, size_bytes, sha256)
    select key, 'usual', 1, now(), now(), 1, 'x' from article where key % ${ARTICLES / 20}::int not in (1, 10)
    union all select key, 'seldom', 1, now(), now(), 1, 'x' from article where key % 20 < 4`);
  for (const table of [
    'article',
    'ai_output',
    'output_presence',
    'article_metrics',
    'metric_presence',
    'article_metric',
    'article_topic',
    'topic_rank',
    'article_search',
  ]) {
    await run(sql`analyze ${sql.table(table)}`);
  }
  // As a vacuum does: what was written in bulk waits beside these indexes.
  for (const index of ['article_search_words', 'article_authors', 'article_attributes']) {
    await run(sql`select gin_clean_pending_list(${index}::regclass)`);
  }
}, 180_000);
afterAll(() => started?.close());

const ask = (filter: string, orderBy: string, overrides: Partial<ArticleQuery> = {}) => {
  const parsed = parseFilter(filter, registry);
  return store.find(started.ctx({ deadlineMs: Date.now() + 60_000 }), {
    registry,
    orderBy: parseOrderBy(orderBy, registry) ?? [],
    pageSize: 20,
    skip: 0,
    count: 'none',
    now: timestampFromMs(Date.now()),
    explain: true,
    ...(parsed ? { filter: parsed } : {}),
    ...overrides,
  });
};

const planOf = async (filter: string, orderBy: string, overrides: Partial<ArticleQuery> = {}) => {
  const { plan, entries } = await ask(filter, orderBy, overrides);
  if (!plan) throw new Error('no plan');
  return { ...plan, cursor: entries.at(-1)?.cursor, count: entries.length };
};

describe('a page in an order that an index has', () => {
  it.each([
    ['publishedAt desc', 'article_published'],
    ['publishedAt', 'article_published'],
    ['ingestedAt desc', 'article_ingested'],
    ['title', 'article_title'],
    ['id', 'article_id_key'],
    ['metrics.score desc', 'article_metrics_n01'],
    ['metrics.other', 'article_metrics_n02'],
    ['metrics.narrow desc', 'article_metric_n'],
  ])('%s reads %s and little more than the page, also far behind', async (orderBy, index) => {
    const first = await planOf('', orderBy);
    expect(first).toMatchObject({ planClass: 'index_order', count: 20 });
    expect(first.indexes).toContain(index);
    expect(first.rowsRead).toBeLessThan(400);
    const far = await ask('', orderBy, { skip: 5_000, pageSize: 1, explain: false });
    const next = await planOf('', orderBy, { after: far.entries[0]?.cursor ?? [] });
    expect(next).toMatchObject({ planClass: 'index_order', count: 20 });
    expect(next.rowsRead).toBeLessThan(400);
  });

  it('goes on among those without a value', async () => {
    const page = await planOf('', 'metrics.score desc', { after: [null, 'a5'] });
    expect(page.count).toBe(20);
    expect(page.rowsRead).toBeLessThan(1_500);
    const unpublished = await planOf('', 'publishedAt desc', { after: [null, 'a5'] });
    expect(unpublished.indexes).toContain('article_unpublished');
    expect(unpublished.rowsRead).toBeLessThan(400);
  });

  it.each([
    ['source = "s7"', 'publishedAt desc', 'article_source'],
    ['metrics.score > 0.9999', 'metrics.score desc', 'article_metrics_n01'],
    ['metrics.score < 0.5', 'metrics.score desc', 'article_metrics_n01'],
    ['publishedAt > now-1d', 'publishedAt desc', 'article_published'],
  ])('%s by %s reads %s', async (filter, orderBy, index) => {
    const plan = await planOf(filter, orderBy);
    expect(plan.indexes).toContain(index);
    expect(plan.rowsRead).toBeLessThan(400);
  });
});

describe('articles without an output', () => {
  it.each([
    ['publishedAt desc', 'output_presence_published'],
    ['publishedAt', 'output_presence_published'],
    ['id', 'output_presence_id'],
    ['id desc', 'output_presence_id'],
  ])('by %s cost little more than the page, however few or many', async (orderBy, index) => {
    for (const filter of ['ai.usual = null', 'NOT ai.seldom:*', 'ai.none = null']) {
      const first = await planOf(filter, orderBy);
      expect(first).toMatchObject({ planClass: 'index_order', count: 20 });
      expect(first.indexes).toContain(index);
      expect(first.indexes).not.toContain('article_published');
      expect(first.rowsRead).toBeLessThan(400);
      const next = await planOf(filter, orderBy, { after: first.cursor ?? [] });
      expect(next).toMatchObject({ planClass: 'index_order', count: 20 });
      expect(next.rowsRead).toBeLessThan(400);
    }
    const { entries, more } = await ask('ai.usual = null', orderBy, { pageSize: 100 });
    expect([entries.length, more]).toEqual([40, false]);
  });

  it('go on among those without a date', async () => {
    for (const filter of ['ai.usual = null', 'ai.seldom = null']) {
      const plan = await planOf(filter, 'publishedAt desc', { after: [null, 'a999999'] });
      expect(plan).toMatchObject({ planClass: 'index_order', count: 20 });
      expect(plan.indexes).toContain('output_presence_undated');
      expect(plan.rowsRead).toBeLessThan(400);
    }
  });
});

describe('articles of a topic', () => {
  it.each([
    ['publishedAt desc', 'topic_rank_published'],
    ['metrics.score desc', 'topic_rank_r1'],
    ['metrics.other', 'topic_rank_r2'],
    ['id', 'topic_rank_id'],
  ])('by %s cost the same for a broad topic as for a rare one', async (orderBy, index) => {
    for (const filter of ['topics:"broad"', 'topics:"rare"', 'topics:("rare","broad")']) {
      const plan = await planOf(filter, orderBy);
      if (filter.includes('broad')) expect(plan.indexes).toContain(index);
      expect(plan.rowsRead).toBeLessThan(400);
    }
  });
});

describe('a search', () => {
  it('ranks what the text index finds', async () => {
    const plan = await planOf('text("harbour")', 'relevance desc');
    expect(plan).toMatchObject({ planClass: 'fulltext_rank' });
    expect(plan.indexes).toContain('article_search_words');
    expect(plan.rowsRead).toBeLessThan(1_000);
  });

  it('in another order sorts few and walks by many', async () => {
    const rare = await planOf('text("harbour")', 'publishedAt desc');
    expect(rare.indexes).toContain('article_search_words');
    // Of 10,000 articles the planner rather reads all than look some up.
    if (onPostgres) expect(rare.rowsRead).toBeLessThan(1_000);
    const { entries } = await ask('text("ferry")', 'publishedAt desc');
    const stems = entries.map(({ article }) => article.publishedAt ?? '');
    expect(stems).toEqual([...stems].sort().reverse());
  });
});

describe('elements and attributes', () => {
  it.each([
    ['authors:"author 7"', 'article_authors'],
    ['attributes.desk = 7', 'article_attributes'],
  ])('%s is found by index', async (filter, index) => {
    const plan = await planOf(filter, 'title');
    expect(plan.indexes).toContain(index);
  });
});

describe('an estimate', () => {
  it('is exact for few, and near for many', async () => {
    const totalOf = async (filter: string) =>
      (await ask(filter, 'id', { count: 'estimate', explain: false })).total;
    expect(await totalOf('authors:"author 7"')).toEqual({
      size: Math.ceil((ARTICLES - 6) / 5_000),
      kind: 'estimate',
    });
    const all = await totalOf('');
    expect(all?.kind).toBe('estimate');
    expect(Math.abs((all?.size ?? 0) / ARTICLES - 1)).toBeLessThan(0.05);
    const some = await totalOf('language = "en" AND metrics.score:*');
    expect(Math.abs((some?.size ?? 0) / ((ARTICLES * 7) / 24) - 1)).toBeLessThan(0.1);
  });
});

describe('articles related to one of a broad and a rare topic', () => {
  it('share the rare one before all others', async () => {
    const found = await store.related(started.ctx(), 'a2000', { limit: 3 });
    if (found.state !== 'live') throw new Error('gone');
    for (const { why } of found.related) {
      expect(why).toContainEqual({ type: 'topic', key: 'rare', name: 'r' });
    }
  });
});

// 100,000 articles take PGlite too long.
describe.runIf(onPostgres)('a query that would sort too much', () => {
  it.each([
    ['', 'rev, title', {}],
    ['', 'rev desc, publishedAt', {}],
    ['id:*', 'relevance', { text: 'ferries or trains' }],
  ] as const)(
    '"%s" by %s is refused, and done when asked for all the same',
    async (filter, orderBy, more) => {
      await expect(ask(filter, orderBy, more)).rejects.toMatchObject({
        code: 'invalid',
        reason: 'query_too_costly',
        faults: [{ parameter: 'orderBy' }],
      });
      const slow = await ask(filter, orderBy, { ...more, allowSlow: true });
      expect(slow.entries).toHaveLength(20);
    },
  );

  it('is not one whose first key leaves little to the others', async () => {
    const plan = await planOf('', 'publishedAt desc, title');
    expect(plan).toMatchObject({ planClass: 'index_order', count: 20 });
    expect(plan.rowsRead).toBeLessThan(400);
    expect((await planOf('source = "s7"', 'rev, title')).count).toBe(20);
  });
});
