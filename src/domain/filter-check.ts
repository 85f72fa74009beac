import type { Field, FieldRegistry, Filter, Literal, Operator } from './filter-ast.ts';
import {
  type FieldType,
  fieldType,
  isTopicMember,
  resolveField,
  type Scope,
} from './filter-fields.ts';
import {
  isNumberInRange,
  isNumberText,
  MAX_RELATIVE_SECONDS,
  parseRelative,
  parseTimeLiteral,
  quote,
} from './filter-literals.ts';
import { badTime } from './filter-remedies.ts';
import {
  type FieldName,
  type Place,
  WrittenFault,
  type WrittenFilter,
  type WrittenLiteral,
} from './filter-syntax.ts';

/**
 * Settles names and types of a filter that has the right form, and brings it to one form: `= null` is
 * "not present", `NOT a = b` is `a != b`, `:` on what has no contents is `=`, a list of one value is a
 * comparison, AND in AND and OR in OR are one, NOT NOT is nothing.
 */
export function checkFilter(
  written: WrittenFilter,
  registry: FieldRegistry,
  scope: Scope = 'article',
): Filter {
  switch (written.type) {
    case 'and':
    case 'or':
      return joined(
        written.type,
        written.terms.map((term) => checkFilter(term, registry, scope)),
      );
    case 'not':
      return negated(checkFilter(written.term, registry, scope));
    case 'present':
      return { type: 'present', field: known(written.field, registry, scope).field };
    case 'compare':
      return comparison(written, registry, scope);
    case 'in':
      return oneOf(written, registry, scope);
    case 'any':
      if (scope === 'topic') throw notHere(written.field.at, 'topics.any()');
      return { type: 'any', field: 'topics', where: checkFilter(written.where, registry, 'topic') };
    case 'text':
      if (scope === 'topic') throw notHere(written.at, 'text()');
      if (written.query.trim() !== '') return { type: 'text', query: written.query };
      throw new WrittenFault(written.at, 'empty_text', 'text() needs words to search for');
  }
}

/** One filter of several; a single one stands for itself. */
function joined(type: 'and' | 'or', terms: readonly Filter[]): Filter {
  const flat = terms.flatMap((term) => (term.type === type ? term.terms : [term]));
  return flat.length === 1 && flat[0] ? flat[0] : { type, terms: flat };
}

function negated(filter: Filter): Filter {
  if (filter.type === 'not') return filter.term;
  if (filter.type === 'compare' && filter.op === '=') return { ...filter, op: '!=' };
  if (filter.type === 'compare' && filter.op === '!=') return { ...filter, op: '=' };
  return { type: 'not', term: filter };
}

function comparison(
  { field: name, op, value }: WrittenFilter & { type: 'compare' },
  registry: FieldRegistry,
  scope: Scope,
): Filter {
  if (scope === 'article') refuseTopicMember(name, value.at);
  const { field, type } = known(name, registry, scope);
  if (value.type === 'null') {
    if (op === '!=') return { type: 'present', field };
    if (op === '=') return { type: 'not', term: { type: 'present', field } };
    throw new WrittenFault(value.at, 'null_operator', 'null goes with = and != only');
  }
  const literal = checkLiteral(value, type, op, name);
  const hasContents = type === 'string' || type === 'any';
  return {
    type: 'compare',
    field,
    op: op === ':' && !hasContents ? '=' : op,
    value: literal,
  };
}

function oneOf(
  { field: name, values }: WrittenFilter & { type: 'in' },
  registry: FieldRegistry,
  scope: Scope,
): Filter {
  const { field, type } = known(name, registry, scope);
  const literals = values.map((value) => {
    if (value.type !== 'null') return checkLiteral(value, type, '=', name);
    throw new WrittenFault(value.at, 'null_in_list', 'null cannot be one of a list');
  });
  const [only] = literals;
  // An attribute may hold a list or a single value: there no one operator says the same.
  if (literals.length > 1 || !only || field.kind === 'attribute') {
    return { type: 'in', field, values: literals };
  }
  return { type: 'compare', field, op: field.kind === 'list' ? ':' : '=', value: only };
}

function known(
  name: FieldName,
  registry: FieldRegistry,
  scope: Scope,
): { readonly field: Field; readonly type: FieldType } {
  const resolved = resolveField(name.path, scope, registry);
  if ('field' in resolved) {
    return { field: resolved.field, type: fieldType(resolved.field, registry) };
  }
  const { code, detail, nearest } = resolved.unknown;
  throw new WrittenFault(name.at, code, detail, { name: nearest });
}

