import {
  type ClusterFacts,
  costOf,
  MONTH_HOURS,
  NEVER_WARM,
  NO_USE,
  type Prices,
  type SimulationResult,
  simulate,
  type Traffic,
  type WarmSchedule,
} from '../../domain/index.ts';

/** A way to run the cluster, and what to call it. */
export interface Plan {
  readonly name: string;
  /** As a short mark in a plot. */
  readonly windows: string;
  readonly schedule: WarmSchedule;
  readonly pauseSeconds: number;
  readonly minAcu: number;
  readonly windowMinAcu: number;
}

export interface PlanResult {
  readonly plan: Plan;
  readonly simulated: SimulationResult;
  /** Of the cluster and of keeping it warm, for a month of 730 hours, in US dollars. */
  readonly monthUsd: number;
  readonly acuHours: number;
  /** Requests that met a sleeping cluster, 0 to 1. */
  readonly coldShare: number;
  /** No other plan is as cheap and leaves as few waiting. */
  readonly onFrontier: boolean;
}

export interface PlanChoices {
  readonly windows: readonly { readonly name: string; readonly schedule: WarmSchedule }[];
  readonly pauseSeconds: readonly number[];
  readonly minAcu: readonly number[];
  readonly windowMinAcu: number;
}

/** Every combination that differs: where the minimum is above 0 there is nothing to pause or to keep awake. */
export function plansOf({ windows, pauseSeconds, minAcu, windowMinAcu }: PlanChoices): Plan[] {
  return minAcu.flatMap((least) =>
    least > 0
      ? [
          {
            name: `at least ${least} ACU`,
            windows: '-',
            schedule: NEVER_WARM,
            pauseSeconds: pauseSeconds[0] ?? 300,
            minAcu: least,
            windowMinAcu: 0,
          },
        ]
      : windows.flatMap(({ name, schedule }) =>
          pauseSeconds.map((seconds) => ({
            name: `${name}, pause after ${seconds} s`,
            windows: name,
            schedule,
            pauseSeconds: seconds,
            minAcu: 0,
            windowMinAcu,
          })),
        ),
  );
}

/** Plays the traffic against each plan; cheapest first. */
export function comparePlans(
  traffic: Traffic,
  plans: readonly Plan[],
  facts: ClusterFacts,
  prices: Prices,
): PlanResult[] {
  const months = (traffic.toMs - traffic.fromMs) / 3_600_000 / MONTH_HOURS;
  const results = plans.map((plan): Omit<PlanResult, 'onFrontier'> => {
    const simulated = simulate(traffic, plan, facts);
    const acuHours = simulated.acuSeconds / 3_600 / months;
    const use = { ...NO_USE, dataApiUnits: (simulated.warmPings + simulated.resumes) / months };
    const { aurora, dataApi } = costOf(
      { use, acuHours, auroraGb: 0, dynamodbGb: 0, functionGb: 0, hours: 0 },
      prices,
    );
    return {
      plan,
      simulated,
      acuHours,
      monthUsd: aurora + dataApi,
      coldShare: simulated.requests === 0 ? 0 : simulated.coldRequests / simulated.requests,
    };
  });
  results.sort((a, b) => a.monthUsd - b.monthUsd || a.coldShare - b.coldShare);
  let least = Number.POSITIVE_INFINITY;
  return results.map((result) => {
    const onFrontier = result.coldShare < least;
    least = Math.min(least, result.coldShare);
    return { ...result, onFrontier };
  });
}

/** The cheapest plan under which no larger share of requests meets a sleeping cluster; `results` cheapest first. */
export function cheapestWithin(
  results: readonly PlanResult[],
  bound: number,
): PlanResult | undefined {
  return results.find(({ coldShare }) => coldShare <= bound);
}
