import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../src/domain/index.ts';
import {
  createDynamoDb,
  type DynamoDb,
  type DynamoDbOptions,
  ensureTable,
} from '../../src/dynamodb/index.ts';
import { createDynamoDbServer, type DynamoDbServer } from '../../src/local/dynamodb/index.ts';
import { createWire, type Wire } from '../../src/local/wire/index.ts';
import { seededRandom } from './clock.ts';

/** Real time, which a test may put forward. */
export class ShiftedClock implements Clock {
  private shiftMs = 0;
  /** How long others slept, in the order in which they began; deadlines included. */
  readonly sleeps: number[] = [];

  now(): number {
    return Date.now() + this.shiftMs;
  }

  advance(ms: number): void {
    this.shiftMs += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    signal?.throwIfAborted();
    await delay(ms, undefined, { ref: false, ...(signal ? { signal } : {}) });
  }
}

export interface TestDynamoDb {
  readonly url: string;
  readonly server: DynamoDbServer;
  readonly wire: Wire;
  readonly clock: ShiftedClock;
  /** The SDK's own client, for tests that look at items. */
  readonly client: DynamoDBClient;
  readonly config: DynamoDBClientConfig;
  /** A store over a new table, which `table` names. */
  store(options?: Partial<DynamoDbOptions>): Promise<DynamoDb & { readonly table: string }>;
  close(): Promise<void>;
}

/** Starts a local DynamoDB in memory, behind a wire that injects faults. Pauses of batches take no time. */
export async function startDynamoDb(): Promise<TestDynamoDb> {
  const clock = new ShiftedClock();
  const wire = createWire({ clock, random: seededRandom(7), sleep: (ms) => delay(ms) });
  const server = await createDynamoDbServer({ clock, gate: wire.gate('dynamodb') });
  const config: DynamoDBClientConfig = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const client = new DynamoDBClient(config);
  const stores: DynamoDb[] = [];
  let tables = 0;
  let ids = 0;
  return {
    url: server.url,
    server,
    wire,
    clock,
    client,
    config,

    async store(options = {}) {
      const table = options.table ?? `articles-${++tables}`;
      await ensureTable(client, table);
      const store = createDynamoDb({
        client: config,
        clock,
        random: () => 0,
        newId: () => `id-${++ids}`,
        ...options,
        table,
      });
      stores.push(store);
      return { ...store, table };
    },

    async close() {
      for (const store of stores) store.close();
      client.destroy();
      await server.close();
    },
  };
}
