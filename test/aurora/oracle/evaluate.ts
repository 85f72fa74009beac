import {
  type Ask,
  type Comparison,
  Decimal,
  type Json,
  type Literal,
  type SortKey,
  type Stored,
  type TopicEdge,
} from './model.ts';
import { containsWords } from './words.ts';

/** What a field holds: a value that may be missing, or a list. */
type Held = Json | number | Time | undefined;

/** A moment: comparable only with moments. */
class Time {
  readonly at: string;

  constructor(at: string) {
    this.at = at;
  }
}

/** Whether an article meets a filter, by the contract: two-valued, term by term. `nowMs` is what relative times count from. */
export function meets(ask: Ask, article: Stored, nowMs: number): boolean {
  return holds(ask, (path) => fieldOf(article, path), article, nowMs);
}

function holds(
  ask: Ask,
  field: (path: readonly string[]) => Held,
  article: Stored,
  nowMs: number,
): boolean {
  const sub = (one: Ask): boolean => holds(one, field, article, nowMs);
  switch (ask.op) {
    case 'and':
      return ask.terms.every(sub);
    case 'or':
      return ask.terms.some(sub);
    case 'not':
      return !sub(ask.term);
    case 'present':
      return isPresent(field(ask.field));
    case 'in': {
      const held = field(ask.field);
      return ask.values.some((value) =>
        Array.isArray(held) ? hasElement(held, value) : compare(held, '=', value, nowMs),
      );
    }
    case 'any':
      return edgesOf(article).some((edge) =>
        holds(ask.where, ([member]) => edge[member as keyof TopicEdge], article, nowMs),
      );
    case 'text':
      return containsWords(article, ask.query);
    default:
      return compare(field(ask.field), ask.op, ask.value, nowMs);
  }
}

function edgesOf({ topics, projectedTopics }: Stored): readonly TopicEdge[] {
  return [...topics, ...projectedTopics];
}

function fieldOf(article: Stored, path: readonly string[]): Held {
  const [first = '', second = '', third] = path;
  switch (first) {
    case 'publishedAt':
    case 'ingestedAt':
    case 'updatedAt':
      return timeOf(article[first]);
    case 'authors':
      return article.authors;
    case 'topics':
      return edgesOf(article).map(({ key }) => key);
    case 'attributes':
      return memberOf(article.attributes, path.slice(1));
    case 'metrics':
      return metricOf(article, second);
    case 'ai': {
      const output = article.outputs.get(second);
      if (!output || output.dead) return undefined;
      if (third === undefined) return true;
      if (third === 'producedAt') return timeOf(output.producedAt);
      return output[third as 'model' | 'name' | 'runId' | 'version' | 'sizeBytes'];
    }
    default:
      return article[first as 'id' | 'url' | 'title' | 'source' | 'rev'];
  }
}

/** Metrics of type time are named so, in the test's corpus. */
function metricOf({ metrics }: Stored, name: string): Held {
  const value = metrics.get(name);
  return typeof value === 'string' && name.startsWith('time') ? timeOf(value) : value;
}

function timeOf(at: string | undefined): Time | undefined {
  return at === undefined ? undefined : new Time(at);
}

/** Follows member names; a list has no members, whatever the names look like. */
function memberOf(value: Json, path: readonly string[]): Held {
  let found: Json | undefined = value;
  for (const name of path) {
    found = found instanceof Map ? (found as ReadonlyMap<string, Json>).get(name) : undefined;
  }
  return found;
}

function isPresent(held: Held): boolean {
  if (held === undefined || held === null) return false;
  return !Array.isArray(held) || held.length > 0;
}

/** "Has the element", exactly; in a pattern a star still stands for anything. */
function hasElement(held: readonly Json[], literal: Literal): boolean {
  return held.some((element) => !Array.isArray(element) && compare(element, '=', literal, 0));
}

function compare(held: Held, op: Comparison, literal: Literal, nowMs: number): boolean {
  if (op === '!=') return !compare(held, '=', literal, nowMs);
  if (literal.type === 'null') return !isPresent(held);
  if (held === undefined || held === null) return false;
  if (Array.isArray(held)) return op === ':' && hasElement(held, literal);
  if (typeof held === 'string' && (literal.type === 'pattern' || op === ':')) {
    const parts = partsOf(literal);
    if (!parts) return false;
    if (op === '=') return fits(held, parts);
    return fits(
      held.toLowerCase(),
      ['', ...parts, ''].map((part) => part.toLowerCase()),
    );
  }
  const order = orderOf(held, literal, nowMs);
  if (order === undefined) return false;
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

function partsOf(literal: Literal): readonly string[] | undefined {
  if (literal.type === 'pattern') return literal.parts;
  if (literal.type === 'string') return [literal.value];
  // Among attributes, which have no times, a time is the string that it is written as.
  return literal.type === 'time' ? [literal.written] : undefined;
}

/** Whether the parts stand in the text one behind the other, the first at its start, the last at its end. */
function fits(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop();
  if (last === undefined) return at === text.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** Below, at or above; undefined between values of different types. */
function orderOf(held: Held, literal: Literal, nowMs: number): number | undefined {
  if (held instanceof Time) {
    if (literal.type === 'time') return sign(held.at, literal.at);
    if (literal.type !== 'relative') return undefined;
    return sign(held.at, microseconds(nowMs + literal.seconds * 1_000));
  }
  if (typeof held === 'string') {
    const [text, ...more] = partsOf(literal) ?? [];
    return text === undefined || more.length > 0 ? undefined : compareCodePoints(held, text);
  }
  if (typeof held === 'boolean') {
    return literal.type === 'boolean' ? Number(held) - Number(literal.value) : undefined;
  }
  if (literal.type !== 'number') return undefined;
  if (held instanceof Decimal) return compareDecimals(held.text, literal.text);
  return typeof held === 'number' ? sign(held, Number(literal.text)) : undefined;
}

export function microseconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

function sign<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** UTF-8 keeps the order of code points, UTF-16 does not. */
export function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Exact, whatever the number of digits. */
export function compareDecimals(a: string, b: string): number {
  const [left, right] = [digitsOf(a), digitsOf(b)];
  const exponent = Math.min(left.exponent, right.exponent);
  const scaled = ({ digits, exponent: own }: { digits: bigint; exponent: number }): bigint =>
    digits * 10n ** BigInt(own - exponent);
  const difference = scaled(left) - scaled(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function digitsOf(text: string): { readonly digits: bigint; readonly exponent: number } {
  const [, minus = '', whole = '0', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = BigInt(whole + fraction);
  return { digits: minus ? -digits : digits, exponent: Number(power) - fraction.length };
}

/** The articles that meet the filter in the order asked for: `id` last, in the direction of the last key; what is missing comes last. */
export function answer(
  articles: readonly Stored[],
  ask: Ask | undefined,
  keys: readonly SortKey[],
  nowMs: number,
): readonly Stored[] {
  const found = articles.filter((article) => ask === undefined || meets(ask, article, nowMs));
  const all = [...keys, { by: 'id', descending: keys.at(-1)?.descending ?? true }];
  return found.sort((a, b) => {
    for (const { by, descending } of all) {
      const path = by.split('.');
      const order = compareValues(fieldOf(a, path), fieldOf(b, path), descending);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function compareValues(a: Held, b: Held, descending: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const order =
    typeof a === 'string' && typeof b === 'string'
      ? compareCodePoints(a, b)
      : sign(comparable(a), comparable(b));
  return descending ? -order : order;
}

function comparable(held: Held): number | string {
  return held instanceof Time ? held.at : Number(held);
}
