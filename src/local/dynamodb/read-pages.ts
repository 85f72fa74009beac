import { Readable } from 'node:stream';
import { itemSizeBytes } from './attribute-value.ts';
import { consumedCapacity, readUnits } from './capacity.ts';
import {
  type Action,
  type DynaliteStore,
  type Input,
  type Item,
  type ItemDb,
  itemKey,
  keyRange,
  type Output,
  type ValueRange,
} from './dynalite.ts';
import type { ReadLag } from './read-lag.ts';
import { runAction } from './tables.ts';

/**
 * Query or Scan by dynalite, over a view of the table's items that lags when the read is eventually
 * consistent and counts bytes as AWS does. Reads of an index see the store as it is.
 */
export async function readPage(
  store: DynaliteStore,
  lag: ReadLag,
  action: Action,
  input: Input,
): Promise<Output> {
  if (input.IndexName !== undefined) return runAction(action, store, input);
  const table = input.TableName as string;
  const consistent = input.ConsistentRead === true;
  const sizes: number[] = [];
  const items: Partial<ItemDb> = {
    createValueStream: (range) => {
      const overlay = consistent ? new Map<string, Item | undefined>() : lag.overlay(table);
      return Readable.from(measured(readRange(store, table, range, overlay), sizes));
    },
  };
  const view: DynaliteStore = Object.create(store, { getItemDb: { value: () => items } });
  const { ConsumedCapacity: _, ...output } = await runAction(action, view, input);
  const scanned = sizes.slice(0, Number(output.ScannedCount));
  const units = readUnits(
    scanned.reduce((total, size) => total + size, 0),
    consistent,
  );
  const capacity = consumedCapacity(input, table, units);
  return { ...output, ...(capacity ? { ConsumedCapacity: capacity } : {}) };
}

async function* measured(items: AsyncIterable<Item>, sizes: number[]): AsyncGenerator<Item> {
  for await (const item of items) {
    sizes.push(itemSizeBytes(item));
    yield item;
  }
}

/** The items of a key range in the order of the range, as the overlay shows them. */
async function* readRange(
  store: DynaliteStore,
  table: string,
  range: ValueRange,
  overlay: ReadonlyMap<string, Item | undefined>,
): AsyncGenerator<Item> {
  const prefix = itemKey(table, '');
  const hidden = [...overlay].filter(([key]) => isWithin(key, range)).sort(byKey);
  if (range.reverse) hidden.reverse();
  const isBefore = (a: string, b: string) => (range.reverse ? a > b : a < b);
  const limit =
    range.limit !== undefined && range.limit > 0 ? range.limit : Number.POSITIVE_INFINITY;
  let count = 0;

  for await (const [place, value] of store.db.iterator(withPrefix(range, prefix))) {
    const key = place.slice(prefix.length);
    for (let next = hidden[0]; next && isBefore(next[0], key); next = hidden[0]) {
      hidden.shift();
      if (next[1] === undefined) continue;
      yield next[1];
      if (++count >= limit) return;
    }
    const isHidden = hidden[0]?.[0] === key;
    const item = isHidden ? hidden.shift()?.[1] : (value as Item);
    if (item === undefined) continue;
    yield item;
    if (++count >= limit) return;
  }
  for (const [, item] of hidden) {
    if (item === undefined) continue;
    yield item;
    if (++count >= limit) return;
  }
}

/** The range within the whole database: level takes `gte` before `gt`, so only one of them may be there. */
function withPrefix({ gt, gte, lt, lte, reverse }: ValueRange, prefix: string): ValueRange {
  const whole = keyRange(prefix);
  return {
    reverse: reverse === true,
    ...(gt === undefined
      ? { gte: gte === undefined ? whole.gte : prefix + gte }
      : { gt: prefix + gt }),
    ...(lt === undefined && lte !== undefined
      ? { lte: prefix + lte }
      : { lt: lt === undefined ? whole.lt : prefix + lt }),
  };
}

function isWithin(key: string, { gt, gte, lt, lte }: ValueRange): boolean {
  return (
    (gt === undefined || key > gt) &&
    (gte === undefined || key >= gte) &&
    (lt === undefined || key < lt) &&
    (lte === undefined || key <= lte)
  );
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
