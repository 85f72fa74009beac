import { describe, expect, it } from 'vitest';
import type { FailedBatch, StreamRecord } from '../../../src/local/dynamodb/index.ts';
import { aKey, aServer, aSignal, ManualSleep, put, type Running } from './support.ts';

const HOUR_MS = 3_600_000;

/** Records as the names of their partition keys, which is how these tests write them. */
function names(records: readonly StreamRecord[]): string {
  return records.map(({ dynamodb }) => dynamodb.Keys.pk?.S).join(' ');
}

function failing(records: readonly StreamRecord[], bad: readonly string[]) {
  return {
    batchItemFailures: records
      .filter(({ dynamodb }) => bad.includes(dynamodb.Keys.pk?.S ?? ''))
      .map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })),
  };
}

/** Writes while the stream is paused, so that batches are full, then lets it go on until it is drained. */
async function deliver({ server, client }: Running, written: string): Promise<void> {
  server.stream.pause();
  for (const name of written.split(' ')) await put(client, aKey(name));
  server.stream.resume();
  await server.stream.idle();
}

describe('local dynamodb stream delivery', () => {
  it('delivers batches of at most the batch size, one after the other', async () => {
    const running = await aServer();
    const batches: string[] = [];
    let inFlight = 0;
    running.server.stream.subscribe(
      async ({ Records }) => {
        inFlight += 1;
        expect(inFlight).toBe(1);
        await running.client.config.region();
        batches.push(names(Records));
        inFlight -= 1;
      },
      { batchSize: 2 },
    );
    await deliver(running, 'a b c d e');
    expect(batches).toEqual(['a b', 'c d', 'e']);
  });

  it('takes nothing, no list, an empty list and a null list for success', async () => {
    const running = await aServer();
    const answers = [undefined, null, {}, { batchItemFailures: [] }, { batchItemFailures: null }];
    const batches: string[] = [];
    running.server.stream.subscribe(
      ({ Records }) => {
        batches.push(names(Records));
        return answers[batches.length - 1];
      },
      { batchSize: 1 },
    );
    await deliver(running, 'a b c d e');
    expect(batches).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('goes on from the lowest failed record, and repeats what came after it', async () => {
    const running = await aServer();
    const batches: string[] = [];
    running.server.stream.subscribe(({ Records }) => {
      batches.push(names(Records));
      if (batches.length > 1) return undefined;
      const [b, c, d] = failing(Records, ['b', 'c', 'd']).batchItemFailures;
      return { batchItemFailures: [d, b, c] };
    });
    await deliver(running, 'a b c d');
    expect(batches).toEqual(['a b c d', 'b c d']);
  });

  it.each([
    ['a list that is none', () => ({ batchItemFailures: 'all' })],
    ['an answer that is no object', () => 'done'],
    ['a null identifier', () => ({ batchItemFailures: [{ itemIdentifier: null }] })],
    ['an empty identifier', () => ({ batchItemFailures: [{ itemIdentifier: '' }] })],
    ['a misspelled member', () => ({ batchItemFailures: [{ itemIdentifer: '1' }] })],
    ['a record of no batch', () => ({ batchItemFailures: [{ itemIdentifier: '1' }] })],
    [
      'one good and one bad identifier',
      ({ Records }: { Records: StreamRecord[] }) => ({
        batchItemFailures: [...failing(Records, ['b']).batchItemFailures, {}],
      }),
    ],
    [
      'an exception',
      () => {
        throw new Error('boom');
      },
    ],
    ['a rejection', () => Promise.reject(new Error('boom'))],
  ])('takes %s for a failure of the whole batch', async (_name, answer) => {
    const running = await aServer();
    const batches: string[] = [];
    running.server.stream.subscribe((event) => {
      batches.push(names(event.Records));
      return batches.length === 1 ? (answer as (e: typeof event) => unknown)(event) : undefined;
    });
    await deliver(running, 'a b');
    expect(batches).toEqual(['a b', 'a b']);
  });

  it('lets nothing pass a failed batch', async () => {
    const running = await aServer();
    const batches: string[] = [];
    running.server.stream.subscribe(
      ({ Records }) => {
        batches.push(names(Records));
        if (batches.length <= 3) throw new Error('not yet');
      },
      { batchSize: 2 },
    );
    await deliver(running, 'a b c');
    expect(batches).toEqual(['a b', 'a b', 'a b', 'a b', 'c']);
  });

  it('waits longer between retries of the same batch', async () => {
    const waits: number[] = [];
    const sleep = async (ms: number) => {
      waits.push(ms);
    };
    const running = await aServer({ sleep });
    let calls = 0;
    running.server.stream.subscribe(() => {
      calls += 1;
      if (calls <= 12) throw new Error('not yet');
    });
    await deliver(running, 'a');
    expect(waits).toEqual([
      100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000,
    ]);
  });

  it('gives a batch up after its retries, tells where it lay, and goes on', async () => {
    const running = await aServer();
    const batches: string[] = [];
    const failed: FailedBatch[] = [];
    const sequences: string[] = [];
    const handler = ({ Records }: { Records: StreamRecord[] }) => {
      batches.push(names(Records));
      sequences.push(...Records.map(({ dynamodb }) => dynamodb.SequenceNumber));
      if (names(Records).includes('b')) throw new Error('poison');
    };
    running.server.stream.subscribe(handler, {
      batchSize: 2,
      maxRetries: 2,
      onFailure: (batch) => void failed.push(batch),
    });
    await deliver(running, 'a b c');
    expect(batches).toEqual(['a b', 'a b', 'a b', 'c']);
    const at = new Date(running.clock.now()).toISOString();
    expect(failed).toEqual([
      {
        requestContext: {
          requestId: expect.any(String),
          functionArn: expect.any(String),
          condition: 'RetryAttemptsExhausted',
          approximateInvokeCount: 3,
        },
        responseContext: {
          statusCode: 200,
          executedVersion: '$LATEST',
          functionError: 'Unhandled',
        },
        version: '1.0',
        timestamp: at,
        DDBStreamBatchInfo: {
          shardId: expect.stringMatching(/^shardId-/),
          startSequenceNumber: sequences[0],
          endSequenceNumber: sequences[1],
          approximateArrivalOfFirstRecord: at,
          approximateArrivalOfLastRecord: at,
          batchSize: 2,
          streamArn: expect.stringContaining(':table/articles/stream/'),
        },
      },
    ]);
    expect(JSON.stringify(failed)).not.toContain('NewImage');
  });

  it('gives up only what follows the last success of a batch that failed in part', async () => {
    const running = await aServer();
    const batches: string[] = [];
    const failed: FailedBatch[] = [];
    running.server.stream.subscribe(
      ({ Records }) => {
        batches.push(names(Records));
        return failing(Records, ['c']);
      },
      { maxRetries: 1, onFailure: (batch) => void failed.push(batch) },
    );
    await deliver(running, 'a b c d');
    expect(batches).toEqual(['a b c d', 'c d']);
    expect(failed.map(({ DDBStreamBatchInfo }) => DDBStreamBatchInfo.batchSize)).toEqual([2]);
    expect(failed[0]?.responseContext.functionError).toBeNull();
  });

  it('goes on when the on-failure destination fails', async () => {
    const running = await aServer();
    const batches: string[] = [];
    running.server.stream.subscribe(
      ({ Records }) => {
        batches.push(names(Records));
        if (names(Records) === 'a') throw new Error('poison');
      },
      {
        batchSize: 1,
        maxRetries: 0,
        onFailure: () => {
          throw new Error('no queue');
        },
      },
    );
    await deliver(running, 'a b');
    expect(batches).toEqual(['a', 'b']);
  });

  it('halves a failed batch until the poison stands alone, splits not counted as retries', async () => {
    const running = await aServer();
    const batches: string[] = [];
    const failed: FailedBatch[] = [];
    running.server.stream.subscribe(
      ({ Records }) => {
        batches.push(names(Records));
        if (names(Records).includes('c')) throw new Error('poison');
      },
      { bisect: true, maxRetries: 1, onFailure: (batch) => void failed.push(batch) },
    );
    await deliver(running, 'a b c d e');
    expect(batches).toEqual(['a b c d e', 'a b c', 'a b', 'c', 'c', 'd e']);
    expect(failed.map(({ DDBStreamBatchInfo }) => DDBStreamBatchInfo.batchSize)).toEqual([1]);
  });

  it('splits at the failed record when a batch fails in part with bisect on', async () => {
    const running = await aServer();
    const batches: string[] = [];
    const failed: FailedBatch[] = [];
    running.server.stream.subscribe(
      ({ Records }) => {
        batches.push(names(Records));
        return failing(Records, ['c']);
      },
      { bisect: true, maxRetries: 1, onFailure: (batch) => void failed.push(batch) },
    );
    await deliver(running, 'a b c');
    expect(batches).toEqual(['a b c', 'c', 'c']);
    expect(failed).toHaveLength(1);
  });

  it('delivers a batch once more when told to', async () => {
    const running = await aServer();
    const batches: string[] = [];
    running.server.stream.subscribe(({ Records }) => void batches.push(names(Records)), {
      batchSize: 2,
    });
    running.server.stream.duplicate(1);
    await deliver(running, 'a b c');
    expect(batches).toEqual(['a b', 'a b', 'c']);
  });

  it('gathers while it is paused', async () => {
    const { server, client } = await aServer();
    const batches: string[] = [];
    server.stream.pause();
    server.stream.subscribe(({ Records }) => void batches.push(names(Records)));
    await put(client, aKey('a'));
    await put(client, aKey('b'));
    expect(batches).toEqual([]);
    server.stream.resume();
    await server.stream.idle();
    expect(batches).toEqual(['a b']);
  });

  it('delivers what was written before the first subscription', async () => {
    const { server, client } = await aServer();
    await put(client, aKey('a'));
    const batches: string[] = [];
    server.stream.subscribe(({ Records }) => void batches.push(names(Records)));
    await server.stream.idle();
    expect(batches).toEqual(['a']);
  });

  it('waits for a full batch as long as its window', async () => {
    const manual = new ManualSleep();
    const { server, client } = await aServer({ sleep: manual.sleep });
    const batches: string[] = [];
    const called = aSignal();
    server.stream.subscribe(
      ({ Records }) => {
        batches.push(names(Records));
        called.resolve();
      },
      { batchSize: 3, windowMs: 5_000 },
    );
    await put(client, aKey('a'));
    const window = await manual.untilAsked();
    expect(window.ms).toBe(5_000);
    await put(client, aKey('b'));
    expect(batches).toEqual([]);
    window.end();
    await called.promise;
    expect(batches).toEqual(['a b']);
  });

  it('does not wait for the window when the batch is full', async () => {
    const manual = new ManualSleep();
    const running = await aServer({ sleep: manual.sleep });
    const batches: string[] = [];
    const called = aSignal();
    running.server.stream.subscribe(
      ({ Records }) => {
        batches.push(names(Records));
        called.resolve();
      },
      { batchSize: 2, windowMs: 5_000 },
    );
    await put(running.client, aKey('a'));
    await put(running.client, aKey('b'));
    await called.promise;
    expect(batches).toEqual(['a b']);
    expect(manual.asked).toEqual([]);
  });

  it('cuts the window short for who waits until it is idle', async () => {
    const manual = new ManualSleep();
    const { server, client } = await aServer({ sleep: manual.sleep });
    const batches: string[] = [];
    server.stream.subscribe(({ Records }) => void batches.push(names(Records)), {
      windowMs: 300_000,
    });
    await put(client, aKey('a'));
    await server.stream.idle();
    expect(batches).toEqual(['a']);
  });

  it('lets who waits until it is idle give up', async () => {
    const manual = new ManualSleep();
    const { server, client } = await aServer({ sleep: manual.sleep });
    server.stream.subscribe(() => {
      throw new Error('never');
    });
    await put(client, aKey('a'));
    await manual.untilAsked();
    const patience = new AbortController();
    const waiting = server.stream.idle(patience.signal);
    patience.abort();
    await waiting;
    await server.stream.idle(patience.signal);
    expect(manual.asked).toHaveLength(1);
  });

  it('is idle only after what a handler wrote has been delivered, too', async () => {
    const { server, client } = await aServer();
    const batches: string[] = [];
    server.stream.subscribe(async ({ Records }) => {
      batches.push(names(Records));
      if (names(Records) === 'a') await put(client, aKey('b'));
    });
    await put(client, aKey('a'));
    await server.stream.idle();
    expect(batches).toEqual(['a', 'b']);
  });

  it('gives up records older than the subscriber wants', async () => {
    const running = await aServer();
    const { server, client, clock } = running;
    const batches: string[] = [];
    const failed: FailedBatch[] = [];
    server.stream.pause();
    server.stream.subscribe(({ Records }) => void batches.push(names(Records)), {
      maxRecordAgeSeconds: 60,
      onFailure: (batch) => void failed.push(batch),
    });
    await put(client, aKey('a'));
    clock.advance(61_000);
    await put(client, aKey('b'));
    server.stream.resume();
    await server.stream.idle();
    expect(batches).toEqual(['b']);
    expect(failed.map(({ requestContext }) => requestContext.condition)).toEqual([
      'RecordAgeExceeded',
    ]);
  });

  it('forgets records after 24 hours, without a word', async () => {
    const { server, client, clock } = await aServer();
    const batches: string[] = [];
    const failed: FailedBatch[] = [];
    server.stream.pause();
    server.stream.subscribe(({ Records }) => void batches.push(names(Records)), {
      onFailure: (batch) => void failed.push(batch),
    });
    await put(client, aKey('a'));
    clock.advance(23 * HOUR_MS);
    await put(client, aKey('b'));
    clock.advance(HOUR_MS + 1);
    server.stream.resume();
    await server.stream.idle();
    expect(batches).toEqual(['b']);
    expect(failed).toEqual([]);
  });

  it('lets one stuck shard hold up no other', async () => {
    const manual = new ManualSleep();
    const { server, client } = await aServer({ shards: 4, sleep: manual.sleep });
    const delivered: string[] = [];
    const done = aSignal();
    const keys = Array.from({ length: 12 }, (_, index) => `k${index}`);
    let stuck: string | undefined;
    server.stream.pause();
    server.stream.subscribe(
      ({ Records }) => {
        const name = names(Records);
        stuck ??= name;
        if (name === stuck) throw new Error('poison');
        delivered.push(name);
        if (delivered.length >= 6) done.resolve();
      },
      { batchSize: 1 },
    );
    for (const key of keys) await put(client, aKey(key));
    server.stream.resume();
    await done.promise;
    expect(delivered).not.toContain(stuck);
    expect(new Set(delivered).size).toBe(delivered.length);
  });

  it('gives every subscription every record', async () => {
    const running = await aServer();
    const first: string[] = [];
    const second: string[] = [];
    running.server.stream.subscribe(({ Records }) => void first.push(names(Records)));
    running.server.stream.subscribe(({ Records }) => void second.push(names(Records)), {
      batchSize: 1,
    });
    await deliver(running, 'a b');
    expect([first, second]).toEqual([['a b'], ['a', 'b']]);
  });

  it('delivers nothing more after a subscription is closed', async () => {
    const { server, client } = await aServer();
    const batches: string[] = [];
    const subscription = server.stream.subscribe(
      ({ Records }) => void batches.push(names(Records)),
    );
    await put(client, aKey('a'));
    await server.stream.idle();
    await subscription.close();
    await put(client, aKey('b'));
    await server.stream.idle();
    expect(batches).toEqual(['a']);
  });

  it('closes while a failing batch waits for its retry, and while it is paused', async () => {
    const manual = new ManualSleep();
    const { server, client } = await aServer({ sleep: manual.sleep });
    const failing = server.stream.subscribe(() => {
      throw new Error('never');
    });
    await put(client, aKey('a'));
    await manual.untilAsked();
    await failing.close();
    server.stream.pause();
    const waiting = server.stream.subscribe(() => {});
    await waiting.close();
    expect(manual.asked).toEqual([]);
  });

  it.each([
    { batchSize: 0 },
    { batchSize: 10_001 },
    { windowMs: 300_001 },
    { maxRetries: 1.5 },
    { maxRecordAgeSeconds: -2 },
  ])('refuses the settings %j as AWS does', async (settings) => {
    const { server } = await aServer();
    expect(() => server.stream.subscribe(() => {}, settings)).toThrow(RangeError);
  });
});
