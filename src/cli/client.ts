import { createTandem, type Input, type OperationName, type RawAnswer } from '../client/index.ts';
import type { Clock, Random } from '../domain/index.ts';

/** Statuses that the caller deals with: they are answered at once where others would be tried again. */
export interface SendOptions {
  readonly takes?: readonly number[];
}

export type Reply = RawAnswer;

/** The service does not answer, or does not let us in: nothing further will succeed. */
export class ServiceUnreachable extends Error {
  override readonly name = 'ServiceUnreachable';
}

/** Speaks to a running service. */
export interface Client {
  /**
   * Sends a request until it is answered. A busy or restarting service (429, 502, 503, 504, a broken
   * connection) is waited for, as long as it asks for in `Retry-After`, so a request must do no harm when
   * it is repeated. Errors: `ServiceUnreachable` when that takes too long, and on 401 and 403.
   */
  send<Name extends OperationName>(
    name: Name,
    input: Input<Name>,
    options?: SendOptions,
  ): Promise<Reply>;
}

export interface ClientOptions {
  /** Such as `http://127.0.0.1:3000`. */
  readonly baseUrl: string;
  /** Bearer token. */
  readonly token?: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Told when a request has to wait, with the reason. */
  readonly onTrouble?: (reason: string) => void;
}

/** How long one request is tried again: longer than a restart with recovery, or than Aurora's slowest wake. */
const PATIENCE_MS = 120_000;

/** The same before the service was ever reached: then the address is probably wrong. */
const FIRST_PATIENCE_MS = 5_000;

/** One attempt: longer than the service's own limit of 30 s. */
const ATTEMPT_MS = 60_000;

const BACKOFF = { firstMs: 250, longestMs: 5_000 } as const;

const RETRY_STATUSES: readonly number[] = [429, 502, 503, 504];

export function createClient(options: ClientOptions): Client {
  const { clock, random, onTrouble } = options;
  const base = options.baseUrl.replace(/\/+$/, '');
  const { token } = options;
  const tandem = createTandem({
    baseUrl: base,
    timeoutMs: ATTEMPT_MS,
    headers: { prefer: 'wait=25' },
    ...(token === undefined ? {} : { token }),
  });
  let reached = false;

  async function attempt<Name extends OperationName>(
    name: Name,
    input: Input<Name>,
  ): Promise<Reply | { readonly failure: string }> {
    try {
      return await tandem.send(name, input);
    } catch (error) {
      return { failure: describeFailure(error) };
    }
  }

  return {
    async send(name, input, { takes } = {}) {
      const beganMs = clock.now();
      for (
        let waitMs: number = BACKOFF.firstMs;
        ;
        waitMs = Math.min(waitMs * 2, BACKOFF.longestMs)
      ) {
        const reply = await attempt(name, input);
        let reason: string;
        let pauseMs = waitMs * (0.5 + random() / 2);
        if ('failure' in reply) {
          reason = reply.failure;
        } else {
          reached = true;
          if (reply.status === 401 || reply.status === 403) {
            throw new ServiceUnreachable(`${base} does not let us in: ${describeProblem(reply)}`);
          }
          const isFinal = takes?.includes(reply.status);
          if (isFinal || !RETRY_STATUSES.includes(reply.status)) return reply;
          reason = describeProblem(reply);
          pauseMs = retryAfterMs(reply.headers) ?? pauseMs;
        }
        const patienceMs = reached ? PATIENCE_MS : FIRST_PATIENCE_MS;
        if (clock.now() + pauseMs - beganMs > patienceMs) {
          throw new ServiceUnreachable(`${base} does not answer: ${reason}`);
        }
        onTrouble?.(reason);
        await clock.sleep(pauseMs);
      }
    },
  };
}

/** One line about an error answer: its status, code and detail. */
export function describeProblem(reply: Reply): string {
  const problem = parseObject(reply.text);
  const code = typeof problem.code === 'string' ? ` ${problem.code}` : '';
  const faults = Array.isArray(problem.errors) ? problem.errors.map(describeFault) : [];
  const detail = problem.detail ?? problem.title;
  const text = [...(typeof detail === 'string' ? [detail] : []), ...faults].join(' ');
  return `${reply.status}${code}${text === '' ? '' : `: ${text}`}`;
}

function describeFault(fault: unknown): string {
  const { pointer, parameter, detail } = (fault ?? {}) as { [name: string]: unknown };
  return `[${[pointer ?? parameter, detail].filter((part) => typeof part === 'string').join(': ')}]`;
}

function parseObject(text: string): { [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? (value as { [name: string]: unknown })
      : {};
  } catch {
    return {};
  }
}

function retryAfterMs(headers: Headers): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return seconds >= 0 ? Math.min(Math.max(seconds, 0.1), 60) * 1_000 : undefined;
}

/** `fetch` says "fetch failed" and hides the reason in its cause. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${ATTEMPT_MS / 1_000} s`;
  const { cause } = error;
  if (cause instanceof AggregateError) return describeFailure(cause.errors[0]);
  if (cause instanceof Error) return cause.message || error.message;
  return error.message;
}
