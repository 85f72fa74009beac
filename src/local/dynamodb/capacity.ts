import type { Input, Output } from './dynalite.ts';

/** Capacity units of reading so many bytes: one for each 4 KB begun, half for an eventually consistent read. */
export function readUnits(sizeBytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(sizeBytes / 4096)) / (consistent ? 1 : 2);
}

/** Capacity units of a write: one for each KB begun of the larger of both images. */
export function writeUnits(...sizesBytes: number[]): number {
  return Math.max(1, ...sizesBytes.map((sizeBytes) => Math.ceil(sizeBytes / 1024)));
}

/** `ConsumedCapacity` of one table, or nothing when it was not asked for. */
export function consumedCapacity(input: Input, table: string, units: number): Output | undefined {
  const asked = input.ReturnConsumedCapacity;
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return undefined;
  return {
    TableName: table,
    CapacityUnits: units,
    ...(asked === 'INDEXES' ? { Table: { CapacityUnits: units } } : {}),
  };
}
