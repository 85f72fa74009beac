import { fc, test } from '@fast-check/vitest';
import { query as otherQuery } from 'jsonpath-rfc9535';
import { describe, expect, it } from 'vitest';
import { JsonPath } from '../../src/domain/json-path.ts';
import { JsonPathError } from '../../src/domain/json-path-syntax.ts';
import { BudgetSpent, StepBudget } from '../../src/domain/step-budget.ts';

function ask(document: unknown, path: string, steps = 100_000): unknown[] {
  return JsonPath.parse(path).values(document, new StepBudget(steps));
}

/** RFC 9535 §1.5, figure 1. */
const STORE = {
  store: {
    book: [
      { category: 'reference', author: 'Nigel Rees', title: 'Sayings of the Century', price: 8.95 },
      { category: 'fiction', author: 'Evelyn Waugh', title: 'Sword of Honour', price: 12.99 },
      {
        category: 'fiction',
        author: 'Herman Melville',
        title: 'Moby Dick',
        isbn: '0-553-21311-3',
        price: 8.99,
      },
      {
        category: 'fiction',
        author: 'J. R. R. Tolkien',
        title: 'The Lord of the Rings',
        isbn: '0-395-19395-8',
        price: 22.99,
      },
    ],
    bicycle: { color: 'red', price: 399 },
  },
};

/** RFC 9535 §2.3.5.3. */
const FILTERED = {
  a: [3, 5, 1, 2, 4, 6, { b: 'j' }, { b: 'k' }, { b: {} }, { b: 'kilo' }],
  o: { p: 1, q: 2, r: 3, s: 5, t: { u: 6 } },
  e: 'f',
};

