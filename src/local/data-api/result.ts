import type { RawResult } from './engine.ts';
import { DataApiError } from './service-error.ts';

type Field = Readonly<Record<string, unknown>>;

/** How a value of a type goes out: scalar kind, typname, JDBC code. */
interface TypeInfo {
  readonly kind:
    | 'long'
    | 'double'
    | 'boolean'
    | 'string'
    | 'blob'
    | 'decimal'
    | 'timestamp'
    | 'time';
  readonly name: string;
  readonly jdbc: number;
}

const TYPES: Readonly<Record<number, TypeInfo>> = {
  16: { kind: 'boolean', name: 'bool', jdbc: -7 },
  17: { kind: 'blob', name: 'bytea', jdbc: -2 },
  19: { kind: 'string', name: 'name', jdbc: 12 },
  20: { kind: 'long', name: 'int8', jdbc: -5 },
  21: { kind: 'long', name: 'int2', jdbc: 5 },
  23: { kind: 'long', name: 'int4', jdbc: 4 },
  25: { kind: 'string', name: 'text', jdbc: 12 },
  26: { kind: 'long', name: 'oid', jdbc: -5 },
  114: { kind: 'string', name: 'json', jdbc: 1111 },
  142: { kind: 'string', name: 'xml', jdbc: 2009 },
  700: { kind: 'double', name: 'float4', jdbc: 7 },
  701: { kind: 'double', name: 'float8', jdbc: 8 },
  705: { kind: 'string', name: 'unknown', jdbc: 12 },
  869: { kind: 'string', name: 'inet', jdbc: 1111 },
  650: { kind: 'string', name: 'cidr', jdbc: 1111 },
  1042: { kind: 'string', name: 'bpchar', jdbc: 1 },
  1043: { kind: 'string', name: 'varchar', jdbc: 12 },
  1082: { kind: 'string', name: 'date', jdbc: 91 },
  1083: { kind: 'time', name: 'time', jdbc: 92 },
  1114: { kind: 'timestamp', name: 'timestamp', jdbc: 93 },
  1184: { kind: 'timestamp', name: 'timestamptz', jdbc: 93 },
  1700: { kind: 'decimal', name: 'numeric', jdbc: 2 },
  2278: { kind: 'string', name: 'void', jdbc: 1111 },
  2950: { kind: 'string', name: 'uuid', jdbc: 1111 },
  3802: { kind: 'string', name: 'jsonb', jdbc: 1111 },
};

/** Element type of each array type. */
const ELEMENT: Readonly<Record<number, number>> = {
  199: 114,
  1000: 16,
  1001: 17,
  1003: 19,
  1005: 21,
  1007: 23,
  1009: 25,
  1014: 1042,
  1015: 1043,
  1016: 20,
  1021: 700,
  1022: 701,
  1115: 1114,
  1182: 1082,
  1183: 1083,
  1185: 1184,
  1231: 1700,
  2951: 2950,
  3807: 3802,
  1028: 26,
};

/** Types the service refuses in results, with the word it uses. */
const UNSUPPORTED: Readonly<Record<number, string>> = {
  18: '"CHAR"',
  600: 'POINT',
  601: 'LSEG',
  602: 'PATH',
  603: 'BOX',
  604: 'POLYGON',
  628: 'LINE',
  718: 'CIRCLE',
  790: 'MONEY',
  829: 'macaddr',
  1186: 'INTERVAL',
  1266: 'TIMETZ',
  2205: 'regclass',
  2206: 'regtype',
  3908: 'tsrange',
  3910: 'tstzrange',
  3912: 'daterange',
  3926: 'int8range',
};

export interface ResultOptions {
  readonly decimals: 'STRING' | 'DOUBLE_OR_LONG';
  readonly longs: 'LONG' | 'STRING';
}

/** 1 MiB: documented size of a result (Aurora user guide, data-api.limitations, 2026). */
export const MAX_RESULT_BYTES = 1_048_576;

/** Counts a result as the service does: PostgreSQL's octets, not those of the JSON. */
export function checkSize(result: RawResult, maxBytes: number): void {
  let bytes = result.rows.length * (2 + 4 * result.fields.length);
  for (const row of result.rows) {
    for (const cell of row) if (cell !== null) bytes += Buffer.byteLength(cell);
    if (bytes > maxBytes) {
      throw new DataApiError(
        'UnsupportedResultException',
        'The result exceeds the size limit 1 MB.',
      );
    }
  }
}

export function toRecords(result: RawResult, options: ResultOptions): Field[][] {
  const readers = result.fields.map(({ oid }) => readerOf(oid, options));
  return result.rows.map((row) =>
    row.map((cell, column) =>
      cell === null ? { isNull: true } : (readers[column] as (text: string) => Field)(cell),
    ),
  );
}

function readerOf(oid: number, options: ResultOptions): (text: string) => Field {
  const refused = UNSUPPORTED[oid];
  if (refused !== undefined) {
    throw new DataApiError(
      'UnsupportedResultException',
      `The result contains the unsupported data type ${refused}.`,
    );
  }
  const element = ELEMENT[oid];
  if (element !== undefined) {
    const kind = TYPES[element]?.kind;
    return (text) => ({ arrayValue: toArray(text, kind ?? 'string') });
  }
  const kind = TYPES[oid]?.kind ?? 'string';
  return (text) => scalar(text, kind, options);
}

