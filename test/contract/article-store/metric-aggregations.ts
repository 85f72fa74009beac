import { describe, expect, it } from 'vitest';
import {
  type AggregationQuery,
  JsonText,
  type ProjectedResult,
  parseCompute,
  parseFilter,
  type Registry,
} from '../../../src/domain/index.ts';
import {
  at,
  defineMetrics,
  freshPrefix,
  groupsOf,
  type Hold,
  matched,
  projectAll,
  putAll,
} from './builders.ts';

const KIND = 'agg-kind';
const [WORDS, TONE, PAID, SEEN] = ['agg-words', 'agg-tone', 'agg-paid', 'agg-seen'] as const;
const METRICS = { [WORDS]: 'number', [TONE]: 'string', [PAID]: 'boolean', [SEEN]: 'time' } as const;

/** What every store keeps when it computes over the metrics of groups. */
export function metricAggregationFacts(hold: () => Hold): void {
  /** Articles in sections, with what their outputs yield; answers with the registry of it. */
  const corpus = async (
    prefix: string,
    rows: readonly (readonly [section: string, ...results: ProjectedResult[]])[],
  ): Promise<Registry> => {
    const registry = await defineMetrics(hold(), KIND, METRICS);
    const sections = rows.map(([section]) => ({ section }));
    const put = await putAll(hold(), prefix, sections);
    const results = new Map<string, readonly ProjectedResult[]>();
    for (const [index, [, ...own]] of rows.entries()) results.set(put[index]?.id ?? '', own);
    await projectAll(hold(), KIND, results);
    return registry;
  };

  const compute = async (
    prefix: string,
    registry: Registry,
    columns: string,
    overrides: Partial<AggregationQuery> = {},
  ) => {
    const { store, ctx } = hold();
    const found = await store.aggregate(
      ctx(),
      groupsOf(prefix, { registry, columns: parseCompute(columns, registry), ...overrides }),
    );
    return found.map(({ key, values }) => [...key, ...values]);
  };

  const bySection = { groupBy: ['section'], orderBy: [{ by: 'key', direction: 'asc' }] } as const;

  describe('an aggregation over metrics', () => {
    it('computes over the values that there are, and answers null where there is none', async () => {
      const prefix = freshPrefix();
      const registry = await corpus(prefix, [
        ['a', matched(WORDS, 1)],
        ['a', matched(WORDS, 2)],
        ['a', matched(WORDS, 4)],
        ['a', matched(WORDS, 10)],
        ['a'],
        ['b'],
      ]);
      const all = ['avg', 'min', 'max', 'sum', 'p50', 'p95'].map((m) => `${m}(metrics.${WORDS})`);
      expect(await compute(prefix, registry, all.join(), bySection)).toEqual([
        ['a', 4.25, 1, 10, 17, 3, 9.1],
        ['b', null, null, null, null, null, null],
      ]);
      expect(await compute(prefix, registry, `avg(metrics.${WORDS})`)).toEqual([[4.25]]);
    });

    it('adds decimals up without a trace of their binary form, and beyond what a double holds', async () => {
      const prefix = freshPrefix();
      const of = (section: string, values: readonly number[]) =>
        values.map((value) => [section, matched(WORDS, value)] as const);
      const registry = await corpus(prefix, [
        ...of('large', [1.5e308, 1.5e308, -5e-324]),
        ...of('small', [0.1, 0.2, 0.3, 0.4]),
        ...of('wide', [1.5e308, -1.5e308]),
        ...of('zero', [-0, 0]),
      ]);
      const columns = ['sum', 'avg', 'p50'].map((m) => `${m}(metrics.${WORDS})`).join();
      expect(await compute(prefix, registry, columns, bySection)).toEqual([
        ['large', new JsonText(`2${'9'.repeat(308)}`), 1e308, 1.5e308],
        ['small', 1, 0.25, 0.25],
        ['wide', 0, 0, 0],
        ['zero', 0, 0, 0],
      ]);
    });

    it('takes a filter over metrics, those it computes over and others', async () => {
      const prefix = freshPrefix();
      const registry = await corpus(prefix, [
        ['a', matched(WORDS, 1), matched(TONE, 'calm')],
        ['a', matched(WORDS, 5), matched(TONE, 'calm')],
        ['b', matched(WORDS, 7), matched(TONE, 'wild')],
        ['b', matched(TONE, 'calm')],
      ]);
      const sum = (filter: string) => {
        const asked = parseFilter(`id = "${prefix}*" AND ${filter}`, registry);
        const query = { ...bySection, ...(asked ? { filter: asked } : {}) };
        return compute(prefix, registry, `sum(metrics.${WORDS})`, query);
      };
      expect(await sum(`metrics.${WORDS} > 1`)).toEqual([
        ['a', 5],
        ['b', 7],
      ]);
      expect(await sum(`metrics.${TONE} = "calm"`)).toEqual([
        ['a', 6],
        ['b', null],
      ]);
      expect(await sum(`metrics.${WORDS} > 100`)).toEqual([]);
    });

    it('finds the first and the last of strings, times and truth values', async () => {
      const prefix = freshPrefix();
      const [first, last] = [at('0001-01-01T00:00:00.000000Z'), at('2026-01-01T00:00:00.000001Z')];
      const registry = await corpus(prefix, [
        ['a', matched(TONE, '🦊'), matched(PAID, true), matched(SEEN, last)],
        ['a', matched(TONE, '\uffee'), matched(PAID, false)],
        ['a', matched(TONE, 'B'), matched(SEEN, first)],
      ]);
      const columns = [TONE, PAID, SEEN].flatMap((m) => [`min(metrics.${m})`, `max(metrics.${m})`]);
      expect(await compute(prefix, registry, columns.join())).toEqual([
        ['B', '🦊', false, true, first, last],
      ]);
    });

    it('goes by what it computes, missing values last, ties by key', async () => {
      const prefix = freshPrefix();
      const registry = await corpus(prefix, [
        ['a', matched(WORDS, 2)],
        ['b', matched(WORDS, 10)],
        ['c', matched(WORDS, 1)],
        ['c', matched(WORDS, 3)],
        ['d'],
      ]);
      const keys = async (direction: 'asc' | 'desc') => {
        const orderBy = [{ by: { column: 0 }, direction }] as const;
        const query = { groupBy: ['section'], orderBy } as const;
        const found = await compute(prefix, registry, `avg(metrics.${WORDS})`, query);
        return found.map(([key]) => key);
      };
      expect(await keys('asc')).toEqual(['a', 'c', 'b', 'd']);
      expect(await keys('desc')).toEqual(['b', 'a', 'c', 'd']);
    });

    it('counts an article once under a topic that its caller and a projection gave', async () => {
      const prefix = freshPrefix();
      const key = `${prefix}t`;
      const { store, ctx } = hold();
      await defineMetrics(hold(), KIND, METRICS);
      const target = { type: 'topics' } as const;
      await store.putProjection(ctx(), 'agg-topics', {
        kind: KIND,
        target,
        each: '$.x',
        key: '$.k',
      });
      const [article] = await putAll(hold(), prefix, [{ topics: [{ key, weight: 1 }] }]);
      const topics = {
        projection: 'agg-topics',
        status: 'matched',
        topics: [{ key, weight: 0.5 }],
      };
      const results = [matched(WORDS, 3), topics as ProjectedResult];
      await projectAll(hold(), KIND, new Map([[article?.id ?? '', results]]));
      const registry = await store.readRegistry(ctx());
      const found = await compute(prefix, registry, `sum(metrics.${WORDS})`, {
        groupBy: ['topics'],
      });
      expect(found).toEqual([[key, 3]]);
      const { items } = await store.findTopics(ctx(), { prefix: key, pageSize: 5 });
      expect(items).toMatchObject([{ key, articles: 1 }]);
    });

    it('refuses a registry that is not the present one, unless no metric is named', async () => {
      const prefix = freshPrefix();
      const registry = await corpus(prefix, [['a', matched(WORDS, 1)]]);
      const old = { ...registry, revision: registry.revision - 1 };
      for (const ids of [prefix, `${prefix}nothing`]) {
        await expect(compute(ids, old, `avg(metrics.${WORDS})`, bySection)).rejects.toMatchObject({
          code: 'conflict',
          details: { reason: 'registry_changed' },
        });
      }
      expect(await compute(prefix, old, '', bySection)).toEqual([['a']]);
    });
  });
}
