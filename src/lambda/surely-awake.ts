import type { AuroraState, Clock, Context, Ledger } from '../domain/index.ts';
import { isServiceError } from '../domain/index.ts';
import { dayAt } from './warm-schedule.ts';

/** A cluster called this share of its pause delay ago is taken to be awake; later a call could wake it. */
const SHARE = 0.8;

const DAY_MS = 86_400_000;

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
 * Whether the cluster can be called without waking it: somebody called it a short while ago, as this process
 * or the ledger knows. In doubt it is asleep. Cost: no call where this process knows, else 1.
 */
export async function isSurelyAwake(parts: AwakeParts, ctx: Context): Promise<boolean> {
  const { aurora, ledger, clock, pauseSeconds } = parts;
  const state = aurora.state();
  if (state === 'asleep' || state === 'resuming') return false;
  if (keepsAwake(aurora.lastSuccessMs(), clock.now(), pauseSeconds)) return true;
  const nowMs = clock.now();
  try {
    const days = await ledger.readUse(ctx, dayAt(nowMs - DAY_MS), dayAt(nowMs));
    return keepsAwake(days.at(-1)?.calledAtMs, nowMs, pauseSeconds);
  } catch (error) {
    if (isServiceError(error) && error.code !== 'internal') return false;
    throw error;
  }
}
