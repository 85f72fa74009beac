import { type AuroraState, type Clock, type Context, isServiceError } from '../domain/index.ts';
import type { Maintenance } from '../facade/index.ts';

/** What a round of upkeep did. */
export interface UpkeepResult {
  /** Outputs brought into Aurora. */
  readonly drained: number;
  /** Articles whose copies were brought into DynamoDB. */
  readonly relayed: number;
  /** Stored outputs that a new or changed projection has seen. */
  readonly filled: number;
  /** Outputs that were taken back from bad runs. */
  readonly reverted: number;
  /** Something is still pending, or may be. */
  readonly left: boolean;
  /** Aurora is not awake, and was left alone. */
  readonly asleep: boolean;
}

export interface UpkeepParts {
  readonly maintenance: Maintenance;
  readonly auroraState: () => AuroraState;
  readonly clock: Clock;
}

/** Outputs and articles a round: a few calls, so that a deadline is noticed in time. */
const DRAIN_LIMIT = 500;
const RELAY_LIMIT = 200;

/** Kept back of the deadline: a round must end before the function does. */
const RESERVE_MS = 2_000;

/**
 * Brings what one store committed into the other, both ways, projections to where they ought to be, and bad runs back,
 * until nothing is left or time runs out. A store that is away ends it without an error: what is pending
 * stays noted in the other one. `wake` says whether Aurora may be woken for it. Errors: those of a bug,
 * never `unavailable`.
 */
export async function runUpkeep(
  { maintenance, auroraState, clock }: UpkeepParts,
  ctx: Context,
  wake: boolean,
): Promise<UpkeepResult> {
  const mayCall = (): boolean => wake || isUp(auroraState());
  let drained = 0;
  let relayed = 0;
  let filled = 0;
  let reverted = 0;
  let left = true;
  try {
    while (left && mayCall() && clock.now() < ctx.deadlineMs - RESERVE_MS) {
      const drain = await maintenance.drain(ctx, { limit: DRAIN_LIMIT, wake });
      const relay = await maintenance.relay(ctx, RELAY_LIMIT);
      const tended = await maintenance.tendProjections(ctx);
      const taken = await maintenance.tendRuns(ctx);
      drained += drain.drained;
      relayed += relay.relayed;
      filled += tended.filled;
      reverted += taken.reverted;
      // What projections made of stored outputs, or no longer do, waits in the outbox now.
      left = drain.left || relay.left || tended.left || tended.moved || taken.left;
      // What waits for its writer, or its article, is not hurried by asking again.
      const moved = drain.drained > 0 || relay.relayed > 0 || tended.moved || taken.moved;
      if (!moved) break;
    }
  } catch (error) {
    if (!isAway(error)) throw error;
    ctx.observe({ kind: 'event', name: 'upkeep_put_off' });
  }
  return { drained, relayed, filled, reverted, left, asleep: !mayCall() };
}

/** An unknown cluster counts as up: the first call of a process tells. */
function isUp(state: AuroraState): boolean {
  return state === 'awake' || state === 'unknown';
}

function isAway(error: unknown): boolean {
  return (['unavailable', 'throttled', 'timeout'] as const).some((code) =>
    isServiceError(error, code),
  );
}
