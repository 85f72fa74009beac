import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Literal, Operator, Timestamp } from '../domain/index.ts';
import type { PgType } from './column-types.ts';

/** An operator that stands between a value and a literal; `!=` and `:` are put in terms of the others before. */
export type Comparison = '=' | '<' | '<=' | '>' | '>=';

const OPERATORS: Readonly<Record<Comparison, RawBuilder<unknown>>> = {
  '=': sql`=`,
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
};

/** For values that are no times. */
export const NO_TIME = '' as Timestamp;

export const FALSE: RawBuilder<SqlBool> = sql<SqlBool>`false`;

export function isComparison(op: Operator): op is Comparison {
  return op !== '!=' && op !== ':';
}

export function negate(condition: RawBuilder<SqlBool>): RawBuilder<SqlBool> {
  return condition === FALSE ? sql<SqlBool>`true` : sql<SqlBool>`not ${condition}`;
}

/** How a value of a column compares with a literal of its type; null where the value is null. */
export function compareSql(
  ref: RawBuilder<unknown>,
  op: Comparison,
  literal: Literal,
  type: PgType,
  now: Timestamp,
): RawBuilder<SqlBool> {
  return sql<SqlBool>`${ref} ${OPERATORS[op]} ${bindLiteral(literal, type, now)}`;
}

/** Whether a text is these parts in their order, with anything between them. */
export function likeSql(
  ref: RawBuilder<unknown>,
  parts: readonly string[],
  { folded }: { readonly folded: boolean } = { folded: false },
): RawBuilder<SqlBool> {
  const pattern = parts.map((part) => part.replace(/[\\%_]/g, '\\$&')).join('%');
  return folded
    ? sql<SqlBool>`fold(${ref}) like fold(${pattern})`
    : sql<SqlBool>`${ref} like ${pattern}`;
}

/** The parts of a string or pattern literal: a string is one. */
export function partsOf(literal: Literal): readonly string[] {
  if (literal.type === 'pattern') return literal.parts;
  return literal.type === 'string' ? [literal.value] : [];
}

const INTEGER = /^-?\d{1,15}$/;

function bindLiteral(literal: Literal, type: PgType, now: Timestamp): RawBuilder<unknown> {
  switch (literal.type) {
    case 'string':
      return sql`${literal.value}::text`;
    case 'number':
      // As the column's own type where nothing is lost: another type would keep an index from being used.
      if (type === 'float8') return sql`${literal.text}::float8`;
      return INTEGER.test(literal.text)
        ? sql`${literal.text}::int8`
        : sql`${literal.text}::numeric`;
    case 'boolean':
      return sql`${literal.value}::bool`;
    case 'time':
      return sql`${literal.value}::timestamptz`;
    case 'relative':
      return sql`(${now}::timestamptz + ${String(literal.offsetSeconds)}::float8 * interval '1 second')`;
    default:
      throw new Error(`a ${literal.type} is no value of a ${type}`);
  }
}
