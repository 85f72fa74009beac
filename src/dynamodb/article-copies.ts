import type { AiOutputStore, Clock } from '../domain/index.ts';
import { timestampFromMs } from '../domain/index.ts';
import { copyItem, parseCopy, parseMark, secondsOf, tombstoneItem } from './article-item.ts';
import type { Batches } from './batch.ts';
import type { Calls } from './calls.ts';
import { unavailable } from './errors.ts';
import { numberOf, stringOf } from './item.ts';
import { articlePk, META, metaKey } from './keys.ts';
import { DELETE_NOTES } from './limits.ts';

type Copies = Pick<
  AiOutputStore,
  | 'getArticle'
  | 'putArticle'
  | 'removeCopy'
  | 'putTombstone'
  | 'markDeleting'
  | 'unmarkDeleting'
  | 'removeArticle'
>;

/** A copy may take the place of none, of an expired tombstone, and of one that is not newer and has no note, or the one that is settled. */
const MAY_COPY = [
  'attribute_not_exists(#pk)',
  '#state = :deleted AND #expiresAt <= :nowSeconds',
  '#state = :live AND #stamp <= :stamp AND attribute_not_exists(#deletingBy)',
]
  .map((each) => `(${each})`)
  .join(' OR ');

const SETTLES = '(#state = :live AND #stamp <= :stamp AND #deletingSince = :settled)';

/** Keeps the note: the delete may be committed after what is copied. */
const RENEW =
  'SET #stamp = :stamp, #copiedAt = :copiedAt, #codec = :codec, #sizeBytes = :sizeBytes, #document = :document';

/** Rounds of `putArticle` against others that change the note meanwhile. */
const MAX_ROUNDS = 5;

/** Longest name of a request in a note. */
const NOTE_LENGTH = 64;

/**
 * The copy of an article, or its tombstone: one item with a state, so that one condition orders copies
 * and deletes. Read consistently, since a tombstone must be seen by whoever comes after it.
 */
export function createArticleCopies(parts: {
  readonly calls: Calls;
  readonly batches: Batches;
  readonly clock: Clock;
}): Copies {
  const { calls, batches, clock } = parts;

  return {
    async getArticle(ctx, id) {
      const op = 'dynamodb.getArticle';
      const item = await calls.get(ctx, op, metaKey(id), { consistent: true });
      try {
        return await parseCopy(item, clock.now());
      } catch (error) {
        // Only a copy: whoever needs the article asks Aurora, and the next relay writes it again.
        ctx.observe({ kind: 'fault', op, error });
        return { state: 'unknown' };
      }
    },

    async putArticle(ctx, article, settled) {
      const op = 'dynamodb.putArticle';
      const nowMs = clock.now();
      const item = await copyItem(article, nowMs);
      for (let round = 0; round < MAX_ROUNDS; round += 1) {
        const put = await calls.put(ctx, op, item, {
          text: settled === undefined ? MAY_COPY : `${MAY_COPY} OR ${SETTLES}`,
          values: {
            ...(settled === undefined ? {} : { ':settled': settled }),
            ':live': 'live',
            ':deleted': 'deleted',
            ':stamp': article.stamp,
            ':nowSeconds': secondsOf(nowMs),
          },
        });
        if (put.done) return;
        const there = put.there ?? {};
        const newer = (numberOf(there, 'stamp') ?? 0) > article.stamp;
        if (stringOf(there, 'state') !== 'live' || newer) return;
        const renewed = await calls.update(ctx, op, metaKey(article.id), RENEW, {
          text: '#state = :live AND #stamp <= :stamp',
          values: {
            ':live': 'live',
            ':stamp': article.stamp,
            ':copiedAt': item.copiedAt,
            ':codec': item.codec,
            ':sizeBytes': item.sizeBytes,
            ':document': item.document,
          },
        });
        if (renewed.done) return;
      }
      throw unavailable(op, new Error('The copy changes too fast'));
    },

    async removeCopy(ctx, id, stamp) {
      await calls.remove(ctx, 'dynamodb.removeCopy', metaKey(id), {
        text: '#state = :live AND #stamp = :stamp',
        values: { ':live': 'live', ':stamp': stamp },
      });
    },

    async putTombstone(ctx, id) {
      const nowMs = clock.now();
      // One that stands is left as it is, or every repeat would prolong it.
      await calls.put(ctx, 'dynamodb.putTombstone', tombstoneItem(id, nowMs), {
        text: 'attribute_not_exists(#pk) OR #state <> :deleted OR #expiresAt <= :nowSeconds',
        values: { ':deleted': 'deleted', ':nowSeconds': secondsOf(nowMs) },
      });
    },

    async markDeleting(ctx, id) {
      const nowMs = clock.now();
      const noted = await calls.update(
        ctx,
        'dynamodb.markDeleting',
        metaKey(id),
        'SET #deletingSince = :now ADD #deletingBy :request',
        {
          text: '#state = :live AND (attribute_not_exists(#deletingBy) OR size(#deletingBy) < :most)',
          values: {
            ':live': 'live',
            ':most': DELETE_NOTES,
            ':now': timestampFromMs(nowMs),
            ':request': new Set([noteOf(ctx.requestId)]),
          },
        },
      );
      if (noted.done) return 'noted';
      // Full of notes, it needs no other; deleted, it is shown to nobody.
      return parseMark(noted.there, nowMs).article === 'unknown' ? 'no_copy' : 'noted';
    },

    async unmarkDeleting(ctx, id) {
      await calls.update(
        ctx,
        'dynamodb.unmarkDeleting',
        metaKey(id),
        'DELETE #deletingBy :request',
        {
          text: '#state = :live',
          values: { ':live': 'live', ':request': new Set([noteOf(ctx.requestId)]) },
        },
      );
    },

    async removeArticle(ctx, id) {
      const op = 'dynamodb.removeArticle';
      const pk = articlePk(id);
      const query = { pk, consistent: true, attributes: ['sk'] };
      for await (const items of batches.pages(ctx, op, query)) {
        const keys = items.map((item) => ({ pk, sk: String(item.sk) }));
        const doomed = keys.filter(({ sk }) => sk !== META);
        await batches.write(
          ctx,
          op,
          doomed.map((key) => ({ remove: key })),
        );
      }
    },
  };
}

function noteOf(requestId: string): string {
  return requestId.slice(0, NOTE_LENGTH) || '-';
}
