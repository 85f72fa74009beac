import { AUTO_DAYS, type AutoOptions } from '../domain/index.ts';
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
