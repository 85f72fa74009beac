import { nearest } from './nearest.ts';
import {
  addDays,
  type CalendarDay,
  dayIn,
  instantsOf,
  isTimeZone,
  printDay,
  weekdayOf,
} from './zone-time.ts';

/** Hours of certain weekdays in which the cluster is kept awake. */
export interface WarmWindow {
  /** 0 for Monday to 6 for Sunday: the days on which it begins. */
  readonly weekdays: ReadonlySet<number>;
  /** Minutes after midnight by the zone's clocks. */
  readonly fromMinute: number;
  /** At most 1,440. Not after `fromMinute`: the window ends on the next day. */
  readonly toMinute: number;
  /** IANA name. */
  readonly zone: string;
  /** Days on which it does not begin: `YYYY-MM-DD`, or `MM-DD` of every year. */
  readonly except: ReadonlySet<string>;
}

/** When the cluster is kept awake. `auto`: where the readers of the last weeks make it worth it. */
export type WarmWindows =
  | { readonly mode: 'never' | 'always' | 'auto' }
  | { readonly mode: 'windows'; readonly windows: readonly WarmWindow[] };

/** A stretch of time, in epoch milliseconds; the end is not part of it. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Text that is no list of windows; `message` names the part at fault and what would be right. */
export class WarmWindowsError extends Error {
  override readonly name = 'WarmWindowsError';
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const MODES = ['never', 'always', 'auto'] as const;
const EXAMPLE = 'Mon-Fri 07:30-19:00 Europe/London';

/** More windows than anybody has; each costs a few calendar look-ups a tick. */
const MAX_WINDOWS = 50;
const MAX_EXCEPT = 400;

/**
 * Reads windows: `never`, `always`, `auto`, or windows separated by `;`, each
 * `DAYS HH:MM-HH:MM ZONE [except DATE,DATE…]`. Days are `Mon-Fri`, `Sat`, `Mon,Wed,Fri` or `daily`; an end not
 * after the start is on the next day, `24:00` is the end of the day; a date is `2026-12-25`, or `12-25` for
 * that day of every year, and leaves out the window that begins on it. Errors: `WarmWindowsError`.
 */
export function parseWarmWindows(text: string): WarmWindows {
  const trimmed = text.trim();
  const mode = MODES.find((name) => name === trimmed.toLowerCase());
  if (mode) return { mode };
  const parts = trimmed.split(';').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  if (parts.length === 0) throw fault(text, `must be ${MODES.join(', ')}, or windows (${EXAMPLE})`);
  if (parts.length > MAX_WINDOWS) throw fault(text, `holds more than ${MAX_WINDOWS} windows`);
  return { mode: 'windows', windows: parts.map(parseWindow) };
}

function parseWindow(part: string): WarmWindow {
  if (part === '') throw fault(part, 'is an empty window; one ";" between two is enough');
  const [head = '', ...tails] = part.split(/\s+except(?=\s|$)/i);
  const words = head.split(/\s+/);
  const [days = '', hours = '', zone = ''] = words;
  if (words.length !== 3) {
    throw fault(part, `must be three words, DAYS HH:MM-HH:MM ZONE, such as ${EXAMPLE}`);
  }
  if (tails.length > 1) throw fault(part, 'says "except" twice; separate the dates by commas');
  const weekdays = parseDays(days, part);
  const [fromMinute, toMinute] = parseHours(hours, part);
  if (!isTimeZone(zone)) throw unknownZone(zone, part);
  const except = tails[0] === undefined ? new Set<string>() : parseDates(tails[0], part);
  return { weekdays, fromMinute, toMinute, zone, except };
}

function parseDays(text: string, part: string): ReadonlySet<number> {
  if (text.toLowerCase() === 'daily') return new Set(WEEKDAYS.keys());
  const days = new Set<number>();
  for (const range of text.split(',')) {
    const [from, to = from, ...more] = range.split('-').map((name) => weekdayNamed(name));
    if (from === undefined || from < 0 || to === undefined || to < 0 || more.length > 0) {
      const names = WEEKDAYS.join(', ');
      throw fault(part, `has the days "${text}"; days are ${names}, Mon-Fri, Mon,Wed,Fri or daily`);
    }
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === to) break;
    }
  }
  return days;
}

/** Index of a weekday, -1 where there is none of this name. */
function weekdayNamed(name: string): number {
  return WEEKDAYS.findIndex((known) => known.toLowerCase() === name.toLowerCase());
}

function parseHours(text: string, part: string): readonly [number, number] {
  const match = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(text);
  const [fromHour = 99, fromMinute = 99, toHour = 99, toMinute = 99] = (match ?? [])
    .slice(1)
    .map(Number);
  const from = fromHour * 60 + fromMinute;
  const to = toHour * 60 + toMinute;
  if (!match || fromMinute > 59 || toMinute > 59 || from >= 1_440 || to > 1_440) {
    throw fault(part, `has the hours "${text}", must be HH:MM-HH:MM from 00:00 to 24:00`);
  }
  if (from === to) {
    throw fault(part, `is empty; a whole day is 00:00-24:00`);
  }
  return [from, to];
}

