import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { JsonText, type Literal, type Operator, printJson } from '../domain/index.ts';
import { attributeSql } from './field-sql.ts';
import {
  type Comparison,
  compareSql,
  FALSE,
  isComparison,
  likeSql,
  NO_TIME,
  negate,
  partsOf,
} from './literal-sql.ts';

/** Whether there is something: neither null nor an empty list. */
export function attributePresent(path: readonly string[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`coalesce(${attributeSql(path)} not in ('null', '[]'), false)`;
}

/** An attribute has whatever type it has: a literal of another is false, found out row by row. */
export function compareAttribute(
  path: readonly string[],
  op: Operator,
  literal: Literal,
): RawBuilder<SqlBool> {
  if (op === '!=') return negate(compareAttribute(path, '=', literal));
  if (op === '=') return equals(path, literal);
  if (op === ':') return has(path, literal);
  return isComparison(op) ? ordered(path, op, literal) : FALSE;
}

/** Whether a single value is one of these, or a list has one of them. */
export function attributeIn(
  path: readonly string[],
  literals: readonly Literal[],
): RawBuilder<SqlBool> {
  return literals.map((one) => or(equals(path, one), hasElement(path, one))).reduce(or);
}

function equals(path: readonly string[], literal: Literal): RawBuilder<SqlBool> {
  if (literal.type !== 'pattern') return contains(path, literal, (text) => text);
  return ofType(path, 'string', likeSql(textOf(path), literal.parts));
}

function has(path: readonly string[], literal: Literal): RawBuilder<SqlBool> {
  if (literal.type === 'string' || literal.type === 'pattern') {
    const within = likeSql(textOf(path), ['', ...partsOf(literal), ''], { folded: true });
    return or(ofType(path, 'string', within), hasElement(path, literal));
  }
  return or(equals(path, literal), hasElement(path, literal));
}

function hasElement(path: readonly string[], literal: Literal): RawBuilder<SqlBool> {
  if (literal.type !== 'pattern') return contains(path, literal, (text) => `[${text}]`);
  const elements = sql`case when jsonb_typeof(${attributeSql(path)}) = 'array' then ${attributeSql(path)} else '[]' end`;
  const element = sql`(e.value #>> '{}') collate "C"`;
  return sql<SqlBool>`exists (select from jsonb_array_elements(${elements}) as e (value)
    where jsonb_typeof(e.value) = 'string' and ${likeSql(element, literal.parts)})`;
}

/** By containment, which an index answers; at one path it is equality, and numbers are equal by value. */
function contains(
  path: readonly string[],
  literal: Literal,
  around: (text: string) => string,
): RawBuilder<SqlBool> {
  const value = jsonOf(literal);
  if (value === undefined) return FALSE;
  const wanted = [...path]
    .reverse()
    .reduce((inner, name) => `{${JSON.stringify(name)}:${inner}}`, around(value));
  return sql<SqlBool>`article.attributes @> ${wanted}::jsonb`;
}

/** Numbers compare exactly, whatever their digits. */
function ordered(path: readonly string[], op: Comparison, literal: Literal): RawBuilder<SqlBool> {
  switch (literal.type) {
    case 'string':
      return ofType(path, 'string', compareSql(textOf(path), op, literal, 'text', NO_TIME));
    case 'number': {
      const value = sql`${attributeSql(path)}::numeric`;
      return ofType(path, 'number', compareSql(value, op, literal, 'numeric', NO_TIME));
    }
    case 'boolean': {
      const value = sql`${attributeSql(path)}::bool`;
      return ofType(path, 'boolean', compareSql(value, op, literal, 'bool', NO_TIME));
    }
    default:
      return FALSE;
  }
}

/** False where the attribute is of another type, and before anything is made of its value. */
function ofType(
  path: readonly string[],
  type: 'string' | 'number' | 'boolean',
  condition: RawBuilder<SqlBool>,
): RawBuilder<SqlBool> {
  if (condition === FALSE) return FALSE;
  return sql<SqlBool>`case when jsonb_typeof(${attributeSql(path)}) = ${sql.lit(type)} then ${condition} else false end`;
}

function textOf(path: readonly string[]): RawBuilder<unknown> {
  return sql`(${attributeSql(path)} #>> '{}') collate "C"`;
}

function jsonOf(literal: Literal): string | undefined {
  switch (literal.type) {
    case 'string':
      return JSON.stringify(literal.value);
    case 'number':
      return printJson(new JsonText(literal.text));
    case 'boolean':
      return String(literal.value);
    default:
      return undefined;
  }
}

function or(a: RawBuilder<SqlBool>, b: RawBuilder<SqlBool>): RawBuilder<SqlBool> {
  if (a === FALSE) return b;
  return b === FALSE ? a : sql<SqlBool>`(${a} or ${b})`;
}
