import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../src/domain/index.ts';
import { ROUTES } from '../../src/http/index.ts';
import { anArticle } from '../fakes/tandem.ts';
import { aBench } from './support.ts';

const found = { articles: { get: async () => ({ article: anArticle(), degraded: [] }) } };

describe('routing', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/nothing'],
    ['GET', '/v1/articles/'],
    ['GET', '/v1//articles'],
    ['GET', '//v1/articles'],
    ['GET', '/v1/articles/a-1/'],
    ['GET', '/v1/articles/a-1//related'],
    ['GET', '/v1/articles/a-1/related/more'],
    ['GET', '/V1/articles/a-1'],
    ['PROPFIND', '/v1/nothing'],
    ['OPTIONS', '/v1/nothing'],
    ['DELETE', '/v1/nothing'],
  ])('knows nothing at %s %s', async (method, path) => {
    const answer = await aBench().send(method, path);
    expect(answer.status).toBe(404);
    expect(answer.json).toMatchObject({ code: 'route_not_found', status: 404 });
  });

  it.each([
    ['POST', '/v1/articles/a-1', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
    ['DELETE', '/v1/articles', 'GET, HEAD, POST, OPTIONS'],
    ['PROPFIND', '/v1/articles/batch', 'POST, OPTIONS'],
    ['POST', '/v1/articles/a-1/ai-outputs', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/v1/articles/a-1/ai-outputs/summary', 'GET, HEAD, PUT, DELETE, OPTIONS'],
    ['GET', '/v1/articles/a-1/relations/cites/a-2', 'PUT, DELETE, OPTIONS'],
    ['HEAD', '/v1/ai-outputs/batch', 'POST, OPTIONS'],
    ['PUT', '/health', 'GET, HEAD, OPTIONS'],
    ['patch', '/v1/articles/a-1', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
  ])('refuses %s %s, naming what is allowed', async (method, path, allow) => {
    const answer = await aBench().send(method, path);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  });

  it('answers OPTIONS with what is allowed', async () => {
    const answer = await aBench().send('OPTIONS', '/v1/articles');
    expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
  });

  it.each([
    '-x',
    'a%2Fb',
    '..%2Fx',
    'a%00b',
    'a%20b',
    'a'.repeat(129),
    '%E0%A4%A',
    '%ff',
    '%',
    'caf%C3%A9',
    'batch',
    'query',
    'a%23b',
    'a%3Fb',
  ])('says what an id must be where it is %s', async (id) => {
    for (const [method, rest] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/related'],
      ['GET', '/ai-outputs/summary'],
    ]) {
      const answer = await aBench().send(method as string, `/v1/articles/${id}${rest}`);
      expect([answer.status, answer.json.errors[0].parameter]).toEqual([400, 'id']);
    }
  });

  it('says what a kind must be', async () => {
    for (const kind of ['Bad', 'a.b', '1a', '%', 'x'.repeat(65)]) {
      const answer = await aBench().send('GET', `/v1/articles/a-1/ai-outputs/${kind}`);
      expect([answer.status, answer.json.errors[0].parameter]).toEqual([400, 'kind']);
    }
  });

  it('takes escapes of characters that need none as the characters', async () => {
    const bench = aBench(found);
    expect((await bench.send('GET', '/v1/%61rticles/a%2D1%7E')).status).toBe(200);
    expect(bench.calls[0]?.args[0]).toBe('a-1~');
  });

  it('answers HEAD as GET, without a body', async () => {
    const bench = aBench(found);
    const get = await bench.send('GET', '/v1/articles/a-1');
    const head = await bench.send('HEAD', '/v1/articles/a-1');
    expect([head.status, head.text]).toEqual([200, '']);
    expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
    expect((await bench.send('HEAD', '/v1/nothing')).status).toBe(404);
  });

  it('refuses unknown parameters of every route under /v1, suggesting the nearest', async () => {
    for (const { method, path, query, takes } of ROUTES) {
      if (!path.startsWith('/v1')) continue;
      const url = path
        .replace('{id}', 'a-1')
        .replace('{kind}', 'cites')
        .replace('{name}', 'score')
        .replace('{otherId}', 'a-2');
      const answer = await aBench().send(method, `${url}?colour=red`, takes && {});
      expect([method, path, answer.status]).toEqual([method, path, 400]);
      expect(answer.json.errors[0]).toMatchObject({
        parameter: 'colour',
        code: 'unknown_parameter',
      });
      const [first] = query ?? [];
      if (first === undefined) continue;
      const slip = await aBench().send(method, `${url}?${first}x=1`, takes && {});
      expect(slip.json.errors[0]).toMatchObject({ parameter: `${first}x`, suggestion: first });
    }
  });

  it.each([
    ['pageSize=5&pageSize=5', 'pageSize', 'duplicate_parameter'],
    ['page%53ize=5&pageSize=5', 'pageSize', 'duplicate_parameter'],
    ['q=%zz', 'q', 'malformed_escape'],
    ['q=%ff', 'q', 'malformed_escape'],
    ['pageSize=0', 'pageSize', 'out_of_range'],
    ['pageSize=-1', 'pageSize', 'out_of_range'],
    ['pageSize=1.5', 'pageSize', 'wrong_type'],
    ['pageSize=', 'pageSize', 'wrong_type'],
    ['pageSize=%205', 'pageSize', 'wrong_type'],
    ['skip=10001', 'skip', 'out_of_range'],
    ['skip=-1', 'skip', 'out_of_range'],
    ['count=some', 'count', 'unknown_value'],
    ['include=summary,Bad', 'include', 'malformed'],
    ['include=a,,b', 'include', 'malformed'],
    ['fields=titel', 'fields', 'unknown_field'],
    ['orderBy=titel', 'orderBy', 'unknown_field'],
    ['orderBy=relevance', 'orderBy', 'not_allowed_here'],
    ['filter=titel%3D1', 'filter', 'unknown_field'],
    ['q=a%00b', 'q', 'nul'],
    [`q=${'x'.repeat(4097)}`, 'q', 'too_long'],
    ['pageToken=x', 'pageToken', 'page_token_invalid'],
    ['__proto__=1', '__proto__', 'unknown_parameter'],
  ])('refuses the list ?%s', async (search, parameter, code) => {
    const answer = await aBench().send('GET', `/v1/articles?${search}`);
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toMatchObject([{ parameter, code, detail: expect.any(String) }]);
  });

  it('leaves probes alone whatever is behind their question mark', async () => {
    expect((await aBench().send('GET', '/health?at=1&at=2')).status).toBe(200);
  });
});

