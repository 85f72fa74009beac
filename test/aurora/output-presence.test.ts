import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COLUMN_TYPES, createArticleStore, type Database } from '../../src/aurora/index.ts';
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
let registry: Registry;

const rows = <Row>(statement: ReturnType<typeof sql<Row>>) =>
  started.aurora.rows(started.ctx({ deadlineMs: Date.now() + 60_000 }), 'test', statement);

beforeAll(async () => {
  started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
  store = createArticleStore(started.aurora);
  registry = await store.readRegistry(started.ctx());
});
afterAll(() => started?.close());
beforeEach(async () => {
  await rows(sql`truncate article cascade`);
});

describe('the presence of outputs', () => {
  const presence = async () =>
    (
      await rows(
        sql<{ id: string; kinds: string; at: string | null }>`
          select article_id as id, kinds::text as kinds, utc_text(published_at) as at from output_presence order by 1`,
      )
    ).map(({ id, kinds, at }) => [id, kinds, at]);
  const put = (id: string, publishedAt?: string) =>
    store.put(started.ctx(), {
      input: {
        id,
        title: 't',
        authors: [],
        topics: [],
        ...(publishedAt ? { publishedAt } : {}),
      } as unknown as Parameters<typeof store.put>[1]['input'],
    });
  const enter = async (kind: string, version: number, dead = false) => {
    const fact = {
      articleId: 'a1',
      kind,
      version,
      dead,
      producer: {},
      producedAt: timestampFromMs(0),
      storedAt: timestampFromMs(0),
      sizeBytes: 1,
      sha256: 'x',
      projected: [],
    } as unknown as Parameters<typeof store.project>[1][number];
    expect(await store.project(started.ctx(), [fact], registry.revision)).toEqual(['applied']);
  };

  it('follows whatever is written', async () => {
    await put('a1');
    await put('a2', '2026-01-01T00:00:00Z');
    const other = ['a2', '{}', '2026-01-01T00:00:00.000000Z'];
    expect(await presence()).toEqual([['a1', '{}', null], other]);
    await enter('summary', 1);
    await enter('entities', 1);
    expect(await presence()).toEqual([['a1', '{entities,summary}', null], other]);
    await put('a1', '2026-01-02T03:04:05Z');
    const at = '2026-01-02T03:04:05.000000Z';
    expect(await presence()).toEqual([['a1', '{entities,summary}', at], other]);
    await enter('entities', 2);
    await enter('summary', 2, true);
    expect(await presence()).toEqual([['a1', '{entities}', at], other]);
    await enter('note', 1, true);
    expect(await presence()).toEqual([['a1', '{entities}', at], other]);
    await enter('summary', 3);
    expect(await presence()).toEqual([['a1', '{entities,summary}', at], other]);
    await store.delete(started.ctx(), 'a1');
    expect(await presence()).toEqual([other]);
    await rows(sql`update article set deleted_at = now() - interval '31 days' where id = 'a1'`);
    await put('a1');
    expect(await presence()).toEqual([['a1', '{}', null], other]);
    await rows(sql`delete from article where id = 'a2'`);
    expect(await presence()).toEqual([['a1', '{}', null]]);
  });

  it('is told of no article with more kinds than an index holds, and of it again when these are fewer', async () => {
    await put('a1');
    const kindOf = (n: number) => `k${n}`.padEnd(64, 'x');
    for (const n of Array.from({ length: 12 }).keys()) await enter(kindOf(n), 1);
    // No words that compress.
    await rows(sql`insert into ai_output (article_key, kind, version, produced_at, stored_at, size_bytes, sha256)
      select key, 'm' || md5(n::text) || left(md5((-n)::text), 31), 1, now(), now(), 1, 'x'
      from article, generate_series(1, 200) n`);
    expect(await presence()).toEqual([['a1', '{NULL}', null]]);
    await rows(sql`delete from ai_output where kind like 'm%'`);
    const kinds = Array.from({ length: 12 }, (_, n) => kindOf(n)).sort();
    expect(await presence()).toEqual([['a1', `{${kinds.join(',')}}`, null]]);
  });
});

