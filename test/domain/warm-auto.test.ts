import { describe, expect, it } from 'vitest';
import {
  type AutoOptions,
  createWarmSchedule,
  type DayUse,
  decideAuto,
  NO_USE,
} from '../../src/domain/index.ts';

const OPTIONS: AutoOptions = {
  pauseSeconds: 300,
  resumeSeconds: 20,
  awakeAcu: 0.5,
  acuHourUsd: 0.12,
  coldReadUsd: 0.01,
  dataApiMillionUsd: 0.35,
};

/** Days that end before a Monday, each with the same requests by hour. */
const TODAY = '2026-03-30';
function days(count: number, requests: (weekday: number, hour: number) => number): DayUse[] {
  return Array.from({ length: count }, (_, index) => {
    const at = Date.parse(TODAY) - (count - index) * 86_400_000;
    const weekday = (new Date(at).getUTCDay() + 6) % 7;
    const hours = Array.from({ length: 24 }, (_hour, hour): [number, number] => [
      hour,
      requests(weekday, hour),
    ]);
    return {
      day: new Date(at).toISOString().slice(0, 10),
      use: NO_USE,
      auroraRequestsByHour: new Map(hours.filter(([, requestsOfHour]) => requestsOfHour > 0)),
      coldRequestsByHour: new Map(),
      askedMinutes: new Set<number>(),
      calledMinutes: new Set<number>(),
    };
  });
}

describe('auto windows', () => {
  it('are decided by what waiting and warmth cost, by hand arithmetic', () => {
    const seen = days(14, (weekday, hour) => (weekday === 0 && hour === 9 ? 12 : 0));
    const { hours } = decideAuto(seen, TODAY, OPTIONS);
    // 12 requests an hour: one in 300 s, so that a pause lies before exp(-1) of them.
    const paused = Math.exp(-1);
    const cold = 12 * paused * (1 + 20 / 300);
    expect(hours[9]?.requests).toBe(12);
    expect(hours[9]?.coldRequests).toBeCloseTo(cold, 10);
    expect(hours[9]?.waitingUsd).toBeCloseTo(cold * 0.01, 10);
    expect(hours[9]?.warmthUsd).toBeCloseTo(paused * 0.06 + ((paused * 15) / 1_000_000) * 0.35, 10);
    expect(hours[9]?.warm).toBe(true);
    expect(hours[10]).toMatchObject({ requests: 0, coldRequests: 0, warm: false });
  });

  it('are neither for a reader now and then nor for hours that keep themselves awake', () => {
    const seen = days(28, (_, hour) => (hour === 3 ? 1 : hour === 12 ? 20_000 : 0));
    const { hours, windows } = decideAuto(seen, TODAY, OPTIONS);
    expect(hours[3]?.warm).toBe(false);
    // So many requests leave no pause: warmth would cost nothing, and be worth nothing.
    expect(hours[12]?.coldRequests).toBeLessThan(0.001);
    expect(windows.filter(({ fromMinute }) => fromMinute === 180)).toEqual([]);
  });

  it('join hours, also over midnight', () => {
    const seen = days(14, (weekday, hour) =>
      (weekday === 1 && hour >= 22) || (weekday === 2 && hour < 2) ? 30 : 0,
    );
    const schedule = createWarmSchedule(decideAuto(seen, TODAY, OPTIONS).windows);
    expect(schedule.nextSpan(Date.parse(TODAY))).toEqual({
      startMs: Date.parse('2026-03-31T22:00:00Z'),
      endMs: Date.parse('2026-04-01T02:00:00Z'),
    });
  });

  it('wait until a week was seen, and forget what is four weeks old', () => {
    const busy = (count: number) => days(count, () => 12);
    expect(decideAuto(busy(6), TODAY, OPTIONS)).toMatchObject({ windows: [], days: 6 });
    expect(decideAuto([], TODAY, OPTIONS)).toMatchObject({ windows: [], days: 0 });
    expect(decideAuto(busy(7), TODAY, OPTIONS).hours.every(({ warm }) => warm)).toBe(true);
    const long = decideAuto(
      days(60, (_weekday, hour) => (hour === 8 ? 12 : 0)),
      TODAY,
      OPTIONS,
    );
    expect(long.days).toBe(28);
    expect(long.hours[8]?.requests).toBe(12);
    const old = busy(60).filter(({ day }) => day < '2026-02-15');
    expect(decideAuto(old, TODAY, OPTIONS).hours.some(({ warm }) => warm)).toBe(false);
  });

  it('never come of a cluster that does not pause', () => {
    const never = { ...OPTIONS, pauseSeconds: Number.POSITIVE_INFINITY };
    expect(
      decideAuto(
        days(14, () => 12),
        TODAY,
        never,
      ).windows,
    ).toEqual([]);
  });
});
