import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { concernsUpkeep } from '../dynamodb/index.ts';
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
  if (!concernsUpkeep(event.Records)) return { batchItemFailures: [] };
  const { tandem, aurora, log, meter } = processService();
  const parts = {
    maintenance: tandem.maintenance,
    auroraState: () => aurora.state(),
    clock: systemClock,
  };
  const deadlineMs = systemClock.now() + context.getRemainingTimeInMillis();
  const task = { name: 'projector', requestId: context.awsRequestId, deadlineMs };
  try {
    await runInBackground({ log, clock: systemClock, newId, meter }, task, (ctx) =>
      runUpkeep(parts, ctx, false),
    );
    return { batchItemFailures: [] };
  } catch {
    // Told by the log. The first one fails: all of them are delivered again.
    const first = event.Records[0]?.dynamodb?.SequenceNumber;
    return { batchItemFailures: first === undefined ? [] : [{ itemIdentifier: first }] };
  }
}
