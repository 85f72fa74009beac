import { itemSizeBytes } from './attribute-value.ts';
import { consumedCapacity, readUnits } from './capacity.ts';
import { dynaliteDb, type Input, type Item, type Output, type Table } from './dynalite.ts';
import { keyOf } from './item-key.ts';
import { leftOverCount } from './left-over.ts';

/** Limit of one BatchGetItem answer. Source: API reference of BatchGetItem. */
export const MAX_BATCH_GET_BYTES = 16 * 1024 * 1024;
/** Items read at once: 25 of the largest are 10 MB, so an answer of 16 MB never needs 40. */
const READ_AHEAD = 25;

export interface ItemReader {
  table(name: string): Promise<Table>;
  /** The item under this key, undefined where there is none. */
  read(table: Table, key: string, consistent: boolean): Promise<Item | undefined>;
}

interface Projection {
  paths: unknown[];
  nestedPaths: unknown;
}

export interface KeysAndAttributes {
  Keys: Item[];
  ConsistentRead?: boolean;
  AttributesToGet?: string[];
  _projection?: Projection;
}

/** GetItem. Cost: one read of the store. */
export async function getItem(reader: ItemReader, input: Input): Promise<Output> {
  const request = input as unknown as KeysAndAttributes & { TableName: string; Key: Item };
  const table = await reader.table(request.TableName);
  const key = checkedKey(request, request.Key, table);
  const consistent = request.ConsistentRead === true;
  const item = await reader.read(table, key, consistent);
  const units = readUnits(item ? itemSizeBytes(item) : 0, consistent);
  const capacity = consumedCapacity(input, request.TableName, units);
  return {
    ...(item ? { Item: project(request, item) } : {}),
    ...(capacity ? { ConsumedCapacity: capacity } : {}),
  };
}

/**
 * BatchGetItem: up to 16 MB of items; what does not fit, and the injected share, comes back in
 * `UnprocessedKeys`. `raw` is the request as it was sent, whose members the left-over keys repeat.
 */
export async function batchGetItem(
  reader: ItemReader,
  input: Input,
  raw: Input,
  unprocessedShare: number,
): Promise<Output> {
  const requests = Object.entries(input.RequestItems as Record<string, KeysAndAttributes>);
  const wanted: {
    name: string;
    table: Table;
    request: KeysAndAttributes;
    key: string;
    sent: Item;
  }[] = [];
  for (const [name, request] of requests) {
    const table = await reader.table(name);
    for (const sent of request.Keys) {
      wanted.push({ name, table, request, key: checkedKey(request, sent, table), sent });
    }
  }

  const responses: Record<string, Item[]> = {};
  const unprocessed: Record<string, { Keys: Item[] }> = {};
  const units = new Map<string, number>();
  for (const [name] of requests) {
    responses[name] = [];
    units.set(name, 0);
  }
  const leaveOut = (name: string, key: Item) => {
    const sent = (raw.RequestItems as Record<string, Input>)[name];
    unprocessed[name] ??= { ...sent, Keys: [] };
    unprocessed[name].Keys.push(key);
  };

  const served = wanted.length - leftOverCount(wanted.length, unprocessedShare);
  let totalBytes = 0;
  let full = false;
  for (let from = 0; from < served && !full; from += READ_AHEAD) {
    const chunk = wanted.slice(from, Math.min(from + READ_AHEAD, served));
    const items = await Promise.all(
      chunk.map(({ table, key, request }) =>
        reader.read(table, key, request.ConsistentRead === true),
      ),
    );
    for (const [index, { name, request, sent }] of chunk.entries()) {
      const item = items[index];
      const sizeBytes = item ? itemSizeBytes(item) : 0;
      full ||= totalBytes + sizeBytes > MAX_BATCH_GET_BYTES;
      if (full) {
        leaveOut(name, sent);
        continue;
      }
      totalBytes += sizeBytes;
      units.set(
        name,
        (units.get(name) ?? 0) + readUnits(sizeBytes, request.ConsistentRead === true),
      );
      if (item) responses[name]?.push(project(request, item));
    }
    if (full)
      for (const rest of wanted.slice(from + READ_AHEAD, served)) leaveOut(rest.name, rest.sent);
  }
  for (const rest of wanted.slice(served)) leaveOut(rest.name, rest.sent);

  const capacity = [...units].flatMap(
    ([name, spent]) => consumedCapacity(input, name, spent) ?? [],
  );
  return {
    Responses: responses,
    UnprocessedKeys: unprocessed,
    ...(capacity.length > 0 ? { ConsumedCapacity: capacity } : {}),
  };
}

function checkedKey(request: KeysAndAttributes, key: Item, table: Table): string {
  const at = keyOf(key, table);
  const refused = dynaliteDb.validateKeyPaths(request._projection?.nestedPaths, table);
  if (refused) throw refused;
  return at;
}

/** The part of an item that was asked for. */
export function project(request: KeysAndAttributes, item: Item): Item {
  const paths = request._projection ? request._projection.paths : request.AttributesToGet;
  return paths ? dynaliteDb.mapPaths(paths, item) : item;
}
