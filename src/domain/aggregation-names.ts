import {
  type AggregateColumn,
  GROUPINGS,
  type Grouping,
  type GroupOrder,
  MAX_COLUMNS,
  MAX_GROUPINGS,
  MEASURES,
  type Measure,
} from './aggregation.ts';
import type { FieldRegistry, ValueType } from './filter-ast.ts';
import { nearestMetric } from './filter-fields.ts';
import { refusal, WrittenFault, withFaults } from './filter-syntax.ts';
import { nearest } from './nearest.ts';
import { MAX_ORDER_KEYS } from './query.ts';

/** No list of names is nearly as long; refusals repeat what they refuse. */
const MAX_LENGTH = 4_096;

/** Biggest groups first. */
export const DEFAULT_GROUP_ORDER: readonly GroupOrder[] = [{ by: 'count', direction: 'desc' }];

/** A piece of a list with its offset in the list's text, blanks around it taken off. */
interface Piece {
  readonly text: string;
  readonly at: number;
}

/** Reads `groupBy`; nothing given is no name. Errors: `invalid` with one fault; an unknown name suggests the nearest. */
export function parseGroupBy(text: string): readonly Grouping[] {
  return reading('groupBy', () => {
    const names: Grouping[] = [];
    for (const { text: name, at } of piecesOf(text)) {
      const found = GROUPINGS.find((known) => known === name);
      if (found === undefined) {
        const detail = `one cannot group by ${name}, only by ${GROUPINGS.join(', ')}`;
        throw new WrittenFault(at, 'unknown_field', detail, { name: nearest(name, GROUPINGS) });
      }
      if (names.includes(found)) {
        throw new WrittenFault(at, 'duplicate_name', `${found} is given twice`);
      }
      if (names.length >= MAX_GROUPINGS) {
        throw new WrittenFault(at, 'too_many_names', `at most ${MAX_GROUPINGS} names to group by`);
      }
      names.push(found);
    }
    return names;
  });
}

/**
 * Reads `compute`: `count`, which says nothing new, and measures of metrics such as `avg(metrics.words)`.
 * Errors: `invalid` with one fault; an unknown name suggests the nearest.
 */
export function parseCompute(text: string, registry: FieldRegistry): readonly AggregateColumn[] {
  return reading('compute', () => {
    const columns: AggregateColumn[] = [];
    const seen = new Set<string>();
    for (const piece of piecesOf(text)) {
      const column = readColumn(piece, registry);
      const name = column === 'count' ? column : printColumn(column);
      if (seen.has(name))
        throw new WrittenFault(piece.at, 'duplicate_column', `${name} is given twice`);
      seen.add(name);
      if (column === 'count') continue;
      if (columns.length >= MAX_COLUMNS) {
        const detail = `at most ${MAX_COLUMNS} columns to compute`;
        throw new WrittenFault(piece.at, 'too_many_columns', detail);
      }
      columns.push(column);
    }
    return columns;
  });
}

/** A column's one spelling, which is its member in an answer. */
export function printColumn({ measure, metric }: AggregateColumn): string {
  return `${measure}(metrics.${metric})`;
}

/**
 * Reads the order of groups: `key`, `count` and columns that are computed, each `asc` (default) or `desc`;
 * undefined for nothing given. Errors: `invalid` with one fault.
 */
export function parseGroupOrder(
  text: string,
  columns: readonly AggregateColumn[],
): readonly GroupOrder[] | undefined {
  const names = ['key', 'count', ...columns.map(printColumn)];
  return reading('orderBy', () => {
    const keys: GroupOrder[] = [];
    const seen = new Set<string>();
    for (const { text: written, at } of piecesOf(text)) {
      const { name, direction } = readOrderKey(written, at);
      const index = names.indexOf(name);
      if (index < 0) throw unknownOrder(name, at, names);
      if (seen.has(name)) throw new WrittenFault(at, 'duplicate_key', `${name} is given twice`);
      if (keys.length >= MAX_ORDER_KEYS) {
        throw new WrittenFault(at, 'too_many_keys', `at most ${MAX_ORDER_KEYS} keys to sort by`);
      }
      seen.add(name);
      keys.push({
        by: name === 'key' || name === 'count' ? name : { column: index - 2 },
        direction,
      });
    }
    return keys.length === 0 ? undefined : keys;
  });
}

function reading<T>(parameter: string, read: () => T): T {
  return withFaults(read, (fault) => refusal('aggregation.parse', fault, { parameter }));
}

/** The pieces between commas; a blank list has none, a blank piece is a fault. */
function piecesOf(text: string): readonly Piece[] {
  if (text.trim() === '') return [];
  if (text.length > MAX_LENGTH) {
    throw new WrittenFault(MAX_LENGTH, 'too_long', `at most ${MAX_LENGTH} characters`);
  }
  let offset = 0;
  return text.split(',').map((piece) => {
    const at = offset + piece.length - piece.trimStart().length;
    offset += piece.length + 1;
    if (piece.trim() === '') throw new WrittenFault(at, 'expected_name', 'a name is expected here');
    return { text: piece.trim(), at };
  });
}

