import {
  type AuroraState,
  type Clock,
  type Context,
  MET_ASLEEP,
  type Observe,
  type Random,
  ServiceError,
} from '../domain/index.ts';
import {
  AUTO_PAUSE_SECONDS,
  PROBE_MS,
  WAKE_POLL_MS,
  WAKE_RESERVE_MS,
  WAKE_WAIT_MS,
} from './limits.ts';
import { createResumeTimes, type ResumeTimes } from './resume-times.ts';
import { startWakeLoop, type WakeLoop } from './wake-loop.ts';

export interface WakeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Asks the database once; resolves when it answered. */
  readonly ping: (signal: AbortSignal, observe: Observe) => Promise<void>;
  readonly resumeTimes?: ResumeTimes;
  readonly autoPauseSeconds?: number;
  readonly observe?: Observe;
}

/** Who waits, and how long at most. */
export interface Waiter {
  readonly ctx: Context;
  readonly op: string;
  /** Epoch milliseconds when the call began: waits of one call add up. */
  readonly sinceMs: number;
}

/** Knows whether the cluster is awake, and wakes it: one loop for the whole process. */
export interface Wake {
  state(): AuroraState;
  lastSuccessMs(): number | undefined;
  /**
   * Lets a call through, or waits with it for the cluster as long as it may, or throws `unavailable`
   * (`aurora_asleep`). The function it answers with must be called when the call is over.
   */
  admit(waiter: Waiter): Promise<() => void>;
  /** Takes in that a call found the cluster resuming: waits for it, or throws `unavailable` (`aurora_asleep`). */
  resuming(waiter: Waiter, cause: unknown): Promise<void>;
  /** Takes in what somebody else knows. A loop that is under way finds out by itself. */
  learn(state: 'asleep' | 'unknown'): void;
  /** Takes in that the database answered. */
  answered(observe: Observe): void;
  close(): void;
}

const nothing = (): void => undefined;

