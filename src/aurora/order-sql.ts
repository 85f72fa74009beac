import { type RawBuilder, sql } from 'kysely';
import type { CursorValues } from '../domain/index.ts';
import type { FieldSql } from './field-sql.ts';

/** One key of an order in SQL. */
export interface KeySql extends FieldSql {
  readonly descending: boolean;
}

/** An order; missing values come last in both directions. */
export function orderSql(keys: readonly KeySql[]): RawBuilder<unknown> {
  return sql.join(
    keys.map(({ ref, descending, nullable }) => {
      if (!descending) return sql`${ref} asc`;
      return nullable ? sql`${ref} desc nulls last` : sql`${ref} desc`;
    }),
  );
}

/** A value as a cursor keeps it: nothing is lost, times go to the microsecond. */
export function cursorSql({ ref, type }: KeySql): RawBuilder<unknown> {
  return type === 'timestamptz' ? sql`utc_text(${ref})` : ref;
}

/**
 * Rows behind a cursor. Runs of keys that cannot be missing and go the same way are one row comparison,
 * which an index answers as a range; the others are spelled out.
 */
export function isAfter(keys: readonly KeySql[], after: CursorValues): RawBuilder<unknown> {
  const [first] = keys;
  const uniform = keys.every((key) => !key.nullable && key.descending === first?.descending);
  if (uniform) {
    const refs = sql.join(keys.map(({ ref }) => ref));
    const values = sql.join(keys.map((key, index) => boundSql(key, after[index])));
    return first?.descending ? sql`(${refs}) < (${values})` : sql`(${refs}) > (${values})`;
  }
  const [key, ...rest] = keys;
  if (!key) return sql`false`;
  const value = after[0];
  const ties = rest.length === 0 ? sql`false` : isAfter(rest, after.slice(1));
  if (value === null) return sql`(${key.ref} is null and ${ties})`;
  const at = boundSql(key, value);
  const beyond = key.descending ? sql`${key.ref} < ${at}` : sql`${key.ref} > ${at}`;
  const missing = key.nullable ? sql` or ${key.ref} is null` : sql``;
  // The bound by itself lets the index stop the walk; the rest decides the ties.
  const within = key.descending ? sql`${key.ref} <= ${at}` : sql`${key.ref} >= ${at}`;
  return sql`((${within} and (${beyond} or ${ties}))${missing})`;
}

function boundSql({ type }: KeySql, value: CursorValues[number] | undefined): RawBuilder<unknown> {
  const text = value === null || value === undefined ? null : String(value);
  return sql`${text}::${sql.raw(CASTS[type] ?? 'text')}`;
}

/** The types that keys have; what goes into SQL as text comes from this list. */
const CASTS: Readonly<Record<string, string>> = {
  text: 'text',
  timestamptz: 'timestamptz',
  int8: 'int8',
  float8: 'float8',
  float4: 'float4',
  bool: 'bool',
};
