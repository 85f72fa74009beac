import { describe, expect, it } from 'vitest';
import { createDynamoDbServer } from '../../../src/local/dynamodb/index.ts';
import { createWire } from '../../../src/local/wire/index.ts';
import { BEHAVIOURS } from './conformance/index.ts';
import { observe } from './conformance/subject.ts';

const MODULES = { createDynamoDbServer, createWire };

describe.each(Object.entries(BEHAVIOURS))('local dynamodb conformance: %s', (_, behaviours) => {
  const rows = behaviours.map((behaviour) => [behaviour.name, behaviour] as const);
  it.each(rows)('%s', (_name, behaviour) => observe(MODULES, behaviour));
});

describe('local dynamodb conformance', () => {
  const rows = Object.values(BEHAVIOURS).flat();

  it('names each behaviour once, with its source', () => {
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    expect(rows.filter(({ source }) => source === '')).toEqual([]);
  });

  it('covers at least 60 behaviours', () => {
    expect(rows.length).toBeGreaterThanOrEqual(60);
  });
});