/** `topics.type = "person"`: each comparison about topics must say whether it means the same topic. */
function refuseTopicMember({ path, at }: FieldName, valueAt: Place): void {
  if (path.length !== 2 || path[0] !== 'topics' || !isTopicMember(path[1] ?? '')) return;
  const detail = `write topics.any(${path[1]} …)`;
  if (!('start' in at && 'start' in valueAt)) throw new WrittenFault(at, 'topic_member', detail);
  throw new WrittenFault(at, 'topic_member', detail, {
    edits: [
      { start: at.start, end: at.start + 'topics.'.length, text: 'topics.any(' },
      { start: valueAt.end, end: valueAt.end, text: ')' },
    ],
  });
}

/** The literal as the field's type takes it. */
function checkLiteral(
  written: WrittenLiteral,
  type: FieldType,
  op: Operator,
  name: FieldName,
): Literal {
  if (type === 'none') {
    const asked = name.path.join('.');
    const detail = `only presence of an AI output can be asked, ${asked}:*, or a member of it`;
    throw new WrittenFault(name.at, 'presence_only', detail);
  }
  if (written.type === 'number' && !isNumberInRange(written.text)) {
    throw new WrittenFault(written.at, 'number_out_of_range', 'the number fits in no double');
  }
  if (type === 'time' && written.type === 'string')
    return timeOf(written.parts.join('*'), written.at);
  if (type === 'any' && written.type === 'time') return { type: 'string', value: written.text };
  const fits = type === 'any' ? written.type !== 'relative' : typeOf(written) === type;
  if (!fits) throw wrongType(written, type, name);
  switch (written.type) {
    case 'string':
      return stringLiteral(written.parts, op);
    case 'number':
      return { type: 'number', text: written.text };
    case 'boolean':
      return { type: 'boolean', value: written.value };
    case 'time':
      return { type: 'time', value: written.value };
    case 'relative':
      return relativeLiteral(written.offsetSeconds, written.at);
    case 'null':
      return { type: 'null' };
  }
}

function typeOf({ type }: WrittenLiteral): FieldType | 'null' {
  return type === 'relative' ? 'time' : type;
}

/** `*` stands for anything in `=`, `!=` and `:`, and for itself elsewhere. Stars side by side are one. */
function stringLiteral(parts: readonly string[], op: Operator): Literal {
  const isPattern = parts.length > 1 && (op === '=' || op === '!=' || op === ':');
  if (!isPattern) return { type: 'string', value: parts.join('*') };
  const last = parts.length - 1;
  return {
    type: 'pattern',
    parts: parts.filter((part, index) => part !== '' || index === 0 || index === last),
  };
}

function timeOf(text: string, at: Place): Literal {
  const value = parseTimeLiteral(text);
  if (value !== undefined) return { type: 'time', value };
  const offsetSeconds = parseRelative(text);
  if (!('start' in at)) {
    // JSON has no other way to write a relative time.
    if (offsetSeconds !== undefined) return relativeLiteral(offsetSeconds, at);
    throw new WrittenFault(at, 'invalid_time', `${quote(text)} is no time or date of RFC 3339`);
  }
  if (offsetSeconds === undefined) throw badTime(at, text, quote);
  throw new WrittenFault(at, 'invalid_time', 'a relative time stands without quotes', {
    edits: [{ ...at, text }],
  });
}

function relativeLiteral(offsetSeconds: number, at: Place): Literal {
  if (Math.abs(offsetSeconds) <= MAX_RELATIVE_SECONDS) return { type: 'relative', offsetSeconds };
  const detail = 'a relative time lies within a thousand years of now';
  throw new WrittenFault(at, 'time_out_of_range', detail);
}

const TYPE_WORDS: Readonly<Record<FieldType, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  time: 'a time',
  any: 'a string, number or boolean, and a time in it a string',
  none: 'nothing',
};

function wrongType(written: WrittenLiteral, type: FieldType, name: FieldName): WrittenFault {
  const { at } = written;
  const detail = `${name.path.join('.')} is ${TYPE_WORDS[type]}`;
  const meant = spellingAs(written, type);
  const edits = 'start' in at && meant !== undefined ? [{ ...at, text: meant }] : [];
  return new WrittenFault(at, 'wrong_type', detail, { edits });
}

/** How the literal would be written if it were of the other type, where that is plain. */
function spellingAs(written: WrittenLiteral, type: FieldType): string | undefined {
  if (written.type === 'string') {
    const text = written.parts.join('*');
    if (type === 'number' && isNumberText(text)) return text;
    return type === 'boolean' && /^(?:true|false)$/.test(text) ? text : undefined;
  }
  if (type !== 'string') return undefined;
  if (written.type === 'number' || written.type === 'time') return quote(written.text);
  return written.type === 'boolean' ? quote(String(written.value)) : undefined;
}

function notHere(at: Place, what: string): WrittenFault {
  return new WrittenFault(at, 'not_allowed_here', `${what} cannot stand inside topics.any()`);
}
