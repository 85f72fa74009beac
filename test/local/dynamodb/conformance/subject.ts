import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type {
  createDynamoDbServer,
  DynamoDbServer,
  StreamRecord,
  SubscribeOptions,
} from '../../../../src/local/dynamodb/index.ts';
import type { createWire, Wire } from '../../../../src/local/wire/index.ts';
import { aClient, aKey, aTable, ManualClock, put, type SdkItem, TABLE } from '../support.ts';

/** What AWS does, where that is written, and how to see it. A run that ends without an error has seen it. */
export interface Behaviour {
  readonly name: string;
  readonly source: string;
  /** Needs a store that takes its time: the server keeps its data in a folder. */
  readonly onDisk?: true;
  run(subject: Subject): Promise<void>;
}

/** A fresh server with one table (`pk`, `sk`), seen through the SDK without retries. */
export interface Subject {
  readonly client: DynamoDBClient;
  readonly server: DynamoDbServer;
  readonly clock: ManualClock;
  readonly wire: Wire;
}

/** The two modules a subject is made of: the ones in `src/`, or a copy with a fault planted in it. */
export interface Modules {
  readonly createDynamoDbServer: typeof createDynamoDbServer;
  readonly createWire: typeof createWire;
}

/** Runs a behaviour on a subject of its own, gone afterwards. */
export async function observe(modules: Modules, { run, onDisk }: Behaviour): Promise<void> {
  const clock = new ManualClock();
  const wire = modules.createWire({ clock, random: () => 0, sleep: async () => {} });
  const dataDir = onDisk && mkdtempSync(join(tmpdir(), 'tandem-conformance-'));
  const server = await modules.createDynamoDbServer({
    clock,
    gate: wire.gate('dynamodb'),
    sleep: async () => {},
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  const client = aClient(server.url);
  try {
    await client.send(aTable());
    wire.resetCalls();
    await run({ client, server, clock, wire });
  } finally {
    client.destroy();
    await server.close();
    if (dataDir !== undefined) rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Sources, named once. */
export const SOURCE = {
  quotas: 'Developer Guide, Service quotas',
  sizes: 'Developer Guide, DynamoDB item sizes and formats',
  types: 'Developer Guide, Supported data types and naming rules',
  expressions: 'Developer Guide, Expressions',
  capacity: 'Developer Guide, Read and write operations',
  streams: 'Developer Guide, Change data capture for DynamoDB Streams',
  ttl: 'Developer Guide, Using time to live (TTL)',
  mapping: 'Lambda Developer Guide, Using AWS Lambda with Amazon DynamoDB',
  partial: 'Lambda Developer Guide, Configuring partial batch response with DynamoDB and Lambda',
  errors: 'Developer Guide, Error handling with DynamoDB',
  api: (operation: string) => `API reference, ${operation}`,
  /** Cases that their authors ran on AWS first. */
  suite: (file: string) => `nubo-db/dynamodb-conformance 0ba4393, tests/${file}`,
};

/** The call is refused with this error; `message` is its text, or part of it. */
export async function refused(
  call: Promise<unknown>,
  name: string,
  message?: string | RegExp,
): Promise<Error & { CancellationReasons?: unknown[]; Item?: SdkItem }> {
  const error = await call.then(
    () => assert.fail(`accepted, where ${name} was due`),
    (reason: Error) => reason,
  );
  assert.equal(error.name, name, error.message);
  if (typeof message === 'string') assert.equal(error.message, message);
  else if (message) assert.match(error.message, message);
  return error;
}

/** Part of an item of exactly `sizeBytes`, with `more` in it that counts `moreBytes`. */
export function anItemOf(sizeBytes: number, more: SdkItem, moreBytes: number): SdkItem {
  // The keys count 2 + 1 and 2 + 1 bytes, the name of the filler 1.
  return { ...aKey('a', 'b'), ...more, f: { S: 'x'.repeat(sizeBytes - 7 - moreBytes) } };
}

export async function putAll(client: DynamoDBClient, items: readonly SdkItem[]): Promise<void> {
  await Promise.all(items.map((item) => put(client, item)));
}

/** Records of the stream, delivered to the end with these settings, batch by batch. */
export async function delivered(
  { server }: Subject,
  handler: (records: readonly StreamRecord[], batch: number) => unknown = () => undefined,
  options: SubscribeOptions = {},
): Promise<StreamRecord[][]> {
  const batches: StreamRecord[][] = [];
  const subscription = server.stream.subscribe(
    ({ Records }) => {
      batches.push(Records);
      return handler(Records, batches.length);
    },
    { table: TABLE, ...options },
  );
  await server.stream.idle();
  await subscription.close();
  return batches;
}

/** Nested maps, `levels` of them around a string. */
export function nested(levels: number): AttributeValue {
  return levels === 0 ? { S: 'x' } : { M: { a: nested(levels - 1) } };
}
