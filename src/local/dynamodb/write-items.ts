import { itemSizeBytes } from './attribute-value.ts';
import { awsError } from './aws-error.ts';
import { consumedCapacity, writeUnits } from './capacity.ts';
import {
  dynaliteDb,
  type Input,
  type Item,
  isWireError,
  loadAction,
  type Output,
  type Table,
} from './dynalite.ts';
import { keyOf, keyOfItem, refuseLongKey } from './item-key.ts';
import { refuseOversized } from './item-limits.ts';
import { leftOverCount } from './left-over.ts';
import {
  recordWrite,
  type WriteContext,
  WriteRefused,
  type WriteResult,
} from './write-recorder.ts';

/** Source: API reference of BatchWriteItem. dynalite counts per table only. */
const MAX_BATCH_WRITE_ITEMS = 25;

/** A member of conditional writes that dynalite does not know. */
export const ON_CONDITION_FAILURE = {
  ReturnValuesOnConditionCheckFailure: { type: 'String', enum: ['ALL_OLD', 'NONE'] },
};

export interface ItemWriter {
  /** Errors: `ResourceNotFoundException`. */
  context(table: string): Promise<WriteContext>;
}

const ACTIONS = {
  PutItem: loadAction('PutItem'),
  UpdateItem: loadAction('UpdateItem'),
  DeleteItem: loadAction('DeleteItem'),
};

/** PutItem, UpdateItem or DeleteItem. */
export async function writeItem(
  writer: ItemWriter,
  operation: keyof typeof ACTIONS,
  input: Input,
): Promise<Output> {
  if (input.Item) refuseOversized(input.Item as Item);
  const tableName = input.TableName as string;
  const context = await writer.context(tableName);
  refuseLongKey((input.Item ?? input.Key) as Item, context.table);
  const result = await recordWrite(context, ACTIONS[operation], input).catch((error: unknown) => {
    throw error instanceof WriteRefused ? explained(error, input) : error;
  });
  const capacity = consumedCapacity(input, tableName, unitsOf(result));
  const { ConsumedCapacity: _, ...output } = result.output;
  return { ...output, ...(capacity ? { ConsumedCapacity: capacity } : {}) };
}

interface WriteRequest {
  PutRequest?: { Item: Item };
  DeleteRequest?: { Key: Item };
}

/** BatchWriteItem: everything is checked before anything is written; the injected share is left out. */
export async function batchWriteItem(
  writer: ItemWriter,
  input: Input,
  unprocessedShare: number,
): Promise<Output> {
  const requests = Object.entries(input.RequestItems as Record<string, WriteRequest[]>);
  if (requests.reduce((sum, [, list]) => sum + list.length, 0) > MAX_BATCH_WRITE_ITEMS) {
    throw dynaliteDb.validationError('Too many items requested for the BatchWriteItem call');
  }
  const writes: { name: string; context: WriteContext; request: WriteRequest }[] = [];
  for (const [name, list] of requests) {
    const context = await writer.context(name);
    refuseDuplicates(list, context.table);
    for (const request of list) writes.push({ name, context, request });
  }

  const served = writes.length - leftOverCount(writes.length, unprocessedShare);
  const units = new Map(requests.map(([name]) => [name, 0]));
  await Promise.all(
    writes.slice(0, served).map(async ({ name, context, request }) => {
      const result = request.PutRequest
        ? recordWrite(context, ACTIONS.PutItem, { TableName: name, Item: request.PutRequest.Item })
        : recordWrite(context, ACTIONS.DeleteItem, {
            TableName: name,
            Key: request.DeleteRequest?.Key,
          });
      const spent = unitsOf(
        await result.catch((error: unknown) => {
          throw error instanceof WriteRefused ? error.cause : error;
        }),
      );
      units.set(name, (units.get(name) ?? 0) + spent);
    }),
  );

  const unprocessed: Record<string, WriteRequest[]> = {};
  for (const { name, request } of writes.slice(served)) {
    unprocessed[name] ??= [];
    unprocessed[name].push(request);
  }
  const capacity = [...units].flatMap(
    ([name, spent]) => consumedCapacity(input, name, spent) ?? [],
  );
  return {
    UnprocessedItems: unprocessed,
    ...(capacity.length > 0 ? { ConsumedCapacity: capacity } : {}),
  };
}

function unitsOf({ oldImage, newImage }: WriteResult): number {
  return writeUnits(oldImage ? itemSizeBytes(oldImage) : 0, newImage ? itemSizeBytes(newImage) : 0);
}

function refuseDuplicates(requests: readonly WriteRequest[], table: Table): void {
  const seen = new Set<string>();
  for (const { PutRequest, DeleteRequest } of requests) {
    if (PutRequest) refuseOversized(PutRequest.Item);
    const sent = PutRequest?.Item ?? DeleteRequest?.Key ?? {};
    const key = PutRequest ? batchPutKey(sent, table) : keyOf(sent, table);
    if (seen.has(key)) {
      throw dynaliteDb.validationError('Provided list of item keys contains duplicates');
    }
    seen.add(key);
  }
}

/** In a batch AWS says less about what is wrong with a key. */
function batchPutKey(item: Item, table: Table): string {
  try {
    return keyOfItem(item, table);
  } catch (error) {
    if (!(error instanceof Error) || !/Missing the key|Type mismatch for key/.test(error.message)) {
      throw error;
    }
    throw dynaliteDb.validationError('The provided key element does not match the schema');
  }
}

/** What a refused write answers: with the item it met, where the caller asked for it. */
export function explained(refused: WriteRefused, input: Input): unknown {
  const { cause, oldImage } = refused;
  const wanted = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  if (!wanted || !oldImage || !isWireError(cause)) return cause;
  if (!cause.body.__type.endsWith('#ConditionalCheckFailedException')) return cause;
  const answer = awsError('ConditionalCheckFailedException', cause.message, cause.statusCode);
  answer.body.Item = oldImage;
  return answer;
}
