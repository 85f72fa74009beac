import { describe, expect, it } from 'vitest';
import {
  type CursorValues,
  EMPTY_OBJECT,
  JsonText,
  type KeyQuery,
  type SourceProfile,
} from '../../../src/domain/index.ts';
import { freshPrefix, type Hold, putAll } from './builders.ts';

/** What every store keeps of sources and topics. */
export function vocabularyFacts(hold: () => Hold): void {
  const profile = (members: Partial<SourceProfile> = {}): SourceProfile => ({
    name: 'Name',
    attributes: EMPTY_OBJECT,
    ...members,
  });

  /** Keys of every page, in order. */
  const walk = async (
    query: Omit<KeyQuery, 'after'>,
    find: (query: KeyQuery) => Promise<{ items: readonly { key: string }[]; next?: CursorValues }>,
  ): Promise<string[][]> => {
    const pages: string[][] = [];
    let after: CursorValues | undefined;
    do {
      const page = await find({ ...query, ...(after === undefined ? {} : { after }) });
      pages.push(page.items.map(({ key }) => key));
      after = page.next;
    } while (after !== undefined);
    return pages;
  };

  describe('topics', () => {
    it('come by key with the number of their live articles, each once', async () => {
      const prefix = freshPrefix();
      const [a, b, c] = [`${prefix}a`, `${prefix}b`, `${prefix}c`];
      const put = await putAll(hold(), prefix, [
        { topics: [{ key: b, name: 'B', type: 'place', weight: 1 }] },
        {
          topics: [
            { key: a, weight: 0.1 },
            { key: b, weight: 1 },
          ],
        },
        { topics: [{ key: c, weight: 1 }] },
      ]);
      const { store, ctx } = hold();
      await store.delete(ctx(), put[2]?.id ?? '');
      const found = await store.findTopics(ctx(), { prefix, pageSize: 10 });
      expect(found).toEqual({
        items: [
          { key: a, name: a, type: 'topic', articles: 1 },
          { key: b, name: 'B', type: 'place', articles: 2 },
          { key: c, name: c, type: 'topic', articles: 0 },
        ],
      });
      const places = await store.findTopics(ctx(), { prefix, type: 'place', pageSize: 10 });
      expect(places.items.map(({ key }) => key)).toEqual([b]);
    });

    it('are paged by code point; a prefix is taken as it is', async () => {
      const prefix = freshPrefix();
      const keys = ['%', '_x', '\\', 'A', 'a', 'ab', 'ß', '\uffee', '🦊'].map((k) => prefix + k);
      const topics = keys.map((key) => ({ key, weight: 1 }));
      const { store, ctx } = hold();
      await putAll(hold(), prefix, [{ topics }]);
      const find = (query: KeyQuery) => store.findTopics(ctx(), query);
      const sorted = ['%', 'A', '\\', '_x', 'a', 'ab', 'ß', '\uffee', '🦊'].map((k) => prefix + k);
      expect(await walk({ prefix, pageSize: 4 }, find)).toEqual([
        sorted.slice(0, 4),
        sorted.slice(4, 8),
        sorted.slice(8),
      ]);
      expect(await walk({ prefix, pageSize: 9 }, find)).toEqual([sorted]);
      for (const [begin, expected] of [
        ['%', ['%']],
        ['_', ['_x']],
        ['\\', ['\\']],
        ['a', ['a', 'ab']],
        ['🦊', ['🦊']],
        ['nothing', []],
      ] as const) {
        const found = await walk({ prefix: prefix + begin, pageSize: 5 }, find);
        expect(found.flat()).toEqual(expected.map((k) => prefix + k));
      }
    });
  });

  describe('a source', () => {
    it('is created, replaced, and left alone when nothing changes', async () => {
      const key = `${freshPrefix()}é/ x`;
      const { store, ctx } = hold();
      expect(await store.getSource(ctx(), key)).toBeUndefined();
      const whole = profile({
        homepage: 'https://x.example/?a=1',
        country: 'GB',
        language: 'en-GB',
        attributes: new JsonText('{"n": 12345678901234567890.5, "u": "🦊"}'),
      });
      const created = await store.putSource(ctx(), key, whole);
      expect(created).toMatchObject({
        status: 'created',
        source: { key, name: 'Name', homepage: 'https://x.example/?a=1', country: 'GB' },
      });
      expect(created).toMatchObject({ source: { language: 'en-GB', rev: 1, articles: 0 } });
      if (!('source' in created)) throw new Error('no source');
      expect(created.source.attributes.text).toContain('12345678901234567890.5');
      expect(await store.getSource(ctx(), key)).toEqual(created.source);
      expect(await store.putSource(ctx(), key, whole)).toEqual({ ...created, status: 'unchanged' });
      const bare = await store.putSource(ctx(), key, profile());
      expect(bare).toEqual({
        status: 'updated',
        source: { key, name: 'Name', attributes: new JsonText('{}'), rev: 2, articles: 0 },
      });
    });

    it('is guarded by its rev; 0 demands that there is none', async () => {
      const key = freshPrefix();
      const { store, ctx } = hold();
      const put = (name: string, ifRev: number) =>
        store.putSource(ctx(), key, profile({ name }), ifRev);
      expect(await put('A', 1)).toEqual({ status: 'stale', rev: 0 });
      expect(await put('A', 0)).toMatchObject({ status: 'created' });
      expect(await put('B', 0)).toEqual({ status: 'stale', rev: 1 });
      expect(await put('B', 1)).toMatchObject({ status: 'updated', source: { name: 'B', rev: 2 } });
      expect(await put('C', 1)).toEqual({ status: 'stale', rev: 2 });
    });

    it('is known once an article names it; its articles are counted while they live', async () => {
      const prefix = freshPrefix();
      const key = `${prefix}s`;
      const [first] = await putAll(hold(), prefix, [
        { source: { key } },
        { source: { key, name: 'Named' } },
        {},
      ]);
      const { store, ctx } = hold();
      expect(await store.getSource(ctx(), key)).toMatchObject({ name: 'Named', articles: 2 });
      await store.delete(ctx(), first?.id ?? '');
      expect(await store.getSource(ctx(), key)).toMatchObject({ articles: 1 });
      await store.putSource(ctx(), key, profile({ name: 'Other', country: 'FR' }));
      await putAll(hold(), `${prefix}more-`, [{ source: { key } }]);
      const { items } = await store.findSources(ctx(), { prefix, pageSize: 10 });
      expect(items).toMatchObject([{ key, name: 'Other', country: 'FR', articles: 2 }]);
    });

    it('comes in pages by key', async () => {
      const prefix = freshPrefix();
      const { store, ctx } = hold();
      const keys = ['B', 'a', 'é', '🦊', 'z'].map((key) => prefix + key);
      for (const key of keys) await store.putSource(ctx(), key, profile());
      const find = (query: KeyQuery) => store.findSources(ctx(), query);
      const sorted = ['B', 'a', 'z', 'é', '🦊'].map((key) => prefix + key);
      expect(await walk({ prefix, pageSize: 2 }, find)).toEqual([
        sorted.slice(0, 2),
        sorted.slice(2, 4),
        sorted.slice(4),
      ]);
      expect(await walk({ prefix: `${prefix}é`, pageSize: 1 }, find)).toEqual([[`${prefix}é`]]);
    });

    it('shows another name in all its articles at once, and has their copies follow', async () => {
      const prefix = freshPrefix();
      const key = `${prefix}s`;
      const before = await putAll(
        hold(),
        prefix,
        Array.from({ length: 5 }, () => ({ source: { key, name: 'Old' } })),
      );
      const { store, ctx } = hold();
      await settleAll(hold());
      await store.putSource(ctx(), key, profile({ name: 'New' }));
      const told = new Map<string, number>();
      for (let round = 0; round < 10; round++) {
        const entries = await store.readOutbox(ctx(), 2);
        expect(entries.length).toBeLessThanOrEqual(2);
        for (const { articleId, state } of entries) {
          if (state.state !== 'live') throw new Error(state.state);
          expect(state.article.source).toEqual({ key, name: 'New' });
          told.set(articleId, state.article.stamp);
        }
        await store.settleOutbox(
          ctx(),
          entries.map(({ seq }) => seq),
        );
      }
      expect([...told.keys()].sort()).toEqual(before.map(({ id }) => id));
      for (const { id, rev, stamp } of before) {
        const after = await store.get(ctx(), id);
        expect(after).toMatchObject({ article: { rev, source: { name: 'New' } } });
        expect(told.get(id)).toBeGreaterThan(stamp);
      }
      await store.putSource(ctx(), key, profile({ name: 'New', country: 'GB' }));
      expect(await store.readOutbox(ctx(), 10)).toEqual([]);
    });
  });
}

async function settleAll({ store, ctx }: Hold): Promise<void> {
  for (;;) {
    const entries = await store.readOutbox(ctx(), 500);
    if (entries.length === 0) return;
    await store.settleOutbox(
      ctx(),
      entries.map(({ seq }) => seq),
    );
  }
}
