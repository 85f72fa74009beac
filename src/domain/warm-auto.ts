import type { DayUse } from './ledger.ts';
import { pingSpacingSeconds } from './warm-plan.ts';
import {
  ALWAYS_WARM,
  createWarmSchedule,
  NEVER_WARM,
  type WarmSchedule,
  type WarmWindow,
  type WarmWindows,
} from './warm-windows.ts';

const HOURS_A_WEEK = 168;
const DAY_MS = 86_400_000;

/** Less than this has been seen says nothing about a week. */
const LEAST_DAYS = 7;

/** Days that are learnt from: habits change, and holidays weigh one part in four. */
export const AUTO_DAYS = 28;

/** What being warm and being asleep cost. */
export interface AutoOptions {
  readonly pauseSeconds: number;
  readonly resumeSeconds: number;
  /** Capacity that is awake, in ACU. */
  readonly awakeAcu: number;
  readonly acuHourUsd: number;
  /** What it is worth that one request does not meet a sleeping cluster. */
  readonly coldReadUsd: number;
  readonly dataApiMillionUsd: number;
}

/** One hour of the week, in UTC, and the sums that decide about it. */
export interface AutoHour {
  /** 0 for Monday 00:00 to 167. */
  readonly hour: number;
  /** Requests that need Aurora, an hour on average. */
  readonly requests: number;
  /** Requests that would meet it asleep, were it left alone. */
  readonly coldRequests: number;
  /** What their waiting is worth. */
  readonly waitingUsd: number;
  /** What keeping it awake costs beyond what the requests keep it awake anyway. */
  readonly warmthUsd: number;
  readonly warm: boolean;
}

export interface AutoDecision {
  /** All 168, or none where too little has been seen. */
  readonly hours: readonly AutoHour[];
  /** Days seen. */
  readonly days: number;
  readonly windows: readonly WarmWindow[];
}

/**
 * Learns warm windows from the use of the last weeks: an hour of the week is warm where the requests that
 * would meet a sleeping cluster are worth more than the ACU-hours. Requests are taken to come at random
 * with the hour's average rate: then a pause lies before a share `exp(-rate x delay)` of them, those within
 * its resume wait as well, and the cluster is awake for the rest of the time anyway. Too little seen: no
 * windows.
 */
export function decideAuto(
  days: readonly DayUse[],
  today: string,
  options: AutoOptions,
): AutoDecision {
  const fromMs = Math.max(
    Date.parse(today) - AUTO_DAYS * DAY_MS,
    ...(days[0] ? [Date.parse(days[0].day)] : [Number.POSITIVE_INFINITY]),
  );
  // Whole days only: today's later hours have not been yet.
  const seen = Math.max(0, Math.floor((Date.parse(today) - fromMs) / DAY_MS)) || 0;
  if (seen < LEAST_DAYS) return { hours: [], days: seen, windows: [] };
  const counts = new Float64Array(HOURS_A_WEEK);
  const times = new Float64Array(HOURS_A_WEEK);
  for (let day = 0; day < seen; day += 1) {
    const weekday = weekdayAt(fromMs + day * DAY_MS);
    for (let hour = 0; hour < 24; hour += 1) addAt(times, weekday * 24 + hour, 1);
  }
  for (const { day, auroraRequestsByHour } of days) {
    if (Date.parse(day) < fromMs || day >= today) continue;
    const weekday = weekdayAt(Date.parse(day));
    for (const [hour, count] of auroraRequestsByHour) addAt(counts, weekday * 24 + hour, count);
  }
  const hours = Array.from({ length: HOURS_A_WEEK }, (_, hour) =>
    decideHour(hour, (counts[hour] ?? 0) / Math.max(1, times[hour] ?? 1), options),
  );
  return { hours, days: seen, windows: windowsOf(hours) };
}

function decideHour(hour: number, requests: number, options: AutoOptions): AutoHour {
  const { pauseSeconds, resumeSeconds, awakeAcu, acuHourUsd, coldReadUsd } = options;
  const perSecond = requests / 3_600;
  const pausedBefore = Math.exp(-perSecond * pauseSeconds);
  const coldRequests = Math.min(
    requests,
    requests * pausedBefore * (1 + perSecond * resumeSeconds),
  );
  const pings = pausedBefore * (3_600 / pingSpacingSeconds(pauseSeconds));
  const waitingUsd = coldRequests * coldReadUsd;
  const warmthUsd =
    pausedBefore * awakeAcu * acuHourUsd + (pings / 1_000_000) * options.dataApiMillionUsd;
  return { hour, requests, coldRequests, waitingUsd, warmthUsd, warm: waitingUsd > warmthUsd };
}

/** Hours in a row on one day are one window; over midnight they touch, and are one span. */
function windowsOf(hours: readonly AutoHour[]): WarmWindow[] {
  const windows: WarmWindow[] = [];
  for (let weekday = 0; weekday < 7; weekday += 1) {
    for (let hour = 0; hour < 24; ) {
      let end = hour;
      while (end < 24 && hours[weekday * 24 + end]?.warm) end += 1;
      if (end > hour) {
        windows.push({
          weekdays: new Set([weekday]),
          fromMinute: hour * 60,
          toMinute: end * 60,
          zone: 'UTC',
          except: new Set(),
        });
      }
      hour = end + 1;
    }
  }
  return windows;
}

/** 0 for Monday. */
function weekdayAt(ms: number): number {
  return (new Date(ms).getUTCDay() + 6) % 7;
}

function addAt(values: Float64Array, index: number, value: number): void {
  values[index] = (values[index] ?? 0) + value;
}

/** When the cluster is to be awake; `days` is the use of the last weeks, which only `auto` looks at, `today` the UTC day. */
export function scheduleOf(
  windows: WarmWindows,
  days: readonly DayUse[],
  today: string,
  options: AutoOptions,
): WarmSchedule {
  switch (windows.mode) {
    case 'never':
      return NEVER_WARM;
    case 'always':
      return ALWAYS_WARM;
    case 'windows':
      return createWarmSchedule(windows.windows);
    case 'auto':
      return createWarmSchedule(decideAuto(days, today, options).windows);
  }
}
