import { describe, expect, it } from 'vitest';
import {
  type ArticleQuery,
  createRegistry,
  type Registry,
  registryChanged,
  ServiceError,
} from '../../src/domain/index.ts';
import type { RegistrySource } from '../../src/facade/index.ts';
import { anArticle, SOME_TIME } from '../fakes/tandem.ts';
import { aBench, type Bench } from './support.ts';

const withMetrics = (revision: number, ...names: string[]): Registry =>
  createRegistry(
    revision,
    names.map((name) => ({
      name,
      definition: { kind: 'k', target: { type: 'metric', valueType: 'number' } },
      revision: 1,
      state: 'active',
      createdAt: SOME_TIME,
      updatedAt: SOME_TIME,
    })),
  );

/** Knows one registry and reads the others in their order. */
function aSource(known: Registry | undefined, ...next: (Registry | Error)[]) {
  let reads = 0;
  let kept = known;
  const refresh = async (): Promise<Registry> => {
    const read = next[reads++];
    if (!read || read instanceof Error) throw read ?? new Error('read once too often');
    kept = read;
    return read;
  };
  const source: RegistrySource = {
    known: () => kept,
    current: async () => kept ?? refresh(),
    refresh,
  };
  return { source, reads: () => reads };
}

const EMPTY = { views: [], degraded: [] };
const PLAN = { planClass: 'index_order', indexes: ['i'], rowsRead: 1, sql: 'select' };

const lists = (
  registry: RegistrySource,
  list = async (_: unknown, __: ArticleQuery) => EMPTY,
): Bench => aBench({ registry, articles: { list } });

const ask = (bench: Bench, query: Record<string, string>) =>
  bench.send('GET', `/v1/articles?${new URLSearchParams(query)}`);

describe('names of metrics', () => {
  const filter = 'metrics.score > 1';

  it('are looked up again where they are not known, once', async () => {
    const { source, reads } = aSource(withMetrics(1), withMetrics(2, 'score'));
    expect((await ask(lists(source), { filter })).status).toBe(200);
    expect((await ask(lists(source), { filter, fields: 'metrics.score' })).status).toBe(200);
    expect(reads()).toBe(1);
  });

  it('need no look-up where none is named', async () => {
    const { source, reads } = aSource(undefined);
    expect((await ask(lists(source), { filter: 'title = "x"' })).status).toBe(200);
    expect(reads()).toBe(0);
  });

  it('that are still unknown are refused with the nearest', async () => {
    const { source } = aSource(undefined, withMetrics(2, 'score'));
    const answer = await ask(lists(source), { filter: 'metrics.scor > 1' });
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toMatchObject([
      { code: 'unknown_metric', suggestion: 'metrics.score' },
    ]);
  });

  it('without their prefix are suggested with it, also by a process that knows none yet', async () => {
    const { source } = aSource(undefined, withMetrics(2, 'score'));
    const answer = await ask(lists(source), { filter: 'score > 1' });
    expect(answer.json.errors).toMatchObject([
      { code: 'unknown_field', suggestion: 'metrics.score' },
    ]);
  });

  it('that cannot be looked up now wait, unless others were known before', async () => {
    const asleep = new ServiceError('unavailable', 'test', 'asleep', { reason: 'aurora_asleep' });
    const cold = await ask(lists(aSource(undefined, asleep).source), { filter });
    expect([cold.status, cold.json.code]).toEqual([503, 'aurora_asleep']);
    const warm = await ask(lists(aSource(withMetrics(1), asleep).source), { filter });
    expect(warm.status).toBe(400);
    const typo = await ask(lists(aSource(undefined, asleep).source), { filter: 'titel = "x"' });
    expect(typo.status).toBe(400);
  });

  it('that moved are asked for again with what is known then', async () => {
    const { source } = aSource(withMetrics(1, 'score'), withMetrics(2, 'score'));
    const revisions: number[] = [];
    const bench = lists(source, async (_, { registry }) => {
      revisions.push(registry.revision);
      if (registry.revision === 1) throw registryChanged('test');
      return EMPTY;
    });
    expect((await ask(bench, { orderBy: 'metrics.score' })).status).toBe(200);
    expect(revisions).toEqual([1, 2]);
  });

  it('that keep moving are no conflict of the reader', async () => {
    const { source } = aSource(withMetrics(1, 'score'), withMetrics(2, 'score'));
    const bench = lists(source, async () => {
      throw registryChanged('test');
    });
    const answer = await ask(bench, { orderBy: 'metrics.score' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('are looked up for fields of one article and for an export too', async () => {
    const { source, reads } = aSource(undefined, withMetrics(1, 'score'));
    const bench = aBench({
      registry: source,
      articles: {
        get: async () => ({ article: anArticle({ metrics: { score: 1 } }), degraded: [] }),
        exportPage: async () => ({ lines: [] }),
      },
    });
    const one = await bench.send('GET', '/v1/articles/a-1?fields=metrics.score');
    expect(one.json).toEqual({ id: 'a-1', metrics: { score: 1 } });
    const all = await bench.send('GET', `/v1/export?${new URLSearchParams({ filter })}`);
    expect(all.status).toBe(200);
    expect(reads()).toBe(1);
  });
});

describe('explain and allowSlow', () => {
  const explaining = (scopes: string[]) => {
    const asked: ArticleQuery[] = [];
    const bench = aBench(
      {
        articles: {
          list: async (_, query) => {
            asked.push(query);
            return { ...EMPTY, ...(query.explain ? { plan: PLAN } : {}) };
          },
        },
      },
      { authenticate: async () => ({ subject: 's', scopes: new Set(scopes) }) },
    );
    const send = (method: string, path: string, body?: unknown) =>
      bench.send(method, path, body, { authorization: 'Bearer t' });
    return { asked, send };
  };

  it('tell an administrator how the page was found', async () => {
    const { send, asked } = explaining(['admin']);
    const got = await send('GET', '/v1/articles?explain=true&allowSlow=true');
    expect(got.json).toEqual({ articles: [], explain: PLAN });
    const posted = await send('POST', '/v1/articles/query', { explain: true, allowSlow: true });
    expect(posted.json).toEqual({ articles: [], explain: PLAN });
    expect(asked).toMatchObject([
      { explain: true, allowSlow: true },
      { explain: true, allowSlow: true },
    ]);
  });

  it('are told to nobody else, and to nobody unasked', async () => {
    const { send, asked } = explaining(['articles:read']);
    expect((await send('GET', '/v1/articles?explain=true')).status).toBe(403);
    expect((await send('POST', '/v1/articles/query', { explain: true })).status).toBe(403);
    expect((await send('GET', '/v1/articles?explain=false&allowSlow=true')).json).toEqual({
      articles: [],
    });
    expect((await send('POST', '/v1/articles/query', { allowSlow: true })).status).toBe(200);
    expect(asked.map(({ explain, allowSlow }) => [explain, allowSlow])).toEqual([
      [undefined, true],
      [undefined, true],
    ]);
    expect((await send('GET', '/v1/articles?explain=yes')).status).toBe(400);
  });

  it('a query that is too costly is refused with advice', async () => {
    const detail = 'Narrow the filter.';
    const refused = new ServiceError('invalid', 'test', detail, {
      reason: 'query_too_costly',
      faults: [{ parameter: 'orderBy', code: 'query_too_costly', detail }],
    });
    const bench = aBench({
      articles: {
        list: async () => {
          throw refused;
        },
      },
    });
    const answer = await bench.send('GET', '/v1/articles?orderBy=rev,title');
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'query_too_costly', detail });
  });
});
