import { writeFile } from 'node:fs/promises';
import {
  ALWAYS_WARM,
  type AutoOptions,
  type ClusterFacts,
  createWarmSchedule,
  type DayUse,
  decideAuto,
  NEVER_WARM,
  NO_USE,
  PRICES_AS_OF,
  type Prices,
  parseWarmWindows,
  simulate,
  sumUse,
  type Traffic,
  type WarmSchedule,
} from '../../domain/index.ts';
import type { Client } from '../client.ts';
import { cheapestWithin, comparePlans, plansOf } from './plans.ts';
import { plotSvg, plotText } from './plot.ts';
import { type LiveStatus, readStatus, toDays, trafficOf } from './status.ts';
import { autoTable, billTable, planTable } from './tables.ts';
import { printTraffic, readTrafficFile } from './traffic-file.ts';

export interface CostOptions {
  /** Recorded traffic instead of a running service. */
  readonly traffic?: string;
  /** Where to write the traffic that a running service recorded. */
  readonly record?: string;
  readonly simulate: boolean;
  readonly why: boolean;
  /** Sets of windows to compare, as `WARM_WINDOWS` takes them. */
  readonly windows: readonly string[];
  readonly pause: readonly number[];
  readonly minAcu: readonly number[];
  readonly windowMinAcu: number;
  readonly resumeSeconds?: number;
  readonly awakeAcu: number;
  readonly coldReadUsd: number;
  /** Share of requests that may meet a sleeping cluster, 0 to 1. */
  readonly bound: number;
  readonly svg?: string;
  readonly auroraGb: number;
  readonly dynamodbGb: number;
  readonly functionGb: number;
  readonly prices: Prices;
}

/** Nothing to work with; `message` says what would be. */
export class CostError extends Error {
  override readonly name = 'CostError';
}

/** What one request that needs Aurora takes where only its time was recorded: as `npm run bench -- requests` counts. */
const ASSUMED = { functionMs: 50, readUnits: 1.5, dataApiUnits: 1 };

/** The traffic to work with, and where it is live what is known besides. */
interface Source {
  readonly name: string;
  readonly traffic: Traffic | undefined;
  readonly days: readonly DayUse[];
  readonly live?: LiveStatus;
}

const TICK_SECONDS = 60;
const AXES = { x: 'share of requests that met a sleeping cluster, %', y: 'USD a month' };

/**
 * Tells what a deployment costs, or would: the bill so far, why `auto` windows are as they are, or plans
 * compared over recorded traffic. Errors: `CostError`, `WarmWindowsError`, `TrafficFileError`,
 * `ServiceUnreachable`.
 */
export async function runCost(
  client: Client,
  options: CostOptions,
  say: (text: string) => void,
): Promise<void> {
  const source = await sourceOf(client, options);
  const { traffic } = source;
  if (options.record !== undefined) {
    await writeFile(options.record, printTraffic(demanded(traffic)));
    say(`${demanded(traffic).requests.length} lines of traffic are in ${options.record}.`);
  }
  if (options.why) {
    const auto = autoOptions(options, source);
    say(autoTable(decideAuto(source.days, todayOf(source), auto), auto));
  } else if (options.simulate) {
    await compare(demanded(traffic), source, options, say);
  } else {
    say(bill(source, options));
  }
}

async function sourceOf(client: Client, { traffic: file }: CostOptions): Promise<Source> {
  if (file !== undefined) {
    const traffic = await readTrafficFile(file);
    return { name: file, traffic, days: daysOf(traffic) };
  }
  const live = await readStatus(client);
  const days = toDays(live.traffic);
  const asked = days.filter(({ askedMinutes }) => askedMinutes.size > 0);
  return {
    name: 'the running service',
    traffic: trafficOf(asked, Date.parse(live.time)),
    days,
    live,
  };
}

function demanded(traffic: Traffic | undefined): Traffic {
  if (traffic) return traffic;
  throw new CostError(
    'No traffic was recorded yet: ask the service something, and again in a minute',
  );
}

/** The bill: as the service counted it, or as the recorded traffic would come to without any windows. */
function bill({ name, live, traffic }: Source, options: CostOptions): string {
  const { auroraGb, dynamodbGb, functionGb, prices } = options;
  const beside = { auroraGb, dynamodbGb, functionGb };
  if (live) {
    const hours = (Date.parse(live.time) - Date.parse(live.cost.since)) / 3_600_000;
    const consumed = { use: live.calls, acuHours: live.cost.acuHours, hours, ...beside };
    return [
      `${name}, since ${live.cost.since}; prices of ${PRICES_AS_OF}`,
      billTable(consumed, prices),
    ].join('\n');
  }
  const recorded = demanded(traffic);
  const plan = plansOf({ ...choicesOf(options, []), windows: [NO_WINDOWS] })[0];
  if (!plan) throw new CostError('There is no plan to work out');
  const simulated = simulate(recorded, plan, factsOf(options, undefined));
  const use = {
    ...NO_USE,
    requests: simulated.requests,
    dataApiUnits: simulated.requests * ASSUMED.dataApiUnits + simulated.resumes,
    readUnits: simulated.requests * ASSUMED.readUnits,
    functionRuns: simulated.requests,
    functionMs: simulated.requests * ASSUMED.functionMs,
  };
  const hours = (recorded.toMs - recorded.fromMs) / 3_600_000;
  return [
    `${name}, simulated: ${plan.name}; prices of ${PRICES_AS_OF}`,
    billTable({ use, acuHours: simulated.acuSeconds / 3_600, hours, ...beside }, prices),
    `Each request is taken for ${ASSUMED.dataApiUnits} Data API call, ${ASSUMED.readUnits} read units and ${ASSUMED.functionMs} ms of Lambda.`,
  ].join('\n');
}

