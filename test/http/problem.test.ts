import { describe, expect, it } from 'vitest';
import { type ErrorCode, ServiceError, type ServiceErrorOptions } from '../../src/domain/index.ts';
import type { Answer } from '../support/http.ts';
import { aBench, type Bench } from './support.ts';

function failingWith(error: unknown): Bench {
  return aBench({
    articles: {
      get: async () => {
        throw error;
      },
    },
  });
}

async function answerTo(code: ErrorCode, options?: ServiceErrorOptions): Promise<Answer> {
  const error = new ServiceError(code, 'x.y', 'In plain words.', options);
  return failingWith(error).send('GET', '/v1/articles/a-1');
}

describe('a problem document', () => {
  it.each([
    ['invalid', 400],
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['not_found', 404],
    ['conflict', 409],
    ['gone', 410],
    ['precondition_failed', 412],
    ['too_large', 413],
    ['unprocessable', 422],
    ['throttled', 429],
    ['unavailable', 503],
    ['timeout', 504],
  ] as const)('of %s has the status %i', async (code, status) => {
    const answer = await answerTo(code);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({
      type: 'about:blank',
      title: expect.any(String),
      status,
      detail: 'In plain words.',
      instance: '/v1/articles/a-1',
      code,
    });
  });

  it('tells the finer word, the faults and the details', async () => {
    const faults = [{ pointer: '/a', position: 3, code: 'c', detail: 'd', suggestion: 's' }];
    const answer = await answerTo('conflict', {
      reason: 'finer',
      faults,
      details: { existing: 'b' },
    });
    expect(answer.json).toMatchObject({ code: 'finer', errors: faults, existing: 'b' });
  });

  it.each([
    ['unavailable', { retryAfterSeconds: 14.2 }, '15'],
    ['unavailable', { retryAfterSeconds: 0 }, '1'],
    ['unavailable', {}, '2'],
    ['throttled', {}, '1'],
    ['conflict', { retryAfterSeconds: 1 }, '1'],
    ['timeout', {}, null],
    ['not_found', {}, null],
  ] as const)('of %s with %o says Retry-After %s', async (code, options, seconds) => {
    expect((await answerTo(code, options)).headers.get('retry-after')).toBe(seconds);
  });

  it.each([
    ['an error of the language', new TypeError('secret: select * from article')],
    ['a vendor’s error', Object.assign(new Error('secret'), { name: 'BadRequestException' })],
    ['an internal error of ours', new ServiceError('internal', 'x.y', 'secret')],
    ['what is no error at all', 'secret'],
  ])('of %s tells its request id alone, and somebody hears of it', async (_, error) => {
    const bench = failingWith(error);
    const headers = { 'x-request-id': 'r-1' };
    const answer = await bench.send('GET', '/v1/articles/a-1', undefined, headers);
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ code: 'internal', requestId: 'r-1' });
    expect(answer.text).not.toMatch(/secret|TypeError|BadRequest|\.ts/);
    expect(bench.observed).toEqual([{ kind: 'fault', op: 'http /v1/articles/{id}', error }]);
  });

  it('is nobody’s fault where it is the caller’s', async () => {
    const bench = failingWith(new ServiceError('not_found', 'x', 'no'));
    await bench.send('GET', '/v1/articles/a-1');
    await bench.send('POST', '/v1/articles/a-1');
    await bench.send('GET', '/v1/articles/%zz');
    expect(bench.observed).toEqual([]);
  });

  it('names its path as a URI, whatever came', async () => {
    const answer = await aBench().send('GET', '/v1/articles/%zz"<x>');
    expect(answer.json.instance).toBe('/v1/articles/%25zz%22%3Cx%3E');
  });

  it('tells a hundred faults and no more', async () => {
    const topics = Array.from({ length: 200 }, () => 7);
    const answer = await aBench().send('POST', '/v1/articles', { title: 't', topics });
    expect(answer.json.errors).toHaveLength(100);
  });
});

