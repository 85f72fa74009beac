import { setMaxListeners } from 'node:events';
import type { Clock, Context, NewId } from '../domain/index.ts';
import { describeError, type Log, type LogFields } from './log.ts';
import { gather, rounded } from './observe.ts';
import type { UseMeter } from './use-meter.ts';

export interface BackgroundOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Counts what the work asks of the stores, and notes it at the end. */
  readonly meter?: UseMeter;
}

export interface BackgroundTask {
  /** Names it in the log. */
  readonly name: string;
  /** The request's id where it has one. */
  readonly requestId?: string;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
  /** How long it waits for a sleeping Aurora (0). */
  readonly waitMs?: number;
}

/**
 * Runs something that no request waits for, under a deadline of its own, and logs one line about it: its
 * result, how long it took, what it asked of the stores. Rejects as `work` does.
 */
export async function runInBackground<T extends object>(
  { log, clock, newId, meter }: BackgroundOptions,
  { name, requestId = newId(), deadlineMs, waitMs = 0 }: BackgroundTask,
  work: (ctx: Context) => Promise<T>,
): Promise<T> {
  const beganMs = clock.now();
  const observed = gather(log, requestId);
  const count = meter?.count(observed.observe);
  const expired = new AbortController();
  const ended = new AbortController();
  // One listener for each store call under way: a round has dozens at a time.
  setMaxListeners(0, expired.signal);
  clock.sleep(Math.max(0, deadlineMs - beganMs), ended.signal).then(
    () => expired.abort(),
    () => undefined,
  );
  const tell = (level: 'debug' | 'info' | 'error', fields: LogFields): void =>
    log[level](name, {
      requestId,
      ms: rounded(clock.now() - beganMs),
      ...fields,
      ...observed.summary(),
    });
  try {
    const ctx = {
      requestId,
      deadlineMs,
      waitMs,
      signal: expired.signal,
      observe: count?.observe ?? observed.observe,
    };
    const result = await work(ctx).finally(async () => {
      count?.done({ ms: clock.now() - beganMs, isRequest: false });
      await meter?.flush(ctx);
    });
    // Most runs find nothing to do.
    const fields: LogFields = Object.fromEntries(Object.entries(result));
    const idle = Object.values(fields).every((value) => !value || isEmpty(value));
    tell(idle ? 'debug' : 'info', fields);
    return result;
  } catch (error) {
    tell('error', { error: describeError(error) });
    throw error;
  } finally {
    ended.abort();
  }
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
