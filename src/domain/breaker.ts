import type { Clock } from './context.ts';

/** Opens when so many of at least so many calls within so long failed; tries again so long after it opened. */
const WINDOW_MS = 10_000;
const LEAST_CALLS = 20;
const FAILED_SHARE = 0.5;
const OPEN_MS = 2_000;

/** The window moves in steps of this. */
const STEP_MS = 1_000;

/** What became of a call: `neutral` says nothing about the store, such as one that its caller gave up. */
export type CallOutcome = 'ok' | 'failed' | 'neutral';

/**
 * Keeps calls from a store that fails, so that requests end at once and the store has room to recover. One
 * a store and process.
 */
export interface Breaker {
  /**
   * What the caller has to tell how its call ended, exactly once; undefined when no call may be made now:
   * the store fails, and another call is finding out whether it still does, or it is too early to.
   */
  admit(): ((outcome: CallOutcome) => void) | undefined;
  /** Whether calls are kept away. */
  isOpen(): boolean;
}

interface Step {
  readonly startMs: number;
  calls: number;
  failed: number;
}

export function createBreaker(clock: Clock): Breaker {
  let steps: Step[] = [];
  let openedAtMs: number | undefined;
  let probing = false;

  function count(outcome: 'ok' | 'failed'): void {
    const nowMs = clock.now();
    steps = steps.filter(({ startMs }) => nowMs - startMs < WINDOW_MS);
    let last = steps.at(-1);
    if (last === undefined || nowMs - last.startMs >= STEP_MS) {
      last = { startMs: nowMs, calls: 0, failed: 0 };
      steps.push(last);
    }
    last.calls += 1;
    if (outcome === 'failed') last.failed += 1;
    const calls = steps.reduce((sum, step) => sum + step.calls, 0);
    const failed = steps.reduce((sum, step) => sum + step.failed, 0);
    if (calls >= LEAST_CALLS && failed >= calls * FAILED_SHARE) openedAtMs = nowMs;
  }

  function probe(outcome: CallOutcome): void {
    probing = false;
    if (outcome === 'neutral') return;
    steps = [];
    openedAtMs = outcome === 'ok' ? undefined : clock.now();
  }

  return {
    isOpen: () => openedAtMs !== undefined,
    admit() {
      if (openedAtMs !== undefined) {
        if (probing || clock.now() - openedAtMs < OPEN_MS) return undefined;
        probing = true;
        return probe;
      }
      return (outcome) => {
        // A call from before it opened tells nothing new.
        if (outcome !== 'neutral' && openedAtMs === undefined) count(outcome);
      };
    },
  };
}
