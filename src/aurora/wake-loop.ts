import type { Clock, Random } from '../domain/index.ts';
import { WAKE_PING_MS, WAKE_POLL_MS } from './limits.ts';

export interface WakeLoopOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Resolves when the database answered. */
  readonly ping: (signal: AbortSignal) => Promise<void>;
  /** Epoch milliseconds after which it gives up, unless extended. */
  readonly endMs: number;
}

export interface WakeOutcome {
  readonly awake: boolean;
  /** False when the process stood still in between, so that the time it took says nothing. */
  readonly polledAllAlong: boolean;
}

/** Asks a resuming database again and again until it answers. */
export interface WakeLoop {
  readonly outcome: Promise<WakeOutcome>;
  /** Goes on until then, at least. */
  extend(endMs: number): void;
  /** Whether the next poll should have happened by now: the process was frozen. */
  isOverdue(): boolean;
  /** Polls without waiting; resolves to whether the database answered. */
  pollNow(): Promise<boolean>;
  stop(): void;
}

/** Lateness that a busy process may have; more means that it was frozen. */
const SLACK_MS = 1_000;

/** Starts the loop; its first poll comes after the first pause. */
export function startWakeLoop(options: WakeLoopOptions): WakeLoop {
  const { clock, random } = options;
  const stopped = new AbortController();
  let { endMs } = options;
  let polls = 0;
  let nextMs = 0;
  let polledAllAlong = true;
  let polling: Promise<boolean> | undefined;
  let cutPause = new AbortController();

  function poll(): Promise<boolean> {
    polling ??= pingOnce().finally(() => {
      polling = undefined;
    });
    return polling;
  }

  async function pingOnce(): Promise<boolean> {
    if (isLate()) polledAllAlong = false;
    const limit = new AbortController();
    const abort = (): void => limit.abort();
    stopped.signal.addEventListener('abort', abort, { once: true });
    void clock.sleep(WAKE_PING_MS, limit.signal).then(abort, () => undefined);
    try {
      await options.ping(limit.signal);
      return true;
    } catch {
      // Still resuming, or away for a moment while it changes its state: the next poll tells.
      return false;
    } finally {
      stopped.signal.removeEventListener('abort', abort);
      limit.abort();
    }
  }

  function isLate(): boolean {
    return clock.now() > nextMs + SLACK_MS;
  }

  async function pause(): Promise<void> {
    const base = WAKE_POLL_MS[Math.min(polls, WAKE_POLL_MS.length - 1)] as number;
    // Upwards only: the pauses keep the calls under two a second.
    const ms = base * (1 + 0.2 * random());
    polls += 1;
    nextMs = clock.now() + ms;
    cutPause = new AbortController();
    await clock.sleep(ms, cutPause.signal).catch(() => undefined);
  }

  async function run(): Promise<WakeOutcome> {
    while (!stopped.signal.aborted) {
      await pause();
      if (stopped.signal.aborted) break;
      if (await poll()) return { awake: true, polledAllAlong };
      if (clock.now() >= endMs) break;
    }
    return { awake: false, polledAllAlong };
  }

  return {
    outcome: run(),
    extend(untilMs) {
      endMs = Math.max(endMs, untilMs);
    },
    isOverdue: () => polling === undefined && isLate(),
    async pollNow() {
      const answer = poll();
      cutPause.abort();
      return answer;
    },
    stop() {
      stopped.abort();
      cutPause.abort();
    },
  };
}
