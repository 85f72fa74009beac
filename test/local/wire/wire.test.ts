import { describe, expect, it } from 'vitest';
import { createWire, FaultError, type Wire } from '../../../src/local/wire/index.ts';

/** Numbers that look random and are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function aWire(random: () => number = seeded(1)) {
  const waits: number[] = [];
  const wire = createWire({
    clock: { now: () => 1_234 },
    random,
    sleep: async (ms) => {
      waits.push(ms);
    },
  });
  const arrive = (operation = 'BatchGetItem', service: 'dynamodb' | 'data-api' = 'dynamodb') =>
    wire.gate(service).arrive({ operation, requestBytes: 10 });
  return { wire, waits, arrive };
}

function refusal(wire: Wire, spec: unknown): FaultError {
  try {
    wire.addFault(spec);
  } catch (error) {
    if (error instanceof FaultError) return error;
    throw error;
  }
  throw new Error('the fault was accepted');
}

const PASS = { kind: 'pass' };

describe('wire faults', () => {
  it('let everything pass without any', async () => {
    const { arrive, waits } = aWire();
    expect(await arrive()).toEqual(PASS);
    expect(waits).toEqual([]);
  });

  it('strike the named service and operation only', async () => {
    const { wire, arrive } = aWire();
    wire.addFault({ service: 'dynamodb', operation: 'GetItem', error: 'ThrottlingException' });
    expect(await arrive('GetItem')).toMatchObject({ kind: 'error', name: 'ThrottlingException' });
    expect(await arrive('PutItem')).toEqual(PASS);
    expect(await arrive('ExecuteStatement', 'data-api')).toEqual(PASS);
  });

  it.each([
    ['data-api', 'DatabaseResumingException', 400],
    ['data-api', 'DatabaseUnavailableException', 504],
    ['data-api', 'InternalServerErrorException', 500],
    ['data-api', 'ServiceUnavailableError', 503],
    ['data-api', 'TransactionNotFoundException', 404],
    ['data-api', 'ForbiddenException', 403],
    ['data-api', 'TooManyRequestsException', 429],
    ['dynamodb', 'ProvisionedThroughputExceededException', 400],
    ['data-api', 'RequestTimeoutException', 408],
    ['dynamodb', 'TransactionCanceledException', 400],
    ['dynamodb', 'InternalServerError', 500],
    ['dynamodb', 'AccessDeniedException', 400],
  ] as const)('give %s %s its status %d', async (service, error, httpStatus) => {
    const { wire, arrive } = aWire();
    wire.addFault({ service, error });
    expect(await arrive('any', service)).toEqual({
      kind: 'error',
      name: error,
      httpStatus,
      message: expect.stringContaining(error),
    });
  });

  it.each([
    ['data-api', 503, 'ServiceUnavailableError'],
    ['data-api', 502, 'InternalFailure'],
    ['data-api', 418, 'ValidationException'],
    ['dynamodb', 500, 'InternalServerError'],
    ['dynamodb', 429, 'ThrottlingException'],
  ] as const)('give a bare status of %s %d the class %s', async (service, httpStatus, name) => {
    const { wire, arrive } = aWire();
    wire.addFault({ service, httpStatus });
    expect(await arrive('any', service)).toMatchObject({ kind: 'error', name, httpStatus });
  });

  it('send an unknown class when the status comes with it', async () => {
    const { wire, arrive } = aWire();
    wire.addFault({ service: 'dynamodb', error: 'BrandNewException', httpStatus: 409 });
    expect(await arrive()).toMatchObject({ name: 'BrandNewException', httpStatus: 409 });
  });

  it('cut the connection before or after', async () => {
    const { wire, arrive } = aWire();
    wire.addFault({ service: 'dynamodb', drop: 'after', count: 1 });
    expect(await arrive()).toEqual({ kind: 'pass', drop: 'after' });
    wire.addFault({ service: 'dynamodb', drop: 'before' });
    expect(await arrive()).toEqual({ kind: 'drop' });
  });

  it('leave out the largest share, and only of batches', async () => {
    const { wire, arrive } = aWire();
    wire.addFault({ service: 'dynamodb', unprocessed: 0.25 });
    wire.addFault({ service: 'dynamodb', unprocessed: 0.5, operation: 'BatchGetItem' });
    expect(await arrive('BatchGetItem')).toEqual({ kind: 'pass', unprocessed: 0.5 });
    expect(await arrive('BatchWriteItem')).toEqual({ kind: 'pass', unprocessed: 0.25 });
    expect(await arrive('GetItem')).toEqual(PASS);
    expect(wire.faults().map(({ hits }) => hits)).toEqual([2, 1]);
  });

  it('end by themselves after their count', async () => {
    const { wire, arrive } = aWire();
    wire.addFault({ service: 'dynamodb', drop: 'before', count: 2 });
    const kinds = [await arrive(), await arrive(), await arrive()].map(({ kind }) => kind);
    expect(kinds).toEqual(['drop', 'drop', 'pass']);
    expect(wire.faults()).toEqual([]);
  });

  it('combine: latencies add up, the first error wins, the other is not used up', async () => {
    const { wire, arrive, waits } = aWire();
    wire.addFault({ service: 'dynamodb', latencyMs: 30 });
    wire.addFault({ service: 'dynamodb', error: 'InternalServerError', count: 1 });
    wire.addFault({ service: 'dynamodb', drop: 'before', count: 1 });
    wire.addFault({ service: 'dynamodb', latencyMs: 12, unprocessed: 1, drop: 'after' });
    expect(await arrive()).toMatchObject({ kind: 'error', name: 'InternalServerError' });
    expect(await arrive()).toEqual({ kind: 'drop' });
    expect(await arrive()).toEqual({ kind: 'pass', drop: 'after', unprocessed: 1 });
    expect(waits).toEqual([42, 42, 42]);
  });

  it('strike as often as their probability says', async () => {
    const { wire, arrive } = aWire(seeded(7));
    wire.addFault({ service: 'dynamodb', drop: 'before', probability: 0.3 });
    let struck = 0;
    for (let call = 0; call < 2_000; call += 1) {
      if ((await arrive()).kind === 'drop') struck += 1;
    }
    expect(struck / 2_000).toBeCloseTo(0.3, 1);
    expect(wire.faults()[0]?.hits).toBe(struck);
  });

  it('draw latencies with the percentiles that were asked for, the same again for the same seed', async () => {
    const drawn = async (seed: number) => {
      const { wire, arrive, waits } = aWire(seeded(seed));
      wire.addFault({ service: 'data-api', latencyMs: { p50: 20, p99: 200 } });
      for (let call = 0; call < 4_000; call += 1) await arrive('ExecuteStatement', 'data-api');
      return waits;
    };
    const waits = await drawn(3);
    const sorted = waits.toSorted((a, b) => a - b);
    expect(sorted[2_000]).toBeGreaterThan(18);
    expect(sorted[2_000]).toBeLessThan(22);
    expect(sorted[3_960]).toBeGreaterThan(150);
    expect(sorted[3_960]).toBeLessThan(260);
    expect(await drawn(3)).toEqual(waits);
  });

  it('can be listed and cleared', async () => {
    const { wire, arrive } = aWire();
    const id = wire.addFault({ service: 'dynamodb', drop: 'before' });
    expect(wire.faults()).toEqual([
      { id, spec: { service: 'dynamodb', drop: 'before' }, addedAt: 1_234, hits: 0 },
    ]);
    wire.clearFaults();
    expect(await arrive()).toEqual(PASS);
    expect(wire.addFault({ service: 'dynamodb', drop: 'before' })).not.toBe(id);
  });

  it.each([
    ['unknown_service', { service: 's3', drop: 'before' }],
    ['unknown_service', { drop: 'before' }],
    ['unknown_operation', { service: 'dynamodb', operation: 'ExecuteStatement', drop: 'before' }],
    ['unknown_operation', { service: 'data-api', operation: 'GetItem', drop: 'before' }],
    ['unknown_operation', { service: 'dynamodb', operation: 7, drop: 'before' }],
    ['unknown_error', { service: 'data-api', error: 'InternalServerError' }],
    ['unknown_error', { service: 'dynamodb', error: 'toString' }],
    ['invalid_fault', null],
    ['invalid_fault', []],
    ['invalid_fault', { service: 'dynamodb' }],
    ['invalid_fault', { service: 'dynamodb', probability: 0.5, count: 1 }],
    ['invalid_fault', { service: 'dynamodb', drop: 'during' }],
    ['invalid_fault', { service: 'dynamodb', drop: 'before', often: true }],
    ['invalid_fault', { service: 'dynamodb', error: '' }],
    ['invalid_fault', { service: 'dynamodb', error: 5 }],
    ['invalid_fault', { service: 'dynamodb', httpStatus: 200 }],
    ['invalid_fault', { service: 'dynamodb', httpStatus: '500' }],
    ['invalid_fault', { service: 'dynamodb', httpStatus: 500.5 }],
    ['invalid_fault', { service: 'dynamodb', unprocessed: 1.1 }],
    ['invalid_fault', { service: 'data-api', unprocessed: 0.5 }],
    ['invalid_fault', { service: 'dynamodb', operation: 'GetItem', unprocessed: 0.5 }],
    ['invalid_fault', { service: 'dynamodb', latencyMs: -1 }],
    ['invalid_fault', { service: 'dynamodb', latencyMs: '5' }],
    ['invalid_fault', { service: 'dynamodb', latencyMs: { p50: 5 } }],
    ['invalid_fault', { service: 'dynamodb', latencyMs: { p50: 5, p99: 4 } }],
    ['invalid_fault', { service: 'dynamodb', latencyMs: { p50: 0, p99: 4 } }],
    ['invalid_fault', { service: 'dynamodb', latencyMs: { p50: 1, p99: 1e9 } }],
    ['invalid_fault', { service: 'dynamodb', drop: 'before', probability: 2 }],
    ['invalid_fault', { service: 'dynamodb', drop: 'before', count: 0 }],
    ['invalid_fault', { service: 'dynamodb', drop: 'before', count: 1.5 }],
  ])('are refused as %s: %j', (code, spec) => {
    const { wire } = aWire();
    expect(refusal(wire, spec).code).toBe(code);
    expect(wire.faults()).toEqual([]);
  });
});

describe('wire calls', () => {
  it('are counted when they arrive, with their bytes', async () => {
    const { wire, arrive } = aWire();
    wire.addFault({ service: 'dynamodb', drop: 'before', count: 1 });
    await arrive('GetItem');
    await arrive('GetItem');
    wire.gate('dynamodb').answered({ operation: 'GetItem', requestBytes: 10, responseBytes: 33 });
    await arrive('ExecuteStatement', 'data-api');
    expect(wire.calls()).toEqual({
      'data-api': { ExecuteStatement: { count: 1, requestBytes: 10, responseBytes: 0 } },
      dynamodb: { GetItem: { count: 2, requestBytes: 20, responseBytes: 33 } },
    });
    wire.resetCalls();
    expect(wire.calls()).toEqual({ 'data-api': {}, dynamodb: {} });
  });

  it('are counted before a latency is waited out', () => {
    const wire = createWire({
      clock: { now: () => 0 },
      random: () => 0,
      sleep: () => new Promise(() => {}),
    });
    wire.addFault({ service: 'dynamodb', latencyMs: 5 });
    void wire.gate('dynamodb').arrive({ operation: 'GetItem', requestBytes: 1 });
    expect(wire.calls().dynamodb.GetItem?.count).toBe(1);
  });

  it('of names that are no operation are counted together', async () => {
    const { wire, arrive } = aWire();
    await arrive('__proto__');
    await arrive('Nothing');
    expect(wire.calls().dynamodb).toEqual({
      Unknown: { count: 2, requestBytes: 20, responseBytes: 0 },
    });
  });

  it('come as a copy', async () => {
    const { wire, arrive } = aWire();
    await arrive('GetItem');
    const before = wire.calls();
    await arrive('GetItem');
    expect(before.dynamodb.GetItem?.count).toBe(1);
  });
});
