import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { outputShape } from '../../src/domain/index.ts';

function told(output: unknown): string[] {
  const { paths, types } = outputShape(output);
  return paths.map((path, index) => `${path} ${types[index]}`);
}

/** The same value with the members of every object the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).reverse();
  return Object.fromEntries(members.map(([name, member]) => [name, turned(member)]));
}

describe('the shape of an output', () => {
  it('is its paths and their types, lists collapsed', () => {
    expect(told({ a: [{ b: 1 }, { b: 'x', 'c d': null }, { b: null }], e: [] })).toEqual([
      '$ object',
      '$.a array',
      '$.a[*] object',
      '$.a[*].b number|string',
      '$.a[*]["c d"] null',
      '$.e array',
    ]);
    expect(told(true)).toEqual(['$ boolean']);
  });

  it('is the same for other values of the same types', () => {
    expect(told({ a: [1, 2], b: 'x' })).toEqual(told({ b: 'y', a: [3] }));
    expect(told({ a: [1] })).not.toEqual(told({ a: ['1'] }));
  });

  test.prop([fc.jsonValue()])('does not depend on the order of members', (value) => {
    expect(outputShape(turned(value))).toEqual(outputShape(value));
  });

  it('does not depend on the order of very many members either', () => {
    const names = Array.from({ length: 300 }, (_, n) => `k${n}`);
    const map = Object.fromEntries(names.map((name, n) => [name, n === 299 ? 'text' : n]));
    expect(outputShape(turned(map))).toEqual(outputShape(map));
  });

  it('takes an object of many members for a map', () => {
    const map = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, { n }]));
    expect(told(map)).toEqual(['$ object', '$.* object', '$.*.n number']);
  });

  it('stays small and cheap for whatever comes', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 64; level++) deep = { ['x'.repeat(50)]: [deep] };
    const wide = Array.from({ length: 90 }, (_, a) =>
      Object.fromEntries(Array.from({ length: 90 }, (_, b) => [`m${a}-${b}`, b])),
    );
    const large = JSON.parse(`[${'[1,2,3],'.repeat(500_000)}0]`);
    for (const output of [deep, wide, large]) {
      const began = performance.now();
      const { paths, types } = outputShape(output);
      expect(performance.now() - began).toBeLessThan(500);
      expect(paths.length).toBeLessThanOrEqual(200);
      expect(paths.every((path) => path.length <= 200)).toBe(true);
      expect(types).toHaveLength(paths.length);
    }
  });
});
