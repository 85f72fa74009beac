import { parseDate, parseTimestamp, type Timestamp } from './time.ts';

/** The numbers of JSON. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const RELATIVE = /^now(?:([+-])(\d+)([smhdw]))?$/;

const SECONDS: ReadonlyMap<string, number> = new Map([
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
]);

/** A thousand years each way: further, and the time might leave the years 0001 to 9999. */
export const MAX_RELATIVE_SECONDS = 365_250 * 86_400;

export function isNumberText(text: string): boolean {
  return NUMBER.test(text);
}

/** Whether a double can hold about this number: neither infinite nor, though not zero, lost to zero. */
export function isNumberInRange(text: string): boolean {
  const number = Number(text);
  if (number === 0) return !/[1-9]/.test(text.split(/e/i)[0] ?? '');
  return Number.isFinite(number);
}

/** The number that was likely meant where the spelling is not one of JSON: `.5`, `5.`, `+5`, `007`. */
export function tidyNumber(text: string): string | undefined {
  const match = /^([+-]?)0*(\d*)(?:\.(\d*))?$/.exec(text);
  if (!match || !/\d/.test(text)) return undefined;
  const [, sign, whole, fraction] = match;
  return `${sign === '-' ? '-' : ''}${whole || '0'}${fraction ? `.${fraction}` : ''}`;
}

/** An RFC 3339 time, or a date, which means its first instant in UTC. */
export function parseTimeLiteral(text: string): Timestamp | undefined {
  return parseTimestamp(text) ?? parseDate(text);
}

/** The shortest spelling that `parseTimeLiteral` reads back as the same time. */
export function printTimeLiteral(time: Timestamp): string {
  if (time.endsWith('T00:00:00.000000Z')) return time.slice(0, 10);
  return time.replace(/\.?0+Z$/, 'Z');
}

/** Seconds from now of `now`, `now-7d`, `now+2h`; undefined when it is no such time. May be far out of range. */
export function parseRelative(text: string): number | undefined {
  const match = RELATIVE.exec(text);
  if (!match) return undefined;
  const seconds = Number(match[2] ?? 0) * (SECONDS.get(match[3] ?? 's') ?? 1);
  return match[1] === '-' && seconds > 0 ? -seconds : seconds;
}

/** With the largest unit that leaves a whole number. */
export function printRelative(offsetSeconds: number): string {
  if (offsetSeconds === 0) return 'now';
  const size = Math.abs(offsetSeconds);
  for (const [unit, seconds] of SECONDS) {
    if (size % seconds === 0) return `now${offsetSeconds < 0 ? '-' : '+'}${size / seconds}${unit}`;
  }
  return 'now';
}

/** As a string of the filter language; `*` stays as it is. */
export function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
