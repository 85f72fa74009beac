import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { concernsUpkeep, notesFromRecords } from '../dynamodb/index.ts';
import { REGISTRY_NOTE, RUNS_NOTE } from '../facade/index.ts';
import { runInBackground } from './background.ts';
import { processService } from './compose.ts';
import { newId, systemClock } from './system.ts';
import { runUpkeep, type UpkeepResult } from './upkeep.ts';

/** What waits is brought over when somebody has woken the cluster, or when it has waited long enough. */
const LEFT_ASLEEP: UpkeepResult = {
  drained: 0,
  relayed: 0,
  filled: 0,
  reverted: 0,
  left: true,
  asleep: true,
};

/**
 * Runs on the table's stream. Its records are a trigger and nothing more: what is pending stands in the
 * stores, so a record that is lost, late or delivered twice does no harm, and a batch fails only by a
 * fault of ours (it is then delivered again). Leaves a sleeping Aurora alone.
 */
export async function handler(
  event: Pick<DynamoDBStreamEvent, 'Records'>,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'awsRequestId'>,
): Promise<DynamoDBBatchResponse> {
  if (!concernsUpkeep(event.Records)) return { batchItemFailures: [] };
  const { tandem, aurora, isSurelyAwake, log, meter } = processService();
  const parts = {
    maintenance: tandem.maintenance,
    auroraState: () => aurora.state(),
    clock: systemClock,
  };
  const deadlineMs = systemClock.now() + context.getRemainingTimeInMillis();
  const task = { name: 'projector', requestId: context.awsRequestId, deadlineMs };
  try {
    await runInBackground({ log, clock: systemClock, newId, meter }, task, async (ctx) => {
      if (!(await isSurelyAwake(ctx))) return LEFT_ASLEEP;
      // Another process has changed a projection, or has a run taken back: that is begun at once.
      const notes = notesFromRecords(event.Records);
      if (notes.includes(RUNS_NOTE)) tandem.runs.expect();
      if (notes.includes(REGISTRY_NOTE)) await tandem.registry.refresh(ctx);
      return runUpkeep(parts, ctx, false);
    });
    return { batchItemFailures: [] };
  } catch {
    // Told by the log. The first one fails: all of them are delivered again.
    const first = event.Records[0]?.dynamodb?.SequenceNumber;
    return { batchItemFailures: first === undefined ? [] : [{ itemIdentifier: first }] };
  }
}
