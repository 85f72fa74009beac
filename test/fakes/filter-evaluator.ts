import {
  type Article,
  type Field,
  type Filter,
  invalid,
  JsonText,
  type JsonTree,
  type Literal,
  type MetricValueType,
  type Operator,
  type OutputFact,
  readJson,
  type Topic,
  timestampFromMs,
} from '../../src/domain/index.ts';

/** What is known of an article where a filter asks about it. */
export interface Subject {
  readonly article: Article;
  /** Its live outputs by kind. */
  readonly outputs: ReadonlyMap<string, OutputFact>;
  readonly nowMs: number;
  metricType(name: string): MetricValueType | undefined;
}

/** One value with its type; numbers keep their text where they came as JSON. */
type Value =
  | { readonly type: 'string' | 'time'; readonly value: string }
  | { readonly type: 'number'; readonly text: string; readonly isDouble?: true }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'list'; readonly elements: readonly (Value | undefined)[] }
  | { readonly type: 'object' };

/** What a filter says of one article, term by term: the slow and plain way. */
export function matches(filter: Filter, subject: Subject, topic?: Topic): boolean {
  switch (filter.type) {
    case 'and':
      return filter.terms.every((term) => matches(term, subject, topic));
    case 'or':
      return filter.terms.some((term) => matches(term, subject, topic));
    case 'not':
      return !matches(filter.term, subject, topic);
    case 'present':
      return isPresent(filter.field, subject, topic);
    case 'in': {
      const value = valueAt(filter.field, subject, topic);
      const op = value?.type === 'list' ? ':' : '=';
      return filter.values.some((one) => compare(value, op, one, subject.nowMs));
    }
    case 'compare':
      if (filter.value.type === 'null') {
        return (filter.op === '=') !== isPresent(filter.field, subject, topic);
      }
      return compare(valueAt(filter.field, subject, topic), filter.op, filter.value, subject.nowMs);
    case 'any':
      return subject.article.topics.some((one) => matches(filter.where, subject, one));
    case 'text':
      throw invalid('fake.find', 'No full text here.', []);
  }
}

function isPresent(field: Field, subject: Subject, topic: Topic | undefined): boolean {
  if (field.kind === 'output' && field.member === undefined) {
    return subject.outputs.has(field.output);
  }
  const value = valueAt(field, subject, topic);
  return value !== undefined && !(value.type === 'list' && value.elements.length === 0);
}

function compare(value: Value | undefined, op: Operator, literal: Literal, nowMs: number): boolean {
  if (op === '!=') return !compare(value, '=', literal, nowMs);
  if (value === undefined || value.type === 'object') return false;
  if (value.type === 'list') {
    return op === ':' && value.elements.some((one) => isEqual(one, literal, nowMs));
  }
  if (op === '=') return isEqual(value, literal, nowMs);
  if (op === ':') {
    if (value.type !== 'string') return isEqual(value, literal, nowMs);
    return isString(literal) && isLike(value.value, ['', ...partsOf(literal), ''], true);
  }
  const order = orderOf(value, literal, nowMs);
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
  }
}

function isEqual(value: Value | undefined, literal: Literal, nowMs: number): boolean {
  if (value?.type === 'string' && literal.type === 'pattern') {
    return isLike(value.value, literal.parts, false);
  }
  return value !== undefined && orderOf(value, literal, nowMs) === 0;
}

/** Undefined where the types differ. */
function orderOf(value: Value, literal: Literal, nowMs: number): number | undefined {
  switch (value.type) {
    case 'number':
      if (literal.type !== 'number') return undefined;
      return value.isDouble
        ? Number(value.text) - Number(literal.text)
        : compareNumbers(value.text, literal.text);
    case 'boolean':
      return literal.type === 'boolean' ? Number(value.value) - Number(literal.value) : undefined;
    case 'string':
      return literal.type === 'string' ? compareStrings(value.value, literal.value) : undefined;
    case 'time': {
      if (literal.type === 'time') return compareStrings(value.value, literal.value);
      if (literal.type !== 'relative') return undefined;
      const at = timestampFromMs(nowMs + literal.offsetSeconds * 1_000);
      return compareStrings(value.value, at);
    }
    default:
      return undefined;
  }
}