describe('what every answer carries', () => {
  it('is a request id: the caller’s where it is one, else the one at hand, else a new one', async () => {
    const bench = aBench();
    const id = async (given: string | undefined, env = {}): Promise<string | null> => {
      const headers = given === undefined ? {} : { 'x-request-id': given };
      return (await bench.send('GET', '/health', undefined, headers, env)).headers.get(
        'x-request-id',
      );
    };
    expect(await id('mine-1', { requestId: 'lambda' })).toBe('mine-1');
    expect(await id('x'.repeat(128))).toBe('x'.repeat(128));
    expect(await id('x'.repeat(129), { requestId: 'lambda' })).toBe('lambda');
    expect(await id('two words')).toBe('made-1');
    expect(await id('caf\xe9')).toBe('made-2');
    expect(await id('')).toBe('made-3');
    expect(await id(undefined)).toBe('made-4');
  });

  it('tells the time in each store, on errors too, and not outside /v1', async () => {
    const bench = aBench({
      articles: {
        get: async (ctx) => {
          const call = { kind: 'store_call', operation: 'x', outcome: 'ok' } as const;
          bench.clock.advance(40);
          ctx.observe({ ...call, store: 'aurora', ms: 12.34 });
          ctx.observe({ ...call, store: 'aurora', ms: 3 });
          throw new ServiceError('not_found', 'x', 'no');
        },
        list: async (ctx) => {
          const call = { kind: 'store_call', operation: 'x', outcome: 'ok' } as const;
          bench.clock.advance(10);
          for (let n = 0; n < 5; n++) ctx.observe({ ...call, store: 'dynamodb', ms: 9 });
          ctx.observe({ ...call, store: 'aurora', ms: 0.01 });
          return { views: [], degraded: [] };
        },
      },
    });
    const timing = async (path: string): Promise<string | null> =>
      (await bench.send('GET', path)).headers.get('server-timing');
    expect(await timing('/v1/articles/a-1')).toBe('aurora;dur=15.3, dynamodb;dur=0');
    expect(await timing('/v1/articles')).toBe('aurora;dur=0.1, dynamodb;dur=11');
    expect(await timing('/v1/articles/-')).toBe('aurora;dur=0, dynamodb;dur=0');
    expect(await timing('/v1/nothing')).toBe('aurora;dur=0, dynamodb;dur=0');
    expect(await timing('/health')).toBeNull();
    expect(bench.observed.filter(({ kind }) => kind === 'store_call')).toHaveLength(8);
  });

  it('forbids guessing, framing and keeping', async () => {
    const answer = await aBench().send('GET', '/v1/nothing');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
    });
  });
});

describe('health and readiness', () => {
  it('is healthy whatever the stores do', async () => {
    const answer = await aBench().send('GET', '/health');
    expect([answer.status, answer.json]).toEqual([200, { status: 'ok' }]);
  });

  it('is ready while DynamoDB answers, however Aurora is', async () => {
    for (const aurora of ['awake', 'resuming', 'asleep', 'unknown'] as const) {
      const bench = aBench({ maintenance: { ready: async () => ({ aurora, dynamodb: 'ok' }) } });
      const answer = await bench.send('GET', '/ready');
      expect([answer.status, answer.json]).toEqual([200, { ready: true, aurora, dynamodb: 'ok' }]);
    }
  });

  it('says which store is away', async () => {
    const stores = { aurora: 'awake', dynamodb: 'unavailable' } as const;
    const answer = await aBench({ maintenance: { ready: async () => stores } }).send(
      'GET',
      '/ready',
    );
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({ ready: false, ...stores, code: 'dynamodb_unavailable' });
    expect(answer.headers.get('retry-after')).toBe('2');
  });
});