async function compare(
  traffic: Traffic,
  source: Source,
  options: CostOptions,
  say: (text: string) => void,
): Promise<void> {
  const facts = factsOf(options, source.live);
  const plans = plansOf(choicesOf(options, schedulesOf(options, source)));
  const results = comparePlans(traffic, plans, facts, options.prices);
  const points = results.map(({ plan, coldShare, monthUsd, onFrontier }) => ({
    x: coldShare * 100,
    y: monthUsd,
    marked: onFrontier,
    label: plan.name,
  }));
  const days = (traffic.toMs - traffic.fromMs) / 86_400_000;
  say(
    `${source.name}: ${days.toFixed(1)} days, ${Math.round(sumOf(traffic))} requests that need Aurora; resume ${facts.resumeSeconds} s, ${facts.awakeAcu} ACU awake; prices of ${PRICES_AS_OF}`,
  );
  say(planTable(results));
  say('* on the frontier: no other plan is as cheap and lets as few requests wait\n');
  say(plotText(points, AXES));
  if (options.svg !== undefined) {
    await writeFile(options.svg, plotSvg(points, AXES));
    say(`The plot is in ${options.svg}.`);
  }
  const within = `at most ${(options.bound * 100).toFixed(2)} % of requests meet a sleeping cluster`;
  const best = cheapestWithin(results, options.bound);
  say(
    best
      ? `\nCheapest plan under which ${within}: ${best.plan.name}, ${best.monthUsd.toFixed(2)} USD a month.`
      : `\nThere is no plan here under which ${within}: compare more, such as --min-acu 0.5.`,
  );
}

type NamedSchedule = { readonly name: string; readonly schedule: WarmSchedule };
const NO_WINDOWS: NamedSchedule = { name: 'no windows', schedule: NEVER_WARM };

function schedulesOf(options: CostOptions, source: Source): NamedSchedule[] {
  const texts = options.windows.length > 0 ? options.windows : ['never', 'auto'];
  return texts.map((text) => scheduleNamed(text, options, source));
}

function scheduleNamed(text: string, options: CostOptions, source: Source): NamedSchedule {
  const parsed = parseWarmWindows(text);
  switch (parsed.mode) {
    case 'never':
      return NO_WINDOWS;
    case 'always':
      return { name: 'always warm', schedule: ALWAYS_WARM };
    case 'windows':
      return { name: text.trim(), schedule: createWarmSchedule(parsed.windows) };
    case 'auto':
      return autoSchedule(options, source);
  }
}

function autoSchedule(options: CostOptions, source: Source): NamedSchedule {
  const { windows } = decideAuto(source.days, todayOf(source), autoOptions(options, source));
  return { name: 'auto windows', schedule: createWarmSchedule(windows) };
}

function choicesOf(options: CostOptions, windows: readonly NamedSchedule[]) {
  const { pause, minAcu, windowMinAcu } = options;
  return { windows, pauseSeconds: pause, minAcu, windowMinAcu };
}

function factsOf(options: CostOptions, live: LiveStatus | undefined): ClusterFacts {
  const resumeSeconds = options.resumeSeconds ?? live?.aurora.expectedResumeSeconds ?? 15;
  return { resumeSeconds, awakeAcu: options.awakeAcu, tickSeconds: TICK_SECONDS };
}

function autoOptions(options: CostOptions, { live }: Source): AutoOptions {
  const { pause, awakeAcu, windowMinAcu, coldReadUsd, prices } = options;
  return {
    pauseSeconds: pause[0] ?? 300,
    resumeSeconds: factsOf(options, live).resumeSeconds,
    awakeAcu: Math.max(awakeAcu, windowMinAcu),
    acuHourUsd: prices.acuHourUsd,
    coldReadUsd,
    dataApiMillionUsd: prices.dataApiMillionUsd,
  };
}

/** The day after the last one recorded, or today. */
function todayOf({ live, traffic }: Source): string {
  return live ? live.time.slice(0, 10) : dayAt(traffic?.toMs ?? 0);
}

/** Recorded traffic by day and hour, as the ledger would have it. */
function daysOf({ requests }: Traffic): DayUse[] {
  const days = new Map<string, Map<number, number>>();
  for (const { atMs, count } of requests) {
    const day = dayAt(atMs);
    const hours = days.get(day) ?? new Map<number, number>();
    const hour = new Date(atMs).getUTCHours();
    hours.set(hour, (hours.get(hour) ?? 0) + count);
    days.set(day, hours);
  }
  return [...days].map(([day, auroraRequestsByHour]) => ({
    day,
    use: sumUse([]),
    auroraRequestsByHour,
    coldRequestsByHour: new Map(),
    askedMinutes: new Set(),
    calledMinutes: new Set(),
  }));
}

function dayAt(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

function sumOf({ requests }: Traffic): number {
  return requests.reduce((sum, { count }) => sum + count, 0);
}
