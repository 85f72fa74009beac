import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  compileProjection,
  isServiceError,
  MAX_METRIC_STRING_BYTES,
  PROJECTION_LIMITS,
  type ProjectionDefinition,
  readDefinition,
  type Yield,
} from '../../src/domain/index.ts';
import { findNews } from '../support/news.ts';

type Definition = Partial<ProjectionDefinition>;

function evaluate(definition: Definition, output: unknown): Yield {
  return compileProjection({
    kind: 'k',
    target: { type: 'metric', valueType: 'number' },
    ...definition,
  }).evaluate(output, 'self');
}

const metric = (valueType: 'number' | 'string' | 'boolean' | 'time', ...select: string[]) =>
  ({ target: { type: 'metric', valueType }, select }) as const;
const matched = (value: unknown) => ({ status: 'matched', value });
const MISSED = { status: 'missed' };
const FAILED = { status: 'failed' };

describe('a metric', () => {
  it.each<[string, Definition, unknown, unknown]>([
    ['is what the first path yields', metric('number', '$.a', '$.b'), { a: 1, b: 2 }, matched(1)],
    ['goes on where there is nothing', metric('number', '$.a', '$.b'), { b: 2 }, matched(2)],
    ['goes on behind null', metric('number', '$.a', '$.b'), { a: null, b: 2 }, matched(2)],
    ['goes on behind null within a path', metric('number', '$[*]'), [null, 5, 6], matched(5)],
    ['is missed where no path yields', metric('number', '$.a', '$.b'), { b: null }, MISSED],
    ['ends at a wrong type', metric('number', '$.a', '$.b'), { a: '1', b: 2 }, FAILED],
    ['takes no text for a number', metric('number', '$'), '12', FAILED],
    ['takes no boolean for a number', metric('number', '$'), true, FAILED],
    ['takes no list', metric('number', '$'), [1], FAILED],
    ['takes no number beyond doubles', metric('number', '$'), JSON.parse('1e400'), FAILED],
    ['multiplies', { ...metric('number', '$'), scale: 0.5 }, 3, matched(1.5)],
    ['fails where the product is beyond', { ...metric('number', '$'), scale: 10 }, 1e308, FAILED],
    ['has one zero', { ...metric('number', '$'), scale: -1 }, 0, matched(0)],
    ['takes false', metric('boolean', '$.a', '$.b'), { a: false, b: true }, matched(false)],
    ['takes no 0 for false', metric('boolean', '$.a'), { a: 0 }, FAILED],
    ['takes the empty text', metric('string', '$.a'), { a: '' }, matched('')],
    ['takes no number for a text', metric('string', '$.a'), { a: 1 }, FAILED],
    ['takes no NUL', metric('string', '$.a'), { a: 'a\0' }, FAILED],
    ['takes no half of a pair', metric('string', '$.a'), { a: '\ud800' }, FAILED],
    [
      'keeps a time to the microsecond, in UTC',
      metric('time', '$'),
      '2026-03-01T12:00:00.1234567+02:00',
      matched('2026-03-01T10:00:00.123456Z'),
    ],
    ['takes no time without offset', metric('time', '$'), '2026-03-01T12:00:00', FAILED],
    ['takes no date', metric('time', '$'), '2026-03-01', FAILED],
    ['takes no epoch', metric('time', '$'), 1_772_366_400, FAILED],
  ])('%s', (_, definition, output, result) => {
    expect(evaluate(definition, output)).toStrictEqual(result);
  });

  it('of strings ends at its bound, in bytes of UTF-8', () => {
    const text = '😀'.repeat(MAX_METRIC_STRING_BYTES / 4);
    expect(evaluate(metric('string', '$'), text)).toEqual(matched(text));
    expect(evaluate(metric('string', '$'), `${text}a`)).toEqual(FAILED);
  });

  it('is failed where its path would take too long', () => {
    const output = Array.from({ length: 2_000 }, (_, n) => n);
    expect(evaluate(metric('number', '$[?count($[?@ > 0]) == 1]'), output)).toEqual(FAILED);
  });
});

const TOPICS: Definition = {
  target: { type: 'topics' },
  each: '$.entities[*]',
  key: '$.wikipedia',
  label: '$.mentions[0].text',
  topicType: '$.type',
  weight: '$.salience',
  weightScale: 0.2,
};

