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
import { keyAttributes } from './stream-record.ts';
import { runAction, type Tables } from './tables.ts';

/** Limit of a page of Query or Scan. Source: Developer Guide, "Service quotas", Query and Scan. */
const MAX_PAGE_BYTES = 1024 * 1024;

/**
 * Query or Scan by dynalite, over a view of the table's items that lags when the read is eventually
 * consistent and counts bytes as AWS does. Reads of an index see the store as it is.
 */
export async function readPage(
  store: DynaliteStore,
  tables: Tables,
  lag: ReadLag,
  action: Action,
  input: Input,
): Promise<Output> {
  if (input.IndexName !== undefined) return runAction(action, store, input);
  const table = input.TableName as string;
  const consistent = input.ConsistentRead === true;
  const page = new PageSize();
  const items: Partial<ItemDb> = {
    createValueStream: (range) => {
      const overlay = consistent ? new Map<string, Item | undefined>() : lag.overlay(table);
      return Readable.from(page.fill(readRange(store, table, range, overlay)));
    },
  };
  const view: DynaliteStore = Object.create(store, { getItemDb: { value: () => items } });
  const { ConsumedCapacity: _, ...output } = await runAction(action, view, input);
  const scannedCount = Number(output.ScannedCount);
  const units = readUnits(page.bytesOf(scannedCount), consistent);
  const capacity = consumedCapacity(input, table, units);
  const cutAt = page.cutAt;
  const cut = cutAt && output.LastEvaluatedKey === undefined;
  return {
    ...output,
    ...(cut ? { LastEvaluatedKey: keyAttributes(cutAt, await tables.get(table)) } : {}),
    ...(capacity ? { ConsumedCapacity: capacity } : {}),
  };
}

/**
 * Ends a page once 1 MB has been read, the item that crosses the line included. dynalite 4.0.0 does so,
 * too, but counts characters where AWS counts UTF-8 bytes.
 */
class PageSize {
  /** The item at which the page was cut. */
  cutAt: Item | undefined;
  readonly #sizes: number[] = [];

  async *fill(items: AsyncIterable<Item>): AsyncGenerator<Item> {
    let totalBytes = 0;
    for await (const item of items) {
      const sizeBytes = itemSizeBytes(item);
      this.#sizes.push(sizeBytes);
      totalBytes += sizeBytes;
      if (totalBytes >= MAX_PAGE_BYTES) this.cutAt = item;
      yield item;
      if (this.cutAt) return;
    }
  }

  /** The bytes of the first `count` items. */
  bytesOf(count: number): number {
    return this.#sizes.slice(0, count).reduce((total, size) => total + size, 0);
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
