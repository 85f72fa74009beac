import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/domain/index.ts';
import { editDistance } from '../../src/domain/nearest.ts';

const FIELDS = ['id', 'title', 'language', 'publishedAt', 'ingestedAt', 'updatedAt', 'authors'];

describe('the nearest name', () => {
  it.each([
    ['titel', 'title'],
    ['langage', 'language'],
    ['lang', 'language'],
    ['published_at', 'publishedAt'],
    ['PUBLISHEDAT', 'publishedAt'],
    ['pubishedAt', 'publishedAt'],
    ['updateAt', 'updatedAt'],
    ['author', 'authors'],
    ['ID', 'id'],
  ])('of %s is %s', (name, expected) => {
    expect(nearest(name, FIELDS)).toBe(expected);
  });

  it.each(['', 'xyzzy', 'q', '__', 'x'.repeat(10_000)])('of %j is none', (name) => {
    expect(nearest(name, FIELDS)).toBeUndefined();
  });

  it('counts a swap of neighbours as one change', () => {
    expect(editDistance('titel', 'title')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('same', 'same')).toBe(0);
  });
});
