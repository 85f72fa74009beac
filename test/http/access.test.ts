import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../src/domain/index.ts';
import { ROUTES } from '../../src/http/index.ts';
import { anArticle } from '../fakes/tandem.ts';
import { aBench, type Bench } from './support.ts';

const found = { articles: { get: async () => ({ article: anArticle(), degraded: [] }) } };

/** A bench whose tokens are lists of scopes; `bad` is none. */
function guarded(): Bench {
  return aBench(found, {
    authenticate: async (token) => {
      if (token === 'bad') throw new ServiceError('unauthenticated', 'jwt', 'Expired.');
      if (token === 'later') throw new ServiceError('unavailable', 'jwt', 'No keys now.');
      return { subject: 's', scopes: new Set(token.replaceAll('.', ':').split('~')) };
    },
  });
}

const get = (bench: Bench, authorization?: string, method = 'GET') =>
  bench.send(method, '/v1/articles/a-1', undefined, authorization ? { authorization } : {});

describe('access', () => {
  it('is open where nothing checks tokens', async () => {
    expect((await get(aBench(found), 'Basic x')).status).toBe(200);
  });

  it.each([
    [undefined, 401, 'Bearer'],
    ['Basic dTpw', 401, 'Bearer'],
    ['Bearer', 401, 'Bearer error="invalid_token"'],
    ['Bearer a b', 401, 'Bearer error="invalid_token"'],
    ['Bearer bad', 401, 'Bearer error="invalid_token"'],
    ['Bearer articles.write', 403, 'Bearer error="insufficient_scope"'],
    ['Bearer articles.read', 200, null],
    ['bearer  articles.read~x', 200, null],
    ['Bearer admin', 200, null],
  ])('with %s is answered %i', async (authorization, status, challenge) => {
    const answer = await get(guarded(), authorization);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([status, challenge]);
    if (status === 403) expect(answer.json.code).toBe('insufficient_scope');
  });

  it('waits for keys that cannot be had now', async () => {
    expect((await get(guarded(), 'Bearer later')).status).toBe(503);
  });

  it('needs a scope on every route but the open ones', async () => {
    const open: string[] = [];
    for (const { method, path, access, takes } of ROUTES) {
      const url = path
        .replace('{id}', 'a-1')
        .replace('{kind}', 'cites')
        .replace('{name}', 'score')
        .replace('{runId}', 'r-1')
        .replace('{otherId}', 'a-2');
      const send = (token?: string) =>
        guarded().send(
          method,
          url,
          takes && {},
          token === undefined ? {} : { authorization: `Bearer ${token}` },
        );
      if (access === 'open') {
        open.push(path);
        continue;
      }
      expect([path, (await send()).status]).toEqual([path, 401]);
      expect([path, (await send('none')).status]).toEqual([path, 403]);
      const read = await send('articles.read');
      expect([method, path, read.status === 403]).toEqual([
        method,
        path,
        access !== 'articles:read',
      ]);
      const write = await send('articles.write');
      expect([method, path, write.status === 403]).toEqual([
        method,
        path,
        access !== 'articles:write',
      ]);
    }
    expect(open).toEqual(['/health', '/ready', '/openapi.json', '/docs']);
  });

  it('asks nobody who they are where there is nothing', async () => {
    expect((await guarded().send('GET', '/v1/nothing')).status).toBe(404);
    expect((await guarded().send('OPTIONS', '/v1/articles')).status).toBe(204);
  });

  it('believes whoever let the request through', async () => {
    const send = (scopes: string[]) =>
      aBench(found).send(
        'GET',
        '/v1/articles/a-1',
        undefined,
        {},
        {
          caller: { subject: 's', scopes: new Set(scopes) },
        },
      );
    expect((await send(['articles:read'])).status).toBe(200);
    expect((await send([])).status).toBe(403);
  });
});
