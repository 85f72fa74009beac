import type { Clock } from '../../domain/index.ts';
import type { Client } from '../client.ts';
import { readLines } from '../ndjson.ts';
import { type ImportRecord, parseRecord } from './line.ts';
import { createSend } from './send.ts';
import type { Source } from './sources.ts';
import { Tally } from './tally.ts';
import { WorkQueue } from './work-queue.ts';

export interface ImportOptions {
  readonly sources: readonly Source[];
  readonly client: Client;
  readonly clock: Clock;
  /** Requests in flight. */
  readonly concurrency: number;
  readonly watch: ImportWatch;
}

/** Told how an import goes on. */
export interface ImportWatch {
  /** A pass over the sources begins: first the articles, then the outputs. */
  phase(type: ImportRecord['type'], bytes: number | undefined): void;
  read(bytes: number): void;
  sent(done: number): void;
  /** A line is not in the service. `where` is `file:line`. */
  fault(where: string, detail: string): void;
}

/** A batch: small enough to be answered in a few seconds, large enough to be worth the trip. */
const BATCH = { count: 100, bytes: 1024 * 1024 } as const;

/** What is read ahead of the senders, per sender. */
const READ_AHEAD = { count: 150, bytes: 2 * 1024 * 1024 } as const;

/** Longest line: the longest output (4 MiB) with its provenance. */
const MAX_LINE_BYTES = 5 * 1024 * 1024;

interface Job {
  readonly key: string;
  readonly bytes: number;
  readonly record: ImportRecord;
  readonly where: string;
}

/**
 * Brings NDJSON sources into a service: articles in a first pass, outputs in a second, so that every
 * output finds its article whatever the order of the lines. Nothing is held but what is being sent.
 * Run again it changes nothing. Errors: `ServiceUnreachable`.
 */
export async function runImport(options: ImportOptions): Promise<Tally> {
  const { sources, client, clock, concurrency, watch } = options;
  const send = createSend(client, clock);
  const tally = new Tally();
  const withOutputs = new Set<Source>();

  /** Reads all sources and sends their records of one type. */
  async function pass(type: ImportRecord['type'], from: readonly Source[]): Promise<void> {
    const sizes = from.map(({ sizeBytes }) => sizeBytes);
    const total = sizes.reduce(
      (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
      0,
    );
    watch.phase(type, total);
    const queue = new WorkQueue<Job>({
      count: READ_AHEAD.count * concurrency,
      bytes: READ_AHEAD.bytes * concurrency,
    });
    let broken = false;
    const stop = (error: unknown): never => {
      broken = true;
      queue.abort();
      throw error;
    };

    const feed = async (): Promise<void> => {
      for (const source of from) {
        for await (const line of readLines(counted(source.read(), watch), MAX_LINE_BYTES)) {
          if (broken) return;
          const where = `${source.name}:${line.number}`;
          const record = 'fault' in line ? line : parseRecord(line.text);
          if ('fault' in record) {
            // Told once, in the first pass.
            if (type === 'output') continue;
            tally.addBadLine();
            watch.fault(where, record.fault);
            continue;
          }
          if (record.type === 'output') withOutputs.add(source);
          if (record.type !== type) continue;
          await queue.push({ key: record.key, bytes: record.text.length, record, where });
        }
      }
      queue.close();
    };

    const work = async (): Promise<void> => {
      for (;;) {
        const jobs = await queue.take(BATCH);
        if (jobs === undefined) return;
        const outcomes = await send(jobs.map(({ record }) => record));
        jobs.forEach(({ where }, index) => {
          const outcome = outcomes[index];
          if (outcome === undefined) return;
          tally.add(type, outcome);
          if (outcome.status === 'error') watch.fault(where, outcome.detail);
        });
        queue.done(jobs);
        watch.sent(tally.done);
      }
    };

    await Promise.all([
      feed().catch(stop),
      ...Array.from({ length: concurrency }, () => work().catch(stop)),
    ]);
  }

  try {
    await pass('article', sources);
    const again = sources.filter((source) => withOutputs.has(source));
    if (again.length > 0) await pass('output', again);
    return tally;
  } finally {
    await Promise.all(sources.map((source) => source.dispose()));
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  watch: ImportWatch,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    watch.read(chunk.length);
    yield chunk;
  }
}
