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

describe('shapes', () => {
  const entered = (kind: string, hash: string, articleId: string, at = 1) => ({
    articleId,
    kind,
    version: at,
    dead: false,
    producedAt: AT,
    storedAt: AT,
    sizeBytes: 1,
    sha256: '0',
    shape: { hash, paths: ['$'], types: ['number'] },
    projected: [],
  });
  const enter = async (callId: string, ...facts: ReturnType<typeof entered>[]) => {
    const { revision } = await store.readRegistry(started.ctx());
    const [row] = await rows(
      sql<{
        answer: string;
      }>`select enter_outputs(${JSON.stringify(facts)}::jsonb, ${revision}::int8, ${callId})::text as answer`,
    );
    const answer = JSON.parse(row?.answer ?? '') as { newShapes: { shape: string }[] };
    return answer.newShapes.map(({ shape }) => shape);
  };

  it('are told of again where a call is sent again, and by no other call', async () => {
    await put('first', []);
    await put('second', []);
    const facts = [entered('told', 'one', 'first'), entered('told', 'two', 'second')];
    expect(await enter('call-1', ...facts)).toEqual(['one', 'two']);
    expect(await enter('call-1', ...facts)).toEqual(['one', 'two']);
    expect(await enter('call-2', ...facts)).toEqual([]);
    expect(await enter('call-3', entered('told', 'three', 'first', 2))).toEqual(['three']);
  });

  it('are told once by many who enter the same at once', async () => {
    const ids = Array.from({ length: 8 }, (_, n) => `at-once-${n}`);
    for (const id of ids) await put(id, []);
    const told = await Promise.all(
      ids.map((id) => enter(`call of ${id}`, entered('at-once', 'same', id))),
    );
    expect(told.flat()).toEqual(['same']);
  });

  it('are as many as an answer holds, of every kind, the most frequent first', async () => {
    const paths = Array.from({ length: 200 }, (_, n) => `$.${'p'.repeat(140)}${n}`);
    const types = paths.map(() => 'number');
    await rows(sql`insert into output_shape (kind, shape, paths, types, first_seen_at, last_seen_at)
      select 'drift-' || (n % 2), 'shape ' || n, ${JSON.stringify(paths)}::jsonb, ${JSON.stringify(types)}::jsonb, now(), now()
      from generate_series(1, 200) n`);
    await put('frequent', []);
    await enter('call-4', { ...entered('drift-1', 'shape 199', 'frequent') });
    const shapes = await store.readShapes(started.ctx());
    const of = (kind: string) => shapes.filter((one) => one.kind === kind);
    expect(of('drift-1')[0]).toMatchObject({ count: 1, paths });
    for (const kind of ['drift-0', 'drift-1']) {
      expect(of(kind).length).toBeGreaterThan(5);
      expect(of(kind).length).toBeLessThan(100);
    }
    expect((await store.readShapes(started.ctx(), 'drift-0')).length).toBeGreaterThan(5);
  });
});
