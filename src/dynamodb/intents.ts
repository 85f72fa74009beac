import type { AiOutputStore, Clock, Intent } from '../domain/index.ts';
import { type Batches, mapLimited } from './batch.ts';
import type { Calls } from './calls.ts';
import { stringOf } from './item.ts';
import { intentPk, newIntent, parseIntent } from './keys.ts';
import { INTENT_SHARDS } from './limits.ts';

type Intents = Pick<AiOutputStore, 'putIntent' | 'readIntents' | 'settleIntents'>;

/** Attribute of the request that noted an intent: with the longest key and id it stays below half a write unit. */
const REQUEST = 'r';

/** Notes of what Aurora may not know yet: all that it takes to bring it over is in an intent's key. */
export function createIntents(parts: {
  readonly calls: Calls;
  readonly batches: Batches;
  readonly clock: Clock;
}): Intents {
  const { calls, batches, clock } = parts;

  return {
    async putIntent(ctx, of) {
      const { requestId } = ctx;
      const intent = { ...newIntent(of, clock.now()), requestId };
      const key = { pk: intentPk(intent.shard), sk: intent.key };
      await calls.put(ctx, 'dynamodb.putIntent', { ...key, [REQUEST]: requestId });
      return intent;
    },

    /** Consistent: who asks after a write whether anything is pending must hear of it. */
    async readIntents(ctx, { shards, limit, after }) {
      const op = 'dynamodb.readIntents';
      const asked = shards ?? Array.from({ length: INTENT_SHARDS }, (_, shard) => shard);
      const perShard = await mapLimited([...new Set(asked)], async (shard) => {
        const pk = intentPk(shard);
        const intents: Intent[] = [];
        if (limit <= 0) return intents;
        const sk = after?.get(shard);
        const behind = sk === undefined ? undefined : { pk, sk };
        for await (const items of batches.pages(ctx, op, { pk, consistent: true, limit }, behind)) {
          for (const item of items) {
            const intent = parseIntent(pk, stringOf(item, 'sk') ?? '');
            const requestId = stringOf(item, REQUEST);
            if (intent) intents.push(requestId === undefined ? intent : { ...intent, requestId });
          }
          if (intents.length >= limit) break;
        }
        return intents;
      });
      return perShard
        .flat()
        .sort((a, b) => a.createdAtMs - b.createdAtMs)
        .slice(0, limit);
    },

    async settleIntents(ctx, intents) {
      const keys = new Map(
        intents.map(({ shard, key }) => [`${shard} ${key}`, { pk: intentPk(shard), sk: key }]),
      );
      await batches.write(
        ctx,
        'dynamodb.settleIntents',
        [...keys.values()].map((key) => ({ remove: key })),
      );
    },
  };
}
