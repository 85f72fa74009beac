import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { onTestFinished } from 'vitest';
import {
  createDynamoDbServer,
  type DynamoDbServer,
  type DynamoDbServerOptions,
} from '../../../src/local/dynamodb/index.ts';

export const TABLE = 'articles';

export type SdkItem = Record<string, AttributeValue>;

/** A clock that stands still until it is moved. */
export class ManualClock {
  #nowMs: number;

  constructor(nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678)) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

/** A sleep that ends when the test says so; `asked` holds what was asked for and not ended yet. */
export class ManualSleep {
  readonly asked: { ms: number; end: () => void }[] = [];
  #watchers: (() => void)[] = [];

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const entry = {
        ms,
        end: () => {
          this.asked.splice(this.asked.indexOf(entry), 1);
          resolve();
        },
      };
      this.asked.push(entry);
      signal?.addEventListener('abort', () => {
        this.asked.splice(this.asked.indexOf(entry), 1);
        reject(signal.reason);
      });
      for (const watcher of this.#watchers.splice(0)) watcher();
    });

  /** Resolves once somebody sleeps. */
  async untilAsked(): Promise<{ ms: number; end: () => void }> {
    for (;;) {
      const first = this.asked[0];
      if (first) return first;
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }
}

/** A promise and the function that resolves it. */
export function aSignal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve: () => resolve() };
}

export interface Running {
  readonly server: DynamoDbServer;
  readonly client: DynamoDBClient;
  readonly clock: ManualClock;
}

/** A server with one table (`pk`, `sk`), gone when the test is over. */
export async function aServer(options: Partial<DynamoDbServerOptions> = {}): Promise<Running> {
  const clock = new ManualClock();
  const server = await createDynamoDbServer({ clock, sleep: async () => {}, ...options });
  const client = aClient(server.url);
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  await client.send(aTable()).catch((error: Error) => {
    if (error.name !== 'ResourceInUseException') throw error;
  });
  return { server, client, clock };
}

export function aClient(url: string, maxAttempts = 1): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts,
  });
}

export function aTable(name = TABLE): CreateTableCommand {
  return new CreateTableCommand({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  });
}

export function aKey(pk: string, sk = 'META'): SdkItem {
  return { pk: { S: pk }, sk: { S: sk } };
}

export async function put(client: DynamoDBClient, item: SdkItem): Promise<void> {
  await client.send(new PutItemCommand({ TableName: TABLE, Item: item }));
}

export async function get(
  client: DynamoDBClient,
  key: SdkItem,
  consistent = true,
): Promise<SdkItem | undefined> {
  const command = new GetItemCommand({ TableName: TABLE, Key: key, ConsistentRead: consistent });
  return (await client.send(command)).Item;
}

/** The error a call ends with. */
export async function failure(
  call: Promise<unknown>,
): Promise<Error & { Item?: SdkItem; $metadata?: { httpStatusCode?: number; attempts?: number } }> {
  try {
    await call;
  } catch (error) {
    return error as Error;
  }
  throw new Error('the call succeeded');
}
