import { setTimeout as delay } from 'node:timers/promises';
import type { StreamLog } from './stream-log.ts';
import { ShardPoller, type StreamHandler, type SubscribeOptions } from './stream-poller.ts';

export interface Subscription {
  /** Lets the call in flight end, then stops. */
  close(): Promise<void>;
}

/** The stream of a local DynamoDB: every effective write, in the order of its key. */
export interface DynamoDbStream {
  /**
   * Delivers all records kept so far and all to come, as an event source mapping does with
   * ReportBatchItemFailures: at least once, in order per key, a failed batch before anything behind it.
   * Errors: `RangeError` for settings AWS refuses.
   */
  subscribe(handler: StreamHandler, options?: SubscribeOptions): Subscription;
  /**
   * Resolves when no record waits or is being delivered, or when `signal` is aborted: nobody waits any
   * longer. Cuts batch windows short.
   */
  idle(signal?: AbortSignal): Promise<void>;
  /** Lets calls in flight end and begins no other; records go on gathering. */
  pause(): void;
  resume(): void;
  /** Delivers the next `count` batches once more after they succeeded, as AWS sometimes does. */
  duplicate(count: number): void;
}

export interface StreamOptions {
  readonly clock: { now(): number };
  /** Waits for batch windows and between retries; real time when absent. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function createStream(
  log: StreamLog,
  options: StreamOptions,
): DynamoDbStream & { close(): Promise<void> } {
  const pollers = new Set<ShardPoller>();
  const settled = new Set<() => void>();
  let paused = false;
  let duplicates = 0;
  let waiting = 0;

  const isDrained = () => [...pollers].every(({ position, shard }) => position >= shard.end);
  const wakeAll = () => {
    for (const poller of pollers) poller.wake();
  };
  const context = {
    log,
    clock: options.clock,
    sleep: options.sleep ?? realSleep,
    paused: () => paused,
    hurrying: () => waiting > 0,
    takeDuplicate: () => {
      if (duplicates <= 0) return false;
      duplicates -= 1;
      return true;
    },
    moved: () => {
      for (const shard of log.shards) {
        const positions = [...pollers].filter((p) => p.shard === shard).map((p) => p.position);
        if (positions.length > 0) log.trim(shard, Math.min(...positions));
      }
      for (const notify of [...settled]) notify();
    },
  };
  const unwatch = log.watch(wakeAll);

  async function closeAll(closing: readonly ShardPoller[]): Promise<void> {
    await Promise.all(closing.map((poller) => poller.close()));
    for (const poller of closing) pollers.delete(poller);
    context.moved();
  }

  return {
    subscribe(handler, settings = {}) {
      checkSettings(settings);
      log.keepAll();
      const mine = log.shards.map((shard) => new ShardPoller(context, shard, handler, settings));
      for (const poller of mine) pollers.add(poller);
      return { close: () => closeAll(mine) };
    },
    async idle(signal) {
      waiting += 1;
      wakeAll();
      try {
        while (!isDrained() && !signal?.aborted) {
          await new Promise<void>((resolve) => {
            const notify = () => {
              settled.delete(notify);
              signal?.removeEventListener('abort', notify);
              resolve();
            };
            settled.add(notify);
            signal?.addEventListener('abort', notify);
          });
        }
      } finally {
        waiting -= 1;
      }
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      wakeAll();
    },
    duplicate(count) {
      duplicates += count;
    },
    async close() {
      unwatch();
      await closeAll([...pollers]);
    },
  };
}

/** Limits of an event source mapping. Source: Lambda API reference, CreateEventSourceMapping. */
function checkSettings(settings: SubscribeOptions): void {
  const { batchSize = 100, windowMs = 0, maxRetries = -1, maxRecordAgeSeconds = -1 } = settings;
  const within = (name: string, value: number, min: number, max: number) => {
    if (Number.isInteger(value) && value >= min && value <= max) return;
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
  };
  within('batchSize', batchSize, 1, 10_000);
  within('windowMs', windowMs, 0, 300_000);
  within('maxRetries', maxRetries, -1, 10_000);
  within('maxRecordAgeSeconds', maxRecordAgeSeconds, -1, 604_800);
}

async function realSleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