describe('the deadline', () => {
  const never = (): Promise<never> => new Promise(() => undefined);

  it('comes 28 s after the request, or earlier where less time is given', async () => {
    for (const [given, expected] of [
      [undefined, 28_000],
      [5_000, 5_000],
      [60_000, 28_000],
      [-5, -5],
    ] as const) {
      const deadlines: number[] = [];
      const bench = aBench({
        articles: {
          get: async (ctx) => {
            deadlines.push(ctx.deadlineMs - bench.clock.now());
            throw new ServiceError('not_found', 'x', 'no');
          },
        },
      });
      const env = given === undefined ? {} : { deadlineMs: bench.clock.now() + given };
      await bench.send('GET', '/v1/articles/a-1', undefined, {}, env);
      expect(deadlines).toEqual([expected]);
    }
  });

  it('aborts the signal and answers 504 for a facade that does not', async () => {
    const signals: AbortSignal[] = [];
    const bench = aBench({
      articles: {
        get: (ctx) => {
          signals.push(ctx.signal);
          return never();
        },
      },
    });
    const pending = bench.send('GET', '/v1/articles/a-1');
    await expect.poll(() => signals.length).toBe(1);
    bench.clock.advance(27_999);
    await Promise.resolve();
    expect(signals[0]?.aborted).toBe(false);
    bench.clock.advance(1);
    await expect.poll(() => signals[0]?.aborted).toBe(true);
    await new Promise(setImmediate);
    bench.clock.advance(500);
    const answer = await pending;
    expect([answer.status, answer.json.code]).toEqual([504, 'timeout']);
  });

  it('leaves the layers below their own last words', async () => {
    const bench = aBench({
      articles: {
        get: (ctx) =>
          new Promise((_, reject) => {
            ctx.signal.addEventListener('abort', () =>
              reject(new ServiceError('unavailable', 'x', 'no', { reason: 'aurora_asleep' })),
            );
          }),
      },
    });
    const pending = bench.send('GET', '/v1/articles/a-1');
    await expect.poll(() => bench.calls.length).toBe(1);
    bench.clock.advance(28_000);
    expect((await pending).json.code).toBe('aurora_asleep');
  });
});

describe('preferences', () => {
  async function told(
    method: string,
    path: string,
    prefer: string | undefined,
    body?: unknown,
  ): Promise<[waitMs: number | undefined, strict: boolean | undefined, applied: string | null]> {
    let waitMs: number | undefined;
    let strict: boolean | undefined;
    const bench = aBench({
      articles: {
        get: async (ctx, _, wanted) => {
          ({ waitMs } = ctx);
          ({ strict } = wanted);
          throw new ServiceError('not_found', 'x', 'no');
        },
        list: async (ctx, _, wanted) => {
          ({ waitMs } = ctx);
          ({ strict } = wanted);
          return { views: [], degraded: [] };
        },
        remove: async (ctx) => {
          ({ waitMs } = ctx);
        },
      },
    });
    const headers = prefer === undefined ? {} : { prefer };
    const answer = await bench.send(method, path, body, headers as Record<string, string>);
    return [waitMs, strict, answer.headers.get('preference-applied')];
  }

  it.each([
    [undefined, 0, false, null],
    ['wait=10', 10_000, false, 'wait=10'],
    ['wait=60', 25_000, false, 'wait=25'],
    ['wait=0', 0, false, 'wait=0'],
    ['wait=-1', 0, false, null],
    ['wait=soon', 0, false, null],
    ['handling=strict', 0, true, 'handling=strict'],
    ['handling=lenient', 0, false, 'handling=lenient'],
    ['Handling="strict"; x=1, WAIT=3', 3_000, true, 'handling=strict, wait=3'],
    ['wait=3, wait=9', 3_000, false, 'wait=3'],
    ['respond-async, return=minimal', 0, false, null],
  ])('of a GET are read from %s', async (prefer, waitMs, strict, applied) => {
    expect(await told('GET', '/v1/articles/a-1', prefer)).toEqual([waitMs, strict, applied]);
  });

  it('let a write wait 25 s unless they say otherwise, and a query not', async () => {
    expect((await told('DELETE', '/v1/articles/a-1', undefined))[0]).toBe(25_000);
    expect((await told('DELETE', '/v1/articles/a-1', 'wait=2'))[0]).toBe(2_000);
    expect((await told('POST', '/v1/articles/query', undefined, {}))[0]).toBe(0);
    expect(await told('POST', '/v1/articles/query', 'handling=strict', {})).toEqual([
      0,
      true,
      'handling=strict',
    ]);
  });
});
