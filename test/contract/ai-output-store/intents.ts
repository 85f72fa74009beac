import { describe, expect, it } from 'vitest';
import type { Intent } from '../../../src/domain/index.ts';
import type { Hold } from '../ai-output-store.contract.ts';

export function intentFacts(hold: Hold): void {
  describe('intents', () => {
    it('are read as they were noted', async () => {
      const before = hold.clock.now();
      const ctx = hold.ctx({ requestId: 'r'.repeat(128) });
      const noted = await hold.store.putIntent(ctx, {
        articleId: `A${'.'.repeat(127)}`,
        kind: `k${'_'.repeat(63)}`,
        version: 12,
      });
      expect(noted.createdAtMs).toBeGreaterThanOrEqual(before);
      expect(noted).toMatchObject({ kind: `k${'_'.repeat(63)}`, version: 12 });
      expect(noted.requestId).toBe(ctx.requestId);
      expect(await hold.store.readIntents(hold.ctx(), { limit: 10 })).toEqual([noted]);
    });

    it('come oldest first, as many as asked for', async () => {
      const noted: Intent[] = [];
      for (let n = 0; n < 30; n += 1) {
        const of = { articleId: `a${(n * 7) % 30}`, kind: 'summary', version: n + 1 };
        noted.push(await hold.store.putIntent(hold.ctx(), of));
        hold.clock.advance(1_000);
      }
      expect(await hold.store.readIntents(hold.ctx(), { limit: 100 })).toEqual(noted);
      expect(await hold.store.readIntents(hold.ctx(), { limit: 7 })).toEqual(noted.slice(0, 7));
      expect(await hold.store.readIntents(hold.ctx(), { limit: 0 })).toEqual([]);
    });

    it('are told a page at a time, also behind one that was settled, and with shards that are new', async () => {
      const noted: Intent[] = [];
      const note = async (count: number) => {
        for (let n = 0; n < count; n += 1) {
          const of = { articleId: `a${noted.length}`, kind: 'summary', version: 1 };
          noted.push(await hold.store.putIntent(hold.ctx(), of));
          if (n % 3 === 0) hold.clock.advance(1);
        }
      };
      const after = new Map<number, string>();
      const found: Intent[] = [];
      const page = async (limit: number) => {
        const intents = await hold.store.readIntents(hold.ctx(), { limit, after });
        for (const { shard, key } of intents) after.set(shard, key);
        found.push(...intents);
        return intents;
      };
      await note(40);
      expect(await page(15)).toHaveLength(15);
      await hold.store.settleIntents(hold.ctx(), found.slice(5, 15));
      hold.clock.advance(1);
      await note(20);
      expect(await page(15)).toHaveLength(15);
      expect(await page(100)).toHaveLength(30);
      expect(await page(100)).toEqual([]);
      const keysOf = (intents: readonly Intent[]) => intents.map(({ key }) => key).sort();
      expect(keysOf(found)).toEqual(keysOf(noted));
      expect(found.map(({ createdAtMs }) => createdAtMs)).toEqual(
        noted.map(({ createdAtMs }) => createdAtMs),
      );
      const [one] = noted;
      const behind = await hold.store.readIntents(hold.ctx(), {
        shards: [one?.shard ?? 0],
        limit: 100,
        after: new Map([[one?.shard ?? 0, one?.key ?? '']]),
      });
      const rest = noted.filter((intent) => intent.shard === one?.shard && intent !== one);
      const settled = new Set(found.slice(5, 15).map(({ key }) => key));
      expect(keysOf(behind)).toEqual(keysOf(rest.filter(({ key }) => !settled.has(key))));
    });

    it('of an article lie in one shard, those of many in many', async () => {
      const of = (articleId: string, version: number) =>
        hold.store.putIntent(hold.ctx(), { articleId, kind: 'summary', version });
      const own = await Promise.all([1, 2, 3].map((version) => of('a1', version)));
      expect(new Set(own.map(({ shard }) => shard)).size).toBe(1);
      const many = await Promise.all(Array.from({ length: 64 }, (_, n) => of(`b${n}`, 1)));
      expect(new Set(many.map(({ shard }) => shard)).size).toBeGreaterThan(8);
      const shard = own[0]?.shard ?? 0;
      const read = await hold.store.readIntents(hold.ctx(), { shards: [shard], limit: 100 });
      const expected = [...own, ...many].filter((intent) => intent.shard === shard);
      expect(read.map(({ key }) => key).sort()).toEqual(expected.map(({ key }) => key).sort());
      expect(await hold.store.readIntents(hold.ctx(), { shards: [], limit: 100 })).toEqual([]);
    });

    it('are settled, however often, and leave the others', async () => {
      const noted: Intent[] = [];
      for (let n = 0; n < 60; n += 1) {
        const of = { articleId: `a${n}`, kind: 'summary', version: 1 };
        noted.push(await hold.store.putIntent(hold.ctx(), of));
      }
      const [last, ...done] = [...noted].reverse();
      for (let time = 0; time < 2; time += 1) {
        await hold.store.settleIntents(hold.ctx(), [...done, ...done.slice(0, 3)]);
      }
      expect(await hold.store.readIntents(hold.ctx(), { limit: 100 })).toEqual([last]);
      await hold.store.settleIntents(hold.ctx(), []);
    });

    it('of the same output and version at another time are others', async () => {
      const of = { articleId: 'a1', kind: 'summary', version: 1 };
      const first = await hold.store.putIntent(hold.ctx(), of);
      hold.clock.advance(1_000);
      const second = await hold.store.putIntent(hold.ctx(), of);
      await hold.store.settleIntents(hold.ctx(), [first]);
      expect(await hold.store.readIntents(hold.ctx(), { limit: 10 })).toEqual([second]);
    });
  });
}
