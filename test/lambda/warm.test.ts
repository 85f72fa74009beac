import { beforeEach, describe, expect, it } from 'vitest';
import type { ClusterControl } from '../../src/aurora/index.ts';
import {
  type AiOutputStore,
  type ClusterCapacity,
  type Ledger,
  NO_USE,
  type Observation,
  PRICES,
  parseWarmWindows,
  ServiceError,
} from '../../src/domain/index.ts';
import type { Maintenance } from '../../src/facade/index.ts';
import type { StoresConfig } from '../../src/lambda/config.ts';
import { runWarmer, type WarmerResult } from '../../src/lambda/warm.ts';
import { createFakeAiOutputStore } from '../fakes/ai-output-store.ts';
import { createFakeLedger } from '../fakes/ledger.ts';
import { aContext, TestClock } from '../support/clock.ts';

const MINUTE_MS = 60_000;

/** Monday, 12:00 UTC. */
const MONDAY_NOON = Date.UTC(2026, 0, 5, 12);

let clock: TestClock;
let ledger: Ledger;
let outputs: AiOutputStore;
let capacity: ClusterCapacity;
let changes: ClusterCapacity[];
let asleepForPings: number;
let calls: string[];
let lastSuccessMs: number | undefined;
let left: boolean;
let rdsFails: ServiceError | undefined;
let ledgerFails: boolean;
let told: readonly Observation[];

beforeEach(() => {
  clock = new TestClock(MONDAY_NOON);
  ledger = createFakeLedger({ clock });
  outputs = createFakeAiOutputStore({ clock });
  capacity = { minAcu: 0, maxAcu: 4, pauseSeconds: 300 };
  changes = [];
  asleepForPings = 0;
  calls = [];
  lastSuccessMs = undefined;
  left = false;
  rdsFails = undefined;
  ledgerFails = false;
});

const down = (): ServiceError => new ServiceError('unavailable', 'x', 'down');

/** One tick of a process that has just started, unless `lastSuccessMs` says otherwise. */
async function tick(
  windows: string,
  config: { minAcu?: number; pauseSeconds?: number; delayMs?: number; coldReadUsd?: number } = {},
): Promise<WarmerResult> {
  const stores: StoresConfig = {
    aurora: {
      connection: 'data-api',
      resourceArn: 'arn:aws:rds:r:1:cluster:c',
      secretArn: 's',
      database: 'd',
      region: 'r',
    },
    autoPauseSeconds: config.pauseSeconds ?? 300,
    logLevel: 'error',
    serviceName: 'tandem',
    dynamodb: { table: 't', region: 'r' },
    projectionMaxDelayMs: config.delayMs ?? 15 * MINUTE_MS,
    warm: {
      windows: parseWarmWindows(windows),
      minAcu: config.minAcu ?? 0,
      coldReadUsd: config.coldReadUsd ?? 0.01,
      awakeAcu: 0.5,
      functionMb: 512,
      prices: PRICES,
    },
  };
  const called = (name: string): void => {
    calls.push(name);
    lastSuccessMs = clock.now();
  };
  const cluster: ClusterControl = {
    async describe() {
      if (rdsFails) throw rdsFails;
      return {
        engine: 'aurora-postgresql',
        engineVersion: '17.7',
        status: 'available',
        dataApi: true,
        capacity,
        instances: 1,
        globalDatabase: false,
        deletionProtection: true,
        encrypted: true,
        backupDays: 7,
      };
    },
    async setCapacity(_ctx, next) {
      changes.push(next);
      capacity = next;
    },
  };
  const maintenance = {
    async drain() {
      called('drain');
      return { drained: 0, left };
    },
    async relay() {
      called('relay');
      return { relayed: 0, left: false };
    },
    async tendProjections() {
      return { filled: 0, moved: false, left: false };
    },
    async tendRuns() {
      return { reverted: 0, moved: false, left: false };
    },
    async refreshPages() {
      calls.push('refreshPages');
      return { refreshed: 0 };
    },
  } as unknown as Maintenance;
  const failing = new Proxy(ledger, {
    get: (target, name) => (ledgerFails ? () => Promise.reject(down()) : Reflect.get(target, name)),
  });
  const ctx = aContext(clock, { deadlineMs: clock.now() + 120_000 });
  told = ctx.observed;
  return runWarmer(
    {
      config: stores,
      clock,
      ledger: failing,
      outputs,
      maintenance,
      cluster: () => cluster,
      aurora: {
        state: () => (lastSuccessMs === undefined ? 'unknown' : 'awake'),
        lastSuccessMs: () => lastSuccessMs,
        async ping() {
          calls.push('ping');
          if (asleepForPings-- > 0) {
            clock.advance(28_000);
            throw new ServiceError('unavailable', 'aurora.ping', 'asleep', {
              reason: 'aurora_asleep',
            });
          }
          lastSuccessMs = clock.now();
        },
      },
      pinged: () => calls.push('pinged'),
    },
    ctx,
  );
}

