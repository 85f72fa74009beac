import { type BatchOutcome, readBatchAnswer } from './batch-answer.ts';
import { type LoggedRecord, RETENTION_MS, type Shard, type StreamLog } from './stream-log.ts';
import type { StreamRecord } from './stream-record.ts';

export type StreamHandler = (event: { Records: StreamRecord[] }) => unknown;

/** Metadata of records given up, as Lambda sends it to an on-failure destination: never the records. */
export interface FailedBatch {
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
    readonly approximateInvokeCount: number;
  };
  readonly responseContext: {
    readonly statusCode: 200;
    readonly executedVersion: '$LATEST';
    readonly functionError: 'Unhandled' | null;
  };
  readonly version: '1.0';
  readonly timestamp: string;
  readonly DDBStreamBatchInfo: {
    readonly shardId: string;
    readonly startSequenceNumber: string;
    readonly endSequenceNumber: string;
    readonly approximateArrivalOfFirstRecord: string;
    readonly approximateArrivalOfLastRecord: string;
    readonly batchSize: number;
    readonly streamArn: string;
  };
}

/** Settings of an event source mapping, with AWS's defaults; ReportBatchItemFailures is always on. */
export interface SubscribeOptions {
  /** Records a call at most, 1 to 10,000 (100). A batch is also cut at Lambda's 6 MB. */
  readonly batchSize?: number;
  /** How long to wait for a full batch (0). */
  readonly windowMs?: number;
  /** Retries of a failed batch, splits not counted; -1 until the stream forgets the records (-1). */
  readonly maxRetries?: number;
  /** Halve a batch that failed as a whole before it is tried again (false). */
  readonly bisect?: boolean;
  /** Give up records older than this; -1 never (-1). */
  readonly maxRecordAgeSeconds?: number;
  /** Takes what was given up. */
  readonly onFailure?: (failed: FailedBatch) => unknown;
  /** Only records of this table; all tables when absent. */
  readonly table?: string;
}

export interface PollerContext {
  readonly log: StreamLog;
  readonly clock: { now(): number };
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** True while no call may begin. */
  readonly paused: () => boolean;
  /** True while somebody waits for the stream to be drained: windows are cut short. */
  readonly hurrying: () => boolean;
  /** True when a delivered batch is to be delivered again; asking uses it up. */
  readonly takeDuplicate: () => boolean;
  /** Tells that a position moved. */
  readonly moved: () => void;
}

/** Source: Lambda quotas, "Invocation payload", synchronous. */
const MAX_BATCH_BYTES = 6 * 1024 * 1024;
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 60_000;
const FUNCTION_ARN = 'arn:aws:lambda:local:000000000000:function:stream-subscriber';

/** Delivers one shard to one handler, a batch at a time, in order. */
export class ShardPoller {
  readonly #context: PollerContext;
  readonly #shard: Shard;
  readonly #handler: StreamHandler;
  readonly #options: SubscribeOptions;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #position: number;
  #wake: () => void = () => {};
  #invocations = 0;

  constructor(
    context: PollerContext,
    shard: Shard,
    handler: StreamHandler,
    options: SubscribeOptions,
  ) {
    this.#context = context;
    this.#shard = shard;
    this.#handler = handler;
    this.#options = options;
    this.#position = shard.first;
    this.#done = this.#run();
  }

  get shard(): Shard {
    return this.#shard;
  }

  /** Everything before this position is done with. */
  get position(): number {
    return this.#position;
  }

  /** Looks again: records came, deliveries may go on, or somebody is in a hurry. */
  wake(): void {
    this.#wake();
  }

  /** Lets the call in flight end, then stops. */
  async close(): Promise<void> {
    this.#abort.abort();
    this.#wake();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    for (;;) {
      await this.#until(() => !this.#context.paused() && this.#hasNext());
      if (signal.aborted) return;
      await this.#fillWindow();
      if (signal.aborted) return;
      const { batch, end } = this.#take();
      if (batch.length > 0) await this.#process(batch);
      if (signal.aborted) return;
      if (batch.length > 0 && this.#context.takeDuplicate()) continue;
      this.#position = end;
      this.#context.moved();
    }
  }

