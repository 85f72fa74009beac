import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunction } from '../../src/cli/bundle.ts';
import { type FakeHttpService, startFakeService } from '../fakes/http-service.ts';
import { type Client, clientOf } from '../support/http.ts';
import { type Service, startService } from '../support/service.ts';
import {
  type Surroundings,
  startModule,
  surround,
  type ZippedFunction,
} from '../support/zipped.ts';
import { hostileRequests } from './hostile-tokens.ts';

let folder: string;
let service: Service;
let around: Surroundings;
let api: ZippedFunction;
let attacker: FakeHttpService;
let call: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-access-'));
  const [{ file }, started] = await Promise.all([
    bundleFunction('api', { outDir: folder, sourcemap: true }),
    startService(),
  ]);
  service = started;
  around = await surround(service.url);
  attacker = await startFakeService(() => ({ status: 200, body: { keys: [] } }));
  // All that it can log.
  api = await startModule(file, 'api', { ...around.env, LOG_LEVEL: 'debug' });
  call = clientOf(api.url);
}, 120_000);

afterAll(async () => {
  await api?.close();
  await attacker?.close();
  await around?.close();
  await service?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a hostile request', () => {
  it('is turned away, whatever it brings, and leaves nothing in the log', async () => {
    const requests = hostileRequests(around.issuer, attacker.url);
    expect(requests.length).toBeGreaterThanOrEqual(40);
    for (const { name, headers, path = '/v1/articles', status } of requests) {
      const answer = await call('GET', path, undefined, headers);
      expect([name, answer.status]).toEqual([name, status]);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(answer.text).not.toContain('canary');
    }
    // Nobody was asked for keys but the issuer.
    expect(attacker.requests).toEqual([]);
    const logged = api.logged();
    expect(logged).toContain('"status":401');
    const secrets = requests.flatMap(({ headers, path = '' }) =>
      [...Object.values(headers), path].flatMap((text) =>
        text.split(/[\s.,=?]+/).filter((piece) => piece.length >= 24),
      ),
    );
    expect(secrets.length).toBeGreaterThan(40);
    expect(secrets.filter((piece) => logged.includes(piece))).toEqual([]);
    for (const canary of ['canary-subject', 'canary-kid', 'union select', 'etc/passwd']) {
      expect(logged).not.toContain(canary);
    }
  }, 60_000);

  it('is let in with a good token, so that the others were refused for what they are', async () => {
    const authorization = `Bearer ${around.issuer.token()}`;
    expect((await call('GET', '/v1/articles', undefined, { authorization })).status).toBe(200);
  });
});

describe('a secret in a request', () => {
  const canary = (place: string): string => `canary-${place}-c0ffee`;

  it('is in no line of the log, wherever it stands and whatever becomes of it', async () => {
    const authorization = `Bearer ${around.issuer.token({ claims: { sub: canary('subject') } })}`;
    const headers = {
      authorization,
      'user-agent': canary('agent'),
      cookie: `session=${canary('cookie')}`,
      'x-forwarded-for': '203.0.113.99',
    };
    const send = (method: string, path: string, body?: unknown, more: object = {}) =>
      call(method, path, body, { ...headers, ...more });
    const article = {
      title: canary('title'),
      description: canary('description'),
      body: canary('body'),
      authors: [canary('author')],
      attributes: { secret: canary('attribute') },
    };
    const kept = await send('PUT', '/v1/articles/kept', article);
    expect(kept.status).toBe(201);
    await send('POST', '/v1/articles', article, { 'idempotency-key': canary('key') });
    await send('PUT', '/v1/articles/kept/ai-outputs/summary', {
      output: { text: canary('output') },
      producer: { parameters: { apiKey: canary('parameter') } },
    });
    await send('GET', `/v1/articles?filter=title = "${canary('filter')}"&q=${canary('words')}`);
    await send('POST', '/v1/articles/query', { filter: `title = "${canary('query')}"` });
    // Refused, in each of the ways there are.
    await send('PUT', '/v1/articles/kept', `{"title": "${canary('broken')}`);
    await send('PUT', '/v1/articles/kept', { [canary('member')]: 1, title: canary('wrong') });
    await send('PUT', '/v1/articles/kept', { title: `${canary('nul')}\0` });
    await send('GET', `/v1/articles?${canary('name')}=1`);
    await send('GET', `/v1/articles?pageToken=${canary('token')}`);
    await send('GET', '/v1/articles/kept', undefined, { 'if-match': canary('tag') });
    // Failing, in the stores.
    for (const fault of [
      { service: 'data-api', error: 'BadRequestException', httpStatus: 400, count: 2 },
      { service: 'data-api', error: 'InternalServerErrorException', httpStatus: 500, count: 4 },
      { service: 'dynamodb', error: 'ValidationException', httpStatus: 400, count: 2 },
      { service: 'dynamodb', error: 'InternalServerError', httpStatus: 500, count: 8 },
    ]) {
      const control = clientOf(service.url);
      expect((await control('POST', '/__local/faults', fault)).status).toBe(201);
      await send('PUT', '/v1/articles/fails', { ...article, title: canary('failing') });
      await send('GET', `/v1/articles?filter=title = "${canary('failing-filter')}"`);
      await send('PUT', '/v1/articles/kept/ai-outputs/other', { output: canary('failing-output') });
      await control('DELETE', '/__local/faults');
    }
    const logged = api.logged();
    expect(logged).toMatch(/"status":5\d\d/);
    const found = [...logged.matchAll(/canary-[a-z-]+-c0ffee/g)].map(([text]) => text);
    expect(found).toEqual([]);
    expect(logged).not.toContain('203.0.113.99');
  }, 60_000);
});