/** Traffic that another process noted. */
const traffic = (atMs: number): Promise<void> =>
  ledger.addUse(aContext(clock), new Date(atMs).toISOString().slice(0, 10), {
    use: NO_USE,
    auroraRequestsByHour: new Map(),
    coldRequestsByHour: new Map(),
    askedMinutes: new Set(),
    calledMinutes: new Set(),
    calledAtMs: atMs,
  });

describe('a tick inside a window', () => {
  const WINDOW = 'Mon 09:00-18:00 UTC';

  it('pings, brings over what is pending and copies lists anew', async () => {
    const result = await tick(WINDOW);
    expect(result).toMatchObject({ warm: true, pinged: true, left: false });
    expect(calls).toEqual(['pinged', 'ping', 'drain', 'relay', 'refreshPages']);
  });

  it('leaves it to traffic that any process noted, and brings over once what that left', async () => {
    await traffic(MONDAY_NOON - 20_000);
    expect(await tick(WINDOW)).toMatchObject({ warm: true, pinged: false });
    expect(calls).toEqual(['drain', 'relay', 'refreshPages']);
    calls = [];
    clock.advance(MINUTE_MS);
    await tick(WINDOW);
    expect(calls).toEqual([]);
  });

  it('waits within the tick where the next one would come too late', async () => {
    await traffic(MONDAY_NOON - 230_000);
    await tick(WINDOW);
    expect(calls.slice(0, 2)).toEqual(['pinged', 'ping']);
    expect(clock.now()).toBe(MONDAY_NOON + 10_000);
  });

  it('goes on waking a cluster that takes longer than one wait', async () => {
    asleepForPings = 1;
    expect(await tick(WINDOW)).toMatchObject({ pinged: true });
    expect(calls.slice(0, 3)).toEqual(['pinged', 'ping', 'ping']);
    calls = [];
    lastSuccessMs = undefined;
    clock.advance(MINUTE_MS);
    asleepForPings = 9;
    expect(await tick(WINDOW)).toMatchObject({ pinged: false });
    expect(calls.filter((name) => name === 'ping')).toHaveLength(2);
  });

  it('pings where DynamoDB cannot tell of traffic', async () => {
    ledgerFails = true;
    expect(await tick(WINDOW)).toMatchObject({ warm: true, pinged: true });
  });

  it('begins a resume before the window, and stops before its end', async () => {
    clock = new TestClock(Date.UTC(2026, 0, 5, 8, 58, 50));
    expect(await tick(WINDOW)).toMatchObject({ warm: true, pinged: true });
    clock = new TestClock(Date.UTC(2026, 0, 5, 8, 58));
    lastSuccessMs = undefined;
    expect(await tick(WINDOW)).toMatchObject({ warm: false, pinged: false });
    clock = new TestClock(Date.UTC(2026, 0, 5, 17, 57));
    lastSuccessMs = clock.now() - 100_000;
    expect(await tick(WINDOW)).toMatchObject({ warm: true, pinged: false });
  });
});

describe('a tick outside the windows', () => {
  it('leaves the cluster alone', async () => {
    expect(await tick('never')).toEqual({
      ...{ warm: false, pinged: false, floor: 'none', drained: 0, relayed: 0, refreshed: 0 },
      ...{ filled: 0, left: false },
    });
    expect(calls).toEqual([]);
  });

  it('brings over what recent traffic left, once, and nothing from a cluster that may be asleep', async () => {
    await traffic(MONDAY_NOON - 100_000);
    await tick('never');
    expect(calls).toEqual(['drain', 'relay', 'refreshPages']);
    calls = [];
    clock.advance(MINUTE_MS);
    await tick('never');
    expect(calls).toEqual([]);
    lastSuccessMs = undefined;
    await traffic(clock.now());
    clock.advance(250_000);
    await tick('never');
    expect(calls).toEqual([]);
  });

  it('does not let it pause while something is left', async () => {
    left = true;
    await traffic(MONDAY_NOON);
    await tick('never');
    const rounds = calls.length;
    clock.advance(MINUTE_MS);
    await tick('never');
    expect(calls.length).toBeGreaterThan(rounds);
  });

  it('wakes it for outputs that have waited long enough, and never where that was said', async () => {
    const ctx = aContext(clock, { deadlineMs: Number.POSITIVE_INFINITY });
    await outputs.putIntent(ctx, { articleId: 'a', kind: 'k', version: 1 });
    clock.advance(14 * MINUTE_MS);
    await tick('never');
    expect(calls).toEqual([]);
    expect(told).toContainEqual(expect.objectContaining({ name: 'OutboxAge', value: 14 * 60 }));
    clock.advance(MINUTE_MS);
    await tick('never', { delayMs: Number.POSITIVE_INFINITY });
    expect(calls).toEqual([]);
    await tick('never');
    expect(calls).toContain('drain');
  });

  it('tells that none waits, and wakes for none, however short the delay', async () => {
    await tick('never', { delayMs: 0 });
    expect(calls).toEqual([]);
    expect(told).toContainEqual(expect.objectContaining({ name: 'OutboxAge', value: 0 }));
  });
});

