import {
  type Article,
  type Field,
  type Filter,
  invalid,
  type Literal,
  type Operator,
  timestampFromMs,
} from '../../src/domain/index.ts';

type Value = string | number | undefined;

/** What a filter says of one article, term by term: the slow and plain way. */
export function matches(filter: Filter, article: Article, nowMs: number): boolean {
  switch (filter.type) {
    case 'and':
      return filter.terms.every((term) => matches(term, article, nowMs));
    case 'or':
      return filter.terms.some((term) => matches(term, article, nowMs));
    case 'not':
      return !matches(filter.term, article, nowMs);
    case 'present':
      return fieldValue(filter.field, article) !== undefined;
    case 'in':
      return filter.values.some((value) => compare(filter.field, '=', value, article, nowMs));
    case 'compare':
      return compare(filter.field, filter.op, filter.value, article, nowMs);
    default:
      throw unsupported(filter.type);
  }
}

function compare(
  field: Field,
  op: Operator,
  literal: Literal,
  article: Article,
  nowMs: number,
): boolean {
  if (op === '!=') return !compare(field, '=', literal, article, nowMs);
  const value = fieldValue(field, article);
  if (literal.type === 'null') return value === undefined;
  if (value === undefined) return false;
  const folded = op === ':';
  if (literal.type === 'pattern' || (folded && literal.type === 'string')) {
    const parts = literal.type === 'string' ? [literal.value] : literal.parts;
    const ends = folded ? ['', ...parts, ''] : parts;
    return isLike(String(value), ends, folded);
  }
  const order = compareValues(value, literalValue(literal, nowMs));
  switch (op) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return order === 0;
  }
}

function literalValue(literal: Literal, nowMs: number): string | number {
  switch (literal.type) {
    case 'number':
      return Number(literal.text);
    case 'string':
    case 'time':
      return literal.value;
    case 'relative':
      return timestampFromMs(nowMs + literal.offsetSeconds * 1000);
    default:
      return String(literal.type);
  }
}

function fieldValue(field: Field, article: Article): Value {
  if (field.kind !== 'scalar') throw unsupported(field.kind);
  return field.name === 'source' ? article.source?.key : article[field.name];
}

/** By code point, which is not the order of UTF-16. */
export function compareValues(a: string | number, b: string | number): number {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) - Number(b);
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isLike(text: string, parts: readonly string[], folded: boolean): boolean {
  const fold = (part: string): string => (folded ? part.toLowerCase() : part);
  const escaped = parts.map((part) => fold(part).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'su').test(fold(text));
}

function unsupported(name: string): Error {
  return invalid('fake.find', `"${name}" cannot be filtered by yet.`, [
    { parameter: 'filter', code: 'unsupported_field', detail: `"${name}" is not supported.` },
  ]);
}
