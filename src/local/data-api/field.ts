import { parseArray } from './array-text.ts';
import { dateText, timestampText, timeText } from './date-time.ts';
import type { Kind, TypeInfo } from './types.ts';

/** `resultSetOptions`: the forms of numbers that JSON may not hold exactly. */
export interface ResultOptions {
  readonly decimals: 'STRING' | 'DOUBLE_OR_LONG';
  readonly longs: 'LONG' | 'STRING';
}

/** JSON is printed from PostgreSQL's text, so that integers keep every digit. */
type Print = (text: string) => string;

const asString: Print = (text) => JSON.stringify(text);

/** JSON has no NaN and no infinity: the service sends their names. */
const asDouble: Print = (text) => (/^-?(NaN|Infinity)$/.test(text) ? `"${text}"` : text);

const asBoolean: Print = (text) => (text === 't' ? 'true' : 'false');

const asBlob: Print = (text) => `"${bytesOf(text).toString('base64')}"`;

/** The member of `Field`, and of `ArrayValue` behind an `s`, that each kind comes in. */
function formOf(kind: Kind, { longs, decimals }: ResultOptions): [member: string, print: Print] {
  switch (kind) {
    case 'boolean':
      return ['booleanValue', asBoolean];
    case 'long':
      return longs === 'STRING' ? ['stringValue', asString] : ['longValue', (text) => text];
    case 'double':
      return ['doubleValue', asDouble];
    case 'decimal':
      // Which of the two members a numeric comes in is up to its value.
      return decimals === 'STRING' ? ['stringValue', asString] : ['', asDouble];
    case 'blob':
      return ['blobValue', asBlob];
    case 'date':
      return ['stringValue', (text) => asString(dateText(text))];
    case 'time':
      return ['stringValue', (text) => asString(timeText(text))];
    case 'timestamp':
      return ['stringValue', (text) => asString(timestampText(text))];
    case 'string':
      return ['stringValue', asString];
  }
}

/** Elements of arrays are not affected by `resultSetOptions`, which speak of columns. */
const IN_ARRAYS: ResultOptions = { decimals: 'STRING', longs: 'LONG' };

/** Prints a column's values: as a `Field`, or bare for `formatRecordsAs: JSON`. Both are JSON texts. */
export class FieldPrinter {
  private readonly member: string;
  private readonly print: Print;
  private readonly isArray: boolean;

  constructor({ kind, isArray }: TypeInfo, options: ResultOptions) {
    [this.member, this.print] = formOf(kind, isArray ? IN_ARRAYS : options);
    this.isArray = isArray;
  }

  field(text: string): string {
    if (this.isArray) return `{"arrayValue":{"${this.member}s":${this.bare(text)}}}`;
    const member = this.member || (isLong(text) ? 'longValue' : 'doubleValue');
    return `{"${member}":${this.print(text)}}`;
  }

  bare(text: string): string {
    if (!this.isArray) return this.print(text);
    const elements = parseArray(text);
    return `[${elements.map((element) => (element === null ? 'null' : this.print(element))).join()}]`;
  }
}

const MAX_INT8 = 2n ** 63n - 1n;

/** A numeric without digits behind the point is a long, if it fits one. */
function isLong(text: string): boolean {
  if (!/^-?\d+$/.test(text)) return false;
  const value = BigInt(text);
  return value <= MAX_INT8 && value >= -MAX_INT8 - 1n;
}

/** The bytes of a `bytea`: `\x` and hexadecimal, or the older escapes where a session asked for them. */
function bytesOf(text: string): Buffer {
  if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex');
  const octets = text.replace(/\\(\\|[0-7]{3})/g, (_, code: string) =>
    code === '\\' ? code : String.fromCharCode(Number.parseInt(code, 8)),
  );
  return Buffer.from(octets, 'latin1');
}
