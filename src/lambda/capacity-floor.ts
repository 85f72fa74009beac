import type { ClusterControl } from '../aurora/index.ts';
import {
  type ClusterCapacity,
  type Context,
  type HeldFloor,
  isServiceError,
  type Ledger,
} from '../domain/index.ts';

/** What became of the capacity that windows hold: `failed` is tried again at the next tick. */
export type FloorOutcome = 'held' | 'released' | 'failed' | 'none';

/**
 * Holds `minAcu` as the cluster's minimum while `wanted`, and puts back what was there before when it is
 * not. What is held is noted before the cluster is changed, so that a crash, a missed tick or a changed
 * configuration leaves no floor behind: whichever tick comes next finds the note. A minimum that somebody
 * else set meanwhile is theirs and stays. Never rejects for what RDS says.
 */
export async function keepFloor(
  parts: { readonly ledger: Ledger; readonly cluster: () => ClusterControl },
  ctx: Context,
  floor: {
    readonly wanted: boolean;
    readonly minAcu: number;
    readonly noted: HeldFloor | undefined;
  },
): Promise<FloorOutcome> {
  const wanted = floor.wanted && floor.minAcu > 0;
  if (!wanted && floor.noted === undefined) return 'none';
  try {
    const cluster = parts.cluster();
    const { capacity } = await cluster.describe(ctx);
    if (capacity === undefined) return 'none';
    return wanted
      ? await hold(parts.ledger, cluster, ctx, floor.minAcu, capacity, floor.noted)
      : await release(parts.ledger, cluster, ctx, capacity, floor.noted);
  } catch (error) {
    if (!isServiceError(error)) throw error;
    if (error.code === 'internal') ctx.observe({ kind: 'fault', op: error.op, error });
    return 'failed';
  }
}

async function hold(
  ledger: Ledger,
  cluster: ClusterControl,
  ctx: Context,
  minAcu: number,
  capacity: ClusterCapacity,
  noted: HeldFloor | undefined,
): Promise<FloorOutcome> {
  if (capacity.minAcu >= minAcu) return noted === undefined ? 'none' : 'held';
  if (noted?.minAcu !== minAcu) {
    await ledger.noteFloor(ctx, { minAcu, before: noted?.before ?? capacity });
  }
  await cluster.setCapacity(ctx, { minAcu, maxAcu: Math.max(capacity.maxAcu, minAcu) });
  return 'held';
}

async function release(
  ledger: Ledger,
  cluster: ClusterControl,
  ctx: Context,
  capacity: ClusterCapacity,
  noted: HeldFloor | undefined,
): Promise<FloorOutcome> {
  if (noted === undefined) return 'none';
  if (capacity.minAcu === noted.minAcu) {
    const { minAcu, maxAcu, pauseSeconds } = noted.before;
    // The maximum was raised with the floor, unless somebody else has set it since.
    const raised = Math.max(maxAcu, noted.minAcu);
    await cluster.setCapacity(ctx, {
      minAcu,
      maxAcu: capacity.maxAcu === raised ? maxAcu : capacity.maxAcu,
      ...(pauseSeconds === undefined ? {} : { pauseSeconds }),
    });
  }
  await ledger.noteFloor(ctx, undefined);
  return 'released';
}
