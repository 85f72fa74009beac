import type { Field, Filter, Literal } from '../../src/domain/index.ts';

/** What a field holds in an article of the tests. */
export type Value = string | number | boolean | null | readonly (string | number | boolean)[];

/** The tests' own reading of the filter language; times are compared as their texts. */
export function matches(filter: Filter, heldBy: (field: Field) => Value): boolean {
  switch (filter.type) {
    case 'and':
      return filter.terms.every((term) => matches(term, heldBy));
    case 'or':
      return filter.terms.some((term) => matches(term, heldBy));
    case 'not':
      return !matches(filter.term, heldBy);
    case 'present':
      return isPresent(heldBy(filter.field));
    case 'in':
      return filter.values.some((value) => {
        const held = heldBy(filter.field);
        return Array.isArray(held) ? has(held, value) : compare(held, '=', value);
      });
    case 'compare':
      return compare(heldBy(filter.field), filter.op, filter.value);
    case 'any':
      return matches(filter.where, heldBy);
    case 'text':
      return filter.query.length % 2 === 0;
  }
}

function isPresent(held: Value): boolean {
  return held !== null && (!Array.isArray(held) || held.length > 0);
}

function has(held: readonly (string | number | boolean)[], literal: Literal): boolean {
  return held.some((element) => compare(element, '=', literal));
}

function compare(held: Value, op: string, literal: Literal): boolean {
  if (op === '!=') return !compare(held, '=', literal);
  if (literal.type === 'null') return op === '=' && !isPresent(held);
  if (held === null) return false;
  if (Array.isArray(held)) return op === ':' && has(held, literal);
  if (literal.type === 'pattern') {
    if (typeof held !== 'string') return false;
    const escaped = literal.parts.map((part) => part.replace(/[^\w]/gu, '\\$&'));
    const any = escaped.join('.*');
    return op === ':' ? new RegExp(any, 'is').test(held) : new RegExp(`^${any}$`, 's').test(held);
  }
  const wanted = plainValue(literal);
  if (typeof wanted !== typeof held) return false;
  if (op === ':' && literal.type === 'string') {
    return String(held).toLowerCase().includes(literal.value.toLowerCase());
  }
  const order = held < wanted ? -1 : held > wanted ? 1 : 0;
  return (
    {
      '=': order === 0,
      ':': order === 0,
      '<': order < 0,
      '<=': order <= 0,
      '>': order > 0,
      '>=': order >= 0,
    }[op] ?? false
  );
}

function plainValue(
  literal: Exclude<Literal, { type: 'null' | 'pattern' }>,
): string | number | boolean {
  if (literal.type === 'number') return Number(literal.text);
  if (literal.type === 'relative') return `relative ${literal.offsetSeconds}`;
  return literal.value;
}
