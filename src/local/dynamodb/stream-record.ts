import { createHash } from 'node:crypto';
import { itemSizeBytes } from './attribute-value.ts';
import type { Item, Table } from './dynalite.ts';
import type { Change } from './write-recorder.ts';

/** A record of a DynamoDB stream as Lambda hands it to a function. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly eventSourceARN: string;
  readonly dynamodb: {
    /** Epoch seconds, whole, as AWS sends them. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    /** Decimal digits, always as many: they sort as text, too. */
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: 'NEW_AND_OLD_IMAGES';
  };
  /** Only on what time to live removed. */
  readonly userIdentity?: { readonly type: 'Service'; readonly principalId: string };
}

/** Who removes expired items, as AWS names itself in their records. */
export const TTL_IDENTITY = { type: 'Service', principalId: 'dynamodb.amazonaws.com' } as const;

export function streamRecord(
  change: Change,
  sequence: string,
  nowMs: number,
  region: string,
): StreamRecord {
  const { table, oldImage, newImage, byTimeToLive } = change;
  const keys = keyAttributes(newImage ?? oldImage ?? {}, table);
  const sizeBytes =
    itemSizeBytes(keys) +
    (oldImage ? itemSizeBytes(oldImage) : 0) +
    (newImage ? itemSizeBytes(newImage) : 0);
  return {
    eventID: createHash('md5').update(`${table.TableArn} ${sequence}`).digest('hex'),
    eventName: oldImage ? (newImage ? 'MODIFY' : 'REMOVE') : 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    eventSourceARN: streamArn(table),
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(nowMs / 1000),
      Keys: keys,
      ...(newImage ? { NewImage: newImage } : {}),
      ...(oldImage ? { OldImage: oldImage } : {}),
      SequenceNumber: sequence,
      SizeBytes: sizeBytes,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
    ...(byTimeToLive ? { userIdentity: TTL_IDENTITY } : {}),
  };
}

/** The label is the table's birth, as on AWS, so that a table made anew has another stream. */
export function streamLabel(table: Table): string {
  const createdMs = Math.round(Number(table.CreationDateTime) * 1000);
  return new Date(createdMs).toISOString().slice(0, 23);
}

export function streamArn(table: Table): string {
  return `${table.TableArn}/stream/${streamLabel(table)}`;
}

/** The key attributes of an item, by themselves. */
export function keyAttributes(item: Item, table: Table): Item {
  const keys: Item = {};
  for (const { AttributeName } of table.KeySchema) {
    const value = item[AttributeName];
    if (value) keys[AttributeName] = value;
  }
  return keys;
}
