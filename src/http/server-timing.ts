import type { Clock, Observation, Observe, Store } from '../domain/index.ts';

/** Adds up the time spent in each store, for `Server-Timing`, while it passes every observation on. */
export class StoreTimings {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #ms: Record<Store, number> = { aurora: 0, dynamodb: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.now();
  }

  observing(next: Observe | undefined): Observe {
    return (observation: Observation) => {
      if (observation.kind === 'store_call') this.#ms[observation.store] += observation.ms;
      next?.(observation);
    };
  }

  /** Calls that ran side by side count once: no store takes longer than the request did. */
  header(): string {
    // The clock counts whole milliseconds, a call's time does not.
    const mostMs = this.#clock.now() - this.#startedMs + 1;
    const told = (store: Store): string => {
      const ms = Math.min(this.#ms[store], mostMs);
      // Nothing but a store that was not asked says 0.
      return `${store};dur=${ms === 0 ? 0 : Math.max(0.1, Number(ms.toFixed(1)))}`;
    };
    return `${told('aurora')}, ${told('dynamodb')}`;
  }
}