describe('a JSONPath', () => {
  it.each([
    ['$.store.book[*].author', STORE.store.book.map(({ author }) => author)],
    ['$..author', STORE.store.book.map(({ author }) => author)],
    ['$.store.*', [STORE.store.book, STORE.store.bicycle]],
    ['$.store..price', [8.95, 12.99, 8.99, 22.99, 399]],
    ['$..book[2]', [STORE.store.book[2]]],
    ['$..book[2].author', ['Herman Melville']],
    ['$..book[2].publisher', []],
    ['$..book[-1]', [STORE.store.book[3]]],
    ['$..book[0,1]', STORE.store.book.slice(0, 2)],
    ['$..book[:2]', STORE.store.book.slice(0, 2)],
    ['$..book[?@.isbn]', STORE.store.book.slice(2)],
    ['$..book[?@.price<10]', [STORE.store.book[0], STORE.store.book[2]]],
  ])('answers %s as RFC 9535 §1.5 does', (path, values) => {
    expect(ask(STORE, path)).toEqual(values);
  });

  it.each([
    ["$.a[?@.b == 'kilo']", [{ b: 'kilo' }]],
    ["$.a[?(@.b == 'kilo')]", [{ b: 'kilo' }]],
    ['$.a[?@>3.5]', [5, 4, 6]],
    ['$.a[?@.b]', FILTERED.a.slice(6)],
    ['$[?@.*]', [FILTERED.a, FILTERED.o]],
    ['$[?@[?@.b]]', [FILTERED.a]],
    ['$.o[?@<3, ?@<3]', [1, 2, 1, 2]],
    ['$.a[?@<2 || @.b == "k"]', [1, { b: 'k' }]],
    ['$.a[?match(@.b, "[jk]")]', [{ b: 'j' }, { b: 'k' }]],
    ['$.a[?search(@.b, "[jk]")]', [{ b: 'j' }, { b: 'k' }, { b: 'kilo' }]],
    ['$.o[?@>1 && @<4]', [2, 3]],
    ['$.o[?@.u || @.x]', [{ u: 6 }]],
    ['$.a[?@.b == $.x]', [3, 5, 1, 2, 4, 6]],
    ['$.a[?@ == @]', FILTERED.a],
  ])('filters %s as RFC 9535 §2.3.5.3 does', (path, values) => {
    expect(ask(FILTERED, path)).toEqual(values);
  });

  it.each([
    ['$[1:3]', ['b', 'c']],
    ['$[5:]', ['f', 'g']],
    ['$[1:5:2]', ['b', 'd']],
    ['$[5:1:-2]', ['f', 'd']],
    ['$[::-1]', ['g', 'f', 'e', 'd', 'c', 'b', 'a']],
    ['$[::0]', []],
    ['$[-2:]', ['f', 'g']],
    ['$[-9:2]', ['a', 'b']],
    ['$[:-9]', []],
    ['$[-9::-1]', []],
    ['$[-1:-9:-3]', ['g', 'd', 'a']],
    ['$[9007199254740991:]', []],
  ])('slices %s as RFC 9535 §2.3.4.3 does', (path, values) => {
    expect(ask(['a', 'b', 'c', 'd', 'e', 'f', 'g'], path)).toEqual(values);
  });

  it('takes names that are no identifiers, and never looks at a prototype', () => {
    const document = JSON.parse('{"o":{"j j":{"k.k":3},"__proto__":4},"\'":{"@":2},"☺":1}');
    expect(ask(document, "$.o['j j']['k.k']")).toEqual([3]);
    expect(ask(document, '$["\'"]["@"]')).toEqual([2]);
    expect(ask(document, '$.☺')).toEqual([1]);
    expect(ask(document, "$['\\u263A']")).toEqual([1]);
    expect(ask(document, '$.o.__proto__')).toEqual([4]);
    expect(ask(document, '$.constructor')).toEqual([]);
    expect(ask('text', '$.length')).toEqual([]);
  });

  it('counts and orders strings by code points', () => {
    expect(ask(['😀', 'ab', 'é'], '$[?length(@) == 1]')).toEqual(['😀', 'é']);
    expect(ask(['\uffff', '😀'], '$[?@ > "\uffff"]')).toEqual(['😀']);
  });

  it.each([
    ['', 0],
    ['store', 0],
    [' $', 0],
    ['$ ', 1],
    ['$.', 2],
    ['$.store.', 8],
    ['$..', 3],
    ['$.a[01]', 4],
    ['$.a[-0]', 4],
    ['$[9007199254740992]', 2],
    ['$["a]', 2],
    ['$["\\x"]', 3],
    ['$["\\ud800"]', 3],
    ['$[?@.a == ]', 10],
    ['$[?@.a[*] == 1]', 3],
    ['$[?length(@.a)]', 3],
    ['$[?match(@.a, "x") == true]', 3],
    ['$[?count(1) == 1]', 9],
    ['$[?nothing(@)]', 3],
    ['$[?@.a == 1e]', 11],
    ['$[?true]', 3],
    ['$[?(@.a]', 7],
    [`$${'[?@'.repeat(17)}`, 51],
    [`$${'.a'.repeat(65)}`, 129],
    [`$.${'a'.repeat(1_000)}`, 1_000],
  ])('refuses %j at %i', (path, position) => {
    try {
      JsonPath.parse(path);
    } catch (error) {
      expect(error).toBeInstanceOf(JsonPathError);
      expect((error as JsonPathError).position).toBe(position);
      return;
    }
    throw new Error('was taken');
  });

  it('ends a search that would go on and on', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 60; level++) deep = { a: deep, b: [1, 2, 3] };
    expect(() => ask(deep, '$..*..*..*..*', 500_000)).toThrow(BudgetSpent);
    const wide = { list: Array.from({ length: 5_000 }, (_, n) => n) };
    expect(() => ask(wide, '$.list[?count($.list[*]) == 1]', 500_000)).toThrow(BudgetSpent);
    expect(() => ask({ ...wide.list }, '$[?length($) == 1]', 500_000)).toThrow(BudgetSpent);
  });

  it.each([
    ['$[?@[0] == 5]', [[5, 6]]],
    ['$[?@[-1] == 6]', [[5, 6]]],
    ['$[?5 != @[0]]', [[], [[]], { a: 5 }]],
    ['$[?@[0] == @.b]', [[], { a: 5 }]],
    ['$[?@[0][0] == @.b]', [[5, 6], [], [[]], { a: 5 }]],
  ])('compares what an index finds, or that it finds nothing: %s', (path, values) => {
    expect(ask([[5, 6], [], [[]], { a: 5 }], path)).toEqual(values);
  });

  it('stops at the first node that is wanted', () => {
    const budget = new StepBudget(20);
    const numbers = Array.from({ length: 1_000 }, (_, n) => n);
    expect(JsonPath.parse('$[*]').find(numbers, budget, (n) => (n as number) > 4)).toBe(5);
  });

  const name = fc.constantFrom('a', 'b', 'c');
  const { document } = fc.letrec<{ document: unknown }>((tie) => ({
    document: fc.oneof(
      { maxDepth: 4 },
      // Without null, which that implementation takes for a missing value when it compares.
      fc.constantFrom(true, false, 0, 1, -1, 2.5, '', 'a', 'b', 'ab'),
      fc.array(tie('document'), { maxLength: 4 }),
      fc.dictionary(name, tie('document'), { maxKeys: 3 }),
    ),
  }));
  const index = fc.integer({ min: -4, max: 4 });
  // Nor below zero, which that implementation counts from the end twice.
  const bound = fc.option(fc.nat(4), { nil: '' });
  // Nor with an index to the left or right, which that implementation finds nothing by.
  const comparison = fc
    .tuple(
      fc.constantFrom('@', '@.a', '$.a', 'count(@.*)', '1', '"a"', 'null', 'true'),
      fc.constantFrom('==', '!=', '<', '<=', '>', '>='),
      fc.constantFrom('@', '@.b', '1', '2.5', '"ab"', 'value(@..a)', 'length(@)'),
    )
    .map((parts) => parts.join(' '));
  const selector = fc.oneof(
    name.map((text) => `'${text}'`),
    index.map(String),
    fc.tuple(bound, bound, bound).map((bounds) => bounds.join(':')),
    fc.constant('*'),
    comparison.map((text) => `?${text}`),
    fc.tuple(comparison, comparison).map(([a, b]) => `?@.a && (${a} || !(${b}))`),
  );
  const segment = fc.oneof(
    name.map((text) => `.${text}`),
    name.map((text) => `..${text}`),
    fc.array(selector, { minLength: 1, maxLength: 2 }).map((all) => `[${all.join(', ')}]`),
    selector.map((text) => `..[${text}]`),
  );
  const path = fc.array(segment, { maxLength: 3 }).map((segments) => `$${segments.join('')}`);

  test.prop([document, path], { numRuns: 1_000 })(
    'finds the nodes that another implementation finds',
    (given, text) => {
      // In whatever order: that one goes through all levels at once, which the standard leaves open.
      const sorted = (values: readonly unknown[]): string[] =>
        values.map((value) => JSON.stringify(value)).sort();
      expect(sorted(ask(given, text))).toEqual(sorted(otherQuery(given as never, text)));
    },
  );
});
