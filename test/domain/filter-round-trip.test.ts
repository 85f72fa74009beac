import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Field,
  type Filter,
  type Literal,
  type Operator,
  parseFilter,
  printField,
  printFilter,
  readJsonFilter,
  timestampFromMs,
} from '../../src/domain/index.ts';
import { matches, type Value } from './filter-oracle.ts';
import { REGISTRY } from './registry.ts';

const letters = fc.constantFrom('a', 'b', 'A', ' ', '*', '\\', '"', '\n', '(', 'é', '😀', '.', 'ß');
const text = fc.string({ unit: letters, maxLength: 4 });
const name = fc.oneof(text, fc.constantFrom('a', 'b-c', 'AND', '0', '__proto__', 'x y'));
const comparisons: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>=', ':'];

const strings: fc.Arbitrary<Literal> = text.map((value) => ({ type: 'string', value }));
const patterns: fc.Arbitrary<Literal> = fc
  .tuple(
    text,
    fc.array(
      text.filter((part) => part !== ''),
      { maxLength: 2 },
    ),
    text,
  )
  .map(([first, inner, last]) => ({ type: 'pattern', parts: [first, ...inner, last] }));
const numbers: fc.Arbitrary<Literal> = fc
  .oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((number) => ({ type: 'number', text: JSON.stringify(number) }));
const booleans: fc.Arbitrary<Literal> = fc.boolean().map((value) => ({ type: 'boolean', value }));
const times: fc.Arbitrary<Literal> = fc.oneof(
  fc
    .integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })
    .map((ms): Literal => ({ type: 'time', value: timestampFromMs(ms) })),
  fc.constantFrom<Literal>({ type: 'time', value: timestampFromMs(1_704_067_200_000) }),
  fc
    .integer({ min: -10_000_000, max: 10_000_000 })
    .map((offsetSeconds): Literal => ({ type: 'relative', offsetSeconds })),
);
const nothing = fc.constant<Literal>({ type: 'null' });

/** Fields with the literals that fit them. */
const scalars = fc.oneof(
  fc.tuple(
    fc.constantFrom<Field>(
      { kind: 'scalar', name: 'title' },
      { kind: 'metric', name: 'verdict' },
      { kind: 'list', name: 'authors' },
      { kind: 'output', output: 'summary', member: 'model' },
    ),
    fc.constant(strings),
  ),
  fc.tuple(
    fc.constantFrom<Field>({ kind: 'scalar', name: 'rev' }, { kind: 'metric', name: 'word-count' }),
    fc.constant(numbers),
  ),
  fc.tuple(fc.constant<Field>({ kind: 'scalar', name: 'publishedAt' }), fc.constant(times)),
  fc.tuple(fc.constant<Field>({ kind: 'metric', name: 'paid' }), fc.constant(booleans)),
  fc.tuple(
    fc
      .array(name, { minLength: 1, maxLength: 3 })
      .map((path): Field => ({ kind: 'attribute', path })),
    fc.constant(fc.oneof(strings, numbers, booleans)),
  ),
);
const topicMembers = fc.oneof(
  fc.tuple(fc.constant<Field>({ kind: 'topic', member: 'type' }), fc.constant(strings)),
  fc.tuple(fc.constant<Field>({ kind: 'topic', member: 'weight' }), fc.constant(numbers)),
);

const takesPatterns = (field: Field, op: string): boolean =>
  ['=', '!=', ':'].includes(op) &&
  (field.kind === 'attribute' ||
    ['title', 'authors', 'verdict', 'type'].includes(printField(field).split('.').at(-1) ?? ''));

function comparisonsOf(fields: typeof scalars): fc.Arbitrary<Filter> {
  return fc.tuple(fields, fc.constantFrom(...comparisons)).chain(([[field, fitting], op]) => {
    const literal = fc.oneof(
      { arbitrary: fitting, weight: 4 },
      ...(takesPatterns(field, op) ? [{ arbitrary: patterns, weight: 1 }] : []),
      ...(op === '=' || op === '!=' ? [{ arbitrary: nothing, weight: 1 }] : []),
    );
    return literal.map((value): Filter => ({ type: 'compare', field, op, value }));
  });
}

function leavesOf(fields: typeof scalars): fc.Arbitrary<Filter> {
  return fc.oneof(
    comparisonsOf(fields),
    fields.map(([field]): Filter => ({ type: 'present', field })),
    fields.chain(([field, fitting]) =>
      fc
        .array(fitting, { minLength: 1, maxLength: 3 })
        .map((values): Filter => ({ type: 'in', field, values })),
    ),
  );
}

