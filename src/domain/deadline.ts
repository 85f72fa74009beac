import type { Clock, Context } from './context.ts';
import type { ServiceError } from './errors.ts';

/** Ends the timer of a call. One for all: without a reason an error would be made for each. */
const ANSWERED = new Error('The call is over');

/**
 * Runs one store call until the request's deadline, its caller's abort, or `atMostMs`; its signal is aborted
 * then. Errors: what `timedOut` and `cancelled` make, those of `work`.
 */
export async function underDeadline<T>(
  clock: Clock,
  ctx: Context,
  limit: {
    readonly atMostMs: number;
    readonly timedOut: () => ServiceError;
    readonly cancelled: (reason: unknown) => ServiceError;
  },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (ctx.signal.aborted) throw limit.cancelled(ctx.signal.reason);
  const stop = new AbortController();
  const timer = new AbortController();
  let giveUp: (error: ServiceError) => void = () => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = (error) => {
      reject(error);
      stop.abort(error);
    };
  });
  const onAbort = (): void => giveUp(limit.cancelled(ctx.signal.reason));
  ctx.signal.addEventListener('abort', onAbort, { once: true });
  void clock.sleep(Math.min(ctx.deadlineMs - clock.now(), limit.atMostMs), timer.signal).then(
    () => giveUp(limit.timedOut()),
    () => undefined,
  );
  try {
    // Raced, since not all of an SDK heeds the signal: its pauses and fetching credentials do not.
    return await Promise.race([work(stop.signal), givenUp]);
  } finally {
    ctx.signal.removeEventListener('abort', onAbort);
    timer.abort(ANSWERED);
  }
}
