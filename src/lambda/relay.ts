import type { Context } from 'aws-lambda';
import type { Context as RequestContext } from '../domain/index.ts';
import { runInBackground } from './background.ts';
import { processService, type Service } from './compose.ts';
import { newId, systemClock } from './system.ts';
import { runUpkeep, type UpkeepResult } from './upkeep.ts';

/** How long a run that may wake Aurora waits for it. */
const WAKE_WAIT_MS = 28_000;

/** When this process last brought over all there was. */
let upToDateMs = Number.NEGATIVE_INFINITY;

const NOTHING: UpkeepResult = { drained: 0, relayed: 0, left: false, asleep: false };

/**
 * Runs on a schedule: brings over what is pending in either store, where a request or the stream did not
 * get to it. Aurora is woken for it only when an output has been pending for `PROJECTION_MAX_DELAY`; that
 * is found out without Aurora. Errors: those of a bug.
 */
export async function handler(
  _event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'awsRequestId'>,
): Promise<UpkeepResult> {
  const service = processService();
  const { tandem, aurora, log, meter } = service;
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
      if (aurora.state() === 'awake') {
        // Its own calls are none that anything is pending for: they would keep the cluster awake for good.
        if ((aurora.lastSuccessMs() ?? 0) <= upToDateMs) return NOTHING;
        const result = await runUpkeep(parts, ctx, false);
        if (!result.left) upToDateMs = systemClock.now();
        return result;
      }
      if (await isOverdue(service, ctx)) {
        return runUpkeep(parts, { ...ctx, waitMs: WAKE_WAIT_MS }, true);
      }
      return { ...NOTHING, asleep: true };
    },
  );
}

/** Whether an output has been pending for so long that Aurora is to be woken for it. Cost: 1 call per shard of intents. */
async function isOverdue({ outputs, config }: Service, ctx: RequestContext): Promise<boolean> {
  const { projectionMaxDelayMs } = config;
  if (projectionMaxDelayMs === Number.POSITIVE_INFINITY) return false;
  const [oldest] = await outputs.readIntents(ctx, { limit: 1 });
  return oldest !== undefined && systemClock.now() - oldest.createdAtMs >= projectionMaxDelayMs;
}
