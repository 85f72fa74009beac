import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { ServiceError } from '../domain/index.ts';

/** An item in plain values: strings, numbers, booleans, byte arrays, sets of strings. */
export type Item = Readonly<Record<string, unknown>>;

/** An item as it is on the wire. */
export type Image = Readonly<Record<string, AttributeValue>>;

/** Plain values of an image; attributes of kinds that this table does not use are left out. */
export function plainItem(image: Image): Item {
  const item: Record<string, unknown> = {};
  for (const name of Object.keys(image)) {
    const value = image[name] as AttributeValue;
    if (value.S !== undefined) item[name] = value.S;
    else if (value.N !== undefined) item[name] = Number(value.N);
    else if (value.B !== undefined) item[name] = value.B;
    else if (value.BOOL !== undefined) item[name] = value.BOOL;
    else if (value.SS !== undefined) item[name] = new Set(value.SS);
  }
  return item;
}

/** Bytes that DynamoDB counts for an item, rounded up: numbers are taken as their longest. Source: DG CapacityUnitCalculations.html. */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    bytes += Buffer.byteLength(name);
    if (typeof value === 'string') bytes += Buffer.byteLength(value);
    else if (value instanceof Uint8Array) bytes += value.byteLength;
    else bytes += 21;
  }
  return bytes;
}

/** A member of an item, when it is there and a string. */
export function stringOf(item: Item, name: string): string | undefined {
  const value = item[name];
  return typeof value === 'string' ? value : undefined;
}

/** A member of an item, when it is there and a number. */
export function numberOf(item: Item, name: string): number | undefined {
  const value = item[name];
  return typeof value === 'number' ? value : undefined;
}

/** A member of an item, when it is there and bytes. */
export function bytesOf(item: Item, name: string): Uint8Array | undefined {
  const value = item[name];
  return value instanceof Uint8Array ? value : undefined;
}

/** A member that must be there. Errors: `internal`, since nothing else writes to this table. */
export function demanded<T>(value: T | undefined, item: Item, name: string): T {
  if (value !== undefined) return value;
  throw new ServiceError(
    'internal',
    'dynamodb.decode',
    `The item ${String(item.pk)} ${String(item.sk)} has no proper "${name}".`,
  );
}
