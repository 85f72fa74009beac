import type { FieldRegistry } from './filter-ast.ts';
import { nearestMetric } from './filter-fields.ts';
import { refusal, type TextSource, WrittenFault, withFaults } from './filter-syntax.ts';
import { nearest } from './nearest.ts';
import { type Direction, MAX_ORDER_KEYS, ORDER_FIELDS, type OrderKey } from './query.ts';

const BY_ID: OrderKey['by'] = { kind: 'field', name: 'id' };

/** The order where none was asked for and nothing is searched for: newest first. */
export const DEFAULT_ORDER: readonly OrderKey[] = [
  { by: { kind: 'field', name: 'publishedAt' }, direction: 'desc' },
  { by: BY_ID, direction: 'desc' },
];

/** The order where none was asked for; a search (`q` or `text()`) comes best first. */
export function defaultOrder(hasText: boolean): readonly OrderKey[] {
  if (!hasText) return DEFAULT_ORDER;
  return [
    { by: { kind: 'relevance' }, direction: 'desc' },
    { by: BY_ID, direction: 'desc' },
  ];
}

/** No key is nearly as long; refusals repeat what they refuse. */
const MAX_LENGTH = 4_096;

/** One key as written, with its offset in the text it came from. */
interface Piece {
  readonly text: string;
  readonly offset: number;
  readonly source: TextSource;
}

/**
 * Reads an order: a text of keys with commas between them, or a list of keys; undefined for nothing
 * given. The result ends with `id`; keys behind an `id` say nothing and are left out.
 * Errors: `invalid` with one fault; an unknown name suggests the nearest. Whether `relevance` has
 * anything to go by is for the caller to say.
 */
export function parseOrderBy(
  given: string | readonly string[],
  registry: FieldRegistry,
  source: TextSource = typeof given === 'string'
    ? { parameter: 'orderBy' }
    : { pointer: '/orderBy' },
): readonly OrderKey[] | undefined {
  const pieces = typeof given === 'string' ? cutAtCommas(given, source) : eachOf(given, source);
  const keys: OrderKey[] = [];
  for (const piece of pieces) {
    const key = withFaults(
      () => readKey(piece, keys, registry),
      (fault) => refusal('order.parse', fault, piece.source),
    );
    keys.push(key);
  }
  const last = keys.at(-1);
  if (!last) return undefined;
  const idAt = keys.findIndex(({ by }) => by.kind === 'field' && by.name === 'id');
  return idAt < 0 ? [...keys, { by: BY_ID, direction: last.direction }] : keys.slice(0, idAt + 1);
}

/** Prints an order as its one canonical text, which `parseOrderBy` reads back as the same. */
export function printOrderBy(keys: readonly OrderKey[]): string {
  const last = keys.at(-1);
  const implied =
    keys.length > 1 && last && nameOf(last) === 'id' && last.direction === keys.at(-2)?.direction;
  return (implied ? keys.slice(0, -1) : keys)
    .map((key) => (key.direction === 'desc' ? `${nameOf(key)} desc` : nameOf(key)))
    .join(', ');
}

/** The name of a key as it stands in `orderBy`. */
function nameOf({ by }: OrderKey): string {
  if (by.kind === 'relevance') return 'relevance';
  return by.kind === 'metric' ? `metrics.${by.name}` : by.name;
}

function cutAtCommas(text: string, source: TextSource): readonly Piece[] {
  if (text.trim() === '') return [];
  let offset = 0;
  return text.split(',').map((piece) => {
    const start = offset;
    offset += piece.length + 1;
    return { text: piece, offset: start, source };
  });
}

function eachOf(texts: readonly string[], source: TextSource): readonly Piece[] {
  return texts.map((text, index) => ({
    text,
    offset: 0,
    source: 'pointer' in source ? { pointer: `${source.pointer}/${index}` } : source,
  }));
}

function readKey(
  { text, offset }: Piece,
  before: readonly OrderKey[],
  registry: FieldRegistry,
): OrderKey {
  if (text.length > MAX_LENGTH) {
    throw new WrittenFault(offset, 'too_long', `at most ${MAX_LENGTH} characters`);
  }
  const [name, direction, more] = [...text.matchAll(/\S+/g)].map((match) => ({
    text: match[0],
    at: offset + match.index,
  }));
  if (!name) throw new WrittenFault(offset, 'expected_name', 'a name to sort by is expected here');
  if (before.length >= MAX_ORDER_KEYS) {
    const detail = `at most ${MAX_ORDER_KEYS} keys to sort by`;
    throw new WrittenFault(name.at, 'too_many_keys', detail);
  }
  const by = readName(name.text, name.at, registry);
  const key = {
    by,
    direction: direction ? readDirection(direction.text, direction.at) : 'asc',
  } as const;
  if (more) throw new WrittenFault(more.at, 'unexpected_word', 'a comma is expected between keys');
  if (before.some((other) => nameOf(other) === nameOf(key))) {
    throw new WrittenFault(name.at, 'duplicate_key', `${nameOf(key)} is given twice`);
  }
  return key;
}

function readName(name: string, at: number, registry: FieldRegistry): OrderKey['by'] {
  const by = findName(name, registry);
  if (by) return by;
  const [, sign, rest = ''] = /^([-+])(.*)$/s.exec(name) ?? [];
  if (sign && findName(rest, registry)) {
    throw new WrittenFault(at, 'invalid_direction', 'the direction stands behind the name', {
      name: sign === '-' ? `${rest} desc` : rest,
    });
  }
  const metric = name.startsWith('metrics.') ? name.slice('metrics.'.length) : undefined;
  if (metric !== undefined) {
    const suggestion = nearestMetric(metric, registry);
    const detail = `there is no metric ${metric}`;
    throw new WrittenFault(at, 'unknown_metric', detail, { name: suggestion });
  }
  const meant =
    registry.metric(name) !== undefined
      ? `metrics.${name}`
      : (nearest(name, [...ORDER_FIELDS, 'relevance']) ?? nearestMetric(name, registry));
  throw new WrittenFault(at, 'unknown_field', `one cannot sort by ${name}`, { name: meant });
}

function findName(name: string, registry: FieldRegistry): OrderKey['by'] | undefined {
  if (name === 'relevance') return { kind: 'relevance' };
  const field = ORDER_FIELDS.find((known) => known === name);
  if (field) return { kind: 'field', name: field };
  const metric = name.startsWith('metrics.') ? name.slice('metrics.'.length) : '';
  return registry.metric(metric) === undefined ? undefined : { kind: 'metric', name: metric };
}

function readDirection(word: string, at: number): Direction {
  if (word === 'asc' || word === 'desc') return word;
  throw new WrittenFault(at, 'invalid_direction', 'a direction is asc or desc', {
    name: nearest(word, ['asc', 'desc']),
  });
}
