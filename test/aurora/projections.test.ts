import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLUMN_TYPES, createArticleStore, type Database } from '../../src/aurora/index.ts';
import {
  EMPTY_OBJECT,
  type OutputFact,
  type ProjectedResult,
  type Timestamp,
} from '../../src/domain/index.ts';
import { startAurora } from '../support/aurora.ts';

const AT = '2026-01-01T00:00:00.000000Z' as Timestamp;

let started: Awaited<ReturnType<typeof startAurora<Database>>>;
let store: ReturnType<typeof createArticleStore>;
beforeAll(async () => {
  started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
  store = createArticleStore(started.aurora);
});
afterAll(() => started?.close());

const rows = <R>(query: ReturnType<typeof sql<R>>): Promise<R[]> =>
  started.aurora.rows(started.ctx(), 'test', query);

const put = (id: string, topics: string[], publishedAt?: string) =>
  store.put(started.ctx(), {
    input: {
      id,
      title: 'T',
      authors: [],
      topics: topics.map((key) => ({ key, weight: 1 })),
      attributes: EMPTY_OBJECT,
      ...(publishedAt === undefined ? {} : { publishedAt: publishedAt as Timestamp }),
    },
  });

const define = (name: string, kind: string) =>
  store.putProjection(started.ctx(), name, {
    kind,
    target: { type: 'metric', valueType: 'number' },
    select: ['$.n'],
  });

let version = 0;
const project = async (articleId: string, kind: string, ...projected: ProjectedResult[]) => {
  version += 1;
  const fact: OutputFact = {
    articleId,
    kind,
    version,
    dead: false,
    producedAt: AT,
    storedAt: AT,
    sizeBytes: 1,
    sha256: '0',
    projected,
  };
  const { revision } = await store.readRegistry(started.ctx());
  expect(await store.project(started.ctx(), [fact], revision)).toEqual(['applied']);
};

const value = (projection: string, n: number): ProjectedResult => ({
  projection,
  status: 'matched',
  value: n,
});

describe('a new metric', () => {
  it('changes no table, and its values are found by an index that was there before', async () => {
    await rows(sql`create table seen_ddl (tag text)`);
    await rows(sql`create function note_ddl() returns event_trigger language plpgsql as
      $$ begin insert into seen_ddl values (tg_tag); end $$`);
    await rows(sql`create event trigger note on ddl_command_end execute function note_ddl()`);
    await put('ddl', []);
    await define('ddl-metric', 'ddl-kind');
    await project('ddl', 'ddl-kind', value('ddl-metric', 3));
    await store.deleteProjection(started.ctx(), 'ddl-metric');
    while ((await store.clearRetired(started.ctx(), 10)).left);
    await store.promoteMetrics(started.ctx(), 10);
    expect(await rows(sql`select tag from seen_ddl`)).toEqual([]);
    await rows(sql`create table probe (n int)`);
    expect(await rows(sql`select tag from seen_ddl`)).toEqual([{ tag: 'CREATE TABLE' }]);
    await rows(sql`drop event trigger note`);
  });
});

describe('edges that topics are sorted by', () => {
  const edges = () =>
    rows<{ topic: string; id: string; at: string | null; r1: number | null }>(sql`
      select topic_key as topic, article_id as id, published_at as at, r1 from topic_rank
      order by topic_key, article_id`);

  it('follow topics, dates and metrics, one for each topic of an article', async () => {
    await define('rank', 'rank-kind');
    await store.putProjection(started.ctx(), 'entities', {
      kind: 'entity-kind',
      target: { type: 'topics' },
      each: '$[*]',
      key: '$',
    });
    await put('e1', ['t1', 't2'], AT);
    await put('e2', ['t1']);
    await project('e1', 'rank-kind', value('rank', 5));
    const at = AT;
    expect(await edges()).toEqual([
      { topic: 't1', id: 'e1', at, r1: 5 },
      { topic: 't1', id: 'e2', at: null, r1: null },
      { topic: 't2', id: 'e1', at, r1: 5 },
    ]);
    const found = (...keys: string[]): ProjectedResult => ({
      projection: 'entities',
      status: 'matched',
      topics: keys.map((key) => ({ key, weight: 1 })),
    });
    await project('e1', 'entity-kind', found('t1', 't3'));
    await put('e1', ['t2']);
    await put('e2', [], '2026-02-01T00:00:00.000000Z');
    expect(await edges()).toEqual([
      { topic: 't1', id: 'e1', at: null, r1: 5 },
      { topic: 't2', id: 'e1', at: null, r1: 5 },
      { topic: 't3', id: 'e1', at: null, r1: 5 },
    ]);
    await project('e1', 'rank-kind', { projection: 'rank', status: 'missed' });
    expect(new Set((await edges()).map(({ r1 }) => r1))).toEqual(new Set([null]));
    await store.delete(started.ctx(), 'e1');
    expect(await edges()).toEqual([]);
  });

  it('carry a metric that was moved out of the overflow from then on', async () => {
    await store.deleteProjection(started.ctx(), 'rank');
    while ((await store.clearRetired(started.ctx(), 10)).left);
    const names = Array.from({ length: 25 }, (_, n) => `pool-${String(n).padStart(2, '0')}`);
    for (const name of names) await define(name, 'pool-kind');
    await put('p1', ['pt']);
    await project('p1', 'pool-kind', ...names.map((name, n) => value(name, n)));
    const storage = async (name: string) =>
      (await store.readRegistry(started.ctx())).projections.find((one) => one.name === name)
        ?.storage;
    const last = names.at(-1) ?? '';
    expect(await storage(last)).toBe('overflow');
    const ranked = await Promise.all(names.map(storage));
    const [first] = names.filter((_, n) => ranked[n]?.includes('/'));
    await store.deleteProjection(started.ctx(), first ?? '');
    while ((await store.clearRetired(started.ctx(), 10)).left);
    while ((await store.promoteMetrics(started.ctx(), 10)).left);
    const moved = (await storage(last)) ?? '';
    expect(moved).toMatch(/^n\d\d\/r\d$/);
    const [slot = '', rank = ''] = moved.split('/');
    expect(
      await rows(sql`select ${sql.ref(rank)} as rank, ${sql.ref(slot)} as slot
        from topic_rank join article_metrics using (article_key) where topic_key = 'pt'`),
    ).toEqual([{ rank: 24, slot: 24 }]);
    expect(await rows(sql`select * from article_metric where projection = ${last}`)).toEqual([]);
  });
});
