/** ISO 8601 UTC with `Z` and exactly six fraction digits, years 0001 to 9999: sorts as text in the order of time. */
export type Timestamp = string & { readonly __timestamp: unique symbol };

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;

/**
 * Reads an RFC 3339 time with any offset, to the microsecond (finer digits are cut).
 * Undefined when the text is no such time, has no offset, or leaves the years 0001 to 9999 in UTC.
 */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zulu, sign, offHour, offMinute] =
    match as unknown as string[];
  const local = Date.UTC(
    2000,
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const at = new Date(local);
  at.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const sameDay =
    at.getUTCFullYear() === Number(year) &&
    at.getUTCMonth() === Number(month) - 1 &&
    at.getUTCDate() === Number(day);
  if (!sameDay || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (!zulu && (Number(offHour) > 23 || Number(offMinute) > 59)) return undefined;
  const offsetMinutes = zulu
    ? 0
    : (sign === '-' ? -1 : 1) * (Number(offHour) * 60 + Number(offMinute));
  const utc = new Date(at.getTime() - offsetMinutes * 60_000);
  const utcYear = utc.getUTCFullYear();
  if (utcYear < 1 || utcYear > 9999) return undefined;
  return `${utc.toISOString().slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z` as Timestamp;
}

/** The first instant, UTC, of a date `YYYY-MM-DD`; undefined when it is no date. */
export function parseDate(text: string): Timestamp | undefined {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? parseTimestamp(`${text}T00:00:00Z`) : undefined;
}

export function timestampFromMs(ms: number): Timestamp {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z` as Timestamp;
}

/** As readers see it: milliseconds, and microseconds only where there are any. */
export function printTimestamp(timestamp: Timestamp): string {
  return timestamp.endsWith('000Z') ? `${timestamp.slice(0, -4)}Z` : timestamp;
}
