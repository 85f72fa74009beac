import { describe, expect, it } from 'vitest';
import {
  type AggregationQuery,
  type Group,
  JsonText,
  type Registry,
  registryChanged,
} from '../../src/domain/index.ts';
import { REGISTRY } from '../domain/registry.ts';
import { aBench } from './support.ts';

const registry: Registry = { ...REGISTRY, revision: 7, projections: [], pending: false };

const benchOf = (groups: readonly Group[] = []) =>
  aBench({
    aggregations: { run: async () => groups },
    registry: {
      known: () => registry,
      current: async () => registry,
      refresh: async () => registry,
    },
  });

const asked = async (search: string): Promise<AggregationQuery> => {
  const bench = benchOf();
  expect((await bench.send('GET', `/v1/aggregations${search}`)).status).toBe(200);
  const [call] = bench.calls;
  expect(call?.method).toBe('aggregations.run');
  return call?.args[0] as AggregationQuery;
};

describe('GET /v1/aggregations', () => {
  it('asks for everything in one group unless told otherwise', async () => {
    expect(await asked('')).toEqual({
      registry,
      groupBy: [],
      columns: [],
      orderBy: [{ by: 'count', direction: 'desc' }],
      limit: 20,
      now: '2026-03-01T00:00:00.000000Z',
    });
  });

  it('asks for what it is told', async () => {
    const search = new URLSearchParams({
      filter: 'language = "en"',
      q: ' ferry ',
      groupBy: 'source,week',
      compute: 'count,p95(metrics.word-count)',
      orderBy: 'p95(metrics.word-count) desc',
      limit: '101',
    });
    expect(await asked(`?${search}`)).toMatchObject({
      filter: { type: 'compare' },
      text: 'ferry',
      groupBy: ['source', 'week'],
      columns: [{ measure: 'p95', metric: 'word-count', type: 'number' }],
      orderBy: [{ by: { column: 0 }, direction: 'desc' }],
      limit: 100,
    });
  });

  it.each([
    ['limit=0', 'limit', 'out_of_range'],
    ['limit=-1', 'limit', 'out_of_range'],
    ['limit=ten', 'limit', 'wrong_type'],
    ['group=source', 'group', 'unknown_parameter'],
    ['groupBy=source&groupBy=day', 'groupBy', 'duplicate_parameter'],
    ['groupBy=sources', 'groupBy', 'unknown_field'],
    ['compute=avg(metrics.verdict)', 'compute', 'wrong_type'],
    ['orderBy=avg(metrics.word-count)', 'orderBy', 'not_computed'],
    ['filter=langage%20%3D%20%22en%22', 'filter', 'unknown_field'],
    ['q=%00', 'q', 'nul'],
  ])('refuses ?%s', async (search, parameter, code) => {
    const bench = benchOf();
    const refused = await bench.send('GET', `/v1/aggregations?${search}`);
    expect(refused.status).toBe(400);
    expect(refused.json.errors).toMatchObject([{ parameter, code }]);
    expect(bench.calls).toEqual([]);
  });

  it('asks again with a fresh registry where the metrics have changed, once', async () => {
    const fresh = { ...registry, revision: 8 };
    const revisions: number[] = [];
    const bench = (always: boolean) =>
      aBench({
        registry: { known: () => registry, current: async () => fresh, refresh: async () => fresh },
        aggregations: {
          run: async (_, query) => {
            revisions.push(query.registry.revision);
            if (always || query.registry === registry) throw registryChanged('test');
            return [];
          },
        },
      });
    const path = '/v1/aggregations?compute=avg(metrics.word-count)';
    expect((await bench(false).send('GET', path)).status).toBe(200);
    expect(revisions).toEqual([7, 8]);
    expect((await bench(true).send('GET', path)).status).toBe(503);
    expect(revisions).toEqual([7, 8, 7, 8]);
  });

  it('prints groups by the number of names, and every number as JSON has it', async () => {
    const compute =
      'avg(metrics.word-count),sum(metrics.word-count),max(metrics.reviewed_at),min(metrics.paid)';
    const values = [-0, new JsonText('3'.padEnd(310, '0')), '2026-01-01T00:00:00.000000Z', false];
    const tell = async (groupBy: string, key: readonly (string | null)[]) => {
      const bench = benchOf([{ key, count: 2, values }]);
      const search = new URLSearchParams({ groupBy, compute });
      return bench.send('GET', `/v1/aggregations?${search}`);
    };
    const whole = await tell('', []);
    expect(whole.text).toBe(
      `{"groups":[{"key":null,"count":2,"avg(metrics.word-count)":0,"sum(metrics.word-count)":3${'0'.repeat(309)},` +
        '"max(metrics.reviewed_at)":"2026-01-01T00:00:00.000Z","min(metrics.paid)":false}]}',
    );
    expect((await tell('day', [null])).json.groups[0].key).toBeNull();
    expect((await tell('day', ['2026-01-01'])).json.groups[0].key).toBe('2026-01-01');
    expect((await tell('day,source', ['2026-01-01', null])).json.groups[0].key).toEqual([
      '2026-01-01',
      null,
    ]);
  });

  it('needs the scope to read', async () => {
    const caller = { subject: 's', scopes: new Set(['articles:write']) };
    const refused = await benchOf().send('GET', '/v1/aggregations', undefined, {}, { caller });
    expect(refused.status).toBe(403);
  });
});
