import { describe, expect, it } from 'vitest';
import type { Hold } from '../ai-output-store.contract.ts';
import { aHead, putOutput, randomText, told } from './builders.ts';

export function versionFacts(hold: Hold): void {
  describe('old versions', () => {
    async function putVersions(count: number, kind = 'summary'): Promise<void> {
      for (let n = 1; n <= count; n += 1) {
        await putOutput(hold.store, hold.ctx(), { kind, text: `"${kind} ${n}"` });
      }
    }

    async function listed(before: number, limit: number, kind = 'summary'): Promise<number[]> {
      const query = { before, limit };
      const heads = await hold.store.listVersions(hold.ctx(), 'a1', kind, query);
      return heads.map(({ info }) => info.version);
    }

    it('are kept as they were, with their texts', async () => {
      const first = await putOutput(hold.store, hold.ctx(), {
        text: '"first"',
        producer: { model: 'm' },
      });
      await putOutput(hold.store, hold.ctx(), { text: '"second"' });
      const kept = await hold.store.getVersion(hold.ctx(), 'a1', 'summary', 1);
      if (!kept) throw new Error('not kept');
      expect(told(kept)).toEqual(told(first));
      expect((await hold.store.loadOutput(hold.ctx(), kept)).text).toBe('"first"');
    });

    it('do not hold the latest, and none that never was', async () => {
      await putVersions(2);
      expect(await hold.store.getVersion(hold.ctx(), 'a1', 'summary', 2)).toBeUndefined();
      expect(await hold.store.getVersion(hold.ctx(), 'a1', 'summary', 0)).toBeUndefined();
      expect(await hold.store.getVersion(hold.ctx(), 'a2', 'summary', 1)).toBeUndefined();
      for (const version of [9_999_999_999, 10_000_000_000, Number.MAX_SAFE_INTEGER, 1e23]) {
        expect(await hold.store.getVersion(hold.ctx(), 'a1', 'summary', version)).toBeUndefined();
      }
    });

    it('may be kept again', async () => {
      const first = await putOutput(hold.store, hold.ctx());
      for (let time = 0; time < 2; time += 1) await hold.store.keepVersion(hold.ctx(), first);
      expect(await listed(Number.MAX_SAFE_INTEGER, 10)).toEqual([1]);
    });

    it('are listed newest first, below a version, as many as asked for', async () => {
      await putVersions(12);
      await putVersions(2, 'summary-long');
      expect(await listed(Number.MAX_SAFE_INTEGER, 100)).toEqual([
        11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
      ]);
      expect(await listed(10, 3)).toEqual([9, 8, 7]);
      expect(await listed(1, 3)).toEqual([]);
      expect(await listed(0, 3)).toEqual([]);
      expect(await listed(10, 0)).toEqual([]);
      expect(await listed(10, 3, 'nothing')).toEqual([]);
    });

    it('are listed without texts, which can still be loaded', async () => {
      await putVersions(3);
      const [head] = await hold.store.listVersions(hold.ctx(), 'a1', 'summary', {
        before: 3,
        limit: 1,
      });
      if (!head) throw new Error('not listed');
      expect(head.content.inline).toBeUndefined();
      expect((await hold.store.loadOutput(hold.ctx(), head)).text).toBe('"summary 2"');
    });

    it('are listed whole when they fill several pages', async () => {
      const text = JSON.stringify(randomText(200 * 1024));
      const head = await aHead(hold.store, hold.ctx(), { text });
      for (let version = 1; version <= 9; version += 1) {
        await hold.store.keepVersion(hold.ctx(), { ...head, info: { ...head.info, version } });
      }
      expect(await listed(Number.MAX_SAFE_INTEGER, 9)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
      expect(await listed(9, 7)).toEqual([8, 7, 6, 5, 4, 3, 2]);
    });

    it('are removed up to a version, of one kind, however often', async () => {
      await putVersions(11);
      await putVersions(3, 'summary-long');
      for (let time = 0; time < 2; time += 1) {
        await hold.store.removeVersions(hold.ctx(), 'a1', 'summary', 8);
      }
      expect(await listed(Number.MAX_SAFE_INTEGER, 100)).toEqual([10, 9]);
      expect(await listed(Number.MAX_SAFE_INTEGER, 100, 'summary-long')).toEqual([2, 1]);
    });

    it('keep the large texts of those that stay', async () => {
      const texts = [1, 2, 3].map((seed) => JSON.stringify(randomText(400 * 1024, seed)));
      for (const text of texts) await putOutput(hold.store, hold.ctx(), { text });
      await hold.store.removeVersions(hold.ctx(), 'a1', 'summary', 1);
      const [second, latest] = [
        await hold.store.getVersion(hold.ctx(), 'a1', 'summary', 2),
        (await hold.store.readHead(hold.ctx(), 'a1', 'summary')).head,
      ];
      if (!second || !latest) throw new Error('removed too much');
      expect((await hold.store.loadOutput(hold.ctx(), second)).text === texts[1]).toBe(true);
      expect((await hold.store.loadOutput(hold.ctx(), latest)).text === texts[2]).toBe(true);
    });
  });
}
