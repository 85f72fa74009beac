import type { Context } from 'aws-lambda';
import {
  type AuroraNotes,
  isServiceError,
  type Context as RequestContext,
} from '../domain/index.ts';
import { runInBackground } from './background.ts';
import { measureBacklog } from './backlog.ts';
import { processService } from './compose.ts';
import { newId, systemClock } from './system.ts';
import { runUpkeep, type UpkeepResult } from './upkeep.ts';

/** Pages of the table that a run sweeps, 1 MB each, and the time that they take at most. */
const SWEEP_PAGES = 5;
const SWEEP_MS = 10_000;

/** Pages of articles that a run compares, a hundred articles each, where Aurora is awake. */
const RECONCILE_PAGES = 5;

/** How long a run that may wake Aurora waits for it. */
const WAKE_WAIT_MS = 28_000;

const NOTHING: UpkeepResult = {
  drained: 0,
  relayed: 0,
  filled: 0,
  reverted: 0,
  left: false,
  asleep: false,
};

/**
 * Runs on a schedule: brings over what is pending in either store, where a request or the stream did not
 * get to it. Aurora is woken for it only when an output has been pending for `PROJECTION_MAX_DELAY`; that
 * is found out without Aurora. Errors: those of a bug.
 */
export async function handler(
  _event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'awsRequestId'>,
): Promise<UpkeepResult & { readonly swept: number; readonly mended: number }> {
  const { config, tandem, aurora, outputs, ledger, log, meter } = processService();
  const parts = {
    maintenance: tandem.maintenance,
    auroraState: () => aurora.state(),
    clock: systemClock,
  };
  const deadlineMs = systemClock.now() + context.getRemainingTimeInMillis();
  return runInBackground(
    { log, clock: systemClock, newId, meter },
    { name: 'relay', requestId: context.awsRequestId, deadlineMs },
    async (ctx) => {
      const waitedMs = await measureBacklog({ outputs, clock: systemClock }, ctx);
      const isOverdue = waitedMs !== undefined && waitedMs >= config.projectionMaxDelayMs;
      const result = await upkeep(ctx, isOverdue);
      return { ...result, swept: await sweep(ctx), mended: await reconcile(ctx) };
    },
  );

  async function upkeep(ctx: RequestContext, isOverdue: boolean): Promise<UpkeepResult> {
    if (aurora.state() === 'awake') {
      const { upkeep: last } = await ledger.readNotes(ctx).catch(nothingNoted);
      // Its own calls are none that anything is pending for: they would keep the cluster awake for good.
      if (last && !last.left && (aurora.lastSuccessMs() ?? 0) <= last.atMs) return NOTHING;
      const result = await runUpkeep(parts, ctx, false);
      const note = { atMs: systemClock.now(), left: result.left };
      await ledger.noteUpkeep(ctx, note).catch(nothingNoted);
      return result;
    }
    if (isOverdue) {
      return runUpkeep(parts, { ...ctx, waitMs: WAKE_WAIT_MS }, true);
    }
    return { ...NOTHING, asleep: true };
  }

  /** As `sweep`, and only while Aurora is awake anyway. */
  async function reconcile(ctx: RequestContext): Promise<number> {
    if (aurora.state() !== 'awake' || systemClock.now() > deadlineMs - SWEEP_MS) return 0;
    return (await tandem.reconciler.daily(ctx, { pages: RECONCILE_PAGES })).found.length;
  }

  /** In what is left of the time, once a day; put off where DynamoDB is away. */
  async function sweep(ctx: RequestContext): Promise<number> {
    if (systemClock.now() > deadlineMs - SWEEP_MS) return 0;
    try {
      return (await tandem.maintenance.sweep(ctx, { pages: SWEEP_PAGES })).swept;
    } catch (error) {
      if (!isServiceError(error) || error.code === 'internal') throw error;
      return 0;
    }
  }
}

/** Where the ledger cannot be read, what is known without it does. */
function nothingNoted(error: unknown): AuroraNotes {
  if (isServiceError(error) && error.code !== 'internal') return { resumeSeconds: [] };
  throw error;
}
