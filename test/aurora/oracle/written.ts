import type { Ask, Json, Literal, SortKey } from './model.ts';
import { Decimal } from './model.ts';

/** The filter as a caller writes it in a URL. */
export function askText(ask: Ask): string {
  switch (ask.op) {
    case 'and':
    case 'or':
      return ask.terms.map(operand).join(ask.op === 'and' ? ' AND ' : ' OR ');
    case 'not':
      return `NOT ${operand(ask.term)}`;
    case 'present':
      return `${fieldText(ask.field)}:*`;
    case 'in':
      return `${fieldText(ask.field)}:(${ask.values.map((value) => literalText(value, '=')).join(', ')})`;
    case 'any':
      return `topics.any(${askText(ask.where)})`;
    case 'text':
      return `text(${quoted(ask.query)})`;
    default:
      return `${fieldText(ask.field)} ${ask.op} ${literalText(ask.value, ask.op)}`;
  }
}

function operand(ask: Ask): string {
  const text = askText(ask);
  return ask.op === 'and' || ask.op === 'or' || ask.op === 'not' ? `(${text})` : text;
}

function fieldText(path: readonly string[]): string {
  return path.map((name) => (/^[a-z][A-Za-z0-9_-]*$/.test(name) ? name : quoted(name))).join('.');
}

function literalText(literal: Literal, op: string): string {
  switch (literal.type) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(literal.value);
    case 'number':
      return literal.text;
    case 'string':
      return isOrder(op) ? quoted(literal.value) : starred([literal.value]);
    case 'pattern':
      return starred(literal.parts);
    case 'time':
    case 'relative':
      return literal.written;
  }
}

/** Behind `<` and its like a star is a plain character. */
function isOrder(op: string): boolean {
  return op.startsWith('<') || op.startsWith('>');
}

function starred(parts: readonly string[]): string {
  const inner = parts.map((part) => quoted(part).slice(1, -1).replaceAll('*', '\\*'));
  return `"${inner.join('*')}"`;
}

function quoted(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('é', '\\u00e9');
  return `"${escaped}"`;
}

/** The filter as JSON text, with every digit of its numbers. */
export function askJson(ask: Ask): string {
  switch (ask.op) {
    case 'and':
    case 'or':
      return `{"${ask.op}":[${ask.terms.map(askJson).join(',')}]}`;
    case 'not':
      return `{"not":${askJson(ask.term)}}`;
    case 'present':
      return `{"field":${fieldJson(ask.field)},"op":"present"}`;
    case 'in':
      return `{"field":${fieldJson(ask.field)},"op":"in","values":[${ask.values.map(literalJson).join(',')}]}`;
    case 'any':
      return `{"field":"topics","op":"any","where":${askJson(ask.where)}}`;
    case 'text':
      return `{"text":${JSON.stringify(ask.query)}}`;
    default:
      return `{"field":${fieldJson(ask.field)},"op":"${ask.op}","value":${literalJson(ask.value)}}`;
  }
}

function fieldJson(path: readonly string[]): string {
  const names = path.map((name) =>
    name === '' || /["\\.]/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : name,
  );
  return JSON.stringify(names.join('.'));
}

function literalJson(literal: Literal): string {
  const escaped = (part: string): string => part.replace(/[\\*]/g, '\\$&');
  switch (literal.type) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(literal.value);
    case 'number':
      return literal.text;
    case 'string':
      return JSON.stringify(escaped(literal.value));
    case 'pattern':
      return JSON.stringify(literal.parts.map(escaped).join('*'));
    case 'time':
    case 'relative':
      return JSON.stringify(unquoted(literal.written));
  }
}

/** JSON has no bare times. */
function unquoted(written: string): string {
  return written.replaceAll('"', '');
}

/** `metrics.a desc, id` */
export function orderText(keys: readonly SortKey[]): string {
  return keys.map(({ by, descending }) => (descending ? `${by} desc` : by)).join(', ');
}

/** Free-form JSON as text. */
export function jsonText(value: Json): string {
  if (value instanceof Decimal) return value.text;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const members = [...(value as ReadonlyMap<string, Json>)];
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`).join(',')}}`;
}
