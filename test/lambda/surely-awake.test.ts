import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AuroraState,
  type Context,
  type Ledger,
  NO_USE,
  ServiceError,
} from '../../src/domain/index.ts';
import { createAwakeCheck, rememberingNo } from '../../src/lambda/surely-awake.ts';
import { createFakeLedger } from '../fakes/ledger.ts';
import { aContext, TestClock } from '../support/clock.ts';

let clock: TestClock;
let ledger: Ledger;
let state: AuroraState;
let lastSuccessMs: number | undefined;
let reads: number;
let away: boolean;

beforeEach(() => {
  clock = new TestClock();
  ledger = createFakeLedger({ clock });
  state = 'unknown';
  lastSuccessMs = undefined;
  reads = 0;
  away = false;
});

function check(pauseSeconds = 300): (ctx?: Context) => Promise<boolean> {
  const counted = new Proxy(ledger, {
    get(target, name) {
      return (...args: unknown[]) => {
        reads += 1;
        if (away) return Promise.reject(new ServiceError('unavailable', 'x', 'down'));
        return (Reflect.get(target, name) as (...all: unknown[]) => unknown)(...args);
      };
    },
  });
  const aurora = { state: () => state, lastSuccessMs: () => lastSuccessMs };
  const isSurelyAwake = createAwakeCheck({ aurora, ledger: counted, clock, pauseSeconds });
  return () => isSurelyAwake(aContext(clock));
}

const called = (): Promise<void> =>
  ledger.addUse(aContext(clock), new Date(clock.now()).toISOString().slice(0, 10), {
    use: NO_USE,
    auroraRequestsByHour: new Map(),
    coldRequestsByHour: new Map(),
    askedMinutes: new Set(),
    calledMinutes: new Set(),
    calledAtMs: clock.now(),
  });

describe('whether Aurora can be called without waking it', () => {
  it('is known without a call where this process called it a short while ago', async () => {
    const isSurelyAwake = check();
    lastSuccessMs = clock.now();
    expect(await isSurelyAwake()).toBe(true);
    clock.advance(239_000);
    expect(await isSurelyAwake()).toBe(true);
    state = 'asleep';
    expect(await isSurelyAwake()).toBe(false);
    state = 'resuming';
    expect(await isSurelyAwake()).toBe(false);
    expect(reads).toBe(0);
  });

  it('is known from the notes of other processes, for four fifths of the pause delay', async () => {
    await called();
    clock.advance(239_000);
    const isSurelyAwake = check();
    expect(await isSurelyAwake()).toBe(true);
    expect(reads).toBe(2);
    clock.advance(2_000);
    expect(await isSurelyAwake()).toBe(false);
  });

  it.each([
    ['how long a resume took', () => ledger.noteResume(aContext(clock), 17)],
    ['that it is awake again', () => ledger.noteAwake(aContext(clock))],
  ])('is known for as long from another process that saw %s', async (_, note) => {
    await note();
    clock.advance(239_000);
    const isSurelyAwake = check();
    expect(await isSurelyAwake()).toBe(true);
    clock.advance(2_000);
    expect(await isSurelyAwake()).toBe(false);
  });

  it('is not taken for granted, and asked once a second however many ask', async () => {
    const remembering = rememberingNo(check(), clock);
    const isSurelyAwake = () => remembering(aContext(clock));
    for (let n = 0; n < 100; n++) expect(await isSurelyAwake()).toBe(false);
    expect(reads).toBe(2);
    clock.advance(1_001);
    await called();
    expect(await isSurelyAwake()).toBe(true);
    away = true;
    clock.advance(1_001);
    expect(await isSurelyAwake()).toBe(false);
  });

  it('is certain where it never pauses, or while a floor is held', async () => {
    expect(await check(Number.POSITIVE_INFINITY)()).toBe(true);
    const before = { minAcu: 0, maxAcu: 4, pauseSeconds: 300 };
    await ledger.noteFloor(aContext(clock), { minAcu: 1, before });
    expect(await check()()).toBe(true);
  });
});