function readColumn({ text, at }: Piece, registry: FieldRegistry): AggregateColumn | 'count' {
  if (text === 'count') return 'count';
  const [, name = '', inside] = /^([^\s()]*)\s*(?:\((.*)\))?$/s.exec(text) ?? [];
  const measure = MEASURES.find((known) => known === name);
  if (name === 'count') {
    const detail = 'count is of articles and stands alone';
    throw new WrittenFault(at, 'unexpected_parentheses', detail, { name: 'count' });
  }
  if (measure === undefined) throw unknownMeasure(text, name, at, registry);
  const field = inside?.trim() ?? '';
  if (inside === undefined || field === '') {
    const detail = `${measure} needs a metric, such as ${measure}(metrics.${registry.metricNames[0] ?? 'name'})`;
    throw new WrittenFault(at + text.length, 'expected_metric', detail);
  }
  const fieldAt = at + text.indexOf('(') + 1 + inside.length - inside.trimStart().length;
  const { metric, type } = readMetric(field, fieldAt, registry);
  if (type !== 'number' && measure !== 'min' && measure !== 'max') {
    const detail = `${measure} is of numbers, but the values of metrics.${metric} are ${TYPE_WORDS[type]}`;
    throw new WrittenFault(fieldAt, 'wrong_type', detail);
  }
  return { measure, metric, type };
}

const TYPE_WORDS: Readonly<Record<ValueType, string>> = {
  number: 'numbers',
  string: 'strings',
  boolean: 'true or false',
  time: 'times',
};

function readMetric(
  field: string,
  at: number,
  registry: FieldRegistry,
): { readonly metric: string; readonly type: ValueType } {
  const name = field.startsWith('metrics.') ? field.slice('metrics.'.length) : undefined;
  const type = name === undefined ? undefined : registry.metric(name);
  if (name !== undefined && type !== undefined) return { metric: name, type };
  if (name !== undefined) {
    const suggestion = nearestMetric(name, registry);
    throw new WrittenFault(at, 'unknown_metric', `there is no metric ${name}`, {
      name: suggestion,
    });
  }
  const detail = `only metrics can be computed with, and ${field} is none`;
  const suggestion =
    registry.metric(field) === undefined ? nearestMetric(field, registry) : `metrics.${field}`;
  throw new WrittenFault(at, 'unknown_field', detail, { name: suggestion });
}

/** Words that many have for a measure. */
const MEANT: ReadonlyMap<string, Measure> = new Map([
  ['average', 'avg'],
  ['mean', 'avg'],
  ['median', 'p50'],
  ['minimum', 'min'],
  ['maximum', 'max'],
  ['total', 'sum'],
]);

function unknownMeasure(
  text: string,
  name: string,
  at: number,
  registry: FieldRegistry,
): WrittenFault {
  const known: readonly (Measure | 'count')[] = ['count', ...MEASURES];
  const detail = `one can compute ${known.join(', ')}, but not ${name || text}`;
  if (registry.metric(text.replace(/^metrics\./, '')) !== undefined) {
    const meant = `avg(metrics.${text.replace(/^metrics\./, '')})`;
    return new WrittenFault(at, 'expected_measure', `${text} needs a measure, such as ${meant}`);
  }
  return new WrittenFault(at, 'unknown_measure', detail, {
    name: MEANT.get(name.toLowerCase()) ?? nearest(name, known),
  });
}

/** One key as written: blanks within the parentheses do not count. */
function readOrderKey(
  written: string,
  at: number,
): { readonly name: string; readonly direction: GroupOrder['direction'] } {
  const [, name = '', word = ''] = /^([^\s(]+(?:\s*\([^)]*\))?)\s*(.*)$/s.exec(written) ?? [];
  if (name === '')
    throw new WrittenFault(at, 'expected_name', 'a name to sort by is expected here');
  const wordAt = at + written.length - word.length;
  const direction = (['asc', 'desc'] as const).find((known) => known === word);
  if (word !== '' && direction === undefined) {
    throw new WrittenFault(wordAt, 'invalid_direction', 'a direction is asc or desc', {
      name: nearest(word, ['asc', 'desc']),
    });
  }
  return { name: name.replace(/\s+/g, ''), direction: direction ?? 'asc' };
}

function unknownOrder(name: string, at: number, names: readonly string[]): WrittenFault {
  const measured = /^(\w+)\(/.exec(name)?.[1];
  if (measured !== undefined && MEASURES.some((known) => known === measured)) {
    const detail = `${name} is not among what compute asks for`;
    return new WrittenFault(at, 'not_computed', detail, { name: nearest(name, names) });
  }
  const [, sign, rest = ''] = /^([-+])(.*)$/s.exec(name) ?? [];
  if (sign !== undefined && names.includes(rest)) {
    return new WrittenFault(at, 'invalid_direction', 'the direction stands behind the name', {
      name: sign === '-' ? `${rest} desc` : rest,
    });
  }
  const detail = `groups can be sorted by ${names.join(', ')}, but not by ${name}`;
  return new WrittenFault(at, 'unknown_field', detail, { name: nearest(name, names) });
}
