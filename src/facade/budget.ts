import type { Clock, Context } from '../domain/index.ts';

/**
 * The same context with an earlier end: `reserveMs` before the request's own, so that there is time left
 * to answer with something else, and at most `atMostMs` from now. Waiting for a sleeping Aurora is not
 * cut by `atMostMs`: the caller asked for it.
 */
export function childContext(
  ctx: Context,
  clock: Clock,
  limits: { readonly reserveMs?: number; readonly atMostMs?: number },
): Context {
  const byReserve = ctx.deadlineMs - (limits.reserveMs ?? 0);
  const byBudget = clock.now() + (limits.atMostMs ?? Number.POSITIVE_INFINITY) + ctx.waitMs;
  return { ...ctx, deadlineMs: Math.min(byReserve, byBudget) };
}

/** The same context for a caller who does not wait for Aurora to wake. */
export function withoutWaiting(ctx: Context): Context {
  return ctx.waitMs === 0 ? ctx : { ...ctx, waitMs: 0 };
}

/** Runs `work` over `items`, at most `width` at a time; results in order. Rejects with the first error. */
export async function mapLimited<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}

/**
 * The same function, run for one caller after the other within this process: whoever comes while it runs
 * begins when all before are done, however they ended. For work on a common queue, which two at once would
 * both do.
 */
export function oneAtATime<A extends readonly unknown[], R>(
  run: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const turn = last.then(() => run(...args));
    last = turn.catch(() => undefined);
    return turn;
  };
}
