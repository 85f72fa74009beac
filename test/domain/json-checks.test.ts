import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, findBadText, JsonText, jsonDepth } from '../../src/domain/index.ts';
import { refusalOf } from './registry.ts';

describe('text that PostgreSQL cannot hold', () => {
  it.each([
    ['{"a":["x","\\u0000"]}', { pointer: '/a/1', code: 'nul' }],
    ['"\\u0000"', { pointer: '', code: 'nul' }],
    ['{"a":{"k\\u0000":1}}', { pointer: '/a/k\0', code: 'nul' }],
    ['{"a":1,"b":[[],{},{"c":"\\ud800"}]}', { pointer: '/b/2/c', code: 'lone_surrogate' }],
    ['["\\udc00\\ud800"]', { pointer: '/0', code: 'lone_surrogate' }],
    ['["\ud800"]', { pointer: '/0', code: 'lone_surrogate' }],
    ['{"a":"\\u0000","a":"x"}', { pointer: '/a', code: 'nul' }],
    ['{"x":{"y":1},"z":"\\u0000"}', { pointer: '/z', code: 'nul' }],
    ['{"":[1,{"":"\\u0000"}]}', { pointer: '//1/', code: 'nul' }],
    ['{"x":"{[,","y":"\\u0000"}', { pointer: '/y', code: 'nul' }],
  ])('is found in %j', (text, expected) => {
    expect(findBadText(new JsonText(text))).toEqual(expected);
  });

  it.each([
    '{"a":["\\ud83d\\ude00","\ud83d\ude00"]}',
    '["\\\\u0000"]',
    '["\\ud83d\\ude00","\\\\ud800"]',
    '{"a":1,"b":null}',
    '["\ud83d\\ude00"]',
  ])('is not in %j', (text) => {
    // The last one holds half a pair raw and half escaped: decoded it is whole.
    expect(findBadText(new JsonText(text))).toBeUndefined();
  });

  it('is found wherever it stands in a random document', () => {
    const isBad = (text: string): boolean => text.includes('\0') || !text.isWellFormed();
    const anyString = fc.string({ unit: fc.constantFrom('a', '\\', '"', '\0', '\ud800', '😀') });
    const holdsBad = (value: unknown): boolean => {
      if (typeof value === 'string') return isBad(value);
      if (value === null || typeof value !== 'object') return false;
      return Object.entries(value).some(([name, member]) => isBad(name) || holdsBad(member));
    };
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: fc.constantFrom('a', '"', '\0', '\ud800') }),
        anyString,
        (value, text) => {
          const document = JSON.stringify([value, text]);
          expect(findBadText(new JsonText(document)) !== undefined).toBe(holdsBad([value, text]));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('refuses what is no JSON rather than run on', () => {
    expect(refusalOf(() => jsonDepth(new JsonText('["x'))).reason).toBe('invalid_json');
    expect(refusalOf(() => findBadText(new JsonText('["\\u0000'))).reason).toBe('invalid_json');
  });
});

describe('the depth of a document', () => {
  it.each([
    ['1', 0],
    ['"[[["', 0],
    ['[]', 1],
    ['{"a":[{}],"b":[]}', 3],
    ['["\\"[",[]]', 2],
  ])('of %j is %i', (text, depth) => {
    expect(jsonDepth(new JsonText(text))).toBe(depth);
  });
});

describe('canonical JSON', () => {
  it.each([
    ['{"b":1,"a":[ 1.0, 2 ]}', '{"a":[1.0,2],"b":1}'],
    ['{"\\u0062":1, "a":"\\u0041\\/"}', '{"a":"A/","b":1}'],
    ['12345678901234567890', '12345678901234567890'],
    ['{"n":1e400,"m":-0}', '{"m":-0,"n":1e400}'],
    ['{"a":1,"a":2}', '{"a":2}'],
    ['{"__proto__":1,"B":2}', '{"B":2,"__proto__":1}'],
    [' null', 'null'],
  ])('of the text %j is %s', (text, expected) => {
    expect(canonicalJson(new JsonText(text.trim()))).toBe(expected);
  });

  it('looks into texts inside values and leaves undefined members out', () => {
    const producer = { name: 'n', model: undefined, parameters: new JsonText('{"y":1,"x":2}') };
    expect(canonicalJson(producer)).toBe('{"name":"n","parameters":{"x":2,"y":1}}');
    expect(canonicalJson(undefined)).toBe('null');
  });

  it('outlives a document too deep to sort', () => {
    const text = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(canonicalJson(new JsonText(text))).toBe(text);
  });
});
