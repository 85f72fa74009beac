import type { Context } from 'aws-lambda';
import { createClusterControl } from '../aurora/index.ts';
import { runInBackground } from './background.ts';
import { processService, type Service } from './compose.ts';
import { newId, systemClock } from './system.ts';
import { runWarmer, type WarmerParts, type WarmerResult } from './warm.ts';

/** What a schedule sends is empty. Whoever knows that the cluster paused may say so. */
export interface WarmerEvent {
  /** Epoch milliseconds. */
  readonly pausedAtMs?: number;
}

/**
 * Runs once a minute: keeps the cluster awake inside `WARM_WINDOWS`, lets it sleep outside, and brings over
 * what is pending while it is awake. Errors: those of a bug.
 */
export async function handler(
  event: WarmerEvent,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'awsRequestId'>,
): Promise<WarmerResult> {
  const service = processService();
  const { log, meter, resumeNotes } = service;
  const deadlineMs = systemClock.now() + context.getRemainingTimeInMillis();
  return runInBackground(
    { log, clock: systemClock, newId, meter },
    { name: 'warmer', requestId: context.awsRequestId, deadlineMs },
    async (ctx) => {
      const { pausedAtMs } = event;
      const known = typeof pausedAtMs === 'number' ? { pausedAtMs } : {};
      const result = await runWarmer({ ...warmerParts(service), ...known }, ctx);
      await resumeNotes.flush();
      return result;
    },
  );
}

function warmerParts({ config, aurora, outputs, ledger, tandem, meter }: Service): WarmerParts {
  return {
    config,
    clock: systemClock,
    ledger,
    outputs,
    maintenance: tandem.maintenance,
    aurora,
    pinged: () => meter.pinged(),
    cluster: () => {
      if (config.aurora.connection === 'direct') {
        throw new Error('WARM_MIN_ACU needs AURORA_CLUSTER_ARN, which a direct connection has not');
      }
      return createClusterControl(config.aurora);
    },
  };
}
