import { describe, expect, it } from 'vitest';
import {
  createWarmSchedule,
  parseWarmWindows,
  type Span,
  type WarmSchedule,
  WarmWindowsError,
} from '../../src/domain/index.ts';

function scheduleOf(text: string): WarmSchedule {
  const parsed = parseWarmWindows(text);
  if (parsed.mode !== 'windows') throw new Error(`${text} is no list of windows`);
  return createWarmSchedule(parsed.windows);
}

/** Every span that begins in a year, found by going from one to the next. */
function spansOf(schedule: WarmSchedule, from: string, to: string): Span[] {
  const spans: Span[] = [];
  for (let at = Date.parse(from); ; ) {
    const next = schedule.nextSpan(at);
    if (!next || next.startMs >= Date.parse(to)) return spans;
    spans.push(next);
    at = next.endMs - 1;
  }
}

const iso = (ms: number): string => new Date(ms).toISOString().replace(':00.000Z', 'Z');
const told = (spans: readonly Span[]): string[] =>
  spans.map(({ startMs, endMs }) => `${iso(startMs)}/${iso(endMs)}`);

describe('warm windows', () => {
  it('are words, or lists of days, hours and a zone', () => {
    for (const mode of ['never', 'always', 'auto']) {
      expect(parseWarmWindows(` ${mode} `)).toEqual({ mode });
    }
    expect(
      parseWarmWindows(
        'Mon-Fri 07:30-19:00 Europe/London except 2026-12-25, 12-26; Sat,Sun-Mon 22:00-02:00 UTC;',
      ),
    ).toEqual({
      mode: 'windows',
      windows: [
        {
          weekdays: new Set([0, 1, 2, 3, 4]),
          fromMinute: 450,
          toMinute: 1140,
          zone: 'Europe/London',
          except: new Set(['2026-12-25', '12-26']),
        },
        {
          weekdays: new Set([5, 6, 0]),
          fromMinute: 1320,
          toMinute: 120,
          zone: 'UTC',
          except: new Set(),
        },
      ],
    });
  });

  it.each([
    ['', 'must be never, always, auto, or windows'],
    ['sometimes', 'must be three words'],
    ['Mon-Fri 07:00-20:00', 'must be three words'],
    ['Mon-Fri 07:00 - 20:00 UTC', 'must be three words'],
    ['Mon-Fri 07:00-20:00 UTC;; Sat 07:00-20:00 UTC', 'empty window'],
    ['Mo-Fri 07:00-20:00 UTC', 'has the days "Mo-Fri"'],
    ['Mon-Wed-Fri 07:00-20:00 UTC', 'has the days'],
    ['Mon,,Tue 07:00-20:00 UTC', 'has the days'],
    ['Mon 7:00-20:00 UTC', 'has the hours "7:00-20:00"'],
    ['Mon 07:60-20:00 UTC', 'has the hours'],
    ['Mon 24:00-24:00 UTC', 'has the hours'],
    ['Mon 07:00-24:01 UTC', 'has the hours'],
    ['Mon 07:00-07:00 UTC', 'is empty; a whole day is 00:00-24:00'],
    ['Mon 07:00-20:00 Europe/Berln', 'unknown time zone "Europe/Berln"; is it Europe/Berlin?'],
    ['Mon 07:00-20:00 +02:00', 'unknown time zone'],
    ['Mon 07:00-20:00 UTC except', 'leaves out ""'],
    ['Mon 07:00-20:00 UTC except 2026-02-29', 'leaves out "2026-02-29"'],
    ['Mon 07:00-20:00 UTC except 13-01', 'leaves out "13-01"'],
    ['Mon 07:00-20:00 UTC except 12-25 except 12-26', 'says "except" twice'],
  ])('refuse %j', (text, message) => {
    expect(() => parseWarmWindows(text)).toThrow(WarmWindowsError);
    expect(() => parseWarmWindows(text)).toThrow(message);
  });

  it('go over midnight, and belong to the day on which they begin', () => {
    const schedule = scheduleOf('Fri 22:00-02:00 UTC except 2026-01-09');
    expect(told(spansOf(schedule, '2026-01-01', '2026-01-20'))).toEqual([
      '2026-01-02T22:00Z/2026-01-03T02:00Z',
      '2026-01-16T22:00Z/2026-01-17T02:00Z',
    ]);
    expect(schedule.spanAt(Date.parse('2026-01-03T01:59:59Z'))).toBeDefined();
    expect(schedule.spanAt(Date.parse('2026-01-03T02:00:00Z'))).toBeUndefined();
  });

  it('that touch or overlap are one', () => {
    const schedule = scheduleOf(
      'Mon 08:00-12:00 UTC; Mon 12:00-14:00 UTC; Mon 13:00-18:00 Europe/Berlin',
    );
    expect(told(spansOf(schedule, '2026-01-01', '2026-01-06'))).toEqual([
      '2026-01-05T08:00Z/2026-01-05T17:00Z',
    ]);
  });

  it('of every day round the clock never end, and none begins', () => {
    const schedule = scheduleOf('daily 00:00-24:00 Europe/Berlin');
    for (let hour = 0; hour < 24 * 60; hour += 1) {
      const at = Date.parse('2026-03-01') + hour * 3_600_000;
      expect(schedule.spanAt(at)?.endMs).toBeGreaterThan(at + 48 * 3_600_000);
    }
    expect(schedule.nextSpan(Date.parse('2026-03-01'))).toBeUndefined();
  });

  it('leave out a day of every year', () => {
    const schedule = scheduleOf('daily 08:00-09:00 UTC except 12-25,2027-12-26');
    const days = [2026, 2027].flatMap((year) =>
      spansOf(schedule, `${year}-12-24`, `${year}-12-28`).map(({ startMs }) =>
        iso(startMs).slice(0, 10),
      ),
    );
    expect(days).toEqual([
      ...['2026-12-24', '2026-12-26', '2026-12-27', '2027-12-24', '2027-12-27'],
    ]);
  });

  it('follow the clocks when they are put forward and back', () => {
    const berlin = scheduleOf('Sun 01:00-04:00 Europe/Berlin');
    const around = (from: string, to: string): string[] => told(spansOf(berlin, from, to));
    expect(around('2026-03-28', '2026-03-30')).toEqual(['2026-03-29T00:00Z/2026-03-29T02:00Z']);
    expect(around('2026-10-24', '2026-10-26')).toEqual(['2026-10-24T23:00Z/2026-10-25T03:00Z']);
  });

  it('begin and end with the change where their edge is skipped, and hold both times shown twice', () => {
    const begins = scheduleOf('Sun 02:30-05:00 Europe/Berlin');
    const ends = scheduleOf('Sun 01:00-02:30 Europe/Berlin');
    expect(told(spansOf(begins, '2026-03-28', '2026-03-30'))).toEqual([
      '2026-03-29T01:00Z/2026-03-29T03:00Z',
    ]);
    expect(told(spansOf(ends, '2026-03-28', '2026-03-30'))).toEqual([
      '2026-03-29T00:00Z/2026-03-29T01:00Z',
    ]);
    expect(told(spansOf(begins, '2026-10-24', '2026-10-26'))).toEqual([
      '2026-10-25T00:30Z/2026-10-25T04:00Z',
    ]);
    expect(told(spansOf(ends, '2026-10-24', '2026-10-26'))).toEqual([
      '2026-10-24T23:00Z/2026-10-25T01:30Z',
    ]);
  });

  it('of a whole skipped hour are none', () => {
    const schedule = scheduleOf('Sun 02:00-03:00 Europe/Berlin');
    expect(told(spansOf(schedule, '2026-03-28', '2026-03-30'))).toEqual([]);
    expect(told(spansOf(schedule, '2026-04-04', '2026-04-06'))).toEqual([
      '2026-04-05T00:00Z/2026-04-05T01:00Z',
    ]);
  });

  it('know zones with half hours, and changes of half an hour', () => {
    expect(
      told(spansOf(scheduleOf('Mon 09:00-17:00 Asia/Kolkata'), '2026-06-01', '2026-06-02')),
    ).toEqual(['2026-06-01T03:30Z/2026-06-01T11:30Z']);
    // Lord Howe goes from +10:30 to +11 on 4 October 2026 at 02:00.
    const lordHowe = scheduleOf('Sun 01:00-03:00 Australia/Lord_Howe');
    expect(told(spansOf(lordHowe, '2026-10-03', '2026-10-05'))).toEqual([
      '2026-10-03T14:30Z/2026-10-03T16:00Z',
    ]);
  });
});
