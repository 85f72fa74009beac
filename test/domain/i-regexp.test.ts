import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { IRegexp } from '../../src/domain/i-regexp.ts';
import { BudgetSpent, StepBudget } from '../../src/domain/step-budget.ts';

function tested(pattern: string, text: string, whole: boolean): boolean | undefined {
  return IRegexp.parse(pattern)?.test(text, whole, new StepBudget(1_000_000));
}

describe('an I-Regexp', () => {
  it.each([
    ['a|b', 'ax', false],
    ['a|b', 'b', true],
    ['', '', true],
    ['[a-c]{2,3}', 'abc', true],
    ['[a-c]{2,3}', 'abca', false],
    ['[^a-c]+', 'xyz', true],
    ['[-a]+', 'a-', true],
    ['[a-]+', 'a-', true],
    ['[\\]\\-]+', ']-', true],
    ['.', '\n', false],
    ['.', '😀', true],
    ['\\p{Lu}\\P{Lu}', 'Ab', true],
    ['[\\p{Nd}x]+', '4x2', true],
    ['(ab)*c?', 'ababc', true],
    ['\\.\\n', '.\n', true],
  ])('%s of %j: %s', (pattern, text, matches) => {
    expect(tested(pattern, text, true)).toBe(matches);
  });

  it('finds a part of a text, with anchors only at its ends', () => {
    expect(tested('b', 'abc', false)).toBe(true);
    expect(tested('^b', 'abc', false)).toBe(false);
    expect(tested('^a', 'abc', false)).toBe(true);
    expect(tested('c$', 'abc', false)).toBe(true);
    expect(tested('b$', 'abc', false)).toBe(false);
  });

  it.each([
    '(',
    ')',
    '[',
    '[]',
    '[b-a]',
    'a{2,1}',
    '*',
    'a**',
    '\\d',
    '(?:a)',
    '\\p{X}',
    'a{',
    ']',
  ])('%s is none', (pattern) => {
    expect(IRegexp.parse(pattern)).toBeUndefined();
  });

  it.each([
    ['too long', 'a'.repeat(1_001)],
    ['too large', '((a{50}){50}){50}'],
    ['empty over and over', '(((){2000}){2000}){2000}'],
    ['too deep', `${'('.repeat(40)}a${')'.repeat(40)}`],
  ])('that is %s is none', (_, pattern) => {
    expect(IRegexp.parse(pattern)).toBeUndefined();
  });

  it('takes steps by the length of the text, where an engine that tries ways takes 2 to its power', () => {
    const text = 'a'.repeat(20_000);
    for (const pattern of ['(a|a)*b', '(a*)*b', '(a|aa)+b', '(.*)(.*)(.*)b']) {
      expect(tested(pattern, text, true)).toBe(false);
    }
    const budget = new StepBudget(1_000);
    expect(() => IRegexp.parse('(a|a)*b')?.test(text, true, budget)).toThrow(BudgetSpent);
  });

  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a|b)', '(ab|a)');
  const quantifier = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}', '{0,}');
  const branch = fc
    .array(fc.tuple(atom, quantifier), { maxLength: 4 })
    .map((pieces) => pieces.flat().join(''));
  const pattern = fc.array(branch, { minLength: 1, maxLength: 3 }).map((all) => all.join('|'));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });

  test.prop([pattern, text, fc.boolean()], { numRuns: 1_000 })(
    'answers as the engine of the language does',
    (given, subject, whole) => {
      const same = new RegExp(whole ? `^(?:${given})$` : given, 'u');
      expect(tested(given, subject, whole)).toBe(same.test(subject));
    },
  );
});
