import {
  type Clock,
  type Context,
  dataApiUnits,
  isServiceError,
  type Ledger,
  MET_ASLEEP,
  NO_USE,
  type Observation,
  type Observe,
  type Use,
  type UseOfDay,
} from '../domain/index.ts';

/** Counts what one request, or one run of a function, asks of the stores. */
export interface UseCount {
  readonly observe: Observe;
  /** So far. */
  use(): Use;
  /** Tells that it is over; `isRequest`: it answered an HTTP request. */
  done(ended: { readonly ms: number; readonly isRequest: boolean }): void;
}

/** Counts what this process asks of the stores, and adds it to the ledger now and then. */
export interface UseMeter {
  count(next: Observe): UseCount;
  /** Tells that a call was made only to keep the cluster awake. */
  pinged(): void;
  /** What is counted and not in the ledger yet. */
  pending(): readonly { readonly day: string; readonly use: UseOfDay }[];
  /**
   * Adds what was counted to the ledger, if a minute has passed since that was done, or `always`. Never
   * rejects: what could not be added is added later. Cost: no call, or 1 (2 at midnight).
   */
  flush(ctx: Context, always?: boolean): Promise<void>;
}

const MINUTE_MS = 60_000;
const FLUSH_MS = 60_000;

/** How long an answer may be kept waiting for it, once a minute. */
const FLUSH_BUDGET_MS = 500;

interface DayCount {
  use: Record<keyof Use, number>;
  auroraRequestsByHour: Map<number, number>;
  coldRequestsByHour: Map<number, number>;
  askedMinutes: Set<number>;
  calledMinutes: Set<number>;
  calledAtMs?: number;
}

export function createUseMeter(parts: {
  readonly ledger: Ledger;
  readonly clock: Clock;
}): UseMeter {
  const { ledger, clock } = parts;
  let days = new Map<string, DayCount>();
  let flushedAtMs = Number.NEGATIVE_INFINITY;

  function dayAt(atMs: number): DayCount {
    const day = new Date(atMs).toISOString().slice(0, 10);
    const there = days.get(day);
    if (there) return there;
    const made: DayCount = {
      use: { ...NO_USE },
      auroraRequestsByHour: new Map(),
      coldRequestsByHour: new Map(),
      askedMinutes: new Set(),
      calledMinutes: new Set(),
    };
    days.set(day, made);
    return made;
  }

  function addToDay(use: Use): void {
    const { use: sum } = dayAt(clock.now());
    for (const name of Object.keys(sum) as (keyof Use)[]) sum[name] += use[name];
  }

  return {
    count(next) {
      const use: Record<keyof Use, number> = { ...NO_USE };
      let wantsAurora = false;
      let metAsleep = false;
      let ended = false;
      return {
        observe(observation) {
          const atMs = clock.now();
          // A wake loop goes on after the request that began it.
          addTo(ended ? dayAt(atMs).use : use, observation);
          if (isAuroraCall(observation)) {
            wantsAurora = true;
            const day = dayAt(atMs);
            day.calledMinutes.add(minuteOf(atMs));
            if (observation.outcome === 'ok') day.calledAtMs = atMs;
          }
          if (observation.kind === 'event' && observation.name === MET_ASLEEP) {
            wantsAurora = true;
            metAsleep = true;
          }
          next(observation);
        },

        use: () => ({ ...use }),

        done({ ms, isRequest }) {
          const atMs = clock.now();
          use.functionRuns += 1;
          use.functionMs += ms;
          if (isRequest) {
            use.requests += 1;
            const hour = Math.floor(minuteOf(atMs) / 60);
            const day = dayAt(atMs);
            if (wantsAurora) {
              use.auroraRequests += 1;
              addAt(day.auroraRequestsByHour, hour);
              day.askedMinutes.add(minuteOf(atMs));
            }
            if (metAsleep) {
              use.coldRequests += 1;
              addAt(day.coldRequestsByHour, hour);
            }
          }
          addToDay(use);
          ended = true;
        },
      };
    },

    pinged() {
      dayAt(clock.now()).use.warmPings += 1;
    },

    pending: () => [...days].map(([day, use]) => ({ day, use })),

    async flush(ctx, always = false) {
      const nowMs = clock.now();
      if (days.size === 0 || (!always && nowMs - flushedAtMs < FLUSH_MS)) return;
      flushedAtMs = nowMs;
      const taken = days;
      days = new Map();
      const deadlineMs = Math.min(ctx.deadlineMs, nowMs + FLUSH_BUDGET_MS);
      for (const [day, use] of taken) {
        try {
          await ledger.addUse({ ...ctx, deadlineMs }, day, use);
        } catch (error) {
          if (!isServiceError(error) || error.code === 'internal') {
            ctx.observe({ kind: 'fault', op: 'use.flush', error });
          }
          const meanwhile = days.get(day);
          days.set(day, meanwhile ? merged(use, meanwhile) : use);
        }
      }
    },
  };
}

function isAuroraCall(
  observation: Observation,
): observation is Extract<Observation, { kind: 'store_call' }> {
  return observation.kind === 'store_call' && observation.store === 'aurora';
}

function addTo(use: Record<keyof Use, number>, observation: Observation): void {
  if (observation.kind === 'aurora_state' && observation.resumeSeconds !== undefined) {
    use.resumes += 1;
  }
  if (observation.kind !== 'store_call') return;
  if (observation.store === 'aurora') {
    use.dataApiCalls += 1;
    use.dataApiUnits += dataApiUnits(observation.requestBytes, observation.responseBytes);
  } else {
    use.readUnits += observation.readUnits ?? 0;
    use.writeUnits += observation.writeUnits ?? 0;
  }
}

/** Of the UTC day. */
function minuteOf(atMs: number): number {
  return Math.floor(atMs / MINUTE_MS) % 1_440;
}

function addAt(counts: Map<number, number>, hour: number, count = 1): void {
  counts.set(hour, (counts.get(hour) ?? 0) + count);
}

function merged(a: DayCount, b: DayCount): DayCount {
  for (const name of Object.keys(a.use) as (keyof Use)[]) a.use[name] += b.use[name];
  for (const [hour, count] of b.auroraRequestsByHour) addAt(a.auroraRequestsByHour, hour, count);
  for (const [hour, count] of b.coldRequestsByHour) addAt(a.coldRequestsByHour, hour, count);
  for (const minute of b.askedMinutes) a.askedMinutes.add(minute);
  for (const minute of b.calledMinutes) a.calledMinutes.add(minute);
  if (b.calledAtMs !== undefined) a.calledAtMs = b.calledAtMs;
  return a;
}