function parseDates(text: string, part: string): ReadonlySet<string> {
  const dates = text.split(',').map((date) => date.trim());
  if (dates.length > MAX_EXCEPT) throw fault(part, `leaves out more than ${MAX_EXCEPT} dates`);
  for (const date of dates) {
    // A leap year, so that 02-29 is a day.
    const full = /^\d{2}-\d{2}$/.test(date) ? `2024-${date}` : date;
    const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(full);
    const [year = 0, month = 0, day = 0] = (match ?? []).slice(1).map(Number);
    if (!match || printDay({ year, month, day }) !== full) {
      throw fault(part, `leaves out "${date}", must be a date such as 2026-12-25, or 12-25`);
    }
  }
  return new Set(dates);
}

function unknownZone(zone: string, part: string): WarmWindowsError {
  const meant = nearest(zone, Intl.supportedValuesOf('timeZone'));
  const hint =
    meant === undefined ? 'must be an IANA name such as Europe/Berlin' : `is it ${meant}?`;
  return fault(part, `has the unknown time zone "${zone}"; ${hint}`);
}

function fault(part: string, what: string): WarmWindowsError {
  const shown = part.length > 80 ? `${part.slice(0, 80)}…` : part;
  return new WarmWindowsError(`"${shown}" ${what}`);
}

/** When to be awake, for any moment; windows that touch or overlap are one span. */
export interface WarmSchedule {
  /** The span that holds this moment; undefined outside of all. Of one that goes on for weeks the part around the moment, days long. */
  spanAt(atMs: number): Span | undefined;
  /** The first span that begins after this moment, within the next 366 days. */
  nextSpan(atMs: number): Span | undefined;
}

const EVER: Span = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };
export const NEVER_WARM: WarmSchedule = { spanAt: () => undefined, nextSpan: () => undefined };
export const ALWAYS_WARM: WarmSchedule = { spanAt: () => EVER, nextSpan: () => undefined };

const DAY_MS = 86_400_000;

/** Days worked out at a time, and how far from their edges they still hold: a window may last two days. */
const CHUNK_DAYS = 16;
const MARGIN_DAYS = 3;

/** Days looked through for the next span: every day of the year once. */
const HORIZON_DAYS = 366;

/** The schedule of windows. Works days out as they are asked for, and keeps the last ones. */
export function createWarmSchedule(windows: readonly WarmWindow[]): WarmSchedule {
  let chunk: { readonly first: number; readonly spans: readonly Span[] } | undefined;

  /** Spans that begin within `CHUNK_DAYS` around a moment, and those in progress then. */
  function spansNear(atMs: number): readonly Span[] {
    const today = Math.floor(atMs / DAY_MS);
    const holds =
      chunk !== undefined &&
      today >= chunk.first + MARGIN_DAYS &&
      today < chunk.first + CHUNK_DAYS - MARGIN_DAYS;
    if (!holds || chunk === undefined) {
      const first = today - MARGIN_DAYS;
      chunk = { first, spans: merged(windows.flatMap((each) => spansOf(each, first, CHUNK_DAYS))) };
    }
    return chunk.spans;
  }

  const spanAt = (atMs: number): Span | undefined =>
    spansNear(atMs).find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);

  return {
    spanAt,

    nextSpan(atMs) {
      const step = CHUNK_DAYS - 2 * MARGIN_DAYS - 1;
      for (let days = 0; days <= HORIZON_DAYS; days += step) {
        // One that goes on for weeks begins anew with each chunk of days, and is none that begins.
        const found = spansNear(atMs + days * DAY_MS).find(
          ({ startMs }) => startMs > atMs && spanAt(startMs - 1) === undefined,
        );
        if (found) return found;
      }
      return undefined;
    },
  };
}

/** Spans of one window that begin on `days` days from a UTC day on. */
function spansOf(window: WarmWindow, firstDay: number, days: number): Span[] {
  const { zone, fromMinute, toMinute } = window;
  const first = dayIn(zone, firstDay * DAY_MS);
  const spans: Span[] = [];
  for (let ahead = 0; ahead < days; ahead += 1) {
    const day = addDays(first, ahead);
    if (!beginsOn(window, day)) continue;
    const lastDay = toMinute > fromMinute ? day : addDays(day, 1);
    const startMs = instantsOf(zone, day, fromMinute).firstMs;
    const endMs = instantsOf(zone, lastDay, toMinute).lastMs;
    if (endMs > startMs) spans.push({ startMs, endMs });
  }
  return spans;
}

function beginsOn({ weekdays, except }: WarmWindow, day: CalendarDay): boolean {
  const date = printDay(day);
  return weekdays.has(weekdayOf(day)) && !except.has(date) && !except.has(date.slice(5));
}

/** Sorted, with those that touch or overlap made one. */
function merged(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((a, b) => a.startMs - b.startMs);
  const result: Span[] = [];
  for (const span of sorted) {
    const last = result.at(-1);
    if (last !== undefined && span.startMs <= last.endMs) {
      result[result.length - 1] = { ...last, endMs: Math.max(last.endMs, span.endMs) };
    } else result.push(span);
  }
  return result;
}

/** Seconds of a stretch of time that lie inside a schedule's windows. */
export function secondsWithin(schedule: WarmSchedule, fromMs: number, toMs: number): number {
  let heldMs = 0;
  for (let atMs = fromMs; atMs < toMs; ) {
    const span = schedule.spanAt(atMs) ?? schedule.nextSpan(atMs);
    if (span === undefined || span.startMs >= toMs) break;
    const endMs = Math.min(span.endMs, toMs);
    heldMs += endMs - Math.max(span.startMs, atMs);
    atMs = endMs;
  }
  return heldMs / 1_000;
}
