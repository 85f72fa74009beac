import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { itemSizeBytes, sameItem } from '../../../src/local/dynamodb/attribute-value.ts';
import type { AttributeValue } from '../../../src/local/dynamodb/index.ts';

const value: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string().map((S) => ({ S })),
    fc.integer().map((n) => ({ N: String(n) })),
    fc.uint8Array().map((bytes) => ({ B: Buffer.from(bytes).toString('base64') })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true }),
    fc.uniqueArray(fc.string(), { minLength: 1 }).map((SS) => ({ SS })),
    fc.uniqueArray(fc.integer(), { minLength: 1 }).map((ns) => ({ NS: ns.map(String) })),
    fc.array(tie('value')).map((L) => ({ L })),
    fc.dictionary(fc.string(), tie('value')).map((M) => ({ M })),
  ),
})).value;
const item = fc.dictionary(fc.string(), value, { noNullPrototype: true });

describe('size of an item', () => {
  it.each([
    [{ a: { S: 'héé' } }, 1 + 5],
    [{ é: { S: '' } }, 2],
    [{ a: { B: 'AQID' } }, 1 + 3],
    [{ a: { BOOL: true } }, 2],
    [{ a: { NULL: true } }, 2],
    [{ a: { N: '0' } }, 1 + 1],
    [{ a: { N: '7' } }, 1 + 2],
    [{ a: { N: '12' } }, 1 + 2],
    [{ a: { N: '1.2' } }, 1 + 3],
    [{ a: { N: '120' } }, 1 + 3],
    [{ a: { N: '-12' } }, 1 + 3],
    [{ a: { N: '1e2' } }, 1 + 2],
    [{ a: { SS: ['x', 'yz'] } }, 1 + 3],
    [{ a: { L: [] } }, 1 + 3],
    [{ a: { L: [{ S: 'x' }, { NULL: true }] } }, 1 + 3 + 2 + 2],
    [{ a: { M: { b: { S: 'x' } } } }, 1 + 3 + 1 + 2],
  ])('of %j is %d bytes', (given, sizeBytes) => {
    expect(itemSizeBytes(given)).toBe(sizeBytes);
  });
});

describe('equality of items', () => {
  it.each([
    [{ N: '1.0' }, { N: '1' }],
    [{ N: '100' }, { N: '1e2' }],
    [{ N: '-0' }, { N: '0.00' }],
    [{ SS: ['a', 'b'] }, { SS: ['b', 'a'] }],
    [{ NS: ['1', '2'] }, { NS: ['2.0', '1'] }],
    [{ M: { a: { S: '' }, b: { S: '' } } }, { M: { b: { S: '' }, a: { S: '' } } }],
  ])('holds for %j and %j', (left, right) => {
    expect(sameItem({ x: left }, { x: right })).toBe(true);
  });

  it.each<[AttributeValue, AttributeValue]>([
    [{ N: '1' }, { N: '-1' }],
    [{ N: '10' }, { N: '1' }],
    [{ N: '1' }, { S: '1' }],
    [{ S: 'a' }, { B: 'a' }],
    [{ BOOL: true }, { BOOL: false }],
    [{ NULL: true }, { BOOL: true }],
    [{ SS: ['a'] }, { SS: ['b'] }],
    [{ SS: ['a'] }, { BS: ['a'] }],
    [{ L: [{ S: 'a' }, { S: 'b' }] }, { L: [{ S: 'b' }, { S: 'a' }] }],
    [{ L: [] }, { M: {} }],
    [{ M: {} }, { L: [] }],
  ])('fails for %j and %j', (left, right) => {
    expect(sameItem({ x: left }, { x: right })).toBe(false);
  });

  property.prop([item])('holds for every item and its copy', (given) => {
    expect(sameItem(given, JSON.parse(JSON.stringify(given)))).toBe(true);
  });

  property.prop([item, fc.string(), value])(
    'fails when an attribute is added',
    (given, name, more) => {
      fc.pre(!Object.hasOwn(given, name) && name !== '__proto__');
      expect(sameItem(given, { ...given, [name]: more })).toBe(false);
      expect(sameItem({ ...given, [name]: more }, given)).toBe(false);
    },
  );
});