  #hasNext(): boolean {
    const next = this.#shard.at(this.#position);
    return next !== undefined && next.state !== 'storing';
  }

  /** Waits for a wake-up that finds `ready` true, or for the end. */
  async #until(ready: () => boolean): Promise<void> {
    while (!ready() && !this.#abort.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits until the batch is full or its window is over. */
  async #fillWindow(): Promise<void> {
    const { windowMs = 0 } = this.#options;
    if (windowMs <= 0) return;
    const over = new AbortController();
    let open = true;
    this.#context.sleep(windowMs, AbortSignal.any([over.signal, this.#abort.signal])).then(
      () => {
        open = false;
        this.#wake();
      },
      () => {},
    );
    await this.#until(() => !open || this.#context.hurrying() || this.#take().full);
    over.abort();
  }

  /** The next batch and where it ends; forgotten and cancelled records are passed over. */
  #take(): { batch: LoggedRecord[]; end: number; full: boolean } {
    const { batchSize = 100, table } = this.#options;
    const oldestMs = this.#context.clock.now() - RETENTION_MS;
    const batch: LoggedRecord[] = [];
    let bytes = 0;
    let end = this.#position;
    for (; ; end += 1) {
      const entry = this.#shard.at(end);
      if (!entry || entry.state === 'storing') return { batch, end, full: false };
      if (entry.state === 'cancelled' || entry.atMs < oldestMs) continue;
      if (table !== undefined && !isOfTable(entry.record, table)) continue;
      bytes += payloadBytes(entry.record);
      if (batch.length > 0 && bytes > MAX_BATCH_BYTES) return { batch, end, full: true };
      batch.push(entry);
      if (batch.length >= batchSize) return { batch, end: end + 1, full: true };
    }
  }

  /** Delivers a batch until each of its records succeeded or was given up. */
  async #process(batch: LoggedRecord[]): Promise<void> {
    const { maxRetries = -1, bisect = false } = this.#options;
    const parts = [{ records: batch, retries: 0, calls: 0 }];
    let backoffs = 0;
    for (let part = parts[0]; part !== undefined; part = parts[0]) {
      await this.#until(() => !this.#context.paused());
      if (this.#abort.signal.aborted) return;
      part.records = await this.#withoutAged(part.records, part.calls);
      if (part.records.length === 0) {
        parts.shift();
        continue;
      }
      part.calls += 1;
      const outcome = await this.#invoke(part.records);
      if (outcome.ok) {
        parts.shift();
        backoffs = 0;
        continue;
      }
      const splits = bisect && (outcome.whole ? part.records.length > 1 : outcome.from > 0);
      const rest = part.records.slice(outcome.from);
      if (splits && outcome.whole) {
        const middle = Math.ceil(rest.length / 2);
        const shared = { retries: part.retries, calls: part.calls };
        parts.splice(
          0,
          1,
          { records: rest.slice(0, middle), ...shared },
          { records: rest.slice(middle), ...shared },
        );
      } else {
        part.records = rest;
        if (!splits) part.retries += 1;
        if (maxRetries >= 0 && part.retries > maxRetries) {
          await this.#giveUp(rest, 'RetryAttemptsExhausted', part.calls, outcome.whole);
          parts.shift();
          continue;
        }
      }
      await this.#backOff(backoffs);
      backoffs += 1;
    }
  }

  async #invoke(records: readonly LoggedRecord[]): Promise<BatchOutcome> {
    const event = { Records: structuredClone(records.map(({ record }) => record)) };
    this.#invocations += 1;
    try {
      const answer = await this.#handler(event);
      const sequences = records.map(({ record }) => record.dynamodb.SequenceNumber);
      return readBatchAnswer(answer, sequences);
    } catch {
      return { ok: false, from: 0, whole: true };
    }
  }

  /** Drops what the stream forgot meanwhile; gives up what is older than the subscriber wants. */
  async #withoutAged(records: LoggedRecord[], calls: number): Promise<LoggedRecord[]> {
    const { maxRecordAgeSeconds = -1 } = this.#options;
    const now = this.#context.clock.now();
    const kept = records.filter(({ atMs }) => atMs >= now - RETENTION_MS);
    if (maxRecordAgeSeconds < 0) return kept;
    const oldestMs = now - maxRecordAgeSeconds * 1000;
    const aged = kept.filter(({ atMs }) => atMs < oldestMs);
    if (aged.length > 0) await this.#giveUp(aged, 'RecordAgeExceeded', calls, true);
    return kept.filter(({ atMs }) => atMs >= oldestMs);
  }

  async #giveUp(
    records: readonly LoggedRecord[],
    condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded',
    calls: number,
    unhandled: boolean,
  ): Promise<void> {
    const first = records[0];
    const last = records.at(-1);
    if (!first || !last) return;
    const failed: FailedBatch = {
      requestContext: {
        requestId: `${this.#shard.id}-${this.#invocations}`,
        functionArn: FUNCTION_ARN,
        condition,
        approximateInvokeCount: calls,
      },
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: unhandled ? 'Unhandled' : null,
      },
      version: '1.0',
      timestamp: isoTime(this.#context.clock.now()),
      DDBStreamBatchInfo: {
        shardId: this.#shard.id,
        startSequenceNumber: first.record.dynamodb.SequenceNumber,
        endSequenceNumber: last.record.dynamodb.SequenceNumber,
        approximateArrivalOfFirstRecord: isoTime(first.atMs),
        approximateArrivalOfLastRecord: isoTime(last.atMs),
        batchSize: records.length,
        streamArn: first.record.eventSourceARN,
      },
    };
    try {
      await this.#options.onFailure?.(failed);
    } catch {
      // As on AWS: a destination that fails loses the note, and the stream goes on.
    }
  }

  async #backOff(already: number): Promise<void> {
    const ms = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** already);
    await this.#context.sleep(ms, this.#abort.signal).catch(() => {});
  }
}

/** What a record takes in the event, roughly: binary values travel as base64. */
function payloadBytes(record: StreamRecord): number {
  return 600 + Math.ceil((record.dynamodb.SizeBytes * 4) / 3);
}

function isOfTable(record: StreamRecord, table: string): boolean {
  return record.eventSourceARN.includes(`:table/${table}/stream/`);
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
