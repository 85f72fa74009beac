import { DataApiError } from './service-error.ts';

const TIMESTAMP =
  /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?$/;

/**
 * `YYYY-MM-DD HH:MM:SS` with no, three or six digits of fraction, always UTC and without a zone, whatever
 * zone the session has.
 */
export function timestampText(text: string): string {
  const match = TIMESTAMP.exec(text);
  if (!match) throw unprintable();
  const [, year, month, day, hour, minute, second, digits, sign, zoneHour, zoneMinute, zoneSecond] =
    match;
  const isBc = match[12] !== undefined;
  const offset =
    (Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0)) * 60 + Number(zoneSecond ?? 0);
  if (offset === 0) {
    return `${year}-${month}-${day} ${hour}:${minute}:${second}${fraction(digits)}${isBc ? ' BC' : ''}`;
  }
  const local = new Date(0);
  local.setUTCFullYear(isBc ? 1 - Number(year) : Number(year), Number(month) - 1, Number(day));
  local.setUTCHours(Number(hour), Number(minute), Number(second));
  const utc = new Date(local.getTime() - (sign === '-' ? -offset : offset) * 1000);
  const utcYear = utc.getUTCFullYear();
  const clock = `${pad(utc.getUTCHours())}:${pad(utc.getUTCMinutes())}:${pad(utc.getUTCSeconds())}`;
  const shownYear = String(utcYear > 0 ? utcYear : 1 - utcYear).padStart(4, '0');
  return `${shownYear}-${pad(utc.getUTCMonth() + 1)}-${pad(utc.getUTCDate())} ${clock}${fraction(digits)}${utcYear > 0 ? '' : ' BC'}`;
}

/** `HH:MM:SS` with no, three or six digits of fraction. */
export function timeText(text: string): string {
  const [whole = '', digits] = text.split('.');
  return `${whole}${fraction(digits)}`;
}

export function dateText(text: string): string {
  if (text.endsWith('infinity')) throw unprintable();
  return text;
}

/** The service fails at what no calendar has (drizzle-orm #5308). */
function unprintable(): DataApiError {
  return new DataApiError('InternalFailure', 'UnknownError');
}

function fraction(digits = ''): string {
  if (digits === '') return '';
  return `.${digits.padEnd(digits.length <= 3 ? 3 : 6, '0')}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