export function createWake(options: WakeOptions): Wake {
  const { clock, random } = options;
  const resumeTimes = options.resumeTimes ?? createResumeTimes();
  const autoPauseMs = (options.autoPauseSeconds ?? AUTO_PAUSE_SECONDS) * 1000;

  let known: 'awake' | 'asleep' | 'unknown' = 'unknown';
  let successMs: number | undefined;
  let resumingSinceMs: number | undefined;
  let metAsleep = false;
  let loop: WakeLoop | undefined;
  let probe: { readonly over: Promise<void>; readonly startedMs: number } | undefined;
  let closed = false;

  function state(): AuroraState {
    if (loop) return 'resuming';
    const stale =
      autoPauseMs > 0 && successMs !== undefined && clock.now() - successMs > autoPauseMs;
    return known === 'awake' && stale ? 'unknown' : known;
  }

  function answered(observe: Observe): void {
    successMs = clock.now();
    if (known === 'awake' || loop) return;
    known = 'awake';
    resumingSinceMs = undefined;
    if (metAsleep) resumeTimes.awoke?.();
    metAsleep = false;
    (options.observe ?? observe)({ kind: 'aurora_state', state: 'awake' });
  }

  function begin(ctx: Context): WakeLoop {
    const observe = options.observe ?? ctx.observe;
    const startedMs = clock.now();
    resumingSinceMs ??= startedMs;
    metAsleep = true;
    observe({ kind: 'aurora_state', state: 'resuming' });
    const started = startWakeLoop({
      clock,
      random,
      ping: (signal) => options.ping(signal, observe),
      endMs: startedMs + WAKE_WAIT_MS,
    });
    void started.outcome.then(({ awake, polledAllAlong }) => {
      if (loop === started) loop = undefined;
      if (closed) return;
      if (!awake) {
        known = 'asleep';
        observe({ kind: 'aurora_state', state: 'asleep' });
        return;
      }
      const seconds = (clock.now() - (resumingSinceMs ?? startedMs)) / 1000;
      resumingSinceMs = undefined;
      successMs = clock.now();
      known = 'awake';
      metAsleep = false;
      // A process frozen between requests would take its own sleep for the cluster's.
      if (polledAllAlong) resumeTimes.record(seconds);
      else resumeTimes.awoke?.();
      if (polledAllAlong) {
        const atMs = clock.now();
        observe({ kind: 'metric', name: 'ResumeSeconds', value: seconds, unit: 'Seconds', atMs });
      }
      observe({
        kind: 'aurora_state',
        state: 'awake',
        ...(polledAllAlong ? { resumeSeconds: seconds } : {}),
      });
    });
    return started;
  }

  function asleep(op: string, cause?: unknown): ServiceError {
    const elapsed = (clock.now() - (resumingSinceMs ?? clock.now())) / 1000;
    const seconds = Math.ceil(resumeTimes.expectedSeconds() - elapsed);
    const soonest = WAKE_POLL_MS[WAKE_POLL_MS.length - 1] as number;
    return new ServiceError('unavailable', op, 'Aurora was asleep and is waking up.', {
      reason: 'aurora_asleep',
      retryAfterSeconds: Math.max(seconds, soonest / 1000),
      cause,
    });
  }

  /** Waits for the loop as long as the waiter may. */
  async function join(joined: WakeLoop, waiter: Waiter, cause?: unknown): Promise<void> {
    const { ctx, op, sinceMs } = waiter;
    ctx.observe({ kind: 'event', name: MET_ASLEEP });
    const loaded = resumeTimes.load?.(ctx);
    const untilMs = Math.min(
      sinceMs + Math.min(ctx.waitMs, WAKE_WAIT_MS),
      ctx.deadlineMs - WAKE_RESERVE_MS,
    );
    joined.extend(untilMs);
    // A late poll means that the process was frozen: ask at once, the cluster may have been awake for long.
    if (joined.isOverdue()) {
      const answerMs = ctx.deadlineMs - WAKE_RESERVE_MS;
      if (await within(clock, joined.pollNow(), ctx, answerMs)) return;
    }
    if (untilMs <= clock.now()) {
      await loaded;
      throw asleep(op, cause);
    }
    const awake = await within(
      clock,
      joined.outcome.then((outcome) => outcome.awake),
      ctx,
      untilMs,
    );
    if (!awake) throw asleep(op, cause);
  }

  return {
    state,
    lastSuccessMs: () => successMs,
    answered,

    learn(told) {
      if (loop) return;
      known = told;
      metAsleep ||= told === 'asleep';
      successMs = undefined;
    },

    async admit(waiter) {
      if (loop) await join(loop, waiter);
      if (loop || state() === 'awake') return nothing;
      // Nothing is known: one call goes ahead, so that a sleeping cluster is not asked by all at once.
      if (probe) {
        const { over, startedMs } = probe;
        const untilMs = Math.min(startedMs + PROBE_MS, waiter.ctx.deadlineMs);
        await within(
          clock,
          over.then(() => true),
          waiter.ctx,
          untilMs,
        );
        if (loop) await join(loop, waiter);
        return nothing;
      }
      let finish = nothing;
      const mine = {
        startedMs: clock.now(),
        over: new Promise<void>((resolve) => {
          finish = () => {
            if (probe === mine) probe = undefined;
            resolve();
          };
        }),
      };
      probe = mine;
      return finish;
    },

    async resuming(waiter, cause) {
      loop ??= begin(waiter.ctx);
      await join(loop, waiter, cause);
    },

    close() {
      closed = true;
      loop?.stop();
    },
  };
}

/** What `promise` resolves to, or false at `untilMs` or when the context is aborted. */
async function within(
  clock: Clock,
  promise: Promise<boolean>,
  ctx: Context,
  untilMs: number,
): Promise<boolean> {
  const timer = new AbortController();
  const giveUp = (): void => timer.abort();
  ctx.signal.addEventListener('abort', giveUp, { once: true });
  try {
    const ms = Math.max(0, Math.min(untilMs - clock.now(), WAKE_WAIT_MS * 2));
    const late = clock.sleep(ms, timer.signal).then(
      () => false,
      () => false,
    );
    return await Promise.race([promise, late]);
  } finally {
    ctx.signal.removeEventListener('abort', giveUp);
    timer.abort();
  }
}
