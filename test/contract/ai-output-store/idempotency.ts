import { describe, expect, it } from 'vitest';
import { type IdempotencyKey, JsonText } from '../../../src/domain/index.ts';
import type { Hold } from '../ai-output-store.contract.ts';
import { randomText, sha256 } from './builders.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const KEY: IdempotencyKey = { key: sha256('key'), requestHash: sha256('body') };
const OTHER_BODY: IdempotencyKey = { ...KEY, requestHash: sha256('another body') };

export function idempotencyFacts(hold: Hold): void {
  describe('keys of requests', () => {
    const begin = (key = KEY, requestId = 'first') =>
      hold.store.beginIdempotent(hold.ctx({ requestId }), key, MINUTE_MS);

    it('are begun once, and then in progress', async () => {
      expect(await begin()).toEqual({ state: 'begun' });
      expect(await begin()).toEqual({ state: 'in_progress' });
      expect(await begin({ ...KEY, key: sha256('another key') })).toEqual({ state: 'begun' });
    });

    it('are begun by exactly one of 20 at once', async () => {
      const states = await Promise.all(Array.from({ length: 20 }, () => begin()));
      expect(states.filter(({ state }) => state === 'begun')).toHaveLength(1);
      expect(states.filter(({ state }) => state === 'in_progress')).toHaveLength(19);
    });

    it('tell the answer as it was, small or large, for 24 hours', async () => {
      for (const text of ['{"n":1e400, "__proto__":[]}', JSON.stringify(randomText(900_000))]) {
        const key = { ...KEY, key: sha256(text) };
        await begin(key);
        await hold.store.finishIdempotent(hold.ctx(), key, new JsonText(text));
        hold.clock.advance(23 * HOUR_MS);
        const done = await begin(key);
        expect(done.state === 'done' && done.answer.text === text).toBe(true);
        hold.clock.advance(HOUR_MS + 2_000);
        expect(await begin(key)).toEqual({ state: 'begun' });
      }
    });

    it('used with another body are told, begun or done', async () => {
      await begin();
      expect(await begin(OTHER_BODY)).toEqual({ state: 'key_reused' });
      await hold.store.finishIdempotent(hold.ctx(), KEY, new JsonText('1'));
      expect(await begin(OTHER_BODY)).toEqual({ state: 'key_reused' });
    });

    it('that were abandoned may begin again', async () => {
      await begin();
      await hold.store.abandonIdempotent(hold.ctx({ requestId: 'first' }), KEY);
      await hold.store.abandonIdempotent(hold.ctx({ requestId: 'first' }), KEY);
      expect(await begin()).toEqual({ state: 'begun' });
    });

    it('whose request died may begin again after a while, not before', async () => {
      await begin();
      hold.clock.advance(MINUTE_MS - 5_000);
      expect(await begin()).toEqual({ state: 'in_progress' });
      hold.clock.advance(6_000);
      expect(await begin(OTHER_BODY)).toEqual({ state: 'key_reused' });
      expect(await begin()).toEqual({ state: 'begun' });
      expect(await begin()).toEqual({ state: 'in_progress' });
    });

    it('are not given free by a run that was thought dead', async () => {
      await begin(KEY, 'first');
      hold.clock.advance(MINUTE_MS + 1_000);
      await begin(KEY, 'second');
      await hold.store.abandonIdempotent(hold.ctx({ requestId: 'first' }), KEY);
      expect(await begin(KEY, 'third')).toEqual({ state: 'in_progress' });
    });

    it('keep the first answer', async () => {
      await begin();
      await hold.store.finishIdempotent(hold.ctx(), KEY, new JsonText('"first"'));
      await hold.store.finishIdempotent(hold.ctx(), KEY, new JsonText('"second"'));
      await hold.store.abandonIdempotent(hold.ctx({ requestId: 'first' }), KEY);
      expect(await begin()).toMatchObject({ state: 'done', answer: { text: '"first"' } });
    });
  });
}
