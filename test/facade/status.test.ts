import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Ledger,
  NO_USE,
  PRICES,
  parseWarmWindows,
  type Use,
  type UseOfDay,
} from '../../src/domain/index.ts';
import { createStatus, type Status, type StatusSettings } from '../../src/facade/index.ts';
import { createFakeAiOutputStore } from '../fakes/ai-output-store.ts';
import { createFakeLedger } from '../fakes/ledger.ts';
import { aContext, TestClock } from '../support/clock.ts';

/** Wednesday. */
const NOW = Date.UTC(2026, 2, 11, 12);

let clock: TestClock;
let ledger: Ledger;
let pending: Use[];

beforeEach(() => {
  clock = new TestClock(NOW);
  ledger = createFakeLedger({ clock });
  pending = [];
});

function aStatus(settings: Partial<StatusSettings> = {}): Status {
  return createStatus({
    ledger,
    outputs: createFakeAiOutputStore({ clock }),
    clock,
    auroraState: () => 'asleep',
    pendingUse: () => pending,
    settings: {
      windows: parseWarmWindows('never'),
      pauseSeconds: 300,
      awakeAcu: 0.5,
      windowMinAcu: 0,
      coldReadUsd: 0.01,
      functionGb: 0.5,
      prices: PRICES,
      ...settings,
    },
  });
}

const ctx = () => aContext(clock);
const read = (settings: Partial<StatusSettings> = {}, traffic = false) =>
  aStatus(settings).read(ctx(), { traffic });

const aDay = (members: Partial<UseOfDay> = {}): UseOfDay => ({
  use: NO_USE,
  auroraRequestsByHour: new Map(),
  coldRequestsByHour: new Map(),
  askedMinutes: new Set(),
  calledMinutes: new Set(),
  ...members,
});

describe('the status', () => {
  it('of a service that nobody used is nothing, but for its secret', async () => {
    expect(await read()).toMatchObject({
      aurora: { state: 'asleep', expectedResumeSeconds: 15 },
      warm: { mode: 'never' },
      projectionLagSeconds: 0,
      relay: { left: false },
      month: { fromMs: Date.UTC(2026, 2, 1), use: NO_USE, acuHours: 0 },
    });
  });

  it('adds up this month alone, with what this process has not noted yet', async () => {
    const use: Use = {
      ...NO_USE,
      requests: 1_000_000,
      dataApiUnits: 1_000_000,
      readUnits: 2_000_000,
      writeUnits: 1_000_000,
      functionRuns: 1_000_000,
      functionMs: 50_000_000,
    };
    await ledger.addUse(ctx(), '2026-02-28', aDay({ use, calledMinutes: new Set([5]) }));
    await ledger.addUse(ctx(), '2026-03-01', aDay({ use, calledMinutes: new Set([60, 61, 62]) }));
    await ledger.addUse(ctx(), '2026-03-02', aDay({ calledMinutes: new Set([600]) }));
    pending = [{ ...NO_USE, requests: 7 }];
    const { month } = await read();
    expect(month.use.requests).toBe(1_000_007);
    // Three minutes in a row and the pause delay, then one alone: 420 s and 300 s of half an ACU.
    expect(month.acuHours).toBeCloseTo(((420 + 300) * 0.5) / 3_600, 10);
    const { cost } = month;
    expect(cost.aurora).toBeCloseTo(0.1 * 0.12, 10);
    expect(cost.dataApi).toBeCloseTo(0.35, 10);
    expect(cost.dynamodb).toBeCloseTo(2 * 0.125 + 0.625, 10);
    expect(cost.functions).toBeCloseTo(0.2 + 50_000 * 0.5 * 0.0000133334, 10);
    expect(cost.gateway).toBeCloseTo(1.000007, 10);
    expect(cost.secrets).toBeCloseTo((10.5 * 24 * 0.4) / 730, 10);
    expect(cost.total).toBeCloseTo(
      cost.aurora + cost.dataApi + cost.dynamodb + cost.functions + cost.gateway + cost.secrets,
      10,
    );
  });

  it('counts the capacity that windows hold', async () => {
    clock = new TestClock(Date.UTC(2026, 2, 2, 12));
    const { month } = await read({
      windows: parseWarmWindows('Mon 08:00-10:00 UTC; Mon 11:00-13:00 UTC'),
      windowMinAcu: 1,
    });
    // Monday until noon: three hours inside, half an ACU more than an awake cluster has.
    expect(month.acuHours).toBeCloseTo(1.5, 10);
  });

  it('tells the window now, or the next one', async () => {
    const windows = parseWarmWindows('Wed 09:00-17:00 UTC');
    expect((await read({ windows })).warm).toEqual({
      mode: 'windows',
      now: { startMs: Date.UTC(2026, 2, 11, 9), endMs: Date.UTC(2026, 2, 11, 17) },
    });
    clock.advance(6 * 3_600_000);
    expect((await read({ windows })).warm).toEqual({
      mode: 'windows',
      next: { startMs: Date.UTC(2026, 2, 18, 9), endMs: Date.UTC(2026, 2, 18, 17) },
    });
  });

  it('tells of resumes, upkeep, and outputs that wait', async () => {
    const outputs = createFakeAiOutputStore({ clock });
    await outputs.putIntent(ctx(), { articleId: 'a', kind: 'k', version: 1 });
    clock.advance(90_000);
    for (const seconds of [14, 30, 16]) await ledger.noteResume(ctx(), seconds);
    await ledger.noteUpkeep(ctx(), { atMs: NOW, left: true });
    await ledger.addUse(ctx(), '2026-03-11', aDay({ calledAtMs: NOW - 5 }));
    const status = createStatus({
      ...{ ledger, outputs, clock, auroraState: () => 'awake', pendingUse: () => [] },
      settings: {
        ...{ windows: parseWarmWindows('never'), pauseSeconds: 300, awakeAcu: 0.5 },
        ...{ windowMinAcu: 0, coldReadUsd: 0.01, functionGb: 0.5, prices: PRICES },
      },
    });
    expect(await status.read(ctx(), { traffic: false })).toMatchObject({
      aurora: {
        state: 'awake',
        calledAtMs: NOW - 5,
        lastResume: { seconds: 16, atMs: NOW + 90_000 },
        expectedResumeSeconds: 16,
      },
      projectionLagSeconds: 90,
      relay: { left: true, checkedAtMs: NOW },
    });
  });

  it('gives the traffic of four weeks where asked for', async () => {
    for (const day of ['2026-02-01', '2026-02-11', '2026-03-11']) {
      await ledger.addUse(ctx(), day, aDay({ askedMinutes: new Set([7]) }));
    }
    expect((await read()).traffic).toBeUndefined();
    expect((await read({}, true)).traffic?.map(({ day }) => day)).toEqual([
      '2026-02-11',
      '2026-03-11',
    ]);
  });
});
