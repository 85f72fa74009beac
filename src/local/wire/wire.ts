import { CallCounter, type CallCounts } from './calls.ts';
import { concerns, errorOf, type FaultSpec, type Latency, parseFault } from './fault.ts';
import type { Gate, Verdict } from './gate.ts';
import type { ServiceName } from './services.ts';

export interface WireOptions {
  /** Dates the faults. */
  readonly clock: { now(): number };
  /** Uniform in [0, 1): decides about probabilities and draws latencies. Seed it for the same run again. */
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A fault in force. */
export interface ActiveFault {
  readonly id: string;
  readonly spec: FaultSpec;
  /** Epoch milliseconds. */
  readonly addedAt: number;
  /** How often it has struck. */
  readonly hits: number;
}

/** The wire between the code and both local servers: it counts every HTTP attempt and injects faults. */
export interface Wire {
  /** The gate to hand to one of the servers. */
  gate(service: ServiceName): Gate;
  /**
   * Puts a fault in force and returns its id.
   * Errors: `FaultError`.
   */
  addFault(spec: unknown): string;
  faults(): readonly ActiveFault[];
  clearFaults(): void;
  /** Attempts since the start or the last reset. */
  calls(): CallCounts;
  resetCalls(): void;
}

/**
 * Makes a wire.
 * Several faults combine: their latencies add up, the first added error or `drop: 'before'` ends the
 * attempt, `unprocessed` takes the largest share. A fault that did not get to act is not counted down.
 */
export function createWire(options: WireOptions): Wire {
  const counter = new CallCounter();
  let faults: (ActiveFault & { hits: number })[] = [];
  let nextId = 1;

  function strike(service: ServiceName, operation: string): { verdict: Verdict; waitMs: number } {
    let waitMs = 0;
    let end: Verdict | undefined;
    let dropAfter = false;
    let unprocessed = 0;
    for (const fault of [...faults]) {
      const { spec } = fault;
      if (spec.service !== service || !concerns(spec, operation)) continue;
      if (end && spec.latencyMs === undefined) continue;
      if (spec.probability !== undefined && options.random() >= spec.probability) continue;
      fault.hits += 1;
      if (fault.hits === spec.count) faults = faults.filter((other) => other !== fault);
      if (spec.latencyMs !== undefined) waitMs += drawLatencyMs(spec.latencyMs, options.random);
      const error = errorOf(spec);
      if (spec.drop === 'before') end ??= { kind: 'drop' };
      else if (error) end ??= { kind: 'error', ...error, message: injectedMessage(error.name) };
      if (spec.drop === 'after') dropAfter = true;
      unprocessed = Math.max(unprocessed, spec.unprocessed ?? 0);
    }
    const verdict: Verdict = end ?? {
      kind: 'pass',
      ...(dropAfter ? { drop: 'after' as const } : {}),
      ...(unprocessed > 0 ? { unprocessed } : {}),
    };
    return { verdict, waitMs };
  }

  return {
    gate: (service) => ({
      async arrive({ operation, requestBytes }) {
        counter.arrived(service, operation, requestBytes);
        const { verdict, waitMs } = strike(service, operation);
        if (waitMs > 0) await options.sleep(waitMs);
        return verdict;
      },
      answered({ operation, responseBytes }) {
        counter.answered(service, operation, responseBytes);
      },
    }),
    addFault(input) {
      const spec = parseFault(input);
      const id = `fault-${nextId}`;
      nextId += 1;
      faults.push({ id, spec, addedAt: options.clock.now(), hits: 0 });
      return id;
    },
    faults: () => faults.map((fault) => ({ ...fault })),
    clearFaults() {
      faults = [];
    },
    calls: () => counter.counts(),
    resetCalls: () => counter.reset(),
  };
}

function drawLatencyMs(latency: Latency, random: () => number): number {
  if (typeof latency === 'number') return latency;
  const sigma = Math.log(latency.p99 / latency.p50) / Z_P99;
  return latency.p50 * Math.exp(sigma * drawNormal(random));
}

/** How many standard deviations the 99th percentile of a normal distribution lies above its median. */
const Z_P99 = 2.326_347_874;

/** Box-Muller. */
function drawNormal(random: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

function injectedMessage(name: string): string {
  return `${name}: injected by the local wire`;
}
