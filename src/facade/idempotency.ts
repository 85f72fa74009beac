import {
  type AiOutputStore,
  type Context,
  type IdempotencyKey,
  type JsonText,
  ServiceError,
} from '../domain/index.ts';
import type { Idempotency } from './service.ts';
import { keyReused, passIfAway } from './trouble.ts';

/**
 * When a request that never finished counts as dead, so that its key may be used again. Longer than any
 * request lives (30 s at API Gateway); shorter would let two run at once.
 */
const ABANDONED_AFTER_MS = 60_000;

/** Keeps the answers of keyed requests in DynamoDB. The work itself must be safe to repeat. */
export function createIdempotency(store: AiOutputStore): Idempotency {
  return {
    async run(ctx: Context, key: IdempotencyKey, work: () => Promise<JsonText>, keeps) {
      const before = await store.beginIdempotent(ctx, key, ABANDONED_AFTER_MS);
      switch (before.state) {
        case 'done':
          return { answer: before.answer, replayed: true };
        case 'key_reused':
          throw keyReused('idempotency.run');
        case 'in_progress':
          throw new ServiceError(
            'conflict',
            'idempotency.run',
            'The first request with this Idempotency-Key is still at work.',
            { reason: 'in_progress', retryAfterSeconds: 1 },
          );
        case 'begun':
          break;
      }
      let answer: JsonText;
      try {
        answer = await work();
      } catch (error) {
        await store.abandonIdempotent(ctx, key).catch(() => undefined);
        throw error;
      }
      if (keeps?.() === false) await store.abandonIdempotent(ctx, key).catch(passIfAway);
      else await store.finishIdempotent(ctx, key, answer);
      return { answer, replayed: false };
    },
  };
}
