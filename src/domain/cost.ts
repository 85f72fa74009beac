import type { DayUse, Use } from './ledger.ts';
import { NO_USE } from './ledger.ts';
import { MONTH_HOURS, type Prices } from './prices.ts';

/** A bill by item, in US dollars. */
export interface Cost {
  readonly aurora: number;
  readonly dataApi: number;
  readonly dynamodb: number;
  readonly functions: number;
  readonly gateway: number;
  readonly storage: number;
  readonly secrets: number;
  readonly total: number;
}

/** Everything that is charged, over a time. */
export interface Consumption {
  readonly use: Use;
  readonly acuHours: number;
  readonly auroraGb: number;
  readonly dynamodbGb: number;
  /** Memory of the functions. */
  readonly functionGb: number;
  /** Hours that storage and secrets are charged for. */
  readonly hours: number;
}

/** The bill for what was consumed. */
export function costOf(consumption: Consumption, prices: Prices): Cost {
  const { use, acuHours, auroraGb, dynamodbGb, functionGb, hours } = consumption;
  const months = hours / MONTH_HOURS;
  const perMillion = (count: number, usd: number): number => (count / 1_000_000) * usd;
  const items = {
    aurora: acuHours * prices.acuHourUsd,
    dataApi: perMillion(use.dataApiUnits, prices.dataApiMillionUsd),
    dynamodb:
      perMillion(use.readUnits, prices.readMillionUsd) +
      perMillion(use.writeUnits, prices.writeMillionUsd),
    functions:
      perMillion(use.functionRuns, prices.functionMillionUsd) +
      (use.functionMs / 1_000) * functionGb * prices.functionGbSecondUsd,
    gateway: perMillion(use.requests, prices.gatewayMillionUsd),
    storage: months * (auroraGb * prices.auroraGbMonthUsd + dynamodbGb * prices.dynamodbGbMonthUsd),
    secrets: months * prices.secretMonthUsd,
  };
  return { ...items, total: Object.values(items).reduce((sum, usd) => sum + usd, 0) };
}

/** Charged calls that a request to the Data API and its answer count as: one for each 32 KB begun. */
export function dataApiUnits(requestBytes = 0, responseBytes = 0): number {
  return Math.max(1, Math.ceil((requestBytes + responseBytes) / (32 * 1024)));
}

/** Adds amounts of use up. */
export function sumUse(uses: Iterable<Use>): Use {
  const sum: Record<keyof Use, number> = { ...NO_USE };
  for (const use of uses) {
    for (const name of Object.keys(sum) as (keyof Use)[]) sum[name] += use[name];
  }
  return sum;
}

const MINUTE_MS = 60_000;

/**
 * Seconds that the cluster was awake, worked out from the minutes in which it was called: from each to the
 * end of the pause delay, counted once, up to `untilMs`. Exact to the minute; maintenance and waking by
 * others are not known here.
 */
export function awakeSeconds(
  days: readonly DayUse[],
  pauseSeconds: number,
  untilMs: number,
): number {
  const called = days.flatMap(({ day, calledMinutes }) =>
    [...calledMinutes].map((minute) => Date.parse(day) + minute * MINUTE_MS),
  );
  let awakeMs = 0;
  let countedMs = Number.NEGATIVE_INFINITY;
  for (const atMs of called.sort((a, b) => a - b)) {
    // The middle of its minute, on average.
    const fromMs = Math.max(atMs + MINUTE_MS / 2, countedMs);
    const toMs = Math.min(atMs + MINUTE_MS / 2 + pauseSeconds * 1_000, untilMs);
    if (toMs > fromMs) awakeMs += toMs - fromMs;
    countedMs = Math.max(countedMs, toMs);
  }
  return awakeMs / 1_000;
}
