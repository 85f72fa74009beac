import { setMaxListeners } from 'node:events';
import { type Clock, type Context, type Observe, ServiceError } from '../domain/index.ts';
import { LAST_WORDS_MS, MAX_REQUEST_ID_LENGTH, REQUEST_MS } from './limits.ts';

const VISIBLE_ASCII = new RegExp(`^[\\x21-\\x7e]{1,${MAX_REQUEST_ID_LENGTH}}$`);

/** The caller's id of the request if it is 1 to 128 visible ASCII characters, else `fallback`'s. */
export function requestIdOf(request: Request, fallback: () => string): string {
  const given = request.headers.get('x-request-id');
  return given !== null && VISIBLE_ASCII.test(given) ? given : fallback();
}

/** One for all: without a reason an error would be made for each request. */
const ENDED = new Error('The request is over');

/** A context with its clock running. */
export interface RunningContext {
  readonly ctx: Context;
  /** Settles as `work` does, or rejects with `timeout` a little after the deadline; then nothing runs on the clock any more. */
  run<T>(work: Promise<T>): Promise<T>;
}

/** Starts the clock of a request: its signal is aborted at the deadline, at the latest 28 s from now. */
export function startContext(options: {
  readonly clock: Clock;
  readonly requestId: string;
  readonly deadlineMs: number | undefined;
  readonly waitMs: number;
  readonly observe: Observe;
}): RunningContext {
  const { clock, requestId, waitMs, observe } = options;
  const nowMs = clock.now();
  const deadlineMs = Math.min(options.deadlineMs ?? Number.POSITIVE_INFINITY, nowMs + REQUEST_MS);
  const deadline = new AbortController();
  const ended = new AbortController();
  // One listener for each store call under way: a batch has dozens at a time.
  setMaxListeners(0, deadline.signal);
  const ctx: Context = { requestId, deadlineMs, waitMs, signal: deadline.signal, observe };

  async function expire(): Promise<never> {
    await clock.sleep(Math.max(0, deadlineMs - nowMs), ended.signal);
    const error = new ServiceError('timeout', 'http.request', 'There was no answer in time.');
    deadline.abort(error);
    await clock.sleep(LAST_WORDS_MS, ended.signal);
    throw error;
  }

  return {
    ctx,
    async run(work) {
      try {
        return await Promise.race([work, expire()]);
      } finally {
        ended.abort(ENDED);
        work.catch(() => undefined);
      }
    },
  };
}
