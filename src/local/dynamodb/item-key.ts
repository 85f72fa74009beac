import { dynaliteDb, type Item, type Table, type WireError } from './dynalite.ts';

/** Limits of key values in bytes. Source: Developer Guide, "Service quotas", Partition and sort keys. */
const MAX_PARTITION_KEY_BYTES = 2048;
const MAX_SORT_KEY_BYTES = 1024;

/** The store's key of a request's `Key`. Errors: `ValidationException` when it is no key of this table. */
export function keyOf(key: Item, table: Table): string {
  refuse(dynaliteDb.validateKey(key, table));
  refuseLongKey(key, table);
  return dynaliteDb.createKey(key, table);
}

/** The store's key of an item to be put. Errors: `ValidationException` when its key attributes do not fit. */
export function keyOfItem(item: Item, table: Table): string {
  refuse(dynaliteDb.validateItem(item, table));
  refuseLongKey(item, table);
  return dynaliteDb.createKey(item, table);
}

/** dynalite 4.0.0 counts characters where AWS counts UTF-8 bytes. */
export function refuseLongKey(item: Item, table: Table): void {
  for (const [index, { AttributeName }] of table.KeySchema.entries()) {
    const text = item[AttributeName]?.S;
    if (text === undefined) continue;
    const sizeBytes = Buffer.byteLength(text, 'utf8');
    if (index === 0 && sizeBytes > MAX_PARTITION_KEY_BYTES) {
      throw dynaliteDb.validationError(
        'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
      );
    }
    if (index > 0 && sizeBytes > MAX_SORT_KEY_BYTES) {
      throw dynaliteDb.validationError(
        'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
      );
    }
  }
}

function refuse(error: WireError | null | undefined): void {
  if (error) throw error;
}