describe('a floor under the capacity', () => {
  const WINDOW = 'Mon 12:00-13:00 UTC';
  const floor = { minAcu: 1 };

  it('is held inside the window and taken back after it', async () => {
    expect(await tick(WINDOW, floor)).toMatchObject({ floor: 'held' });
    expect(changes).toEqual([{ minAcu: 1, maxAcu: 4 }]);
    calls = [];
    for (let minute = 1; minute < 60; minute++) {
      clock.advance(MINUTE_MS);
      expect(await tick(WINDOW, floor)).toMatchObject({ floor: 'held', pinged: false });
    }
    expect(changes).toHaveLength(1);
    expect(calls).not.toContain('ping');
    clock.advance(MINUTE_MS);
    expect(await tick(WINDOW, floor)).toMatchObject({ floor: 'released' });
    expect(changes.at(-1)).toEqual({ minAcu: 0, maxAcu: 4, pauseSeconds: 300 });
    clock.advance(MINUTE_MS);
    expect(await tick(WINDOW, floor)).toMatchObject({ floor: 'none' });
    expect(changes).toHaveLength(2);
  });

  it('is taken back by whichever tick comes next, whatever was missed or configured since', async () => {
    await tick(WINDOW, floor);
    clock.advance(30 * 60 * MINUTE_MS);
    expect(await tick('never')).toMatchObject({ floor: 'released' });
    expect(capacity).toEqual({ minAcu: 0, maxAcu: 4, pauseSeconds: 300 });
  });

  it('is set where a crash left only the note of it, and taken back from there too', async () => {
    await ledger.noteFloor(aContext(clock), { minAcu: 1, before: { ...capacity } });
    expect(await tick(WINDOW, floor)).toMatchObject({ floor: 'held' });
    expect(capacity).toEqual({ minAcu: 1, maxAcu: 4 });
    capacity = { minAcu: 0, maxAcu: 4, pauseSeconds: 300 };
    changes = [];
    clock.advance(2 * 60 * MINUTE_MS);
    expect(await tick(WINDOW, floor)).toMatchObject({ floor: 'released' });
    expect(changes).toEqual([]);
  });

  it('leaves alone a minimum that somebody else set', async () => {
    capacity = { minAcu: 2, maxAcu: 8 };
    expect(await tick(WINDOW, floor)).toMatchObject({ floor: 'none' });
    capacity = { minAcu: 0, maxAcu: 4, pauseSeconds: 600 };
    await tick(WINDOW, floor);
    capacity = { minAcu: 3, maxAcu: 16 };
    changes = [];
    clock.advance(2 * 60 * MINUTE_MS);
    expect(await tick(WINDOW, floor)).toMatchObject({ floor: 'released' });
    expect(changes).toEqual([]);
  });

  it('raises the most where it is lower, and keeps what was first there when the floor changes', async () => {
    capacity = { minAcu: 0, maxAcu: 1, pauseSeconds: 900 };
    await tick(WINDOW, { minAcu: 2 });
    expect(capacity).toEqual({ minAcu: 2, maxAcu: 2 });
    clock.advance(MINUTE_MS);
    await tick(WINDOW, { minAcu: 3 });
    expect(capacity).toEqual({ minAcu: 3, maxAcu: 3 });
    clock.advance(2 * 60 * MINUTE_MS);
    await tick(WINDOW, { minAcu: 3 });
    expect(capacity).toEqual({ minAcu: 0, maxAcu: 1, pauseSeconds: 900 });
  });

  it('that RDS refuses now is tried again, and costs no ping', async () => {
    rdsFails = down();
    expect(await tick(WINDOW, floor)).toMatchObject({ floor: 'failed', pinged: true });
    rdsFails = undefined;
    clock.advance(MINUTE_MS);
    expect(await tick(WINDOW, floor)).toMatchObject({ floor: 'held' });
  });
});

describe('auto windows', () => {
  it('are warm in the hours in which readers came before', async () => {
    for (let day = 1; day <= 14; day++) {
      const at = MONDAY_NOON - day * 24 * 60 * MINUTE_MS;
      await ledger.addUse(aContext(clock), new Date(at).toISOString().slice(0, 10), {
        use: NO_USE,
        auroraRequestsByHour: new Map([
          [12, 20],
          [3, 1],
        ]),
        coldRequestsByHour: new Map(),
        askedMinutes: new Set(),
        calledMinutes: new Set(),
      });
    }
    expect(await tick('auto')).toMatchObject({ warm: true, pinged: true });
    lastSuccessMs = undefined;
    expect(await tick('auto', { coldReadUsd: 0.0001 })).toMatchObject({ warm: false });
    clock = new TestClock(MONDAY_NOON + 15 * 60 * MINUTE_MS);
    expect(await tick('auto')).toMatchObject({ warm: false, pinged: false });
  });
});
