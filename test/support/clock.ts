import { setMaxListeners } from 'node:events';
import type { Clock, Context, Observation } from '../../src/domain/index.ts';

/** A clock that a test owns: time passes when somebody sleeps, or when the test says so. */
export class TestClock implements Clock {
  private ms: number;

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.ms = startMs;
  }

  now(): number {
    return this.ms;
  }

  advance(ms: number): void {
    this.ms += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.ms += ms;
  }
}

/** A request's context on a test's clock, with what was observed. */
export function aContext(
  clock: Clock,
  overrides: Partial<Context> = {},
): Context & { readonly observed: Observation[] } {
  const observed: Observation[] = [];
  const { signal } = new AbortController();
  // A test may have dozens of store calls under way under one context.
  setMaxListeners(0, signal);
  return {
    requestId: 'test',
    deadlineMs: clock.now() + 28_000,
    waitMs: 0,
    signal,
    observe: (observation) => observed.push(observation),
    ...overrides,
    observed,
  };
}

/** Numbers in [0, 1) from a seed (mulberry32), so that a run can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
