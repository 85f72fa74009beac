import { comparePlans, type Plan } from '../../src/cli/cost/plans.ts';
import {
  type ClusterFacts,
  createWarmSchedule,
  NEVER_WARM,
  PRICES,
  parseWarmWindows,
  type WarmSchedule,
} from '../../src/domain/index.ts';
import { printTable } from '../support/table.ts';
import { aTraffic, isBusiness } from '../support/traffic.ts';

const FACTS: ClusterFacts = { resumeSeconds: 15, awakeAcu: 0.5, tickSeconds: 60 };

/** The README's table: a month of two newsrooms under the usual plans, at equal prices. Throws when low traffic costs over a fifth of one ACU. */
export async function run(): Promise<void> {
  const windows = scheduleOf('Mon-Fri 08:00-18:00 UTC');
  const plans: Plan[] = [
    aPlan('one ACU round the clock', NEVER_WARM, 1),
    aPlan('half an ACU round the clock', NEVER_WARM, 0.5),
    aPlan('left alone, pause after 300 s', NEVER_WARM, 0),
    aPlan('warm Mon-Fri 08:00-18:00', windows, 0),
    { ...aPlan('the same, holding one ACU', windows, 0), windowMinAcu: 1 },
  ];
  const rows: (string | number)[][] = [];
  for (const [name, businessRate, otherRate] of [
    ['100,000 requests', 490, 1],
    ['5,000 requests', 24, 0.3],
  ] as const) {
    const traffic = aTraffic('2026-03-02T00:00:00Z', 28 * 24, 7, (at) =>
      isBusiness(at) ? businessRate : otherRate,
    );
    const results = comparePlans(traffic, plans, FACTS, PRICES);
    const whole = results.find(({ plan }) => plan.minAcu === 1)?.monthUsd ?? Number.NaN;
    for (const plan of plans) {
      const result = results.find((each) => each.plan === plan);
      if (!result) continue;
      const share = result.monthUsd / whole;
      rows.push([
        name,
        plan.name,
        result.monthUsd.toFixed(2),
        `${Math.round(share * 100)} %`,
        `${(result.coldShare * 100).toFixed(2)} %`,
      ]);
      if (plan.schedule === windows && plan.windowMinAcu === 0 && share > 0.2) {
        throw new Error(`${name} cost ${share} of one ACU round the clock`);
      }
    }
  }
  printTable(['a month of', 'plan', 'USD', 'of one ACU', 'met it asleep'], rows);
}

function aPlan(name: string, schedule: WarmSchedule, minAcu: number): Plan {
  return { name, windows: name, schedule, pauseSeconds: 300, minAcu, windowMinAcu: 0 };
}

function scheduleOf(text: string): WarmSchedule {
  const parsed = parseWarmWindows(text);
  if (parsed.mode !== 'windows') throw new Error(text);
  return createWarmSchedule(parsed.windows);
}
