import type { Clock } from '../../src/domain/index.ts';

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A clock whose sleepers wake only when the test lets time pass, in order, one after the other. */
export class ManualClock implements Clock {
  private ms = Date.UTC(2026, 0, 1);
  private sleepers: Sleeper[] = [];

  now(): number {
    return this.ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        atMs: this.ms + ms,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.sleepers.push(sleeper);
    });
  }

  /** Lets time pass; whoever wakes runs until it sleeps again before the next one wakes. */
  async advance(ms: number): Promise<void> {
    const endMs = this.ms + ms;
    await settle();
    for (;;) {
      const next = this.sleepers
        .filter((sleeper) => sleeper.atMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.sleepers = this.sleepers.filter((other) => other !== next);
      this.ms = Math.max(this.ms, next.atMs);
      next.wake();
      await settle();
    }
    this.ms = endMs;
  }

  /** Time passes while the process stands still: nobody wakes until the next `advance`. */
  freeze(ms: number): void {
    this.ms += ms;
  }
}

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
