import { describe, expect, it } from 'vitest';
import type { Hold } from '../ai-output-store.contract.ts';
import { aCopy, aHead, putOutput } from './builders.ts';

export function deadlineFacts(hold: Hold): void {
  describe.each([
    ['after the deadline', () => ({ deadlineMs: hold.clock.now() - 1 })],
    ['for a caller who has gone', () => ({ signal: AbortSignal.abort() })],
  ])('%s', (_name, overrides) => {
    it('nothing is read or written', async () => {
      const head = await aHead(hold.store, hold.ctx());
      const late = hold.ctx(overrides());
      const calls = [
        hold.store.getArticle(late, 'a1'),
        hold.store.putArticle(late, aCopy()),
        hold.store.putHead(late, head, 0),
        hold.store.readHead(late, 'a1', 'summary'),
        hold.store.getOutputs(late, 'a1', 'all'),
        hold.store.getOutputsMany(late, ['a1'], 'all'),
        hold.store.readIntents(late, { limit: 1 }),
        hold.store.ping(late),
      ];
      for (const { reason } of (await Promise.allSettled(calls)) as PromiseRejectedResult[]) {
        expect(reason).toMatchObject({ name: 'ServiceError', code: 'timeout' });
      }
      expect((await hold.store.readHead(hold.ctx(), 'a1', 'summary')).article).toBe('unknown');
    });

    it('reads of many keys answer unavailable for each', async () => {
      await putOutput(hold.store, hold.ctx());
      const late = hold.ctx(overrides());
      const keys = ['a1', 'a2'].map((articleId) => ({ articleId, kind: 'summary' }));
      expect(await hold.store.readHeads(late, keys)).toEqual(['unavailable', 'unavailable']);
      const unavailable = new Map([['summary', { status: 'unavailable' }]]);
      expect(await hold.store.getOutputs(late, 'a1', ['summary'])).toEqual(unavailable);
      expect(await hold.store.getOutputsMany(late, ['a1', 'a2'], ['summary'])).toEqual(
        new Map([
          ['a1', unavailable],
          ['a2', unavailable],
        ]),
      );
      const refs = [{ articleId: 'a1', sha256: 'f'.repeat(64) }];
      expect(await hold.store.getBodies(late, refs)).toEqual(
        new Map([['f'.repeat(64), undefined]]),
      );
    });
  });

  it('answers a ping', async () => {
    await expect(hold.store.ping(hold.ctx())).resolves.toBeUndefined();
  });
}
