import { describe, expect, it } from 'vitest';
import { type ArticleCopyState, JsonText, type Timestamp } from '../../../src/domain/index.ts';
import type { Hold } from '../ai-output-store.contract.ts';
import { aCopy, aHead, putOutput, randomText } from './builders.ts';

const DAY_MS = 86_400_000;

function stampOf(copy: ArticleCopyState): number | undefined {
  return copy.state === 'live' ? copy.article.stamp : undefined;
}

function noteOf(copy: ArticleCopyState): Timestamp | undefined {
  return copy.state === 'live' ? copy.deletingSince : undefined;
}

export function articleCopyFacts(hold: Hold): void {
  describe('copies of articles', () => {
    it('an article that nobody copied is unknown', async () => {
      expect(await hold.store.getArticle(hold.ctx(), 'a1')).toEqual({ state: 'unknown' });
    });

    it('a copy comes back with every member as it was', async () => {
      const article = aCopy({
        id: `${'x'.repeat(120)}.-_~Az09`,
        url: 'https://example.org/ä?q=1',
        title: 'Zürich\n"quoted" \\ 😀 مرحبا',
        description: '',
        language: 'de-CH',
        section: 'news',
        source: { key: 'ap', name: 'AP' },
        authors: ['A', 'B'],
        topics: [
          { key: 'x', name: 'X', type: 'person', weight: 0.1 },
          { key: 'y', name: 'Y', type: 'topic', weight: 1, projection: 'entities' },
        ],
        publishedAt: '2026-01-01T00:00:00.000001Z' as Timestamp,
        rev: 7,
        stamp: 2 ** 53 - 1,
        attributes: new JsonText(
          ' {"__proto__": 1, "n":1234567890123456789012345678901234567890, "e":1e400,\n"s":"\\ud800"}',
        ),
        metrics: { a: 0.1, b: 'text', c: true, d: null, e: -1e300 },
        body: { sha256: 'f'.repeat(64), sizeBytes: 12 },
      });
      await hold.store.putArticle(hold.ctx(), article);
      const copy = await hold.store.getArticle(hold.ctx(), article.id);
      expect(copy).toMatchObject({ state: 'live', article });
      expect(copy).not.toHaveProperty('deletingSince');
    });

    it('a copy of 256 KiB without pattern is kept', async () => {
      const attributes = new JsonText(JSON.stringify({ noise: randomText(255 * 1024) }));
      await hold.store.putArticle(hold.ctx(), aCopy({ attributes }));
      const copy = await hold.store.getArticle(hold.ctx(), 'a1');
      expect(copy.state === 'live' && copy.article.attributes.text === attributes.text).toBe(true);
    });

    it('an older copy does not take the place of a newer one', async () => {
      await hold.store.putArticle(hold.ctx(), aCopy({ stamp: 5, title: 'new' }));
      await hold.store.putArticle(hold.ctx(), aCopy({ stamp: 4, title: 'old' }));
      expect(await hold.store.getArticle(hold.ctx(), 'a1')).toMatchObject({
        article: { stamp: 5, title: 'new' },
      });
    });

    it('of many copies at once the newest stays', async () => {
      const stamps = Array.from({ length: 20 }, (_, index) => ((index * 7) % 20) + 1);
      await Promise.all(stamps.map((stamp) => hold.store.putArticle(hold.ctx(), aCopy({ stamp }))));
      expect(stampOf(await hold.store.getArticle(hold.ctx(), 'a1'))).toBe(20);
    });

    it('the same copy again is as fresh as the second time', async () => {
      await hold.store.putArticle(hold.ctx(), aCopy());
      hold.clock.advance(60_000);
      const againMs = hold.clock.now();
      await hold.store.putArticle(hold.ctx(), aCopy());
      const copy = await hold.store.getArticle(hold.ctx(), 'a1');
      const copiedAtMs = copy.state === 'live' ? Date.parse(copy.copiedAt) : 0;
      expect(copiedAtMs).toBeGreaterThanOrEqual(againMs);
    });
  });

  describe('tombstones', () => {
    it('stand against copies written before and after, however new', async () => {
      await hold.store.putArticle(hold.ctx(), aCopy({ stamp: 3 }));
      await hold.store.putTombstone(hold.ctx(), 'a1');
      await hold.store.putArticle(hold.ctx(), aCopy({ stamp: 99 }));
      expect(await hold.store.getArticle(hold.ctx(), 'a1')).toEqual({ state: 'deleted' });
      expect(await hold.store.readHead(hold.ctx(), 'a1', 'summary')).toEqual({
        article: 'deleted',
      });
    });

    it('stand for an article that was never copied', async () => {
      await hold.store.putTombstone(hold.ctx(), 'a1');
      expect(await hold.store.getArticle(hold.ctx(), 'a1')).toEqual({ state: 'deleted' });
    });

    it('count until 30 days have passed, and not after', async () => {
      await hold.store.putTombstone(hold.ctx(), 'a1');
      hold.clock.advance(30 * DAY_MS - 5_000);
      expect((await hold.store.getArticle(hold.ctx(), 'a1')).state).toBe('deleted');
      hold.clock.advance(6_000);
      expect(await hold.store.getArticle(hold.ctx(), 'a1')).toEqual({ state: 'unknown' });
      expect((await hold.store.readHead(hold.ctx(), 'a1', 'summary')).article).toBe('unknown');
      await hold.store.putArticle(hold.ctx(), aCopy({ stamp: 1 }));
      expect(stampOf(await hold.store.getArticle(hold.ctx(), 'a1'))).toBe(1);
    });

    it('are not prolonged by a repeat, and renewed by a delete after they ended', async () => {
      await hold.store.putTombstone(hold.ctx(), 'a1');
      hold.clock.advance(20 * DAY_MS);
      await hold.store.putTombstone(hold.ctx(), 'a1');
      hold.clock.advance(11 * DAY_MS);
      expect((await hold.store.getArticle(hold.ctx(), 'a1')).state).toBe('unknown');
      await hold.store.putTombstone(hold.ctx(), 'a1');
      expect((await hold.store.getArticle(hold.ctx(), 'a1')).state).toBe('deleted');
    });
  });

  describe('notes of a delete', () => {
    it('are told with the copy and beside a head, with the time of the latest', async () => {
      await hold.store.putArticle(hold.ctx(), aCopy());
      await hold.store.markDeleting(hold.ctx(), 'a1');
      hold.clock.advance(60_000);
      const latestMs = hold.clock.now();
      await hold.store.markDeleting(hold.ctx(), 'a1');
      const copy = await hold.store.getArticle(hold.ctx(), 'a1');
      const { deletingSince, article } = await hold.store.readHead(hold.ctx(), 'a1', 'summary');
      expect(article).toBe('deleting');
      expect(noteOf(copy)).toBe(deletingSince);
      expect(Date.parse(deletingSince ?? '')).toBeGreaterThanOrEqual(latestMs);
      expect(Date.parse(deletingSince ?? '')).toBeLessThan(latestMs + 30_000);
    });

    it('go away when they are taken back', async () => {
      await hold.store.putArticle(hold.ctx(), aCopy());
      await hold.store.markDeleting(hold.ctx(), 'a1');
      await hold.store.unmarkDeleting(hold.ctx(), 'a1');
      await hold.store.unmarkDeleting(hold.ctx(), 'a1');
      expect(noteOf(await hold.store.getArticle(hold.ctx(), 'a1'))).toBeUndefined();
      expect((await hold.store.readHead(hold.ctx(), 'a1', 'summary')).article).toBe('live');
    });

    it('of two requests stand apart: one taken back leaves the other', async () => {
      const [one, two] = [hold.ctx({ requestId: 'one' }), hold.ctx({ requestId: 'two' })];
      await hold.store.putArticle(one, aCopy());
      expect(await hold.store.markDeleting(one, 'a1')).toBe('noted');
      expect(await hold.store.markDeleting(two, 'a1')).toBe('noted');
      await hold.store.unmarkDeleting(one, 'a1');
      expect(noteOf(await hold.store.getArticle(one, 'a1'))).toBeDefined();
      await hold.store.unmarkDeleting(two, 'a1');
      expect(noteOf(await hold.store.getArticle(one, 'a1'))).toBeUndefined();
    });

    it('stay on every copy but the one that settles them', async () => {
      await hold.store.putArticle(hold.ctx(), aCopy({ stamp: 1 }));
      await hold.store.markDeleting(hold.ctx(), 'a1');
      const since = noteOf(await hold.store.getArticle(hold.ctx(), 'a1'));
      await hold.store.putArticle(hold.ctx(), aCopy({ stamp: 2, title: 'newer' }));
      const newer = await hold.store.getArticle(hold.ctx(), 'a1');
      expect(newer).toMatchObject({ state: 'live', article: { stamp: 2, title: 'newer' } });
      expect(noteOf(newer)).toBe(since);
      await hold.store.putArticle(hold.ctx(), aCopy({ stamp: 2, title: 'newer' }));
      expect(noteOf(await hold.store.getArticle(hold.ctx(), 'a1'))).toBe(since);
      await hold.store.putArticle(hold.ctx(), aCopy({ stamp: 2, title: 'newer' }), since);
      expect(noteOf(await hold.store.getArticle(hold.ctx(), 'a1'))).toBeUndefined();
    });

    it('of a later delete are not settled with an earlier one', async () => {
      await hold.store.putArticle(hold.ctx(), aCopy());
      await hold.store.markDeleting(hold.ctx(), 'a1');
      const before = noteOf(await hold.store.getArticle(hold.ctx(), 'a1'));
      hold.clock.advance(61_000);
      await hold.store.markDeleting(hold.ctx(), 'a1');
      await hold.store.putArticle(hold.ctx(), aCopy(), before);
      expect(noteOf(await hold.store.getArticle(hold.ctx(), 'a1'))).toBeDefined();
      await hold.store.putArticle(hold.ctx(), aCopy({ stamp: 9 }), before);
      const copy = await hold.store.getArticle(hold.ctx(), 'a1');
      expect(copy).toMatchObject({ state: 'live', article: { stamp: 9 } });
      expect(noteOf(copy)).toBeDefined();
    });

    it('are not made where there is no copy', async () => {
      expect(await hold.store.markDeleting(hold.ctx(), 'a1')).toBe('no_copy');
      await hold.store.unmarkDeleting(hold.ctx(), 'a1');
      expect(await hold.store.getArticle(hold.ctx(), 'a1')).toEqual({ state: 'unknown' });
      await hold.store.putTombstone(hold.ctx(), 'a1');
      expect(await hold.store.markDeleting(hold.ctx(), 'a1')).toBe('noted');
      expect(await hold.store.getArticle(hold.ctx(), 'a1')).toEqual({ state: 'deleted' });
    });
  });

  describe('the removal of an article', () => {
    it('leaves nothing but the tombstone, and other articles alone, however often', async () => {
      const { store } = hold;
      for (const articleId of ['a', 'a1', 'a10']) {
        await putOutput(store, hold.ctx(), { articleId, text: '"first"' });
        await putOutput(store, hold.ctx(), { articleId, text: `"${randomText(700_000)}"` });
        await putOutput(store, hold.ctx(), { articleId, kind: 'entities' });
        await store.putBody(hold.ctx(), articleId, 'body');
      }
      await store.putTombstone(hold.ctx(), 'a1');
      for (let time = 0; time < 2; time += 1) await store.removeArticle(hold.ctx(), 'a1');
      expect((await store.getArticle(hold.ctx(), 'a1')).state).toBe('deleted');
      expect((await store.getOutputs(hold.ctx(), 'a1', 'all')).size).toBe(0);
      expect((await store.getBodiesOf(hold.ctx(), 'a1')).size).toBe(0);
      expect(await store.getVersion(hold.ctx(), 'a1', 'summary', 1)).toBeUndefined();
      for (const articleId of ['a', 'a10']) {
        expect((await store.getOutputs(hold.ctx(), articleId, 'all')).size).toBe(2);
        expect((await store.getBodiesOf(hold.ctx(), articleId)).size).toBe(1);
        expect(await store.getVersion(hold.ctx(), articleId, 'summary', 1)).toBeDefined();
      }
    });

    it('takes more outputs than one batch or page holds', async () => {
      const { store } = hold;
      for (let n = 0; n < 60; n += 1) {
        const head = await aHead(store, hold.ctx(), {
          kind: `kind-${n}`,
          text: `"${randomText(30_000, n)}"`,
        });
        await store.putHead(hold.ctx(), head, 0);
      }
      expect((await store.getOutputs(hold.ctx(), 'a1', 'all')).size).toBe(60);
      await store.removeArticle(hold.ctx(), 'a1');
      expect((await store.getOutputs(hold.ctx(), 'a1', 'all')).size).toBe(0);
    });
  });
}
