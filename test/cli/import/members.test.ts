import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutMembers } from '../../../src/cli/import/members.ts';

describe('members of a JSON object, taken out of its text', () => {
  it('leaves the text of the others as it was', () => {
    const text =
      ' { "articleId" : "a", "output":{"n":1.000,"big":12345678901234567890,"e":"\\u00e9\\"}"}, "kind":"k" ,"x": [1 , {"}":2}] } ';
    expect(withoutMembers(text, ['articleId', 'kind'])).toBe(
      '{"output":{"n":1.000,"big":12345678901234567890,"e":"\\u00e9\\"}"},"x": [1 , {"}":2}]}',
    );
  });

  it('takes out a member whose name is written with escapes, and each of two of the same name', () => {
    expect(withoutMembers('{"k\\u0069nd":1,"a":2,"kind":3}', ['kind'])).toBe('{"a":2}');
  });

  it('gives an empty object when nothing is left', () => {
    expect(withoutMembers('{}', ['a'])).toBe('{}');
    expect(withoutMembers('{"a":true}', ['a'])).toBe('{}');
  });

  it('agrees with taking the member out of the parsed value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (others, value) => {
        const text = JSON.stringify({ ...others, kind: value }, null, 1);
        const { kind: _, ...left } = JSON.parse(text);
        expect(JSON.parse(withoutMembers(text, ['kind']))).toEqual(left);
      }),
    );
  });
});
