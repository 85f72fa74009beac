/** A day as a calendar shows it, without a zone. */
export interface CalendarDay {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Formatters are costly to make, and a process needs a handful of them. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Whether this runtime knows the zone by its IANA name, such as `Europe/Berlin` or `UTC`. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What the clocks of a zone are ahead of UTC at an instant, in milliseconds. */
export function offsetMs(zone: string, atMs: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(atMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  return local - Math.floor(atMs / 1_000) * 1_000;
}

/** The day that a zone's calendars show at an instant. */
export function dayIn(zone: string, atMs: number): CalendarDay {
  return dayOf(atMs + offsetMs(zone, atMs));
}

/** The day so many days later (or earlier). */
export function addDays({ year, month, day }: CalendarDay, days: number): CalendarDay {
  return dayOf(Date.UTC(year, month - 1, day + days));
}

/** 0 for Monday to 6 for Sunday. */
export function weekdayOf({ year, month, day }: CalendarDay): number {
  return (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
}

/** `YYYY-MM-DD`. */
export function printDay({ year, month, day }: CalendarDay): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}

/**
 * The instants at which a zone's clocks show a time of day, in epoch milliseconds. They differ where
 * clocks are put back and show it twice. A time that clocks put forward skip stands for the moment of
 * that change: the first one after the gap.
 */
export function instantsOf(
  zone: string,
  day: CalendarDay,
  minuteOfDay: number,
): { readonly firstMs: number; readonly lastMs: number } {
  const localMs = Date.UTC(day.year, day.month - 1, day.day) + minuteOfDay * MINUTE_MS;
  const before = offsetMs(zone, localMs - DAY_MS);
  const after = offsetMs(zone, localMs + DAY_MS);
  const fitting = [...new Set([before, after])]
    .map((offset) => localMs - offset)
    .filter((atMs) => atMs + offsetMs(zone, atMs) === localMs);
  const [first] = fitting;
  if (first !== undefined) {
    return { firstMs: Math.min(...fitting), lastMs: Math.max(...fitting) };
  }
  const changeMs = changeBetween(zone, localMs - after, localMs - before);
  return { firstMs: changeMs, lastMs: changeMs };
}

/** When the offset changes between two instants of different offsets: the first minute with the later one's. */
function changeBetween(zone: string, fromMs: number, toMs: number): number {
  const target = offsetMs(zone, toMs);
  let low = Math.floor(fromMs / MINUTE_MS);
  let high = Math.ceil(toMs / MINUTE_MS);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (offsetMs(zone, middle * MINUTE_MS) === target) high = middle;
    else low = middle;
  }
  return high * MINUTE_MS;
}

function dayOf(ms: number): CalendarDay {
  const date = new Date(ms);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, made);
  return made;
}
