import { describe, expect, it } from 'vitest';
import { JsonText, type OutputRead } from '../../../src/domain/index.ts';
import type { Hold } from '../ai-output-store.contract.ts';
import { aCopy, aHead, putOutput, told } from './builders.ts';

function versionOf(read: OutputRead | undefined): number | string | undefined {
  return read?.status === 'found' ? read.head.info.version : read?.status;
}

export function outputFacts(hold: Hold): void {
  describe('heads', () => {
    it('come back with every member as it was', async () => {
      const head = await aHead(hold.store, hold.ctx(), {
        articleId: 'A'.repeat(128),
        kind: `k${'-'.repeat(63)}`,
        producer: {
          name: 'näme "x"',
          model: 'gpt4o\nline',
          version: '',
          promptHash: 'p',
          runId: '#run#1',
          parameters: new JsonText('{"seed":12345678901234567890, "__proto__":[1.0],\n"t":1e400}'),
        },
        usage: { inputTokens: 10, outputTokens: 0, costUsd: 0.0001 },
      });
      const { articleId, kind } = head.info;
      expect(await hold.store.putHead(hold.ctx(), head, 0)).toBe(true);
      const read = await hold.store.readHead(hold.ctx(), articleId, kind);
      expect(read.head && told(read.head)).toEqual(told(head));
    });

    it('come back without a producer when they have none', async () => {
      const head = await putOutput(hold.store, hold.ctx());
      const { head: read } = await hold.store.readHead(hold.ctx(), 'a1', 'summary');
      expect(read && told(read)).toEqual(told(head));
      expect(read?.info).not.toHaveProperty('producer');
      expect(read?.info).not.toHaveProperty('usage');
    });

    it('hold a producer of 64 KiB beside a text of 256 KiB', async () => {
      const parameters = new JsonText(JSON.stringify({ prompt: '"\\'.repeat(16_000) }));
      const head = await aHead(hold.store, hold.ctx(), {
        text: JSON.stringify('x'.repeat(256 * 1024 - 2)),
        producer: { parameters },
      });
      expect(await hold.store.putHead(hold.ctx(), head, 0)).toBe(true);
      const { head: read } = await hold.store.readHead(hold.ctx(), 'a1', 'summary');
      expect(read?.info.producer?.parameters?.text).toBe(parameters.text);
    });

    it('are read with the state of their article', async () => {
      expect(await hold.store.readHead(hold.ctx(), 'a1', 'summary')).toEqual({
        article: 'unknown',
      });
      await hold.store.putArticle(hold.ctx(), aCopy());
      expect(await hold.store.readHead(hold.ctx(), 'a1', 'summary')).toEqual({ article: 'live' });
      await putOutput(hold.store, hold.ctx());
      expect(await hold.store.readHead(hold.ctx(), 'a1', 'summary')).toMatchObject({
        article: 'live',
        head: { info: { version: 1 } },
      });
      expect(await hold.store.readHead(hold.ctx(), 'a1', 'entities')).toEqual({ article: 'live' });
    });

    it('take the place of the version that was expected, and of no other', async () => {
      const { store } = hold;
      const [one, two, three] = [
        await aHead(store, hold.ctx(), { version: 1 }),
        await aHead(store, hold.ctx(), { version: 2 }),
        await aHead(store, hold.ctx(), { version: 3 }),
      ];
      expect(await store.putHead(hold.ctx(), two, 1)).toBe(false);
      expect(await store.putHead(hold.ctx(), one, 0)).toBe(true);
      expect(await store.putHead(hold.ctx(), one, 0)).toBe(false);
      expect(await store.putHead(hold.ctx(), three, 2)).toBe(false);
      expect(await store.putHead(hold.ctx(), two, 1)).toBe(true);
      const { head } = await store.readHead(hold.ctx(), 'a1', 'summary');
      expect(head?.info.version).toBe(2);
    });

    it('never go down, whatever is expected', async () => {
      const two = await aHead(hold.store, hold.ctx(), { version: 2 });
      await hold.store.putHead(hold.ctx(), two, 0);
      const again = await aHead(hold.store, hold.ctx(), { version: 2 });
      const lower = await aHead(hold.store, hold.ctx(), { version: 1 });
      for (const head of [again, lower]) {
        await expect(hold.store.putHead(hold.ctx(), head, 2)).rejects.toMatchObject({
          code: 'internal',
        });
      }
    });

    it.each([0, 1])('of 20 writers at once that expect %i exactly one wins', async (expected) => {
      const { store } = hold;
      if (expected === 1) await putOutput(store, hold.ctx());
      const heads = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          aHead(store, hold.ctx(), { version: expected + 1, text: `"writer ${n}"` }),
        ),
      );
      const won = await Promise.all(heads.map((head) => store.putHead(hold.ctx(), head, expected)));
      expect(won.filter(Boolean)).toHaveLength(1);
      const { head } = await store.readHead(hold.ctx(), 'a1', 'summary');
      expect(head?.info.sha256).toBe(heads[won.indexOf(true)]?.info.sha256);
    });

    it('of 20 writers of the very same head exactly one wins', async () => {
      const head = await aHead(hold.store, hold.ctx());
      const won = await Promise.all(
        Array.from({ length: 20 }, () => hold.store.putHead(hold.ctx(), head, 0)),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    it('that are dead are told as such, and read as missing', async () => {
      const { store } = hold;
      await putOutput(store, hold.ctx());
      const dead = await aHead(store, hold.ctx(), { version: 2, dead: true });
      expect(await store.putHead(hold.ctx(), dead, 1)).toBe(true);
      const { head } = await store.readHead(hold.ctx(), 'a1', 'summary');
      expect(head && told(head)).toEqual(told(dead));
      const [listed] = await store.readHeads(hold.ctx(), [{ articleId: 'a1', kind: 'summary' }]);
      expect(listed).toMatchObject({ dead: true, info: { version: 2 } });
      const reads = await store.getOutputs(hold.ctx(), 'a1', ['summary']);
      expect(reads.get('summary')).toEqual({ status: 'missing' });
      expect((await store.getOutputs(hold.ctx(), 'a1', 'all')).size).toBe(0);
      expect((await store.getOutputsMany(hold.ctx(), ['a1'], 'all')).get('a1')?.size).toBe(0);
      await expect(store.loadOutput(hold.ctx(), dead)).rejects.toMatchObject({ code: 'internal' });
      const revived = await putOutput(store, hold.ctx(), { deletedUpTo: 2 });
      expect(revived.info.version).toBe(3);
      const { head: again } = await store.readHead(hold.ctx(), 'a1', 'summary');
      expect(again && told(again)).toEqual(told(revived));
      const [listedAgain] = await store.readHeads(hold.ctx(), [
        { articleId: 'a1', kind: 'summary' },
      ]);
      expect(listedAgain).toMatchObject({ dead: false, deletedUpTo: 2 });
    });

    it('are removed for good at their version only, however often', async () => {
      await putOutput(hold.store, hold.ctx());
      await hold.store.removeHead(hold.ctx(), 'a1', 'summary', 2);
      expect((await hold.store.readHead(hold.ctx(), 'a1', 'summary')).head).toBeDefined();
      await hold.store.removeHead(hold.ctx(), 'a1', 'summary', 1);
      await hold.store.removeHead(hold.ctx(), 'a1', 'summary', 1);
      expect((await hold.store.readHead(hold.ctx(), 'a1', 'summary')).head).toBeUndefined();
    });
  });

  describe('reads of many heads', () => {
    it('answer every key in order, repeated ones too', async () => {
      await putOutput(hold.store, hold.ctx(), { articleId: 'b', kind: 'x' });
      const keys = ['a', 'b', 'c', 'b'].map((articleId) => ({ articleId, kind: 'x' }));
      const heads = await hold.store.readHeads(hold.ctx(), keys);
      expect(heads.map((head) => (typeof head === 'string' ? head : head.info.articleId))).toEqual([
        'missing',
        'b',
        'missing',
        'b',
      ]);
      expect(await hold.store.readHeads(hold.ctx(), [])).toEqual([]);
    });

    it('answer every kind asked for, and with all what is there', async () => {
      const { store } = hold;
      await putOutput(store, hold.ctx(), { kind: 'summary' });
      await putOutput(store, hold.ctx(), { kind: 'summary-long' });
      await putOutput(store, hold.ctx(), { kind: 'summary' });
      const some = await store.getOutputs(hold.ctx(), 'a1', ['entities', 'summary'], {
        consistent: true,
      });
      expect([...some].map(([kind, read]) => [kind, versionOf(read)])).toEqual([
        ['entities', 'missing'],
        ['summary', 2],
      ]);
      const all = await store.getOutputs(hold.ctx(), 'a1', 'all', { consistent: true });
      expect([...all].map(([kind, read]) => [kind, versionOf(read)]).sort()).toEqual([
        ['summary', 2],
        ['summary-long', 1],
      ]);
      expect((await store.getOutputs(hold.ctx(), 'nobody', 'all')).size).toBe(0);
    });

    it('answer a page of 120 articles by two kinds, and with all', async () => {
      const { store } = hold;
      const ids = Array.from({ length: 120 }, (_, n) => `article-${n}`);
      const head = await aHead(store, hold.ctx());
      await Promise.all(
        ids
          .filter((_, n) => n % 3 === 0)
          .map((articleId) =>
            store.putHead(hold.ctx(), { ...head, info: { ...head.info, articleId } }, 0),
          ),
      );
      const some = await store.getOutputsMany(hold.ctx(), ids, ['summary', 'entities']);
      const all = await store.getOutputsMany(hold.ctx(), ids, 'all');
      expect(some.size).toBe(120);
      expect(all.size).toBe(120);
      ids.forEach((id, n) => {
        expect(versionOf(some.get(id)?.get('summary'))).toBe(n % 3 === 0 ? 1 : 'missing');
        expect(some.get(id)?.get('entities')).toEqual({ status: 'missing' });
        expect(all.get(id)?.size).toBe(n % 3 === 0 ? 1 : 0);
      });
    });

    it('answer an article that is asked for twice, and no article', async () => {
      await putOutput(hold.store, hold.ctx());
      const twice = await hold.store.getOutputsMany(hold.ctx(), ['a1', 'a1'], ['summary']);
      expect(versionOf(twice.get('a1')?.get('summary'))).toBe(1);
      expect((await hold.store.getOutputsMany(hold.ctx(), [], 'all')).size).toBe(0);
      expect((await hold.store.getOutputsMany(hold.ctx(), ['a1'], [])).get('a1')?.size).toBe(0);
    });
  });
}
