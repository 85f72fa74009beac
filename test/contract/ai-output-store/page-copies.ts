import { describe, expect, it } from 'vitest';
import {
  JsonText,
  type PageCopy,
  type PageQuestion,
  type Timestamp,
} from '../../../src/domain/index.ts';
import type { Hold } from '../ai-output-store.contract.ts';
import { aCopy, randomText, sha256 } from './builders.ts';

const HOUR_MS = 3_600_000;
const KEY = sha256('a question');

const QUERY: PageQuestion = {
  filter: {
    type: 'compare',
    field: { kind: 'scalar', name: 'publishedAt' },
    op: '>',
    value: { type: 'relative', offsetSeconds: -604_800 },
  },
  orderBy: [
    { by: { kind: 'metric', name: 'readability' }, direction: 'desc' },
    { by: { kind: 'field', name: 'id' }, direction: 'desc' },
  ],
  pageSize: 20,
  skip: 0,
  count: 'exact',
  now: '2026-01-02T03:04:05.678901Z' as Timestamp,
};

export function pageCopyFacts(hold: Hold): void {
  const aPage = (members: Partial<PageCopy> = {}): PageCopy => ({
    query: QUERY,
    entries: [{ article: aCopy(), cursor: [1.5, 'a1'] }],
    more: false,
    copiedAtMs: hold.clock.now(),
    askedAtMs: hold.clock.now(),
    ...members,
  });

  describe('copies of pages', () => {
    it('a page that nobody kept is not there', async () => {
      expect(await hold.store.getPage(hold.ctx(), KEY)).toBeUndefined();
      expect(await hold.store.listPages(hold.ctx())).toEqual([]);
    });

    it('comes back as it was: order, cursors, total, digits of attributes', async () => {
      const page = aPage({
        entries: [
          {
            article: aCopy({
              id: 'b',
              title: 'Zürich\n😀',
              attributes: new JsonText('{\n "n": 1e400, "__proto__": [0.10]}'),
              metrics: { readability: 0.1 + 0.2, label: null },
            }),
            cursor: [0.1 + 0.2, 'b'],
          },
          { article: aCopy({ id: 'a' }), cursor: [null, 'a'] },
        ],
        more: true,
        total: { size: 1_000, kind: 'at_least' },
        askedAtMs: hold.clock.now() - 5_000,
      });
      expect(await hold.store.putPage(hold.ctx(), KEY, page)).toBe('kept');
      expect(await hold.store.getPage(hold.ctx(), KEY)).toEqual(page);
      const { query, copiedAtMs, askedAtMs } = page;
      expect(await hold.store.listPages(hold.ctx())).toEqual([
        { key: KEY, query, copiedAtMs, askedAtMs },
      ]);
    });

    it('is kept anew once a minute, not more often', async () => {
      const first = aPage();
      await hold.store.putPage(hold.ctx(), KEY, first);
      hold.clock.advance(59_000);
      const soon = aPage({ entries: [], copiedAtMs: first.copiedAtMs + 59_000 });
      expect(await hold.store.putPage(hold.ctx(), KEY, soon)).toBe('young');
      expect((await hold.store.getPage(hold.ctx(), KEY))?.entries).toHaveLength(1);
      const later = aPage({ entries: [], copiedAtMs: first.copiedAtMs + 60_000 });
      expect(await hold.store.putPage(hold.ctx(), KEY, later)).toBe('kept');
      expect((await hold.store.getPage(hold.ctx(), KEY))?.entries).toEqual([]);
      // A slow writer does not bring the old one back.
      expect(await hold.store.putPage(hold.ctx(), KEY, first)).toBe('young');
    });

    it('is gone after 24 hours', async () => {
      await hold.store.putPage(hold.ctx(), KEY, aPage());
      hold.clock.advance(24 * HOUR_MS - 5_000);
      expect(await hold.store.getPage(hold.ctx(), KEY)).toBeDefined();
      hold.clock.advance(6_000);
      expect(await hold.store.getPage(hold.ctx(), KEY)).toBeUndefined();
      expect(await hold.store.listPages(hold.ctx())).toEqual([]);
    });

    it('is not kept where it is too large', async () => {
      const entries = Array.from({ length: 30 }, (_, n) => ({
        article: aCopy({ id: `a${n}`, description: randomText(60_000, n + 1) }),
        cursor: [n],
      }));
      expect(await hold.store.putPage(hold.ctx(), KEY, aPage({ entries }))).toBe('too_large');
      expect(await hold.store.getPage(hold.ctx(), KEY)).toBeUndefined();
    });

    it('are listed, however many there are', async () => {
      const keys = Array.from({ length: 40 }, (_, n) => sha256(String(n))).sort();
      for (const key of keys) await hold.store.putPage(hold.ctx(), key, aPage());
      const listed = await hold.store.listPages(hold.ctx());
      expect(listed.map(({ key }) => key).sort()).toEqual(keys);
    });
  });

  describe('marks of articles', () => {
    it('tell live, deleted, open deletes and unknown, for every id', async () => {
      for (const id of ['live', 'deleted', 'deleting']) {
        await hold.store.putArticle(hold.ctx(), aCopy({ id }));
      }
      await hold.store.putTombstone(hold.ctx(), 'deleted');
      await hold.store.markDeleting(hold.ctx(), 'deleting');
      const many = Array.from({ length: 120 }, (_, n) => `u${n}`);
      const marks = await hold.store.readMarks(hold.ctx(), [
        ...['live', 'deleted', 'deleting', 'live'],
        ...many,
      ]);
      expect(marks.size).toBe(123);
      expect(['live', 'deleted', 'deleting', 'u7'].map((id) => marks.get(id))).toEqual([
        ...['live', 'deleted', 'deleting', 'unknown'],
      ]);
    });

    it('are unavailable once the time is up', async () => {
      const late = hold.ctx({ deadlineMs: hold.clock.now() });
      expect(await hold.store.readMarks(late, ['a'])).toEqual(new Map([['a', 'unavailable']]));
      expect(await hold.store.readMarks(hold.ctx(), [])).toEqual(new Map());
    });
  });
}
