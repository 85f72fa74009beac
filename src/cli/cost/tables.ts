import {
  type AutoDecision,
  type AutoOptions,
  type Consumption,
  costOf,
  MONTH_HOURS,
  type Prices,
} from '../../domain/index.ts';
import type { PlanResult } from './plans.ts';

/** A table with aligned columns; numbers to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const cells = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  const isNumber = head.map((_, at) =>
    rows.every((row) => typeof row[at] === 'number' || isMoney(row[at])),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, at) =>
        isNumber[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  return lines.join('\n');
}

function isMoney(cell: unknown): boolean {
  return typeof cell === 'string' && /^-?[\d,.]+ ?%?$/.test(cell);
}

/** The bill of what was consumed, item by item, and what it comes to in a month. */
export function billTable(consumed: Consumption, prices: Prices): string {
  const cost = costOf(consumed, prices);
  const { use } = consumed;
  const perMonth = MONTH_HOURS / Math.max(consumed.hours, 1e-9);
  const row = (item: string, amount: string, price: string, value: number): string[] => [
    ...[item, amount, price, usd(value), usd(value * perMonth)],
  ];
  const rows = [
    row(
      'Aurora',
      `${decimal(consumed.acuHours)} ACU-hours`,
      `${prices.acuHourUsd} an hour`,
      cost.aurora,
    ),
    row(
      'Data API',
      `${whole(use.dataApiUnits)} calls`,
      `${prices.dataApiMillionUsd} a million`,
      cost.dataApi,
    ),
    row(
      'DynamoDB',
      `${whole(use.readUnits)} read, ${whole(use.writeUnits)} write units`,
      `${prices.readMillionUsd}, ${prices.writeMillionUsd} a million`,
      cost.dynamodb,
    ),
    row(
      'Lambda',
      `${whole(use.functionRuns)} runs, ${whole((use.functionMs / 1_000) * consumed.functionGb)} GB-s`,
      `${prices.functionMillionUsd} a million, ${prices.functionGbSecondUsd} a GB-s`,
      cost.functions,
    ),
    row(
      'API Gateway',
      `${whole(use.requests)} requests`,
      `${prices.gatewayMillionUsd} a million`,
      cost.gateway,
    ),
    row(
      'storage',
      `${decimal(consumed.auroraGb)} GB Aurora, ${decimal(consumed.dynamodbGb)} GB DynamoDB`,
      `${prices.auroraGbMonthUsd}, ${prices.dynamodbGbMonthUsd} a GB-month`,
      cost.storage,
    ),
    row('secret', '1', `${prices.secretMonthUsd} a month`, cost.secrets),
    row('total', '', '', cost.total),
  ];
  return table(['item', 'amount', 'price USD', 'so far USD', 'a month USD'], rows);
}

/** Plans, cheapest first; those on the frontier are marked. */
export function planTable(results: readonly PlanResult[]): string {
  return table(
    ['', 'plan', 'ACU-hours', 'USD a month', 'met it asleep', 'resumes', 'pings'],
    results.map(({ plan, acuHours, monthUsd, coldShare, simulated, onFrontier }) => [
      onFrontier ? '*' : '',
      plan.name,
      decimal(acuHours),
      usd(monthUsd),
      percent(coldShare),
      simulated.resumes,
      simulated.warmPings,
    ]),
  );
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** How `auto` decided, hour by hour: those with requests. */
export function autoTable({ hours, days }: AutoDecision, options: AutoOptions): string {
  if (hours.length === 0) {
    return `Too little was seen: ${days} whole days of the seven that auto needs. No hour is warm.`;
  }
  const rows = hours
    .filter(({ requests }) => requests > 0)
    .map(({ hour, requests, coldRequests, waitingUsd, warmthUsd, warm }) => [
      `${DAYS[Math.floor(hour / 24)]} ${String(hour % 24).padStart(2, '0')}:00`,
      decimal(requests),
      decimal(coldRequests),
      waitingUsd.toFixed(4),
      warmthUsd.toFixed(4),
      warm ? 'warm' : 'asleep',
    ]);
  const warm = hours.filter((each) => each.warm).length;
  return [
    table(['hour (UTC)', 'requests', 'would wait', 'waiting USD', 'warmth USD', 'so it is'], rows),
    '',
    `An hour is warm where waiting costs more than warmth: ${warm} of 168, learnt from ${days} days.`,
    `Waiting: requests x exp(-rate x ${options.pauseSeconds} s), those within the ${decimal(options.resumeSeconds)} s of a resume too, at ${options.coldReadUsd} USD each (COST_PER_COLD_READ_USD).`,
    `Warmth: ${options.awakeAcu} ACU at ${options.acuHourUsd} USD an hour, for the share of the hour that requests do not keep it awake anyway, and the pings.`,
  ].join('\n');
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function decimal(value: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function usd(value: number): string {
  return value.toFixed(value !== 0 && Math.abs(value) < 0.01 ? 6 : 2);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
