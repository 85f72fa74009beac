import { describe, expect, it } from 'vitest';
import {
  MAX_COLUMNS,
  NO_METRICS,
  parseCompute,
  parseGroupBy,
  parseGroupOrder,
  printColumn,
} from '../../src/domain/index.ts';
import { REGISTRY, refusalOf } from './registry.ts';

const compute = (text: string) => parseCompute(text, REGISTRY);
const order = (text: string, columns = 'avg(metrics.readability),max(metrics.verdict)') =>
  parseGroupOrder(text, compute(columns));

describe('groupBy', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    ['  ', []],
    ['source', ['source']],
    [' week , topics ', ['week', 'topics']],
  ])('reads "%s"', (text, names) => {
    expect(parseGroupBy(text)).toEqual(names);
  });

  it.each<[string, object]>([
    ['sorce', { position: 0, code: 'unknown_field', suggestion: 'source' }],
    ['source, lang', { position: 8, code: 'unknown_field', suggestion: 'language' }],
    ['topic', { code: 'unknown_field', suggestion: 'topics' }],
    ['Source', { code: 'unknown_field', suggestion: 'source' }],
    ['metrics.readability', { code: 'unknown_field' }],
    ['day,day', { position: 4, code: 'duplicate_name' }],
    ['day,week,month', { position: 9, code: 'too_many_names' }],
    ['day,', { position: 4, code: 'expected_name' }],
    [',day', { position: 0, code: 'expected_name' }],
    ['source desc', { position: 0, code: 'unknown_field' }],
    ['x'.repeat(5_000), { position: 4_096, code: 'too_long' }],
  ])('refuses "%s"', (text, fault) => {
    expect(refusalOf(() => parseGroupBy(text)).faults).toMatchObject([
      { parameter: 'groupBy', ...fault },
    ]);
  });
});

describe('compute', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    ['count', []],
    ['avg(metrics.readability)', ['avg(metrics.readability)']],
    [' p95 ( metrics.word-count ) ,count', ['p95(metrics.word-count)']],
    [
      'min(metrics.verdict),max(metrics.paid),min(metrics.reviewed_at)',
      ['min(metrics.verdict)', 'max(metrics.paid)', 'min(metrics.reviewed_at)'],
    ],
    [
      'sum(metrics.readability),p50(metrics.readability)',
      ['sum(metrics.readability)', 'p50(metrics.readability)'],
    ],
  ])('reads "%s"', (text, names) => {
    expect(compute(text).map(printColumn)).toEqual(names);
  });

  it.each<[string, object]>([
    ['average(metrics.readability)', { position: 0, code: 'unknown_measure', suggestion: 'avg' }],
    ['count, sun(metrics.readability)', { position: 7, suggestion: 'sum' }],
    ['AVG(metrics.readability)', { code: 'unknown_measure', suggestion: 'avg' }],
    ['p90(metrics.readability)', { code: 'unknown_measure', suggestion: 'p50' }],
    [
      'avg(metrics.readabilty)',
      { position: 4, code: 'unknown_metric', suggestion: 'metrics.readability' },
    ],
    [
      'avg( readability)',
      { position: 5, code: 'unknown_field', suggestion: 'metrics.readability' },
    ],
    ['avg(rev)', { position: 4, code: 'unknown_field' }],
    ['avg', { position: 3, code: 'expected_metric' }],
    ['avg()', { position: 5, code: 'expected_metric' }],
    ['count()', { code: 'unexpected_parentheses', suggestion: 'count' }],
    ['count(metrics.readability)', { code: 'unexpected_parentheses', suggestion: 'count' }],
    ['readability', { code: 'expected_measure' }],
    ['metrics.readability', { code: 'expected_measure' }],
    ['avg(metrics.verdict)', { position: 4, code: 'wrong_type' }],
    ['sum(metrics.paid)', { position: 4, code: 'wrong_type' }],
    ['p50(metrics.reviewed_at)', { position: 4, code: 'wrong_type' }],
    ['count,count', { position: 6, code: 'duplicate_column' }],
    [
      'avg(metrics.readability),avg( metrics.readability )',
      { position: 25, code: 'duplicate_column' },
    ],
    ['avg(metrics.readability),', { position: 25, code: 'expected_name' }],
    ['avg(metrics.readability', { position: 0, code: 'unknown_measure' }],
    ['avg(metrics.readability))', { position: 4 }],
    ['(metrics.readability)', { position: 0, code: 'unknown_measure' }],
    ['__proto__(metrics.readability)', { code: 'unknown_measure' }],
  ])('refuses "%s"', (text, fault) => {
    expect(refusalOf(() => compute(text)).faults).toMatchObject([
      { parameter: 'compute', ...fault },
    ]);
  });

  it('refuses what a prototype has, where there are no metrics', () => {
    const refused = refusalOf(() => parseCompute('avg(metrics.constructor)', NO_METRICS));
    expect(refused.faults).toMatchObject([{ code: 'unknown_metric' }]);
  });

  it('ends at so many columns', () => {
    const names = Array.from({ length: MAX_COLUMNS + 1 }, (_, index) => `m${index}`);
    const registry = { metric: () => 'number' as const, metricNames: names };
    const columns = names.map((name) => `avg(metrics.${name})`);
    expect(parseCompute(columns.slice(1).join(','), registry)).toHaveLength(MAX_COLUMNS);
    const refused = refusalOf(() => parseCompute(columns.join(','), registry));
    expect(refused.faults).toMatchObject([{ code: 'too_many_columns' }]);
  });
});

describe('the order of groups', () => {
  it.each<[string, unknown]>([
    ['', undefined],
    ['key', [{ by: 'key', direction: 'asc' }]],
    ['count desc', [{ by: 'count', direction: 'desc' }]],
    [
      ' avg( metrics.readability )  desc , key asc',
      [
        { by: { column: 0 }, direction: 'desc' },
        { by: 'key', direction: 'asc' },
      ],
    ],
    ['max(metrics.verdict)', [{ by: { column: 1 }, direction: 'asc' }]],
  ])('reads "%s"', (text, expected) => {
    expect(order(text)).toEqual(expected);
  });

  it.each<[string, object]>([
    ['kye', { position: 0, code: 'unknown_field', suggestion: 'key' }],
    ['-count', { position: 0, code: 'invalid_direction', suggestion: 'count desc' }],
    ['count, max(metrics.readability)', { position: 7, code: 'not_computed' }],
    ['avg(metrics.readabilty)', { code: 'not_computed', suggestion: 'avg(metrics.readability)' }],
    ['count down', { position: 6, code: 'invalid_direction' }],
    ['count DESC', { position: 6, code: 'invalid_direction', suggestion: 'desc' }],
    ['count desc desc', { position: 6, code: 'invalid_direction' }],
    ['key,count,key desc', { position: 10, code: 'duplicate_key' }],
    ['key,count,avg(metrics.readability),max(metrics.verdict)', { code: 'too_many_keys' }],
    ['metrics.readability', { code: 'unknown_field' }],
    ['key,,count', { position: 4, code: 'expected_name' }],
    ['(', { position: 0 }],
  ])('refuses "%s"', (text, fault) => {
    expect(refusalOf(() => order(text)).faults).toMatchObject([{ parameter: 'orderBy', ...fault }]);
  });
});
