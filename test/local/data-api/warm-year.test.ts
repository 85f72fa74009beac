import { describe, expect, it } from 'vitest';
import {
  createWarmSchedule,
  parseWarmWindows,
  planWarmth,
  type WarmSchedule,
} from '../../../src/domain/index.ts';
import { PauseModel } from '../../../src/local/data-api/pause.ts';
import { seededRandom } from '../../support/clock.ts';

const MINUTE_MS = 60_000;
/** 52 weeks that begin and end outside the windows of every zone. */
const YEAR = { fromMs: Date.UTC(2026, 0, 4, 16), toMs: Date.UTC(2027, 0, 3, 16) };

/** Zones that change their clocks in spring, in autumn, at other dates, by half an hour, and not at all. */
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Kolkata',
];

function scheduleOf(text: string): WarmSchedule {
  const parsed = parseWarmWindows(text);
  if (parsed.mode !== 'windows') throw new Error(text);
  return createWarmSchedule(parsed.windows);
}

/** Weekday and minute of the day that the clocks of a zone show: asked of the runtime, not of what is tested. */
function clockOf(zone: string): (ms: number) => { weekday: string; date: string; minute: number } {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (ms) => {
    const parts = Object.fromEntries(
      format.formatToParts(ms).map(({ type, value }) => [type, value]),
    );
    return {
      weekday: parts.weekday ?? '',
      date: `${parts.year}-${parts.month}-${parts.day}`,
      minute: Number(parts.hour) * 60 + Number(parts.minute),
    };
  };
}

describe('a year of warm windows', () => {
  it.each(ZONES)('has every edge where the clocks of %s show it', (zone) => {
    const schedule = scheduleOf(
      `Mon-Fri 07:30-20:00 ${zone} except 2026-12-25,05-01; Sat 21:00-22:45 ${zone}; Sun 06:15-09:00 ${zone}`,
    );
    const clock = clockOf(zone);
    let edges = 0;
    let before = false;
    for (let ms = YEAR.fromMs; ms < YEAR.toMs; ms += 15 * MINUTE_MS) {
      const { weekday, date, minute } = clock(ms);
      const isLeftOut = date === '2026-12-25' || date.endsWith('-05-01');
      const expected =
        weekday === 'Sat'
          ? minute >= 1_260 && minute < 1_365
          : weekday === 'Sun'
            ? minute >= 375 && minute < 540
            : !isLeftOut && minute >= 450 && minute < 1_200;
      const span = schedule.spanAt(ms);
      if ((span !== undefined) !== expected) {
        throw new Error(`${new Date(ms).toISOString()} in ${zone}: ${expected} was expected`);
      }
      if (expected !== before) {
        if (expected) expect(span?.startMs).toBe(ms);
        edges += 1;
      }
      before = expected;
    }
    // Both days left out are Fridays.
    expect(edges).toBe((52 * 7 - 2) * 2);
  });

  it.each([
    ['Europe/Berlin', 300],
    ['America/New_York', 600],
    ['Australia/Lord_Howe', 300],
    ['America/Santiago', 1_800],
    ['Asia/Kolkata', 420],
  ])(
    'never pauses inside one, is never pinged outside, in %s with a pause delay of %i s',
    (zone, pauseSeconds) => {
      const schedule = scheduleOf(
        `Mon-Fri 07:00-20:00 ${zone} except 12-25; Sat 22:00-02:30 ${zone}; Sun 02:15-03:45 ${zone}`,
      );
      const resumeSeconds = 15;
      const tickSeconds = 60;
      const leadMs = (resumeSeconds * 1.5 + tickSeconds) * 1_000;
      const random = seededRandom(pauseSeconds);
      let nowMs = YEAR.fromMs;
      const options = {
        clock: { now: () => nowMs },
        resourceArn: 'arn:aws:rds:us-east-1:1:cluster:c',
        autoPauseSeconds: pauseSeconds,
        resumeSeconds,
        busyUntil: () => undefined,
      };
      const cluster = new PauseModel(options);
      cluster.set({ state: 'asleep' });
      let calledAtMs: number | undefined;
      let pings = 0;
      let warmMs = 0;
      const pingsByHour = new Map<string, number>();

      /** A call, and where it found the cluster asleep the wake loop behind it. */
      const call = (): void => {
        for (;;) {
          try {
            cluster.enter();
            cluster.leave();
            calledAtMs = nowMs;
            return;
          } catch {
            nowMs += 2_000;
          }
        }
      };

      for (let minute = 0; ; minute += 1) {
        // Schedules are punctual to some seconds.
        const tickMs = YEAR.fromMs + minute * MINUTE_MS + Math.floor(random() * 20_000);
        if (tickMs >= YEAR.toMs) break;
        nowMs = Math.max(nowMs, tickMs);
        const span = schedule.spanAt(nowMs);
        if (span) {
          warmMs += MINUTE_MS;
          if (cluster.state().state !== 'awake') {
            throw new Error(`paused at ${new Date(nowMs).toISOString()}`);
          }
        }
        // Now and then traffic comes, and saves a ping.
        if (random() < 0.02) call();
        const plan = planWarmth({
          ...{ nowMs, schedule, calledAtMs, pauseSeconds, resumeSeconds, tickSeconds },
        });
        if (plan.pingAtMs === undefined) continue;
        nowMs = Math.max(nowMs, plan.pingAtMs);
        const held = schedule.spanAt(nowMs) ?? schedule.spanAt(nowMs + leadMs);
        if (!held) throw new Error(`pinged outside at ${new Date(nowMs).toISOString()}`);
        if (schedule.spanAt(nowMs) && cluster.state().state !== 'awake') {
          throw new Error(`paused before the ping at ${new Date(nowMs).toISOString()}`);
        }
        const hour = Math.floor((nowMs - held.startMs) / 3_600_000);
        const key = `${held.startMs} ${hour}`;
        pingsByHour.set(key, (pingsByHour.get(key) ?? 0) + 1);
        pings += 1;
        call();
      }
      expect(Math.max(...pingsByHour.values())).toBeLessThanOrEqual(
        3_600 / (0.8 * pauseSeconds) + 1,
      );
      // It really had to be kept awake: traffic alone comes once in 50 minutes.
      expect(pings).toBeGreaterThan((0.5 * warmMs) / 1_000 / (0.8 * pauseSeconds));
    },
  );
});
