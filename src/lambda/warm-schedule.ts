import {
  ALWAYS_WARM,
  AUTO_DAYS,
  type AutoOptions,
  createWarmSchedule,
  type DayUse,
  decideAuto,
  NEVER_WARM,
  type WarmSchedule,
} from '../domain/index.ts';
import type { StoresConfig } from './config.ts';

const DAY_MS = 86_400_000;

/** What a resume is taken to last where none was seen. */
export const USUAL_RESUME_SECONDS = 15;

/** The UTC day of a moment, `YYYY-MM-DD`. */
export function dayAt(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** The first day of use that the schedule is worked out from: what was asked lately, and for `auto` weeks of it. */
export function firstDayNeeded({ warm }: StoresConfig, nowMs: number): string {
  return dayAt(nowMs - (warm.windows.mode === 'auto' ? AUTO_DAYS : 1) * DAY_MS);
}

/** The sums by which `auto` decides, of a configuration. */
export function autoOptions(
  { warm, autoPauseSeconds }: StoresConfig,
  resumeSeconds: number,
): AutoOptions {
  return {
    pauseSeconds: autoPauseSeconds,
    resumeSeconds,
    awakeAcu: Math.max(warm.awakeAcu, warm.minAcu),
    acuHourUsd: warm.prices.acuHourUsd,
    coldReadUsd: warm.coldReadUsd,
    dataApiMillionUsd: warm.prices.dataApiMillionUsd,
  };
}

/** When the cluster is to be awake; `days` is the use of the last weeks, which only `auto` looks at. */
export function scheduleOf(
  config: StoresConfig,
  days: readonly DayUse[],
  resumeSeconds: number,
  nowMs: number,
): WarmSchedule {
  const { windows } = config.warm;
  switch (windows.mode) {
    case 'never':
      return NEVER_WARM;
    case 'always':
      return ALWAYS_WARM;
    case 'windows':
      return createWarmSchedule(windows.windows);
    case 'auto':
      return createWarmSchedule(
        decideAuto(days, dayAt(nowMs), autoOptions(config, resumeSeconds)).windows,
      );
  }
}
