import type { WarmSchedule } from './warm-windows.ts';

/**
 * Share of the pause delay between two calls that keep the cluster awake: the rest is for ticks that come
 * late. Nearer to 1 a late tick lets the cluster pause; nearer to 0 calls are wasted.
 */
const SPACING = 0.8;

/** A call is made within the tick rather than left to the next one, where that might come later than this share of the delay. */
const LATEST = 0.9;

/** A resume may take this much longer than the last ones did. */
const RESUME_MARGIN = 1.5;

export interface WarmPlanInput {
  readonly nowMs: number;
  readonly schedule: WarmSchedule;
  /** When the database was last called, as far as anybody noted it; undefined where nobody did. */
  readonly calledAtMs: number | undefined;
  /** The cluster's `SecondsUntilAutoPause`; infinity where it never pauses. */
  readonly pauseSeconds: number;
  /** How long a resume takes. */
  readonly resumeSeconds: number;
  /** How often the plan is asked for. */
  readonly tickSeconds: number;
}

/** What a tick does about the cluster's sleep. */
export interface WarmPlan {
  /** Inside a window, or so shortly before one that the cluster must begin to wake. */
  readonly warm: boolean;
  /** Inside a window: what holds only there, such as a floor under the capacity, holds now. */
  readonly inWindow: boolean;
  /** When to call the database, within this tick; absent where it needs no call. Now, where that has passed. */
  readonly pingAtMs?: number;
}

/** Seconds between two calls that keep a cluster with this pause delay awake. */
export function pingSpacingSeconds(pauseSeconds: number): number {
  return SPACING * pauseSeconds;
}

/**
 * Decides what a tick does: nothing outside the windows; inside, a call where the last one is as old as
 * the spacing, and none where the cluster stays awake to the window's end without one. Begins a resume's
 * time before a window.
 */
export function planWarmth(input: WarmPlanInput): WarmPlan {
  const { nowMs, schedule, calledAtMs, pauseSeconds, resumeSeconds, tickSeconds } = input;
  const leadMs = (resumeSeconds * RESUME_MARGIN + tickSeconds) * 1_000;
  const inside = schedule.spanAt(nowMs);
  const span = inside ?? schedule.spanAt(nowMs + leadMs);
  if (span === undefined) return { warm: false, inWindow: false };
  const state = { warm: true, inWindow: inside !== undefined };

  const pauseMs = pauseSeconds * 1_000;
  if (calledAtMs === undefined) return { ...state, pingAtMs: nowMs };
  if (pauseMs === Number.POSITIVE_INFINITY) return state;
  if (calledAtMs + LATEST * pauseMs >= span.endMs) return state;
  const dueMs = calledAtMs + SPACING * pauseMs;
  if (dueMs <= nowMs) return { ...state, pingAtMs: nowMs };
  const nextTickMs = nowMs + tickSeconds * 1_000;
  return nextTickMs > calledAtMs + LATEST * pauseMs ? { ...state, pingAtMs: dueMs } : state;
}
