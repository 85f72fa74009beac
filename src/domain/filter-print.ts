import type { Field, Filter, Literal, Operator } from './filter-ast.ts';
import { isPlainSegment } from './filter-lexer.ts';
import { printRelative, printTimeLiteral, quote } from './filter-literals.ts';

/**
 * Prints a filter as its one canonical text: equal texts mean equal filters. `parseFilter` reads it back
 * as an equal filter, unless it is within some bytes of the length limit: a text that left out every
 * space it could is a little shorter.
 */
export function printFilter(filter: Filter): string {
  switch (filter.type) {
    case 'and':
    case 'or': {
      const joint = filter.type === 'and' ? ' AND ' : ' OR ';
      return filter.terms.map((term) => printOperand(term)).join(joint);
    }
    case 'not':
      // Shorter than `NOT field:*`, and no deeper than what it was read from.
      if (filter.term.type === 'present') return `${printField(filter.term.field)}=null`;
      return `NOT ${printOperand(filter.term)}`;
    case 'present':
      return `${printField(filter.field)}:*`;
    case 'compare':
      return `${printField(filter.field)}${filter.op}${printLiteral(filter.value, filter.op)}`;
    case 'in': {
      const values = filter.values.map((value) => printLiteral(value, '='));
      return `${printField(filter.field)}:(${values.join(',')})`;
    }
    case 'any':
      return `topics.any(${printFilter(filter.where)})`;
    case 'text':
      return `text(${quote(filter.query)})`;
  }
}

function printOperand(filter: Filter): string {
  const text = printFilter(filter);
  return filter.type === 'and' || filter.type === 'or' ? `(${text})` : text;
}

/** A field as a filter names it. */
export function printField(field: Field): string {
  switch (field.kind) {
    case 'scalar':
    case 'list':
      return field.name;
    case 'attribute':
      return `attributes.${printPath(field.path)}`;
    case 'metric':
      return `metrics.${field.name}`;
    case 'output':
      return `ai.${field.output}${field.member === undefined ? '' : `.${field.member}`}`;
    case 'topic':
      return field.member;
  }
}

/** Member names joined by dots, in quotes where they need them. */
export function printPath(path: readonly string[]): string {
  return path.map((name) => (isPlainSegment(name) ? name : quote(name))).join('.');
}

function printLiteral(literal: Literal, op: Operator): string {
  switch (literal.type) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(literal.value);
    case 'number':
      return literal.text;
    case 'string':
      return op === '=' || op === '!=' || op === ':'
        ? escapeStars(quote(literal.value))
        : quote(literal.value);
    case 'pattern':
      return `"${literal.parts.map((part) => escapeStars(quote(part).slice(1, -1))).join('*')}"`;
    case 'time':
      return printTimeLiteral(literal.value);
    case 'relative':
      return printRelative(literal.offsetSeconds);
  }
}

function escapeStars(quoted: string): string {
  return quoted.replaceAll('*', '\\*');
}
