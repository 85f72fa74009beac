import type { AuroraState, Clock, Context, Ledger } from '../domain/index.ts';
import { isServiceError } from '../domain/index.ts';
import { dayAt } from './warm-schedule.ts';

/** A cluster called this share of its pause delay ago is taken to be awake; later a call could wake it. */
const SHARE = 0.8;

const DAY_MS = 86_400_000;

const REFUSAL_MS = 1_000;

/** Whether Aurora can be called without waking it. */
export type AwakeCheck = (ctx: Context) => Promise<boolean>;

export interface AwakeParts {
  readonly aurora: {
    state(): AuroraState;
    lastSuccessMs(): number | undefined;
  };
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Infinity where it never pauses. */
  readonly pauseSeconds: number;
}

/** Whether a call at `calledAtMs` keeps the cluster awake for a while yet. */
export function keepsAwake(
  calledAtMs: number | undefined,
  nowMs: number,
  pauseSeconds: number,
): boolean {
  return calledAtMs !== undefined && nowMs - calledAtMs < SHARE * pauseSeconds * 1_000;
}

/**
 * Tells whether the cluster can be called without waking it: somebody called it a short while ago, as this
 * process or the ledger knows, or it never pauses, or a floor is held under its capacity. In doubt it is
 * asleep. Cost: no call where this process knows, else 2 at the same time.
 */
export function createAwakeCheck(parts: AwakeParts): AwakeCheck {
  const { aurora, ledger, clock, pauseSeconds } = parts;
  async function isNoted(ctx: Context): Promise<boolean> {
    const nowMs = clock.now();
    try {
      const [days, notes] = await Promise.all([
        ledger.readUse(ctx, dayAt(nowMs - DAY_MS), dayAt(nowMs)),
        ledger.readNotes(ctx),
      ]);
      // Calls are noted once a minute, the end of a sleep at once.
      const answered = [days.at(-1)?.calledAtMs, notes.awakeAtMs];
      return (
        notes.floor !== undefined || answered.some((atMs) => keepsAwake(atMs, nowMs, pauseSeconds))
      );
    } catch (error) {
      if (isServiceError(error) && error.code !== 'internal') return false;
      throw error;
    }
  }

  return async (ctx) => {
    const state = aurora.state();
    if (state === 'asleep' || state === 'resuming') return false;
    if (pauseSeconds === Number.POSITIVE_INFINITY) return true;
    if (keepsAwake(aurora.lastSuccessMs(), clock.now(), pauseSeconds)) return true;
    return isNoted(ctx);
  };
}

/** The same, that takes a no for an answer for a second: a batch of outputs asks for each of them. */
export function rememberingNo(check: AwakeCheck, clock: Clock): AwakeCheck {
  let refusedUntilMs = Number.NEGATIVE_INFINITY;
  return async (ctx) => {
    if (clock.now() < refusedUntilMs) return false;
    const awake = await check(ctx);
    if (!awake) refusedUntilMs = clock.now() + REFUSAL_MS;
    return awake;
  };
}
