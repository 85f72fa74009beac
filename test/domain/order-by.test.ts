import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_ORDER,
  defaultOrder,
  ORDER_FIELDS,
  type OrderKey,
  parseOrderBy,
  printOrderBy,
} from '../../src/domain/index.ts';
import { REGISTRY, refusalOf } from './registry.ts';

const read = (given: string | readonly string[]) => parseOrderBy(given, REGISTRY);
const field = (
  name: (typeof ORDER_FIELDS)[number],
  direction: 'asc' | 'desc' = 'asc',
): OrderKey => ({
  by: { kind: 'field', name },
  direction,
});

describe('an order', () => {
  it.each<[string, readonly OrderKey[]]>([
    ['title', [field('title'), field('id')]],
    ['title desc', [field('title', 'desc'), field('id', 'desc')]],
    ['id', [field('id')]],
    ['id desc', [field('id', 'desc')]],
    ['id, title', [field('id')]],
    ['title desc, publishedAt', [field('title', 'desc'), field('publishedAt'), field('id')]],
    ['title,id desc', [field('title'), field('id', 'desc')]],
    [
      ' metrics.readability  desc ,publishedAt asc,rev ',
      [
        { by: { kind: 'metric', name: 'readability' }, direction: 'desc' },
        field('publishedAt'),
        field('rev'),
        field('id'),
      ],
    ],
    ['relevance desc', [{ by: { kind: 'relevance' }, direction: 'desc' }, field('id', 'desc')]],
  ])('%s ends with the id', (text, keys) => {
    expect(read(text)).toEqual(keys);
    expect(read(text.split(','))).toEqual(keys);
  });

  it('is undefined where none is given', () => {
    expect(read('')).toBeUndefined();
    expect(read(' ')).toBeUndefined();
    expect(read([])).toBeUndefined();
  });

  it('by default is newest first, or best first for a search', () => {
    expect(defaultOrder(false)).toBe(DEFAULT_ORDER);
    expect(printOrderBy(DEFAULT_ORDER)).toBe('publishedAt desc');
    expect(printOrderBy(defaultOrder(true))).toBe('relevance desc');
    expect(read('publishedAt desc')).toEqual(DEFAULT_ORDER);
  });

  it.each<[string, number, string, string | undefined]>([
    ['titel', 0, 'unknown_field', 'title'],
    ['title, published', 7, 'unknown_field', 'publishedAt'],
    ['relevence desc', 0, 'unknown_field', 'relevance'],
    ['metrics.readabilty', 0, 'unknown_metric', 'metrics.readability'],
    ['readability', 0, 'unknown_field', 'metrics.readability'],
    ['section', 0, 'unknown_field', undefined],
    ['-title', 0, 'invalid_direction', 'title desc'],
    ['+title', 0, 'invalid_direction', 'title'],
    ['title DESC', 6, 'invalid_direction', 'desc'],
    ['title down', 6, 'invalid_direction', undefined],
    ['title desc rev', 11, 'unexpected_word', undefined],
    ['title,title desc', 6, 'duplicate_key', undefined],
    ['id,title,rev,updatedAt', 13, 'too_many_keys', undefined],
    ['title,', 6, 'expected_name', undefined],
    [',title', 0, 'expected_name', undefined],
    ['metrics.', 0, 'unknown_metric', undefined],
    [`${'x'.repeat(5_000)}`, 0, 'too_long', undefined],
  ])('%s is refused at %i as %s', (text, position, code, suggestion) => {
    const [fault] = refusalOf(() => read(text)).faults;
    expect(fault).toMatchObject({ parameter: 'orderBy', position, code });
    expect(fault?.suggestion).toBe(suggestion);
  });

  it('in a body is refused where it stands', () => {
    expect(refusalOf(() => read(['title', 'titel'])).faults[0]).toMatchObject({
      pointer: '/orderBy/1',
      position: 0,
      suggestion: 'title',
    });
    expect(
      refusalOf(() => parseOrderBy('rev,titel', REGISTRY, { pointer: '/orderBy' })).faults[0],
    ).toMatchObject({ pointer: '/orderBy', position: 4 });
  });

  it('reads back from its canonical text', () => {
    const names = [...ORDER_FIELDS, 'relevance', 'metrics.readability', 'metrics.word-count'];
    const texts = fc
      .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
      .chain((chosen) =>
        fc.tuple(...chosen.map((name) => fc.constantFrom(name, `${name} asc`, `${name} desc`))),
      )
      .map((keys) => keys.join(','));
    fc.assert(
      fc.property(texts, (text) => {
        const keys = read(text) as readonly OrderKey[];
        expect(keys.at(-1)?.by).toEqual({ kind: 'field', name: 'id' });
        expect(read(printOrderBy(keys))).toEqual(keys);
      }),
      { numRuns: 1_000 },
    );
  });
});