function valueAt(field: Field, subject: Subject, topic: Topic | undefined): Value | undefined {
  const { article, outputs } = subject;
  switch (field.kind) {
    case 'scalar': {
      if (field.name === 'rev') return numberValue(article.rev);
      const isTime = field.name.endsWith('At');
      const value = field.name === 'source' ? article.source?.key : article[field.name];
      return value === undefined
        ? undefined
        : { type: isTime ? 'time' : 'string', value: String(value) };
    }
    case 'list': {
      const elements =
        field.name === 'authors' ? article.authors : article.topics.map(({ key }) => key);
      return { type: 'list', elements: elements.map((value) => ({ type: 'string', value })) };
    }
    case 'attribute': {
      let at: JsonTree | undefined = readJson(article.attributes.text, {
        exactNumbers: true,
        duplicates: 'last',
      });
      for (const name of field.path) at = isObject(at) ? at[name] : undefined;
      return jsonValue(at);
    }
    case 'metric': {
      const value = article.metrics[field.name];
      if (value === undefined || value === null) return undefined;
      if (typeof value === 'number') return doubleValue(value);
      if (typeof value === 'boolean') return { type: 'boolean', value };
      return { type: subject.metricType(field.name) === 'time' ? 'time' : 'string', value };
    }
    case 'output':
      return outputValue(outputs.get(field.output), field.member);
    case 'topic': {
      if (!topic) return undefined;
      return field.member === 'weight'
        ? doubleValue(topic.weight)
        : { type: 'string', value: topic[field.member] };
    }
  }
}

function outputValue(
  fact: OutputFact | undefined,
  member: (Field & { kind: 'output' })['member'],
): Value | undefined {
  if (!fact || member === undefined) return undefined;
  if (member === 'version' || member === 'sizeBytes') return numberValue(fact[member]);
  if (member === 'producedAt') return { type: 'time', value: fact.producedAt };
  const value = fact.producer?.[member];
  return value === undefined ? undefined : { type: 'string', value };
}

function jsonValue(tree: JsonTree | undefined): Value | undefined {
  if (tree === undefined || tree === null) return undefined;
  if (tree instanceof JsonText) return { type: 'number', text: tree.text };
  if (typeof tree === 'number') return numberValue(tree);
  if (typeof tree === 'string') return { type: 'string', value: tree };
  if (typeof tree === 'boolean') return { type: 'boolean', value: tree };
  if (Array.isArray(tree)) return { type: 'list', elements: tree.map(jsonValue) };
  return { type: 'object' };
}

function numberValue(value: number): Value {
  return { type: 'number', text: String(value) };
}

/** Compared as a double, as what it is compared with then is. */
function doubleValue(value: number): Value {
  return { type: 'number', text: String(value), isDouble: true };
}

function isObject(tree: JsonTree | undefined): tree is { readonly [name: string]: JsonTree } {
  return (
    typeof tree === 'object' && tree !== null && !Array.isArray(tree) && !(tree instanceof JsonText)
  );
}

/** Exactly: as decimal fractions, not as doubles. */
function compareNumbers(a: string, b: string): number {
  const [x, y] = [decimal(a), decimal(b)];
  const shift = Math.min(x.exponent, y.exponent);
  const left = x.digits * 10n ** BigInt(x.exponent - shift);
  const right = y.digits * 10n ** BigInt(y.exponent - shift);
  return left < right ? -1 : left > right ? 1 : 0;
}

function decimal(text: string): { readonly digits: bigint; readonly exponent: number } {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n);
  return { digits, exponent: Number(exponent) - fraction.length };
}

/** By code point, which is not the order of UTF-16; a lone surrogate stands where it would as a code point. */
function compareStrings(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let at = 0; at < Math.min(x.length, y.length); at++) {
    const order = (x[at]?.codePointAt(0) ?? 0) - (y[at]?.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
  return x.length - y.length;
}

export function compareValues(a: string | number | boolean, b: string | number | boolean): number {
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  return Number(a) - Number(b);
}

function isString(literal: Literal): boolean {
  return literal.type === 'string' || literal.type === 'pattern';
}

function partsOf(literal: Literal): readonly string[] {
  if (literal.type === 'pattern') return literal.parts;
  return literal.type === 'string' ? [literal.value] : [];
}

function isLike(text: string, parts: readonly string[], folded: boolean): boolean {
  const fold = (part: string): string => (folded ? part.toLowerCase() : part);
  const escaped = parts.map((part) => fold(part).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'su').test(fold(text));
}
