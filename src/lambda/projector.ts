import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { notesFromRecords } from '../dynamodb/index.ts';
import { REGISTRY_NOTE } from '../facade/index.ts';
import { runInBackground } from './background.ts';
import { processService } from './compose.ts';
import { newId, systemClock } from './system.ts';
import { runUpkeep } from './upkeep.ts';

/**
 * Runs on the table's stream. Its records are a trigger and nothing more: what is pending stands in the
 * stores, so a record that is lost, late or delivered twice does no harm, and a batch fails only by a
 * fault of ours (it is then delivered again). Leaves a sleeping Aurora alone.
 */
export async function handler(
  event: Pick<DynamoDBStreamEvent, 'Records'>,
  context: Pick<Context, 'getRemainingTimeInMillis' | 'awsRequestId'>,
): Promise<DynamoDBBatchResponse> {
  const { tandem, aurora, log } = processService();
  const parts = {
    maintenance: tandem.maintenance,
    auroraState: () => aurora.state(),
    clock: systemClock,
  };
  const deadlineMs = systemClock.now() + context.getRemainingTimeInMillis();
  const task = { name: 'projector', requestId: context.awsRequestId, deadlineMs };
  try {
    await runInBackground({ log, clock: systemClock, newId }, task, async (ctx) => {
      // Another process has changed a projection: what it wants done is begun at once.
      const changed = notesFromRecords(event.Records).includes(REGISTRY_NOTE);
      if (changed && aurora.state() === 'awake') await tandem.registry.refresh(ctx);
      return runUpkeep(parts, ctx, false);
    });
    return { batchItemFailures: [] };
  } catch {
    // Told by the log. The first one fails: all of them are delivered again.
    const first = event.Records[0]?.dynamodb?.SequenceNumber;
    return { batchItemFailures: first === undefined ? [] : [{ itemIdentifier: first }] };
  }
}
