import { ServiceError } from '../domain/index.ts';
import type { PgType } from './column-types.ts';

/** A checked parameter: what is bound, and the cast that makes it what it should be. */
export interface Parameter {
  readonly kind: 'null' | 'boolean' | 'long' | 'double' | 'text' | 'bytes';
  readonly value: null | boolean | number | string | Uint8Array;
  /** Follows the placeholder as `::cast`; absent where the bound type is right already. */
  readonly cast?: PgType;
}

const INTEGERS = new Set(['int2', 'int4', 'int8', 'smallint', 'integer', 'int', 'bigint']);
const FLOATS = new Set(['float4', 'float8', 'real', 'double precision']);
const TEXTS = new Set(['text', 'varchar', 'character varying']);
const INT8_MAX = 2n ** 63n - 1n;

/**
 * Checks a value that is to be bound and decides how: by the type of the column it meets, where that is
 * known, and never by how a string looks. `place` names it in errors. Only scalars pass: an object would
 * be taken for a parameter of the Data API's own form, with whatever keys it has.
 */
export function toParameter(value: unknown, type: PgType | undefined, place: string): Parameter {
  switch (typeof value) {
    case 'string':
      return textParameter(value, type, place);
    case 'number':
      return numberParameter(value, type, place);
    case 'bigint':
      return bigintParameter(value, type, place);
    case 'boolean':
      if (type !== undefined && type !== 'boolean' && type !== 'bool') {
        throw refused(place, `a boolean does not go into ${type}`);
      }
      return { kind: 'boolean', value };
    case 'object':
      if (value === null)
        return { kind: 'null', value, ...(type === undefined ? {} : { cast: type }) };
      if (value instanceof Uint8Array) {
        if (type === undefined || type === 'bytea') return { kind: 'bytes', value };
        throw refused(place, `bytes do not go into ${type}`);
      }
      throw refused(place, describeObject(value));
    default:
      throw refused(place, `${typeof value} cannot be a parameter`);
  }
}

function textParameter(value: string, type: PgType | undefined, place: string): Parameter {
  if (value.includes('\0')) throw unholdable(place, 'contains the character U+0000');
  if (!value.isWellFormed()) throw unholdable(place, 'contains half of a surrogate pair');
  if (type === undefined || TEXTS.has(type)) return { kind: 'text', value };
  return { kind: 'text', value, cast: type };
}

function numberParameter(value: number, type: PgType | undefined, place: string): Parameter {
  if (!Number.isFinite(value)) throw refused(place, `${value} cannot be a parameter`);
  if (type === undefined) {
    if (!Number.isInteger(value)) return { kind: 'double', value };
    if (!Number.isSafeInteger(value))
      throw refused(place, `${value} is beyond 2^53: give a bigint`);
    return { kind: 'long', value };
  }
  if (INTEGERS.has(type)) {
    if (!Number.isSafeInteger(value)) throw refused(place, `${value} is no exact integer`);
    return { kind: 'long', value };
  }
  if (FLOATS.has(type)) return { kind: 'double', value };
  if (type === 'numeric') return { kind: 'text', value: String(value), cast: type };
  throw refused(place, `a number does not go into ${type}`);
}

function bigintParameter(value: bigint, type: PgType | undefined, place: string): Parameter {
  if (type === 'numeric') return { kind: 'text', value: String(value), cast: type };
  if (type !== undefined && !INTEGERS.has(type)) {
    throw refused(place, `a bigint does not go into ${type}`);
  }
  if (value > INT8_MAX || value < -INT8_MAX - 1n) throw refused(place, `${value} is beyond int8`);
  // As text: a number would be rounded on its way.
  return { kind: 'text', value: String(value), cast: 'int8' };
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return 'an array cannot be a parameter: use textArray or int8Array';
  if (value instanceof Date) return 'a Date cannot be a parameter: give a timestamp as text';
  return 'an object cannot be a parameter: give JSON text and cast it';
}

/** A mistake of the code that built the query. */
function refused(place: string, detail: string): ServiceError {
  return new ServiceError('internal', 'aurora.compile', `${place}: ${detail}`);
}

/** Something a caller of the service may have sent. */
function unholdable(place: string, detail: string): ServiceError {
  return new ServiceError(
    'invalid',
    'aurora.compile',
    `A text ${detail}, which cannot be stored.`,
    {
      cause: new Error(place),
    },
  );
}