function treesOf(leaves: fc.Arbitrary<Filter>, maxDepth: number): fc.Arbitrary<Filter> {
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth },
      leaves,
      tie('filter').map((term): Filter => ({ type: 'not', term })),
      fc
        .tuple(
          fc.constantFrom('and' as const, 'or' as const),
          fc.array(tie('filter'), { minLength: 1, maxLength: 3 }),
        )
        .map(([type, terms]): Filter => ({ type, terms })),
    ),
  })).filter;
}

const anyTopic = treesOf(leavesOf(topicMembers), 2).map(
  (where): Filter => ({ type: 'any', field: 'topics', where }),
);
const search = text
  .filter((query) => query.trim() !== '')
  .map((query): Filter => ({ type: 'text', query }));
/** Filters as a program might build them, in any form. */
const filters = treesOf(fc.oneof({ arbitrary: leavesOf(scalars), weight: 8 }, anyTopic, search), 3);

const values = fc.constantFrom<Value>(
  null,
  '',
  'a',
  'AB',
  'a*b',
  'a"',
  -1,
  0,
  2.5,
  true,
  false,
  [],
  ['a'],
  ['a', 'b'],
  'relative 0',
);

function toJson(filter: Filter): unknown {
  const escapeStars = (part: string): string => part.replace(/[\\*]/g, '\\$&');
  const literal = (value: Literal): unknown => {
    if (value.type === 'null') return null;
    if (value.type === 'number') return Number(value.text);
    if (value.type === 'pattern') return value.parts.map(escapeStars).join('*');
    if (value.type === 'string') return escapeStars(value.value);
    if (value.type !== 'relative') return value.value;
    return `now${value.offsetSeconds < 0 ? '' : '+'}${value.offsetSeconds}s`;
  };
  switch (filter.type) {
    case 'and':
    case 'or':
      return { [filter.type]: filter.terms.map(toJson) };
    case 'not':
      return { not: toJson(filter.term) };
    case 'present':
      return { field: printField(filter.field), op: 'present' };
    case 'in':
      return { field: printField(filter.field), op: 'in', values: filter.values.map(literal) };
    case 'compare':
      return { field: printField(filter.field), op: filter.op, value: literal(filter.value) };
    case 'any':
      return { field: 'topics', op: 'any', where: toJson(filter.where) };
    case 'text':
      return { text: filter.query };
  }
}

describe('the canonical text of a filter', () => {
  it('reads back as a filter that prints as the same text', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        const canonical = parseFilter(printFilter(filter), REGISTRY) as Filter;
        const printed = printFilter(canonical);
        expect(parseFilter(printed, REGISTRY)).toEqual(canonical);
      }),
      { numRuns: 5_000 },
    );
  });

  it('means what the filter meant that it was printed from', () => {
    fc.assert(
      fc.property(filters, fc.array(values, { minLength: 8, maxLength: 8 }), (filter, held) => {
        const canonical = parseFilter(printFilter(filter), REGISTRY) as Filter;
        const heldBy = (field: Field): Value => {
          const printed = printField(field);
          const value = held[printed.length % held.length] ?? null;
          // Only lists and attributes hold lists.
          const mayBeList = field.kind === 'list' || field.kind === 'attribute';
          if (field.kind === 'list') return Array.isArray(value) ? value : null;
          return Array.isArray(value) && !mayBeList ? null : value;
        };
        expect(matches(canonical, heldBy)).toBe(matches(filter, heldBy));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is that of the JSON form too', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        const canonical = parseFilter(printFilter(filter), REGISTRY);
        expect(readJsonFilter(toJson(filter), REGISTRY, '')).toEqual(canonical);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    [' ( language = "en" ) ', 'language="en"'],
    ['rev  =  1   AND (rev = 2 OR NOT(rev = 3))', 'rev=1 AND (rev=2 OR rev!=3)'],
    ['NOT (rev=1 AND title:"x")', 'NOT (rev=1 AND title:"x")'],
    ['NOT title:*', 'title=null'],
    ['publishedAt > "2024-01-01T02:00:00.120+02:00"', 'publishedAt>2024-01-01T00:00:00.12Z'],
    ['publishedAt > 2024-01-01T00:00:00Z', 'publishedAt>2024-01-01'],
    ['publishedAt > now-48h', 'publishedAt>now-2d'],
    ['publishedAt > now+0s', 'publishedAt>now'],
    ['title = "\\u0041*\\*\\\\\\""', 'title="A*\\*\\\\\\""'],
    ['title < "\\*"', 'title<"*"'],
    ['attributes.a-b."c d"=1', 'attributes.a-b."c d"=1'],
    ['rev : ( 1 , 2 )', 'rev:(1,2)'],
  ])('of %s is %s', (text, canonical) => {
    expect(printFilter(parseFilter(text, REGISTRY) as Filter)).toBe(canonical);
  });
});
