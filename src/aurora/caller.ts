import {
  type Breaker,
  type CallOutcome,
  type Clock,
  type Context,
  type Observe,
  type Random,
  type ServiceError,
  underDeadline,
} from '../domain/index.ts';
import { cancelled, circuitOpen, type Trouble, timedOut, translateError } from './errors.ts';
import {
  ANSWER_MARGIN_MS,
  CALL_MS,
  MAX_SENDS,
  RETRY_BASE_MS,
  ROLLBACK_GRACE_MS,
  THROTTLED_BASE_MS,
} from './limits.ts';
import type { Wake } from './wake.ts';

/** One operation of a caller's: everything that its statements are sent under. */
export interface Scope {
  readonly ctx: Context;
  readonly op: string;
  readonly repeatable: boolean;
}

export interface Call {
  /** The vendor's operation, such as `ExecuteStatement`. */
  readonly operation: string;
  /** In a transaction nothing is sent twice: its state would be unknown. */
  readonly inTransaction: boolean;
}

/** Filled by the transport, where it knows. */
export interface Meter {
  requestBytes?: number;
  responseBytes?: number;
}

const NEVER = new AbortController().signal;

export type Send<T> = (signal: AbortSignal, meter: Meter) => Promise<T>;

/**
 * Sends calls under their context: waits for a sleeping cluster, ends them at the deadline, repeats what
 * does no harm to repeat, tells what happened, and throws nothing but `ServiceError`.
 */
export interface Caller {
  call<T>(scope: Scope, call: Call, send: Send<T>): Promise<T>;
  /** The same scope with a little time left, whatever its deadline and its caller: to roll back. */
  inGrace(scope: Scope): Scope;
}

export function createCaller(parts: {
  readonly clock: Clock;
  readonly random: Random;
  readonly wake: Wake;
  readonly breaker: Breaker;
}): Caller {
  const { clock, random, wake, breaker } = parts;

  /** One send; what went wrong is answered, not thrown. */
  async function attempt<T>(
    scope: Scope,
    call: Call,
    send: Send<T>,
  ): Promise<{ readonly value: T } | { readonly trouble: Trouble }> {
    const { ctx, op } = scope;
    const ended = breaker.admit();
    if (ended === undefined) {
      ctx.observe({ kind: 'event', name: 'aurora_circuit_open' });
      return { trouble: circuitOpen(op) };
    }
    const startedMs = clock.now();
    const meter: Meter = {};
    const tell = (outcome: 'ok' | 'error' | 'resuming'): void =>
      tellCall(ctx.observe, call.operation, clock.now() - startedMs, outcome, meter);
    try {
      const value = await underDeadline(clock, ctx, limitOf(op), (signal) => send(signal, meter));
      tell('ok');
      ended('ok');
      wake.answered(ctx.observe);
      return { value };
    } catch (thrown) {
      const trouble = translateError(op, thrown);
      tell(trouble.resuming ? 'resuming' : 'error');
      ended(outcomeOf(trouble));
      if (trouble.answered) wake.answered(ctx.observe);
      return { trouble };
    }
  }

  function mayRepeat(trouble: Trouble, scope: Scope, call: Call): boolean {
    if (trouble.repeat === 'always') return !call.inTransaction || trouble.throttled;
    return trouble.repeat === 'if_repeatable' && scope.repeatable && !call.inTransaction;
  }

  return {
    inGrace(scope) {
      const deadlineMs = Math.max(scope.ctx.deadlineMs, clock.now() + ROLLBACK_GRACE_MS);
      return { ...scope, ctx: { ...scope.ctx, deadlineMs, signal: NEVER } };
    },

    async call(scope, call, send) {
      const { ctx, op } = scope;
      const waiter = { ctx, op, sinceMs: clock.now() };
      for (let sends = 1; ; ) {
        checkAlive(clock, ctx, op);
        const over = call.inTransaction ? (): void => undefined : await wake.admit(waiter);
        const result = await attempt(scope, call, send);
        if ('value' in result) {
          over();
          return result.value;
        }
        const { trouble } = result;
        if (trouble.resuming && !call.inTransaction) {
          // The loop must run before others are let through, or they would all ask too.
          const awake = wake.resuming(waiter, trouble.error.cause);
          over();
          await awake;
          continue;
        }
        over();
        if (sends >= MAX_SENDS || !mayRepeat(trouble, scope, call)) throw final(ctx, op, trouble);
        const base = trouble.throttled ? THROTTLED_BASE_MS : RETRY_BASE_MS;
        const pauseMs = base * 2 ** (sends - 1) * (0.5 + 0.5 * random());
        if (clock.now() + pauseMs >= ctx.deadlineMs) throw final(ctx, op, trouble);
        await clock.sleep(pauseMs, ctx.signal).catch(() => undefined);
        sends += 1;
      }
    },
  };
}

/** What trouble says of Aurora: one that resumes, or that answered with an error of SQL, does not fail. */
function outcomeOf({ resuming, answered, error }: Trouble): CallOutcome {
  if (resuming || error.reason === 'cancelled') return 'neutral';
  return !answered && (error.code === 'unavailable' || error.code === 'timeout') ? 'failed' : 'ok';
}

export function tellCall(
  observe: Observe,
  operation: string,
  ms: number,
  outcome: 'ok' | 'error' | 'resuming',
  meter: Meter,
): void {
  observe({ kind: 'store_call', store: 'aurora', operation, ms, outcome, ...meter });
}

function final(ctx: Context, op: string, { error, misconfigured }: Trouble): ServiceError {
  if (misconfigured !== undefined) {
    const hint = new Error(`Aurora is set up wrongly: ${misconfigured}`, { cause: error.cause });
    ctx.observe({ kind: 'fault', op, error: hint });
  }
  return error;
}

function checkAlive(clock: Clock, ctx: Context, op: string): void {
  if (ctx.signal.aborted) throw cancelled(op, ctx.signal.reason);
  if (clock.now() >= ctx.deadlineMs) throw timedOut(op);
}

function limitOf(op: string): Parameters<typeof underDeadline>[2] {
  return {
    atMostMs: CALL_MS + ANSWER_MARGIN_MS,
    timedOut: () => timedOut(op),
    cancelled: (reason) => cancelled(op, reason),
  };
}
