import type { Clock } from '../../src/domain/index.ts';

/** A clock whose sleeps end at once and move the time on; it remembers how long they were. */
export function instantClock(startMs = 1_700_000_000_000): Clock & { readonly sleeps: number[] } {
  let nowMs = startMs;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => nowMs,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      sleeps.push(ms);
      nowMs += ms;
    },
  };
}
