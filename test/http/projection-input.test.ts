import { describe, expect, it } from 'vitest';
import { isServiceError, readJson } from '../../src/domain/index.ts';
import { readProjection } from '../../src/http/projection-input.ts';

const METRIC = { kind: 'k', target: { type: 'metric', valueType: 'number' }, select: ['$.a'] };

function read(body: unknown) {
  return readProjection(readJson(JSON.stringify(body)));
}

function faults(body: unknown) {
  try {
    read(body);
  } catch (error) {
    if (isServiceError(error, 'invalid')) return error.faults;
    throw error;
  }
  throw new Error('was taken');
}

describe('the body of a projection', () => {
  it('is its definition, without what is null', () => {
    expect(read({ ...METRIC, scale: null, description: 'Words', unit: 'words' })).toEqual({
      ...METRIC,
      description: 'Words',
      unit: 'words',
    });
  });

  it.each([
    [{}, '/kind', 'required'],
    [{ ...METRIC, kind: 'K' }, '/kind', 'malformed'],
    [{ ...METRIC, target: 'metric' }, '/target', 'wrong_type'],
    [{ ...METRIC, target: { type: 'metrics' } }, '/target/type', 'unknown_value'],
    [{ ...METRIC, select: [] }, '/select', 'too_few'],
    [{ ...METRIC, select: '$.a' }, '/select', 'wrong_type'],
    [{ ...METRIC, select: Array(21).fill('$') }, '/select', 'too_many'],
    [{ ...METRIC, select: ['$.a', null] }, '/select/1', 'wrong_type'],
    [{ ...METRIC, select: ['$.😀', '$.a b'] }, '/select/1', 'invalid_path'],
    [{ ...METRIC, scale: 'x' }, '/scale', 'wrong_type'],
    [{ ...METRIC, unit: 'x'.repeat(65) }, '/unit', 'too_long'],
    [{ ...METRIC, target: { type: 'relations', relation: 'R' } }, '/target/relation', 'malformed'],
    [{ ...METRIC, each: '$' }, '/each', 'not_applicable'],
  ])('%j is refused at %s', (body, pointer, code) => {
    expect(faults(body)).toContainEqual(expect.objectContaining({ pointer, code }));
  });

  it('suggests the member that was meant, and names the place in a path', () => {
    expect(faults({ ...METRIC, selct: ['$'] })[0]).toMatchObject({
      pointer: '/selct',
      code: 'unknown_member',
      suggestion: 'select',
    });
    expect(faults({ ...METRIC, target: { ...METRIC.target, value_type: 'x' } })[0]).toMatchObject({
      pointer: '/target/value_type',
      suggestion: 'valueType',
    });
    expect(faults({ ...METRIC, select: ['$.a['] })[0]).toMatchObject({ position: 4 });
  });
});
