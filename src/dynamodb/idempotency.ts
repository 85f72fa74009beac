import type { AiOutputStore, Clock, Context, NewId } from '../domain/index.ts';
import { IDEMPOTENCY_HOURS, JsonText } from '../domain/index.ts';
import { secondsOf } from './article-item.ts';
import type { Calls } from './calls.ts';
import { sha256Of, utf8Text } from './codec.ts';
import { demanded, type Item, numberOf, stringOf } from './item.ts';
import { ANSWER, idempotencyKey } from './keys.ts';
import { contentAttributes, parseContent, type Texts } from './texts.ts';

type Idempotency = Pick<
  AiOutputStore,
  'beginIdempotent' | 'finishIdempotent' | 'abandonIdempotent'
>;

/** Keys of requests with their answers: begun, then done, gone after a day. */
export function createIdempotency(parts: {
  readonly calls: Calls;
  readonly texts: Texts;
  readonly clock: Clock;
  readonly newId: NewId;
}): Idempotency {
  const { calls, texts, clock, newId } = parts;

  const expiresAt = (): number => secondsOf(clock.now()) + IDEMPOTENCY_HOURS * 3_600;

  async function answerOf(ctx: Context, op: string, item: Item): Promise<JsonText> {
    const text = await texts.load(
      ctx,
      op,
      demanded(stringOf(item, 'pk'), item, 'pk'),
      parseContent(item),
      {
        sizeBytes: demanded(numberOf(item, 'sizeBytes'), item, 'sizeBytes'),
        sha256: demanded(stringOf(item, 'sha256'), item, 'sha256'),
      },
    );
    return new JsonText(utf8Text(text));
  }

  return {
    async beginIdempotent(ctx, { key, requestHash }, staleMs) {
      const op = 'dynamodb.beginIdempotent';
      const nowMs = clock.now();
      const writer = newId();
      const begun: Item = {
        ...idempotencyKey(key),
        state: 'begun',
        requestHash,
        begunAtMs: nowMs,
        requestId: ctx.requestId,
        writer,
        expiresAt: expiresAt(),
      };
      const put = await calls.put(ctx, op, begun, {
        text: 'attribute_not_exists(#pk) OR #expiresAt <= :now OR (#state = :begun AND #requestHash = :hash AND #begunAtMs <= :stale)',
        values: {
          ':now': secondsOf(nowMs),
          ':begun': 'begun',
          ':hash': requestHash,
          ':stale': nowMs - staleMs,
        },
      });
      if (put.done) return { state: 'begun' };
      const there = put.there ?? {};
      // The SDK sent it again after a lost answer.
      if (stringOf(there, 'writer') === writer) return { state: 'begun' };
      if (stringOf(there, 'requestHash') !== requestHash) return { state: 'key_reused' };
      if (stringOf(there, 'state') !== 'done') return { state: 'in_progress' };
      return { state: 'done', answer: await answerOf(ctx, op, there) };
    },

    async finishIdempotent(ctx, { key, requestHash }, answer) {
      const op = 'dynamodb.finishIdempotent';
      const text = Buffer.from(answer.text, 'utf8');
      const place = idempotencyKey(key);
      const content = await texts.stage(
        ctx,
        op,
        { pk: place.pk, prefix: ANSWER, beside: { expiresAt: expiresAt() } },
        text,
      );
      // The first answer stands: another run of the same request, thought dead, may have been quicker.
      await calls.put(
        ctx,
        op,
        {
          ...place,
          state: 'done',
          requestHash,
          sizeBytes: text.byteLength,
          sha256: sha256Of(text),
          expiresAt: expiresAt(),
          ...contentAttributes(content),
        },
        {
          text: 'attribute_not_exists(#pk) OR #expiresAt <= :now OR (#state = :begun AND #requestHash = :hash)',
          values: { ':now': secondsOf(clock.now()), ':begun': 'begun', ':hash': requestHash },
        },
      );
    },

    async abandonIdempotent(ctx, { key, requestHash }) {
      // Its own run only: one thought dead must not give free the key of its successor.
      await calls.remove(ctx, 'dynamodb.abandonIdempotent', idempotencyKey(key), {
        text: '#state = :begun AND #requestHash = :hash AND #requestId = :request',
        values: { ':begun': 'begun', ':hash': requestHash, ':request': ctx.requestId },
      });
    },
  };
}
