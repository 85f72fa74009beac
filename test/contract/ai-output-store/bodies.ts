import { describe, expect, it } from 'vitest';
import type { Hold } from '../ai-output-store.contract.ts';
import { randomText, sha256 } from './builders.ts';

const MINUTE_MS = 60_000;

export function bodyFacts(hold: Hold): void {
  describe('bodies', () => {
    it.each([
      ['an empty one', ''],
      ['a short one', 'Ein Text.\r\n\tمرحبا 😀'],
      ['1 MiB without pattern', randomText(1024 * 1024)],
      ['1 MiB of emoji', '😀'.repeat(256 * 1024)],
    ])('come back as they were: %s', async (_name, body) => {
      const ref = await hold.store.putBody(hold.ctx(), 'a1', body);
      expect(ref).toEqual({ sha256: sha256(body), sizeBytes: Buffer.byteLength(body) });
      const refs = [{ articleId: 'a1', sha256: ref.sha256 }];
      const bodies = await hold.store.getBodies(hold.ctx(), refs);
      expect(bodies.get(ref.sha256) === body).toBe(true);
      const own = await hold.store.getBodiesOf(hold.ctx(), 'a1');
      expect([...own.keys()]).toEqual([ref.sha256]);
      expect(own.get(ref.sha256) === body).toBe(true);
    });

    it('are answered each, also those that are not there', async () => {
      const one = await hold.store.putBody(hold.ctx(), 'a1', 'one');
      const two = await hold.store.putBody(hold.ctx(), 'a2', 'two');
      const lost = sha256('lost');
      const bodies = await hold.store.getBodies(hold.ctx(), [
        { articleId: 'a1', sha256: one.sha256 },
        { articleId: 'a1', sha256: one.sha256 },
        { articleId: 'a2', sha256: two.sha256 },
        { articleId: 'a2', sha256: lost },
      ]);
      expect([...bodies].sort()).toEqual(
        [
          [one.sha256, 'one'],
          [two.sha256, 'two'],
          [lost, undefined],
        ].sort(),
      );
      expect((await hold.store.getBodies(hold.ctx(), [])).size).toBe(0);
      expect((await hold.store.getBodiesOf(hold.ctx(), 'a3')).size).toBe(0);
    });

    it('may be put again', async () => {
      const first = await hold.store.putBody(hold.ctx(), 'a1', 'same');
      expect(await hold.store.putBody(hold.ctx(), 'a1', 'same')).toEqual(first);
      expect((await hold.store.getBodiesOf(hold.ctx(), 'a1')).size).toBe(1);
    });

    it('are removed but for the one to keep and the young ones, however often', async () => {
      const { store } = hold;
      const large = randomText(900_000);
      const { sha256: keep } = await store.putBody(hold.ctx(), 'a1', 'keep');
      await store.putBody(hold.ctx(), 'a1', 'old');
      await store.putBody(hold.ctx(), 'a1', large);
      await store.putBody(hold.ctx(), 'a1', 'again');
      hold.clock.advance(10 * MINUTE_MS);
      const beforeMs = hold.clock.now() - 5 * MINUTE_MS;
      await store.putBody(hold.ctx(), 'a1', 'young');
      await store.putBody(hold.ctx(), 'a1', 'again');
      for (let time = 0; time < 2; time += 1) {
        await store.removeBodies(hold.ctx(), 'a1', keep, beforeMs);
      }
      const left = await store.getBodiesOf(hold.ctx(), 'a1');
      expect([...left.values()].sort()).toEqual(['again', 'keep', 'young']);
      hold.clock.advance(MINUTE_MS);
      await store.removeBodies(hold.ctx(), 'a1', undefined, hold.clock.now());
      expect((await store.getBodiesOf(hold.ctx(), 'a1')).size).toBe(0);
    });

    it('that are large stay whole when they are kept or put again', async () => {
      const { store } = hold;
      const large = randomText(900_000);
      const { sha256: keep } = await store.putBody(hold.ctx(), 'a1', large);
      hold.clock.advance(10 * MINUTE_MS);
      await store.removeBodies(hold.ctx(), 'a1', keep, hold.clock.now());
      expect((await store.getBodiesOf(hold.ctx(), 'a1')).get(keep) === large).toBe(true);
      const beforeMs = hold.clock.now() - MINUTE_MS;
      await store.putBody(hold.ctx(), 'a1', large);
      await store.removeBodies(hold.ctx(), 'a1', undefined, beforeMs);
      expect((await store.getBodiesOf(hold.ctx(), 'a1')).get(keep) === large).toBe(true);
    });
  });
}
