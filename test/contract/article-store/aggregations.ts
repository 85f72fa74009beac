import { describe, expect, it } from 'vitest';
import type { AggregationQuery, Grouping } from '../../../src/domain/index.ts';
import { at, freshPrefix, groupsOf, type Hold, putAll } from './builders.ts';
import { metricAggregationFacts } from './metric-aggregations.ts';

/** What every store keeps when it groups articles. */
export function aggregationFacts(hold: () => Hold): void {
  describe('an aggregation', () => {
    const groups = async (prefix: string, overrides: Partial<AggregationQuery>) => {
      const { store, ctx } = hold();
      const found = await store.aggregate(ctx(), groupsOf(prefix, overrides));
      return found.map(({ key, count }) => [...key, count]);
    };
    const by = (prefix: string, ...groupBy: Grouping[]) => groups(prefix, { groupBy });

    it('without names is one group, also of nothing', async () => {
      const prefix = freshPrefix();
      expect(await by(prefix)).toEqual([[0]]);
      expect(await by(prefix, 'language')).toEqual([]);
      await putAll(hold(), prefix, [{}, {}, {}]);
      expect(await by(prefix)).toEqual([[3]]);
    });

    it('counts the biggest group first, ties by code point, articles that lack the value among them under null', async () => {
      const prefix = freshPrefix();
      const languages = ['de', 'de', 'en', 'ar', undefined];
      await putAll(
        hold(),
        prefix,
        languages.map((language) => (language === undefined ? {} : { language })),
      );
      expect(await by(prefix, 'language')).toEqual([
        ['de', 2],
        ['ar', 1],
        ['en', 1],
        [null, 1],
      ]);
    });

    it('keeps null last when it goes by key, and cuts at the limit', async () => {
      const prefix = freshPrefix();
      const sections = ['b', '🦊', '\uffee', '', 'B', undefined, undefined];
      await putAll(
        hold(),
        prefix,
        sections.map((section) => (section === undefined ? {} : { section })),
      );
      const keys = async (direction: 'asc' | 'desc', limit = 100) =>
        (
          await groups(prefix, { groupBy: ['section'], orderBy: [{ by: 'key', direction }], limit })
        ).map(([key]) => key);
      expect(await keys('asc')).toEqual(['', 'B', 'b', '\uffee', '🦊', null]);
      expect(await keys('desc')).toEqual(['🦊', '\uffee', 'b', 'B', '', null]);
      expect(await keys('desc', 2)).toEqual(['🦊', '\uffee']);
    });

    it('groups by the source of an article and by its time in UTC', async () => {
      const prefix = freshPrefix();
      const key = `${prefix}s`;
      await putAll(hold(), prefix, [
        { source: { key, name: 'S' }, publishedAt: at('2024-01-15T23:59:59.999999Z') },
        { source: { key }, publishedAt: at('2024-12-30T00:00:00.000000Z') },
        { publishedAt: at('2021-01-03T12:00:00.000000Z') },
        { publishedAt: at('0001-01-01T00:00:00.000000Z') },
        { publishedAt: at('9999-12-31T23:59:59.000000Z') },
        {},
      ]);
      expect(await by(prefix, 'source')).toEqual([
        [null, 4],
        [key, 2],
      ]);
      expect(await by(prefix, 'day')).toEqual([
        ['0001-01-01', 1],
        ['2021-01-03', 1],
        ['2024-01-15', 1],
        ['2024-12-30', 1],
        ['9999-12-31', 1],
        [null, 1],
      ]);
      expect((await by(prefix, 'week')).map(([week]) => week)).toEqual([
        '0001-W01',
        '2020-W53',
        '2024-W03',
        '2025-W01',
        '9999-W52',
        null,
      ]);
      expect((await by(prefix, 'month')).map(([month]) => month)).toEqual([
        '0001-01',
        '2021-01',
        '2024-01',
        '2024-12',
        '9999-12',
        null,
      ]);
    });

    it('counts an article once under every topic and author, under null without any', async () => {
      const prefix = freshPrefix();
      const [a, b] = [`${prefix}a`, `${prefix}b`];
      await putAll(hold(), prefix, [
        {
          authors: ['Ann', 'Ann', 'Bo'],
          topics: [
            { key: a, weight: 1 },
            { key: b, weight: 0.5 },
          ],
        },
        { authors: ['Bo'], topics: [{ key: b, weight: 0 }] },
        {},
      ]);
      expect(await by(prefix, 'topics')).toEqual([
        [b, 2],
        [a, 1],
        [null, 1],
      ]);
      expect(await by(prefix, 'authors')).toEqual([
        ['Bo', 2],
        ['Ann', 1],
        [null, 1],
      ]);
      expect(await by(prefix, 'authors', 'topics')).toEqual([
        ['Bo', b, 2],
        ['Ann', a, 1],
        ['Ann', b, 1],
        ['Bo', a, 1],
        [null, null, 1],
      ]);
    });

    it('knows nothing of deleted articles, nor of those that the filter leaves out', async () => {
      const prefix = freshPrefix();
      const [first] = await putAll(hold(), prefix, [{ section: 'x' }, { section: 'x' }]);
      await putAll(hold(), freshPrefix(), [{ section: 'x' }]);
      const { store, ctx } = hold();
      await store.delete(ctx(), first?.id ?? '');
      expect(await by(prefix, 'section')).toEqual([['x', 1]]);
    });
  });
  metricAggregationFacts(hold);
}