function scalar(text: string, kind: TypeInfo['kind'], options: ResultOptions): Field {
  switch (kind) {
    case 'boolean':
      return { booleanValue: text === 't' };
    case 'long':
      return options.longs === 'STRING' ? { stringValue: text } : { longValue: exact(text) };
    case 'double':
      return { doubleValue: double(text) };
    case 'decimal':
      if (options.decimals === 'STRING') return { stringValue: text };
      return text.includes('.') || text === 'NaN'
        ? { doubleValue: double(text) }
        : { longValue: exact(text) };
    case 'blob':
      return { blobValue: Buffer.from(text.slice(2), 'hex').toString('base64') };
    case 'timestamp':
      return { stringValue: timestamp(text) };
    case 'time':
      return { stringValue: fraction(text) };
    case 'string':
      return { stringValue: text };
  }
}

/** An integer as JSON has it: every digit, which `JSON.rawJSON` is not there for on Node 20. */
function exact(text: string): number | RawNumber {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : new RawNumber(text);
}

export class RawNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function double(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

/** `YYYY-MM-DD HH:MM:SS` with no, three or six digits of fraction; the zone, always UTC, is left out. */
function timestamp(text: string): string {
  if (text.endsWith('infinity')) throw new DataApiError('InternalFailure', 'UnknownError');
  return fraction(text.replace(/[+-]\d{2}(?::?\d{2})?$/, ''));
}

function fraction(text: string): string {
  const [whole = '', digits = ''] = text.split('.');
  if (digits === '') return whole;
  return `${whole}.${digits.padEnd(digits.length <= 3 ? 3 : 6, '0')}`;
}

function toArray(text: string, kind: TypeInfo['kind']): Field {
  const elements = parseArray(text);
  const map = <T>(read: (element: string) => T) =>
    elements.map((element) => (element === null ? null : read(element)));
  switch (kind) {
    case 'long':
      return { longValues: map(exact) };
    case 'double':
      return { doubleValues: map(double) };
    case 'boolean':
      return { booleanValues: map((element) => element === 't') };
    case 'timestamp':
      return { stringValues: map(timestamp) };
    default:
      return { stringValues: map((element) => element) };
  }
}

/** Reads the text form of a one-dimensional array; refuses nested ones as the service does. */
function parseArray(text: string): (string | null)[] {
  const elements: (string | null)[] = [];
  let at = text.indexOf('{') + 1;
  while (at < text.length && text[at] !== '}') {
    if (text[at] === '{') {
      throw new DataApiError(
        'UnsupportedResultException',
        'The result contains a multidimensional array, which is not supported.',
      );
    }
    if (text[at] === '"') {
      let element = '';
      for (at++; text[at] !== '"'; at++) {
        if (text[at] === '\\') at++;
        element += text[at];
      }
      elements.push(element);
      at++;
    } else {
      let end = at;
      while (text[end] !== ',' && text[end] !== '}') end++;
      const element = text.slice(at, end);
      elements.push(element === 'NULL' ? null : element);
      at = end;
    }
    if (text[at] === ',') at++;
  }
  return elements;
}

/** The 14 members that describe each column. */
export function toMetadata(result: RawResult): Field[] {
  return result.fields.map(({ name, oid }) => {
    const element = ELEMENT[oid];
    const type = TYPES[element ?? oid];
    const numeric = ['long', 'double', 'decimal'].includes(type?.kind ?? '');
    return {
      name,
      label: name,
      type: element === undefined ? (type?.jdbc ?? 12) : 2003,
      typeName: element === undefined ? (type?.name ?? 'text') : `_${type?.name ?? 'text'}`,
      schemaName: '',
      tableName: '',
      isAutoIncrement: false,
      isSigned: numeric && element === undefined,
      isCurrency: false,
      isCaseSensitive: !numeric,
      nullable: 2,
      precision: 2147483647,
      scale: 0,
      arrayBaseColumnType: 0,
    };
  });
}

/** `formatRecordsAs: JSON`: one text with an object for each row. */
export function toFormattedRecords(result: RawResult, options: ResultOptions): string {
  const labels = result.fields.map(({ name }) => name);
  if (new Set(labels).size < labels.length) {
    throw new DataApiError('ValidationException', 'The result has two columns of one label.');
  }
  const rows = toRecords(result, options).map((record) => {
    const members = record.map((field, column) => {
      const value = plain(field);
      return `${JSON.stringify(labels[column])}:${value}`;
    });
    return `{${members.join(',')}}`;
  });
  return `[${rows.join(',')}]`;
}

function plain(field: Field): string {
  if (field.isNull === true) return 'null';
  const [value] = Object.values(field);
  if (value !== null && typeof value === 'object' && !(value instanceof RawNumber)) {
    return printJson(Object.values(value)[0]);
  }
  return printJson(value);
}

/** JSON with exact integers in it. */
export function printJson(value: unknown): string {
  if (value instanceof RawNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(printJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => `${JSON.stringify(name)}:${printJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}