describe('topics', () => {
  const topics = (...entities: unknown[]): Yield => evaluate(TOPICS, { entities });

  it('are the elements that have a key', () => {
    expect(
      topics(
        { wikipedia: 'Paris', type: 'place', salience: 4, mentions: [{ text: 'the city' }] },
        { wikipedia: null, type: 'person', salience: 5 },
        { type: 'person' },
        { wikipedia: 'France' },
      ),
    ).toEqual({
      status: 'matched',
      topics: [
        { key: 'Paris', name: 'the city', type: 'place', weight: 0.8 },
        { key: 'France', weight: 1 },
      ],
    });
  });

  it('have weights from 0 to 1', () => {
    expect(
      topics({ wikipedia: 'a', salience: 99 }, { wikipedia: 'b', salience: -1 }),
    ).toMatchObject({
      topics: [
        { key: 'a', weight: 1 },
        { key: 'b', weight: 0 },
      ],
    });
    const huge = JSON.parse(
      '[{"wikipedia":"a","salience":1e400},{"wikipedia":"b","salience":-1e400}]',
    );
    expect(topics(...huge)).toMatchObject({
      topics: [
        { key: 'a', weight: 1 },
        { key: 'b', weight: 0 },
      ],
    });
    const scaled = { ...TOPICS, weightScale: 1e10 };
    expect(evaluate(scaled, { entities: [{ wikipedia: 'a', salience: 1e308 }] })).toMatchObject({
      topics: [{ key: 'a', weight: 1 }],
    });
  });

  it('of one key are the heaviest of it', () => {
    expect(
      topics({ wikipedia: 'a', salience: 1 }, { wikipedia: 'a', salience: 3, type: 'x' }),
    ).toMatchObject({ topics: [{ key: 'a', type: 'x', weight: expect.closeTo(0.6) }] });
  });

  it('are missed where nothing has a key', () => {
    expect(topics()).toEqual(MISSED);
    expect(topics({ type: 'x' })).toEqual(MISSED);
    expect(evaluate(TOPICS, { entities: null })).toEqual(MISSED);
    expect(evaluate(TOPICS, 7)).toEqual(MISSED);
  });

  it.each([7, '', 'a\tb', 'x'.repeat(257), { a: 1 }])('have no key %j', (key) => {
    expect(topics({ wikipedia: key })).toEqual(FAILED);
    expect(topics({ wikipedia: key }, { wikipedia: 'a' })).toMatchObject({
      status: 'matched',
      topics: [{ key: 'a' }],
    });
  });

  it('are left out where their weight is no number', () => {
    expect(topics({ wikipedia: 'a', salience: 'high' })).toEqual(FAILED);
  });

  it('go by their key where their name or type is of no use', () => {
    const element = { wikipedia: 'a', type: 'a\nb', mentions: [{ text: 5 }] };
    expect(topics(element)).toEqual({ status: 'matched', topics: [{ key: 'a', weight: 1 }] });
    const long = { wikipedia: 'a', mentions: [{ text: '😀'.repeat(300) }] };
    expect(topics(long)).toMatchObject({ topics: [{ name: '😀'.repeat(256) }] });
  });

  it('are the heaviest, in their order, where there are too many', () => {
    const entities = Array.from({ length: 300 }, (_, n) => ({
      wikipedia: `t${n}`,
      salience: n % 5,
    }));
    const result = topics(...entities);
    const kept = 'topics' in result ? result.topics : [];
    expect(kept).toHaveLength(PROJECTION_LIMITS.elements);
    expect(Math.min(...kept.map(({ weight }) => weight))).toBeGreaterThan(0.1);
    const places = kept.map(({ key }) => Number(key.slice(1)));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });
});

describe('relations', () => {
  const RELATIONS: Definition = {
    target: { type: 'relations', relation: 'similar' },
    each: '$.neighbours[*]',
    to: '$.id',
    weight: '$.score',
  };

  it('lead to other articles, once each', () => {
    const neighbours = [
      { id: 'a', score: 0.5 },
      { id: 'self', score: 1 },
      { id: 'a', score: 0.7 },
      { id: 'b' },
      { id: null },
    ];
    expect(evaluate(RELATIONS, { neighbours })).toEqual({
      status: 'matched',
      relations: [
        { to: 'a', weight: 0.7 },
        { to: 'b', weight: null },
      ],
    });
  });

  it('lead to nothing that is no id', () => {
    expect(
      evaluate(RELATIONS, { neighbours: [{ id: 'a b' }, { id: 'batch' }, { id: 5 }] }),
    ).toEqual(FAILED);
    expect(evaluate(RELATIONS, { neighbours: [{ id: 'self' }] })).toEqual(MISSED);
    expect(evaluate(RELATIONS, {})).toEqual(MISSED);
  });
});

