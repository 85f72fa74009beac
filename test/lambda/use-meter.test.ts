import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Ledger,
  MET_ASLEEP,
  NO_USE,
  type Observation,
  ServiceError,
} from '../../src/domain/index.ts';
import { createUseMeter, type UseMeter } from '../../src/lambda/use-meter.ts';
import { createFakeLedger } from '../fakes/ledger.ts';
import { aContext, TestClock } from '../support/clock.ts';

const AT = Date.UTC(2026, 2, 1, 23, 58, 30);

let clock: TestClock;
let ledger: Ledger;
let meter: UseMeter;
let writes: number;
let away: boolean;

beforeEach(() => {
  clock = new TestClock(AT);
  const kept = createFakeLedger({ clock });
  writes = 0;
  away = false;
  ledger = {
    ...kept,
    async addUse(...args) {
      writes += 1;
      if (away) throw new ServiceError('unavailable', 'x', 'away');
      await kept.addUse(...args);
    },
  };
  meter = createUseMeter({ ledger, clock });
});

const aurora = (outcome: 'ok' | 'resuming' = 'ok', bytes = 100): Observation => ({
  ...{ kind: 'store_call', store: 'aurora', operation: 'ExecuteStatement', ms: 5, outcome },
  ...{ requestBytes: bytes, responseBytes: bytes },
});

const dynamodb = (units: { readUnits?: number; writeUnits?: number }): Observation => ({
  ...{ kind: 'store_call', store: 'dynamodb', operation: 'X', ms: 1, outcome: 'ok' },
  ...units,
});

function request(...observations: Observation[]): void {
  const count = meter.count(() => undefined);
  for (const observation of observations) count.observe(observation);
  count.done({ ms: 12, isRequest: true });
}

const read = () => ledger.readUse(aContext(clock), '2026-01-01', '2026-12-31');
const flush = (always = false) => meter.flush(aContext(clock), always);

describe('the count of use', () => {
  it('adds up requests, calls and units, by hour and minute', async () => {
    request(aurora('ok', 40_000), dynamodb({ readUnits: 1.5 }));
    request(dynamodb({ writeUnits: 2 }));
    request({ kind: 'event', name: MET_ASLEEP }, aurora('resuming'));
    meter.pinged();
    await flush();
    expect(await read()).toEqual([
      {
        day: '2026-03-01',
        use: {
          ...NO_USE,
          requests: 3,
          auroraRequests: 2,
          coldRequests: 1,
          dataApiCalls: 2,
          dataApiUnits: 3 + 1,
          readUnits: 1.5,
          writeUnits: 2,
          functionMs: 36,
          functionRuns: 3,
          warmPings: 1,
        },
        auroraRequestsByHour: new Map([[23, 2]]),
        coldRequestsByHour: new Map([[23, 1]]),
        askedMinutes: new Set([1_438]),
        calledMinutes: new Set([1_438]),
        calledAtMs: AT,
      },
    ]);
  });

  it('goes to the ledger once a minute, and at midnight to both days', async () => {
    await flush();
    expect(writes).toBe(0);
    request(aurora());
    await flush();
    request(aurora());
    clock.advance(59_000);
    await flush();
    expect(writes).toBe(1);
    clock.advance(31_000);
    request(aurora());
    await flush();
    expect(writes).toBe(3);
    const days = await read();
    expect(days.map(({ day, use }) => [day, use.requests])).toEqual([
      ['2026-03-01', 2],
      ['2026-03-02', 1],
    ]);
    expect(days[1]?.askedMinutes).toEqual(new Set([0]));
  });

  it('is kept while DynamoDB is away, and added later', async () => {
    away = true;
    request(aurora());
    await flush();
    away = false;
    request(aurora());
    clock.advance(60_000);
    await flush();
    expect((await read())[0]).toMatchObject({
      use: { requests: 2, dataApiCalls: 2 },
      auroraRequestsByHour: new Map([[23, 2]]),
      calledAtMs: AT,
    });
    expect(meter.pending()).toEqual([]);
  });

  it('counts what a wake loop does after the request that began it', async () => {
    const count = meter.count(() => undefined);
    count.observe(aurora('resuming'));
    count.done({ ms: 3, isRequest: true });
    count.observe(aurora('resuming'));
    count.observe(aurora());
    count.observe({ kind: 'aurora_state', state: 'awake', resumeSeconds: 14 });
    expect(count.use().dataApiCalls).toBe(1);
    await flush(true);
    expect((await read())[0]?.use).toMatchObject({ requests: 1, dataApiCalls: 3, resumes: 1 });
  });

  it('takes a run of a function for no request', async () => {
    const count = meter.count(() => undefined);
    count.observe(aurora());
    count.done({ ms: 700, isRequest: false });
    await flush();
    expect((await read())[0]).toMatchObject({
      use: { requests: 0, auroraRequests: 0, functionRuns: 1, functionMs: 700 },
      askedMinutes: new Set(),
      calledMinutes: new Set([1_438]),
    });
  });
});
