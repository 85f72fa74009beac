import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AiOutputStore, Clock, Ledger, NewId, Random } from '../domain/index.ts';
import { createArticleCopies } from './article-copies.ts';
import { createBatches } from './batch.ts';
import { createBodies } from './bodies.ts';
import { createCaller } from './caller.ts';
import { createCalls } from './calls.ts';
import { createClient } from './client.ts';
import { createIdempotency } from './idempotency.ts';
import { createIntents } from './intents.ts';
import { createKeeping } from './keeping.ts';
import { createLedger } from './ledger.ts';
import { createOutputs } from './outputs.ts';
import { createPageCopies } from './page-copies.ts';
import { createTexts } from './texts.ts';
import { createVersions } from './versions.ts';

export interface DynamoDbOptions {
  /** A client, or what one is to be made of: `region`, `endpoint`, `credentials`. A client's time limits and logger are its owner's. */
  readonly client: DynamoDBClient | DynamoDBClientConfig;
  /** Name of the table. */
  readonly table: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
}

export interface DynamoDb extends AiOutputStore {
  /** What the processes of the deployment note for each other. */
  readonly ledger: Ledger;

  /** Closes sockets, unless the client was given. */
  close(): void;
}

/** A key that no item has. */
const NOWHERE = { pk: 'PING', sk: 'PING' } as const;

/** Connects nothing yet: the first call does. One per process, so that its sockets are shared. */
export function createDynamoDb(options: DynamoDbOptions): DynamoDb {
  const { table, clock, random, newId } = options;
  const given = 'send' in options.client;
  const client = 'send' in options.client ? options.client : createClient(options.client);
  const calls = createCalls(createCaller(DynamoDBDocumentClient.from(client), clock), table);
  const batches = createBatches({ calls, clock, random });
  const texts = createTexts(batches);
  const parts = { calls, batches, texts, clock, newId };

  return {
    ...createArticleCopies(parts),
    ...createOutputs(parts),
    ...createVersions(parts),
    ...createBodies(parts),
    ...createIntents(parts),
    ...createIdempotency(parts),
    ...createPageCopies(parts),
    ...createKeeping(parts),

    ledger: createLedger(parts),

    async ping(ctx) {
      await calls.get(ctx, 'dynamodb.ping', NOWHERE);
    },

    close() {
      if (!given) client.destroy();
    },
  };
}