describe('articles without an output', () => {
  const ARTICLES = 300;

  /** `kinds` has a condition on n, the article's number, for each kind. */
  async function fill(kinds: Readonly<Record<string, string>>): Promise<void> {
    await rows(sql`insert into article (id, title, published_at, ingested_at, updated_at)
      select md5(n::text), 'title',
        case when n % 5 > 0 then timestamptz '2026-01-01Z' - n % 70 * interval '1 hour' end, now(), now()
      from generate_series(1, ${ARTICLES}::int) n`);
    const made = Object.entries(kinds).map(
      ([kind, holds]) =>
        sql`select key, ${kind}::text, n % 9 = 0 from numbered where ${sql.raw(holds)}`,
    );
    await rows(sql`with numbered as (select key, hashint8(key) as h, row_number() over (order by key) as n from article)
      insert into ai_output (article_key, kind, dead, version, produced_at, stored_at, size_bytes, sha256)
      select made.*, 1, now(), now(), 1, 'x' from (${sql.join(made, sql` union all `)}) as made (key, kind, dead)`);
    await rows(sql`analyze`);
  }

  /** All pages, checked against a plain sort in SQL. */
  async function demandAll(filter: string, orderBy: string, order: string, pageSize = 50) {
    const parsed = parseFilter(filter, registry);
    if (!parsed) throw new Error('no filter');
    const seen: string[] = [];
    let after: CursorValues | undefined;
    do {
      const page = await store.find(started.ctx(), {
        registry,
        filter: parsed,
        orderBy: parseOrderBy(orderBy, registry) ?? [],
        pageSize,
        skip: after ? 0 : 3,
        count: 'none',
        now: timestampFromMs(0),
        ...(after ? { after } : {}),
      });
      seen.push(...page.entries.map(({ article }) => article.id));
      after = page.more ? page.entries.at(-1)?.cursor : undefined;
    } while (after);
    const [, kind] = /ai\.([a-z0-9]+)/.exec(filter) ?? [];
    const wanted = await rows(sql<{ id: string }>`select id from article
      where not exists (select from ai_output where article_key = article.key and kind = ${kind}::text and not dead)
      order by ${sql.raw(order)} offset 3`);
    expect(seen).toEqual(wanted.map(({ id }) => id));
  }

  const ORDERS = [
    ['publishedAt desc', 'published_at desc nulls last, id desc'],
    ['publishedAt', 'published_at, id'],
    ['id', 'id'],
    ['id desc', 'id desc'],
    ['publishedAt desc, id', 'published_at desc nulls last, id'],
  ] as const;

  async function demandEach(): Promise<void> {
    for (const [orderBy, order] of ORDERS) {
      for (const filter of ['NOT ai.b:*', 'ai.none = null'])
        await demandAll(filter, orderBy, order);
      await demandAll('ai.b = null', orderBy, order, 7);
    }
  }

  it.each([
    ['none but dead ones', 'true'],
    ['a few', 'n % 100 > 0'],
    ['most', 'n % 10 = 0'],
    ['all', 'false'],
  ])('come in every order of an index: %s', { timeout: 120_000 }, async (_, holds) => {
    await fill({ a: 'n % 3 = 0', b: holds, c: 'n % 2 = 0', 'b-2': 'n % 7 = 0' });
    await demandEach();
  });

  it('come where some have too many kinds for an index', { timeout: 120_000 }, async () => {
    await fill({ a: 'n % 3 = 0', b: 'n % 4 = 0' });
    await rows(sql`insert into ai_output (article_key, kind, version, produced_at, stored_at, size_bytes, sha256)
      select key, 'm' || md5(n::text) || left(md5((-n)::text), 31), 1, now(), now(), 1, 'x'
      from article, generate_series(1, 40) n where key % 5 = 0`);
    const [untold] = await rows(
      sql<{
        articles: number;
      }>`select count(*)::int4 as articles from output_presence where kinds = '{NULL}'`,
    );
    expect(untold?.articles).toBe(ARTICLES / 5);
    await demandEach();
  });

  it('come where their patterns are too many to go through', { timeout: 120_000 }, async () => {
    const others = Array.from({ length: 9 }, (_, n) => [`k${n}`, `h >> ${n} & 1 = 0`]);
    await fill({ b: 'n % 4 = 0', ...Object.fromEntries(others) });
    const [found] = await rows(
      sql<{ many: boolean }>`select bool_or(kinds is null) as many from patterns_without_kind('b')`,
    );
    expect(found?.many).toBe(true);
    await demandEach();
  });
});
