import type { AuroraState, Clock, Context, Ledger } from '../domain/index.ts';
import { isServiceError } from '../domain/index.ts';
import { dayAt } from './warm-schedule.ts';

/** A cluster called this share of its pause delay ago is taken to be awake; later a call could wake it. */
const SHARE = 0.8;

const DAY_MS = 86_400_000;

/** How long a no is kept: a batch of outputs asks for each of them. */
const REFUSAL_MS = 1_000;

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
 * asleep. Cost: no call where this process knows, else 2 at the same time, and none for a second after a no.
 */
export function createAwakeCheck(parts: AwakeParts): (ctx: Context) => Promise<boolean> {
  const { aurora, ledger, clock, pauseSeconds } = parts;
  let refusedUntilMs = Number.NEGATIVE_INFINITY;

  async function isNoted(ctx: Context): Promise<boolean> {
    const nowMs = clock.now();
    try {
      const [days, notes] = await Promise.all([
        ledger.readUse(ctx, dayAt(nowMs - DAY_MS), dayAt(nowMs)),
        ledger.readNotes(ctx),
      ]);
      const calledAtMs = days.at(-1)?.calledAtMs;
      return notes.floor !== undefined || keepsAwake(calledAtMs, nowMs, pauseSeconds);
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
    if (clock.now() < refusedUntilMs) return false;
    const awake = await isNoted(ctx);
    if (!awake) refusedUntilMs = clock.now() + REFUSAL_MS;
    return awake;
  };
}
