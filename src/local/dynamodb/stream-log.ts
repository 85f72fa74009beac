import { createHash } from 'node:crypto';
import { type DynaliteStore, keyRange, type LevelOperation } from './dynalite.ts';
import { type StreamRecord, streamRecord } from './stream-record.ts';
import type { Change, ChangeLog } from './write-recorder.ts';

/** What a stream forgets. Source: Developer Guide, "Change data capture for DynamoDB Streams". */
export const RETENTION_MS = 24 * 3_600_000;
/** While nobody subscribes, the oldest records above this go: a process that never reads must not fill up. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

export interface LoggedRecord {
  readonly record: StreamRecord;
  readonly atMs: number;
  state: 'storing' | 'stored' | 'cancelled';
}

/**
 * The records of one shard, in order. Positions are absolute and never reused; a record is readable
 * when it and everything before it has been stored.
 */
export class Shard {
  readonly id: string;
  #first = 0;
  #entries: LoggedRecord[] = [];

  constructor(id: string) {
    this.id = id;
  }

  get first(): number {
    return this.#first;
  }

  get end(): number {
    return this.#first + this.#entries.length;
  }

  append(entry: LoggedRecord): void {
    this.#entries.push(entry);
  }

  at(position: number): LoggedRecord | undefined {
    return this.#entries[position - this.#first];
  }

  /** Forgets what lies before `position` and returns it. */
  trim(position: number): LoggedRecord[] {
    const gone = this.#entries.splice(0, Math.max(0, position - this.#first));
    this.#first += gone.length;
    return gone;
  }
}

/** Where records are kept until every subscription is done with them. */
export class StreamLog implements ChangeLog {
  readonly shards: readonly Shard[];
  readonly #store: DynaliteStore;
  readonly #clock: { now(): number };
  readonly #region: string;
  readonly #durable: boolean;
  readonly #watchers = new Set<() => void>();
  #lastSequence: bigint;
  #unreadBytes = 0;
  #hasReaders = false;

  private constructor(
    store: DynaliteStore,
    options: { clock: { now(): number }; region: string; durable: boolean; shards: number },
  ) {
    this.#store = store;
    this.#clock = options.clock;
    this.#region = options.region;
    this.#durable = options.durable;
    this.shards = Array.from(
      { length: options.shards },
      (_, index) => new Shard(`shardId-${String(index).padStart(20, '0')}-local`),
    );
    this.#lastSequence =
      FIRST_SEQUENCE + BigInt(Math.max(0, Math.floor(this.#clock.now()))) * 10n ** 9n;
  }

  /** Opens the log; in a durable store it finds the records that were not delivered before the process ended. */
  static async open(
    store: DynaliteStore,
    options: { clock: { now(): number }; region: string; durable: boolean; shards: number },
  ): Promise<StreamLog> {
    const log = new StreamLog(store, options);
    if (options.durable) await log.#restore();
    return log;
  }

  begin(change: Change): { operations: LevelOperation[]; commit(): void; cancel(): void } {
    this.#lastSequence += 1n;
    const sequence = String(this.#lastSequence);
    const nowMs = this.#clock.now();
    const record = streamRecord(change, sequence, nowMs, this.#region);
    const entry: LoggedRecord = { record, atMs: nowMs, state: 'storing' };
    this.#append(entry);
    const settle = (state: 'stored' | 'cancelled') => () => {
      entry.state = state;
      this.#notify();
    };
    return {
      operations: this.#durable
        ? [{ type: 'put', key: recordKey(sequence), value: { record, atMs: nowMs } }]
        : [],
      commit: settle('stored'),
      cancel: settle('cancelled'),
    };
  }

  /** Calls back after every change until the returned function is called. */
  watch(callback: () => void): () => void {
    this.#watchers.add(callback);
    return () => this.#watchers.delete(callback);
  }

  /** From now on records wait for their readers. */
  keepAll(): void {
    this.#hasReaders = true;
  }

  /** Forgets the records of a shard before `position`: every reader is done with them. */
  trim(shard: Shard, position: number): void {
    const gone = shard.trim(position);
    for (const { record } of gone) this.#unreadBytes -= record.dynamodb.SizeBytes;
    if (!this.#durable || gone.length === 0) return;
    const operations = gone.map(({ record }) => ({
      type: 'del' as const,
      key: recordKey(record.dynamodb.SequenceNumber),
    }));
    // What cannot be removed is delivered again after a restart, as the stream's contract allows.
    this.#store.db.batch(operations).catch(() => {});
  }

  #append(entry: LoggedRecord): void {
    const shard = this.#shardOf(entry.record);
    shard.append(entry);
    this.#unreadBytes += entry.record.dynamodb.SizeBytes;
    if (this.#hasReaders || this.#unreadBytes <= MAX_UNREAD_BYTES) return;
    for (const full of this.shards) this.trim(full, full.end - (full === shard ? 1 : 0));
  }

  /** By hash of the partition key, as AWS does: one partition's records stay in one shard, in order. */
  #shardOf(record: StreamRecord): Shard {
    const partition = Object.values(record.dynamodb.Keys)[0] ?? {};
    const hash = createHash('md5').update(JSON.stringify(partition)).digest().readUInt32BE();
    return this.shards[hash % this.shards.length] as Shard;
  }

  async #restore(): Promise<void> {
    for await (const [, value] of this.#store.db.iterator(keyRange(RECORD_PREFIX))) {
      const { record, atMs } = value as { record: StreamRecord; atMs: number };
      this.#append({ record, atMs, state: 'stored' });
      const sequence = BigInt(record.dynamodb.SequenceNumber);
      if (sequence > this.#lastSequence) this.#lastSequence = sequence;
    }
  }

  #notify(): void {
    for (const callback of [...this.#watchers]) callback();
  }
}

/** 25 digits for ever, as long as AWS's own. */
const FIRST_SEQUENCE = 10n ** 24n;
const RECORD_PREFIX = 'stream~';

function recordKey(sequence: string): string {
  return `${RECORD_PREFIX}${sequence}`;
}
