import { Engine } from './engine.ts';
import { type Gate, OPEN_GATE } from './gate.ts';
import { listen } from './http-server.ts';
import { openStore } from './store.ts';
import { createStream, type DynamoDbStream } from './stream.ts';
import { StreamLog } from './stream-log.ts';

export interface DynamoDbServerOptions {
  /** Folder of the data; kept in memory when absent. */
  readonly dataDir?: string;
  /** Port on 127.0.0.1; 0 for any (0). */
  readonly port?: number;
  /** Dates stream records, ages them, and expires items. */
  readonly clock: { now(): number };
  /** Counts, delays, refuses and cuts each HTTP attempt; lets all pass when absent. */
  readonly gate?: Gate;
  /** Named in ARNs and records (us-east-1). */
  readonly region?: string;
  /** Waits for the stream's windows and retries; real time when absent. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Shards of the stream (1): each is delivered by itself, so a stuck batch holds up its own shard only. */
  readonly shards?: number;
}

export interface DynamoDbServer {
  readonly url: string;
  readonly stream: DynamoDbStream;
  /** Removes items past their time to live, which AWS does some time later, and returns their number. */
  expire(): Promise<number>;
  /** Lets eventually consistent reads see items as they were `ms` ago on the clock; 0 ends it. */
  lagReads(ms: number): void;
  /** Lets the stream's calls end, answers what is in flight for up to 3 s, closes the store. */
  close(): Promise<void>;
}

const ACCOUNT_ID = '000000000000';

/**
 * Starts a local DynamoDB on 127.0.0.1.
 * Errors: `DataFolderError` (the folder is in use or unusable), those of `listen` (`EADDRINUSE`).
 */
export async function createDynamoDbServer(
  options: DynamoDbServerOptions,
): Promise<DynamoDbServer> {
  const { dataDir, clock, region = 'us-east-1', shards = 1 } = options;
  const store = await openStore({
    ...(dataDir === undefined ? {} : { dataDir }),
    region,
    accountId: ACCOUNT_ID,
  });
  const durable = dataDir !== undefined;
  const log = await StreamLog.open(store, { clock, region, durable, shards });
  const engine = new Engine(store, log, clock);
  const stream = createStream(log, {
    clock,
    ...(options.sleep ? { sleep: options.sleep } : {}),
  });
  const http = await listen(engine, options.gate ?? OPEN_GATE, options.port ?? 0).catch(
    async (error: unknown) => {
      await engine.close();
      throw error;
    },
  );
  return {
    url: http.url,
    stream,
    expire: () => engine.expire(),
    lagReads: (ms) => engine.lagReads(ms),
    async close() {
      // First the stream: its handlers still write through HTTP.
      await stream.close();
      await http.close();
      await engine.close();
    },
  };
}
