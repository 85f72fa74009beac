import { ServiceError } from '../domain/index.ts';

/** A value as the store sees it; see `Aurora`. */
export type Value = string | number | boolean | null | Uint8Array | readonly Value[];

/** Turns the text of a value, as PostgreSQL prints it in UTC, into the value. */
export type TextDecoder = (text: string) => Value;

const DATE_TIME = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:\+00)?$/;

/**
 * The decoder of a column of this type. `typeName` is PostgreSQL's own (`int8`, `_text`), without the `_`
 * for elements of an array. Throws where a value has no exact form: nothing is rounded or shifted.
 */
export function textDecoder(typeName: string, label: string): TextDecoder {
  switch (typeName) {
    case 'int2':
    case 'int4':
    case 'int8':
    case 'oid':
    // pgjdbc's names for columns with a sequence.
    case 'smallserial':
    case 'serial':
    case 'bigserial':
      return (text) => exactInteger(Number(text), text, label);
    case 'float4':
    case 'float8':
      return Number;
    case 'bool':
      return (text) => text === 't' || text === 'true';
    case 'timestamp':
      return (text) => dateTime(text, '', label);
    case 'timestamptz':
      return (text) => dateTime(text, 'Z', label);
    case 'bytea':
      return (text) => bytes(text.slice(2), 'hex');
    default:
      return (text) => text;
  }
}

/** Checks an integer that arrived as a number already. */
export function exactInteger(value: number, text: string, label: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw undecodable(label, `${text} is beyond 2^53: select it as text`);
}

/** A plain array of bytes: a Buffer may be a window on a larger one, and prints in its own way. */
export function bytes(text: string, encoding: 'hex' | 'base64'): Uint8Array {
  return new Uint8Array(Buffer.from(text, encoding));
}

export function undecodable(label: string, detail: string): ServiceError {
  return new ServiceError('internal', 'aurora.decode', `Column "${label}": ${detail}`);
}

/** Refuses a result in which a later column would silently take an earlier one's place. */
export function checkLabels(labels: readonly string[]): void {
  const seen = new Set<string>();
  for (const label of labels) {
    if (seen.has(label)) throw undecodable(label, 'two columns of the result have this name');
    seen.add(label);
  }
}

function dateTime(text: string, suffix: string, label: string): string {
  const match = DATE_TIME.exec(text);
  // `infinity`, years beyond 9999 or before Christ.
  if (!match) throw undecodable(label, `"${text}" is no time that can be told`);
  const [, date, time, fraction = ''] = match;
  return `${date}T${time}.${fraction.padEnd(6, '0')}${suffix}`;
}
