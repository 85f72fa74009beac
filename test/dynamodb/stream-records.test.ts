import { describe, expect, it } from 'vitest';
import { concernsUpkeep } from '../../src/dynamodb/index.ts';

const record = (eventName: string, pk: string, sk: string) => ({
  eventName,
  dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } } },
});

describe('records of the stream', () => {
  it.each([
    ['an intent', 'INSERT', 'PEND#3', '1700000000000#a#k#0000000001', true],
    ['a head', 'MODIFY', 'A#a', 'OUT#summary', true],
    ['a copy or tombstone', 'INSERT', 'A#a', 'META', true],
    ['a settled intent', 'REMOVE', 'PEND#3', '1700000000000#a#k#0000000001', false],
    ['an old version', 'INSERT', 'A#a', 'VER#summary#0000000001', false],
    ['a body', 'INSERT', 'A#a', 'BODY#ab', false],
    ['a page copy', 'INSERT', 'PAGE#a', 'ab', false],
    ['a count of use', 'MODIFY', 'USE', '2026-01-01', false],
  ])('of %s', (_, eventName, pk, sk, expected) => {
    expect(concernsUpkeep([record(eventName, pk, sk)])).toBe(expected);
  });

  it.each([
    ['a first resume', undefined, '5', true],
    ['another resume', '5', '9', true],
    ['something else', '5', '5', false],
    ['something else before any resume', undefined, undefined, false],
  ])('of a note on the cluster that tells of %s', (_, before, now, expected) => {
    const image = (N: string | undefined) => (N === undefined ? {} : { awakeAtMs: { N } });
    const { eventName, dynamodb } = record('MODIFY', 'LEDGER', 'AURORA');
    const change = { ...dynamodb, OldImage: image(before), NewImage: image(now) };
    expect(concernsUpkeep([{ eventName, dynamodb: change }])).toBe(expected);
  });

  it('concern upkeep when one of them does, and when there are none', () => {
    expect(
      concernsUpkeep([record('INSERT', 'PAGE#a', 'ab'), record('INSERT', 'A#a', 'META')]),
    ).toBe(true);
    expect(concernsUpkeep([])).toBe(true);
    expect(concernsUpkeep([undefined, 7, { eventName: 'INSERT' }])).toBe(false);
  });
});
