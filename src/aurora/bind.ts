import { type RawBuilder, sql } from 'kysely';

/**
 * Texts as one parameter: the Data API takes no arrays, so they go as PostgreSQL's own notation, cast.
 * `where id = any(${textArray(ids)})`.
 */
export function textArray(values: readonly (string | null)[]): RawBuilder<string[]> {
  return sql`${literal(values.map((value) => (value === null ? 'NULL' : quote(value))))}::text[]`;
}

/** Integers as one parameter, exact. */
export function int8Array(values: readonly (number | bigint)[]): RawBuilder<number[]> {
  for (const value of values) {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new RangeError(`${value} is no exact integer`);
    }
  }
  return sql`${literal(values.map(String))}::int8[]`;
}

/** Numbers as one parameter. */
export function float8Array(values: readonly number[]): RawBuilder<number[]> {
  for (const value of values) {
    if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be a parameter`);
  }
  return sql`${literal(values.map(String))}::float8[]`;
}

function literal(elements: readonly string[]): string {
  return `{${elements.join(',')}}`;
}

/** https://www.postgresql.org/docs/17/arrays.html#ARRAYS-IO */
function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
