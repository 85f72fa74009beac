import { describe, expect, it } from 'vitest';
import {
  ALWAYS_WARM,
  type ClusterFacts,
  type ClusterPlan,
  createWarmSchedule,
  NEVER_WARM,
  PRICES,
  parseWarmWindows,
  simulate,
  type Traffic,
} from '../../src/domain/index.ts';
import { aTraffic, isBusiness } from '../support/traffic.ts';

const FACTS: ClusterFacts = { resumeSeconds: 20, awakeAcu: 0.5, tickSeconds: 60 };
const PLAN: ClusterPlan = { schedule: NEVER_WARM, pauseSeconds: 300, minAcu: 0, windowMinAcu: 0 };
const FROM = Date.UTC(2026, 0, 5);

const aDay = (...seconds: number[]): Traffic => ({
  fromMs: FROM,
  toMs: FROM + 86_400_000,
  requests: seconds.map((at) => ({ atMs: FROM + at * 1_000, count: 1 })),
});

const scheduleOf = (text: string) => {
  const parsed = parseWarmWindows(text);
  if (parsed.mode !== 'windows') throw new Error(text);
  return createWarmSchedule(parsed.windows);
};

describe('a simulation, by hand arithmetic', () => {
  it('of one request is its resume, the poll after it, and the pause delay', () => {
    expect(simulate(aDay(3_600), PLAN, FACTS)).toEqual({
      acuSeconds: (20 + 1 + 300) * 0.5,
      awakeSeconds: 321,
      resumes: 1,
      warmPings: 0,
      requests: 1,
      coldRequests: 1,
    });
  });

  it('of requests close together is one stretch, and only the first ones meet the resume', () => {
    // Cold at 0 and 10; at 200 and 400 it is awake, until 700.
    expect(simulate(aDay(0, 10, 200, 400), PLAN, FACTS)).toMatchObject({
      awakeSeconds: 700,
      acuSeconds: 350,
      resumes: 1,
      coldRequests: 2,
    });
    // At 400 it has paused since 321; awake again at 421 it is still at 701, until 1001.
    expect(simulate(aDay(0, 400, 701), PLAN, FACTS)).toMatchObject({
      awakeSeconds: 321 + 601,
      resumes: 2,
    });
  });

  it('takes a resume after a day for twice as long', () => {
    const traffic = {
      ...aDay(),
      toMs: FROM + 3 * 86_400_000,
      requests: [{ atMs: FROM + 90_000_000, count: 3 }],
    };
    expect(simulate(traffic, PLAN, FACTS)).toMatchObject({
      awakeSeconds: 40 + 1 + 300,
      requests: 3,
      coldRequests: 3,
    });
  });

  it('with a minimum above 0 is awake all day, and nobody waits', () => {
    expect(simulate(aDay(5, 50_000), { ...PLAN, minAcu: 1 }, FACTS)).toEqual({
      ...{ acuSeconds: 86_400, awakeSeconds: 86_400, resumes: 0, warmPings: 0 },
      ...{ requests: 2, coldRequests: 0 },
    });
    expect(simulate(aDay(), { ...PLAN, minAcu: 0.5 }, FACTS).acuSeconds).toBe(43_200);
  });

  it('with a window is awake in it, and a floor counts only there', () => {
    const schedule = scheduleOf('Mon 08:00-10:00 UTC');
    const plain = simulate(aDay(9 * 3_600), { ...PLAN, schedule }, FACTS);
    expect(plain).toMatchObject({ resumes: 1, coldRequests: 0 });
    // Two hours, at most 90 s before them, and at most the pause delay after.
    expect(plain.awakeSeconds).toBeGreaterThan(7_200);
    expect(plain.awakeSeconds).toBeLessThan(7_200 + 90 + 300);
    expect(plain.warmPings).toBeLessThanOrEqual(2 * (3_600 / 240 + 1));
    const held = simulate(aDay(9 * 3_600), { ...PLAN, schedule, windowMinAcu: 2 }, FACTS);
    expect(held.acuSeconds - plain.acuSeconds).toBeCloseTo(7_200 * 1.5, 6);
  });

  it('that is always warm never pauses', () => {
    expect(simulate(aDay(40_000), { ...PLAN, schedule: ALWAYS_WARM }, FACTS)).toMatchObject({
      resumes: 1,
      coldRequests: 0,
      awakeSeconds: 86_400,
    });
  });
});

describe('low traffic in business hours', () => {
  it('costs at most a fifth of one ACU round the clock, at equal prices', () => {
    // 100,000 requests a month, most of them in business hours, a few at night.
    const traffic = aTraffic('2026-03-02T00:00:00Z', 28 * 24, 7, (at) =>
      isBusiness(at) ? 450 : 0.3,
    );
    const roundTheClock = simulate(traffic, { ...PLAN, minAcu: 1 }, FACTS);
    const schedule = scheduleOf('Mon-Fri 08:00-18:00 UTC');
    const warm = simulate(traffic, { ...PLAN, schedule }, FACTS);
    const usd = (acuSeconds: number): number => (acuSeconds / 3_600) * PRICES.acuHourUsd;
    expect(usd(warm.acuSeconds) / usd(roundTheClock.acuSeconds)).toBeLessThanOrEqual(0.2);
    expect(warm.coldRequests / warm.requests).toBeLessThan(0.002);
  });
});
