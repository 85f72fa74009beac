import {
  type AiOutputStore,
  type Clock,
  type Context,
  IDEMPOTENCY_HOURS,
  JsonText,
} from '../../src/domain/index.ts';

const HOUR_MS = 3_600_000;

interface Request {
  requestHash: string;
  answer?: string;
  begunAtMs: number;
  requestId: string;
  expiresAtMs: number;
}

/** Requests and their answers, kept in memory. */
export function fakeIdempotency({
  clock,
  check,
}: {
  readonly clock: Clock;
  readonly check: (ctx: Context, op: string) => void;
}): Pick<AiOutputStore, 'beginIdempotent' | 'finishIdempotent' | 'abandonIdempotent'> {
  const requests = new Map<string, Request>();

  function open(key: string): Request | undefined {
    const request = requests.get(key);
    return request && request.expiresAtMs > clock.now() ? request : undefined;
  }

  return {
    async beginIdempotent(ctx, { key, requestHash }, staleMs) {
      check(ctx, 'beginIdempotent');
      const there = open(key);
      if (there) {
        if (there.requestHash !== requestHash) return { state: 'key_reused' };
        if (there.answer !== undefined) {
          return { state: 'done', answer: new JsonText(there.answer) };
        }
        if (there.begunAtMs > clock.now() - staleMs) return { state: 'in_progress' };
      }
      requests.set(key, {
        requestHash,
        begunAtMs: clock.now(),
        requestId: ctx.requestId,
        expiresAtMs: clock.now() + IDEMPOTENCY_HOURS * HOUR_MS,
      });
      return { state: 'begun' };
    },

    async finishIdempotent(ctx, { key, requestHash }, answer) {
      check(ctx, 'finishIdempotent');
      const there = open(key);
      if (there && (there.answer !== undefined || there.requestHash !== requestHash)) return;
      requests.set(key, {
        requestHash,
        begunAtMs: clock.now(),
        requestId: ctx.requestId,
        answer: answer.text,
        expiresAtMs: clock.now() + IDEMPOTENCY_HOURS * HOUR_MS,
      });
    },

    async abandonIdempotent(ctx, { key, requestHash }) {
      check(ctx, 'abandonIdempotent');
      const there = requests.get(key);
      const own = there?.requestHash === requestHash && there.requestId === ctx.requestId;
      if (own && there.answer === undefined) requests.delete(key);
    },
  };
}