describe('a projection', () => {
  const definitions: Definition[] = [
    metric('number', '$..a', '$.b'),
    metric('string', '$[?@.a]', '$..b'),
    metric('time', '$..*'),
    { target: { type: 'topics' }, each: '$..*', key: '$.a', weight: '$.b' },
    { target: { type: 'relations', relation: 'r' }, each: '$[*]', to: '$', weight: '$.a' },
  ];

  test.prop([fc.constantFrom(...definitions), fc.json({ maxDepth: 5 })])(
    'yields what can be stored, of any output, and always the same',
    (definition, text) => {
      const result = evaluate(definition, JSON.parse(text));
      expect(evaluate(definition, JSON.parse(text))).toEqual(result);
      if ('value' in result && typeof result.value === 'number') {
        expect(Number.isFinite(result.value)).toBe(true);
      }
      if ('topics' in result) {
        const keys = result.topics.map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.length).toBeGreaterThan(0);
        expect(result.topics.every(({ weight }) => weight >= 0 && weight <= 1)).toBe(true);
      }
    },
  );

  const news = findNews();

  it.skipIf(!news)('makes of real outputs what a look at them makes', () => {
    const outputs = (news?.outputLines ?? []).map((line) => JSON.parse(line));
    const of = (kind: string) => outputs.filter((output) => output.kind === kind);
    const words = metric('number', '$.wps', '$.metrics.wordsPerSentence');
    for (const { output } of of('readability')) {
      expect(evaluate(words, output)).toEqual(matched(output.metrics.wordsPerSentence));
    }
    for (const { output } of of('entities')) {
      const linked = output.entities.filter((one: { wikipedia?: string }) => one.wikipedia);
      const result = evaluate(TOPICS, output);
      const keys = 'topics' in result ? result.topics.map(({ key }) => key) : [];
      const wanted = new Set(linked.map((one: { wikipedia: string }) => one.wikipedia));
      expect(keys.sort()).toEqual([...wanted].sort());
    }
    expect(of('readability')).toHaveLength(24);
    expect(of('entities')).toHaveLength(24);
  });
});

describe('a definition', () => {
  function faults(parts: Record<string, unknown>): { pointer?: string; code: string }[] {
    try {
      readDefinition({ kind: 'k', ...parts } as never);
      return [];
    } catch (error) {
      if (!isServiceError(error, 'invalid')) throw error;
      return error.faults.map(({ pointer, code, position }) => ({
        pointer: pointer as string,
        code,
        ...(position === undefined ? {} : { position }),
      }));
    }
  }
  const number = { type: 'metric', valueType: 'number' };

  it('is taken when its members belong to its target', () => {
    expect(faults({ target: number, select: ['$.a'], scale: 2, unit: 's' })).toEqual([]);
    expect(faults(TOPICS)).toEqual([]);
    expect(faults({ target: { type: 'relations', relation: 'r' }, each: '$[*]', to: '$' })).toEqual(
      [],
    );
  });

  it.each<[Record<string, unknown>, object[]]>([
    [{ target: number }, [{ pointer: '/select', code: 'required' }]],
    [
      { target: { type: 'metric' }, select: ['$'] },
      [{ pointer: '/target/valueType', code: 'required' }],
    ],
    [
      { target: { type: 'topics', relation: 'r' }, each: '$', key: '$' },
      [{ pointer: '/target/relation', code: 'not_applicable' }],
    ],
    [
      { target: number, select: ['$'], each: '$[*]' },
      [{ pointer: '/each', code: 'not_applicable' }],
    ],
    [
      { target: { type: 'topics' }, each: '$[*]', to: '$' },
      [
        { pointer: '/key', code: 'required' },
        { pointer: '/to', code: 'not_applicable' },
      ],
    ],
    [
      { target: { type: 'metric', valueType: 'string' }, select: ['$'], scale: 2 },
      [{ pointer: '/scale', code: 'not_applicable' }],
    ],
    [
      { target: { type: 'topics' }, each: '$[*]', key: '$', weightScale: 2 },
      [{ pointer: '/weightScale', code: 'not_applicable' }],
    ],
    [
      { target: number, select: ['$.a', '$.b[', 'c'] },
      [
        { pointer: '/select/1', code: 'invalid_path', position: 4 },
        { pointer: '/select/2', code: 'invalid_path', position: 0 },
      ],
    ],
    [
      { target: { type: 'topics' }, each: '$[*', key: '$' },
      [{ pointer: '/each', code: 'invalid_path', position: 3 }],
    ],
  ])('%j is refused', (parts, wanted) => {
    expect(faults(parts)).toEqual(wanted);
  });
});
