import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf } from '../support/http.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let call: Client;
let count = 0;

/** An id nobody else uses. */
const fresh = (): string => `a-${process.pid}-${Date.now().toString(36)}-${count++}`;

beforeAll(async () => {
  service = await startService();
  call = clientOf(service.url);
});

afterAll(async () => {
  await service?.stop();
});

describe('an article over HTTP', () => {
  it('is created by POST with an id of its own, a Location and an ETag', async () => {
    const made = await call('POST', '/v1/articles', { title: 'Harbour' });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      title: 'Harbour',
      rev: 1,
      authors: [],
      topics: [],
      attributes: {},
      metrics: {},
    });
    expect(made.json.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(made.headers.get('location')).toMatch(new RegExp(`/v1/articles/${made.json.id}$`));
    expect(made.headers.get('etag')).toMatch(/^"r1-/);
    expect(made.json.ingestedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$/);
    expect(made.json).not.toHaveProperty('body');
    expect(made.json).not.toHaveProperty('aiOutputs');
  });

  it('keeps every member, told back in full', async () => {
    const id = fresh();
    const input = {
      title: 'جسر الميناء 🌉',
      description: 'd',
      url: `https://News.example/${id}?a=1#part`,
      language: 'ar',
      section: 'local',
      source: { key: 'news.example', name: 'News' },
      authors: ['Ada', 'Böll'],
      topics: ['bridges', { key: 'ada', name: 'Ada', type: 'person', weight: 0.25 }],
      publishedAt: '2026-03-01T12:00:00.123456+02:00',
      attributes: { a: { b: [1, 2.5, null] }, 'ключ 🗝': 'x' },
      body: 'Once.\nTwice.',
    };
    const put = await call('PUT', `/v1/articles/${id}`, input);
    expect(put.status).toBe(201);
    const got = await call('GET', `/v1/articles/${id}?fields=*,body`);
    expect(got.status).toBe(200);
    expect(got.json).toMatchObject({
      ...input,
      id,
      publishedAt: '2026-03-01T10:00:00.123456Z',
      topics: [
        { key: 'bridges', name: 'bridges', type: 'topic', weight: 1 },
        { key: 'ada', name: 'Ada', type: 'person', weight: 0.25 },
      ],
    });
  });

  it('changes nothing when the same content is put again', async () => {
    const id = fresh();
    const input = { title: 'T', topics: ['x', 'y'], attributes: { n: 1 }, body: 'B' };
    const first = await call('PUT', `/v1/articles/${id}`, input);
    const again = await call('PUT', `/v1/articles/${id}`, input);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.json).toEqual(first.json);
    const changed = await call('PUT', `/v1/articles/${id}`, { ...input, body: 'C' });
    expect(changed.json.rev).toBe(2);
  });

  it('keeps digits of numbers in attributes', async () => {
    const id = fresh();
    const digits = '1234567890123456789012345678901234567890';
    await call('PUT', `/v1/articles/${id}`, `{"title":"n","attributes":{"n":${digits}}}`);
    expect((await call('GET', `/v1/articles/${id}`)).text).toContain(digits);
  });

  it('answers 404 for an unknown id and 400 for an impossible one', async () => {
    expect((await call('GET', '/v1/articles/nobody-here')).status).toBe(404);
    for (const id of ['-x', 'a%2Fb', 'a%00b', 'a'.repeat(129), '%E0%A4%A']) {
      expect([id, (await call('GET', `/v1/articles/${id}`)).status]).toEqual([id, 400]);
    }
    expect((await call('PUT', '/v1/articles/batch', { title: 'x' })).status).not.toBe(201);
  });

  it('refuses a taken id and a taken url, naming the article', async () => {
    const [a, b] = [fresh(), fresh()];
    await call('PUT', `/v1/articles/${a}`, { title: 'A', url: `https://x.example/${a}` });
    const byId = await call('POST', '/v1/articles', { id: a, title: 'again' });
    expect(byId.status).toBe(409);
    expect(byId.json).toMatchObject({ code: 'conflict', existing: a });
    const byUrl = await call('PUT', `/v1/articles/${b}`, {
      title: 'B',
      url: `HTTPS://X.example:443/${a}#top`,
    });
    expect(byUrl.status).toBe(409);
    expect(byUrl.json.existing).toBe(a);
    await call('PUT', `/v1/articles/${b}`, { title: 'B' });
    const byPatch = await call('PATCH', `/v1/articles/${b}`, { url: `https://x.example/${a}` });
    expect(byPatch.status).toBe(409);
  });

  it('merges patches at every depth and loses none of many at once', async () => {
    const id = fresh();
    await call('PUT', `/v1/articles/${id}`, {
      title: 'P',
      attributes: { a: { keep: 1, drop: 2 } },
      description: 'gone soon',
    });
    const patched = await call('PATCH', `/v1/articles/${id}`, {
      description: null,
      attributes: { a: { drop: null, add: { deep: [1] } }, '🦊': true },
    });
    expect(patched.status).toBe(200);
    expect(patched.json.attributes).toEqual({ a: { keep: 1, add: { deep: [1] } }, '🦊': true });
    expect(patched.json).not.toHaveProperty('description');
    const patches = Array.from({ length: 20 }, (_, n) =>
      call('PATCH', `/v1/articles/${id}`, { attributes: { [`p${n}`]: n } }),
    );
    expect(new Set((await Promise.all(patches)).map(({ status }) => status))).toEqual(
      new Set([200]),
    );
    const end = await call('GET', `/v1/articles/${id}`);
    for (let n = 0; n < 20; n++) expect(end.json.attributes[`p${n}`]).toBe(n);
    expect(end.json.rev).toBe(22);
  });

  it('takes no patch as plain JSON', async () => {
    const id = fresh();
    await call('PUT', `/v1/articles/${id}`, { title: 'P' });
    const refused = await call('PATCH', `/v1/articles/${id}`, '{"title":"Q"}', {
      'content-type': 'application/json',
    });
    expect(refused.status).toBe(415);
  });

  it('is gone after a delete, with everything on it, and frees its url', async () => {
    const [a, b] = [fresh(), fresh()];
    const url = `https://x.example/${a}`;
    await call('PUT', `/v1/articles/${a}`, { title: 'A', url, body: 'text' });
    await call('PUT', `/v1/articles/${b}`, { title: 'B' });
    await call('PUT', `/v1/articles/${a}/relations/cites/${b}`, {});
    await call('PUT', `/v1/articles/${a}/ai-outputs/summary`, { output: { text: 's' } });
    expect((await call('DELETE', `/v1/articles/${a}`)).status).toBe(204);
    for (const [method, path, body] of [
      ['GET', ''],
      ['DELETE', ''],
      ['PUT', '', { title: 'x' }],
      ['PATCH', '', { title: 'x' }],
      ['GET', '/ai-outputs'],
      ['GET', '/ai-outputs/summary'],
      ['GET', '/ai-outputs/summary/versions'],
      ['PUT', '/ai-outputs/summary', { output: 1 }],
      ['DELETE', '/ai-outputs/summary'],
      ['GET', '/relations'],
      ['GET', '/related'],
      ['PUT', `/relations/cites/${b}`, {}],
    ] as const) {
      const answer = await call(method, `/v1/articles/${a}${path}`, body);
      expect([method, path, answer.status]).toEqual([method, path, 410]);
    }
    expect((await call('POST', '/v1/articles', { id: a, title: 'x' })).status).toBe(410);
    expect((await call('PUT', `/v1/articles/${b}`, { title: 'B', url })).status).toBe(200);
    expect((await call('GET', `/v1/articles/${b}/relations`)).json.relations).toEqual([]);
    const batch = await call('POST', '/v1/articles/batch', { articles: [{ id: a, title: 'x' }] });
    expect(batch.json.results[0]).toMatchObject({
      id: a,
      status: 'error',
      error: { code: 'gone' },
    });
  });

  it('compares If-Match by revision alone and answers 304 to If-None-Match', async () => {
    const id = fresh();
    const made = await call('PUT', `/v1/articles/${id}`, { title: 'A' });
    const etag = made.headers.get('etag') ?? '';
    const got = await call('GET', `/v1/articles/${id}`);
    const same = await call('GET', `/v1/articles/${id}`, undefined, {
      'if-none-match': got.headers.get('etag') ?? '',
    });
    expect([same.status, same.text]).toEqual([304, '']);
    const withOutputs = await call('GET', `/v1/articles/${id}?include=summary`);
    expect(withOutputs.headers.get('etag')).not.toBe(got.headers.get('etag'));
    const put = await call('PUT', `/v1/articles/${id}`, { title: 'B' }, { 'if-match': etag });
    expect(put.status).toBe(200);
    for (const [method, body] of [
      ['PUT', { title: 'C' }],
      ['PATCH', { title: 'C' }],
      ['DELETE', undefined],
    ] as const) {
      const late = await call(method, `/v1/articles/${id}`, body, { 'if-match': etag });
      expect([method, late.status]).toEqual([method, 412]);
    }
    const absent = await call(
      'PUT',
      `/v1/articles/${fresh()}`,
      { title: 'x' },
      { 'if-match': '"r1-x"' },
    );
    expect(absent.status).toBe(412);
  });

  it('replays a keyed POST, refuses the key with another body', async () => {
    const key = fresh();
    const id = fresh();
    const headers = { 'idempotency-key': key };
    const first = await call('POST', '/v1/articles', { id, title: 'K' }, headers);
    await call('PATCH', `/v1/articles/${id}`, { title: 'changed' });
    const again = await call('POST', '/v1/articles', { id, title: 'K' }, headers);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const other = await call('POST', '/v1/articles', { id, title: 'L' }, headers);
    expect(other.status).toBe(422);
    const bad = await call(
      'POST',
      '/v1/articles',
      { title: 'K' },
      { 'idempotency-key': 'x'.repeat(256) },
    );
    expect(bad.status).toBe(400);
    const many = await Promise.all(
      Array.from({ length: 8 }, () =>
        call('POST', '/v1/articles', { title: 'once' }, { 'idempotency-key': `${key}-2` }),
      ),
    );
    const ids = new Set(many.filter(({ status }) => status === 201).map(({ json }) => json.id));
    expect(ids.size).toBe(1);
    for (const { status } of many) expect([201, 409]).toContain(status);
  });
});

describe('a batch of articles', () => {
  it('judges each item alone, in order', async () => {
    const [a, b] = [fresh(), fresh()];
    await call('PUT', `/v1/articles/${b}`, { title: 'B', url: `https://x.example/${b}` });
    const answer = await call('POST', '/v1/articles/batch', {
      articles: [
        { id: a, title: 'A' },
        { title: 'no id' },
        { id: fresh() },
        { id: a, title: 'again' },
        { id: b, title: 'B', url: `https://x.example/${b}` },
        { id: fresh(), title: 'url', url: `https://x.example/${b}` },
        { id: fresh(), title: 'ok', unknown: 1 },
        { id: fresh(), title: 'fine' },
        7,
      ],
    });
    expect(answer.status).toBe(200);
    const statuses = answer.json.results.map((result: { status: string }) => result.status);
    expect(statuses).toEqual([
      'created',
      'error',
      'error',
      'error',
      'unchanged',
      'error',
      'error',
      'created',
      'error',
    ]);
    expect(answer.json.results[5].error.code).toBe('conflict');
    for (const result of answer.json.results) {
      if (result.status === 'error') expect(result.error.detail).toBeTypeOf('string');
    }
  });

  it('takes 500 and refuses 501', async () => {
    const run = fresh();
    const articles = Array.from({ length: 501 }, (_, n) => ({ id: `${run}-${n}`, title: `t${n}` }));
    expect((await call('POST', '/v1/articles/batch', { articles })).status).toBe(400);
    const most = await call('POST', '/v1/articles/batch', { articles: articles.slice(0, 500) });
    expect(most.status).toBe(200);
    expect(most.json.results).toHaveLength(500);
    expect(most.json.results.every((r: { status: string }) => r.status === 'created')).toBe(true);
    expect((await call('POST', '/v1/articles/batch', { articles: [] })).json).toEqual({
      results: [],
    });
  });
});

describe('bad input', () => {
  const cases: [name: string, body: unknown, pointer: string | undefined][] = [
    ['no title', {}, '/title'],
    ['an empty title', { title: '' }, '/title'],
    ['a title too long', { title: '😀'.repeat(1001) }, '/title'],
    ['a NUL in the title', { title: 'a\0b' }, '/title'],
    ['a NUL deep in attributes', { title: 't', attributes: { a: ['\0'] } }, undefined],
    ['a lone surrogate', '{"title":"\\ud800"}', '/title'],
    ['a member of the server', { title: 't', rev: 3 }, '/rev'],
    ['an unknown member', { titel: 't', title: 't' }, '/titel'],
    ['a weight over 1', { title: 't', topics: [{ key: 'a', weight: 1.5 }] }, '/topics/0/weight'],
    ['a url of another scheme', { title: 't', url: 'ftp://x.example/' }, '/url'],
    ['a time without offset', { title: 't', publishedAt: '2026-01-01T00:00:00' }, '/publishedAt'],
    ['a day that is none', { title: 't', publishedAt: '2026-02-30T00:00:00Z' }, '/publishedAt'],
    ['a language that is none', { title: 't', language: 'not a tag' }, '/language'],
    ['attributes that are no object', { title: 't', attributes: [] }, '/attributes'],
    ['an id that breaks the rule', { id: 'a b', title: 't' }, '/id'],
    ['a member given twice', '{"title":"a","title":"b"}', '/title'],
    ['no JSON', '{"title":', undefined],
    ['a list', [], undefined],
  ];
  it.each(cases)('is refused with its place: %s', async (_, body, pointer) => {
    const answer = await call('POST', '/v1/articles', body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.json).toMatchObject({ status: 400, code: expect.any(String) });
    if (pointer) expect(answer.json.errors[0].pointer).toBe(pointer);
  });

  it('suggests the name that was meant', async () => {
    const member = await call('POST', '/v1/articles', { title: 't', langage: 'en' });
    expect(member.json.errors[0].suggestion).toBe('language');
    const parameter = await call('GET', '/v1/articles?pagesize=5');
    expect(parameter.status).toBe(400);
    expect(parameter.json.errors[0]).toMatchObject({
      parameter: 'pagesize',
      suggestion: 'pageSize',
    });
    const twice = await call('GET', '/v1/articles?pageSize=5&pageSize=6');
    expect(twice.status).toBe(400);
  });

  it('takes a title of 1,000 code points and null as absent', async () => {
    const answer = await call('POST', '/v1/articles', {
      title: '😀'.repeat(1000),
      description: null,
      topics: null,
    });
    expect(answer.status).toBe(201);
    expect(answer.json).not.toHaveProperty('description');
  });

  it('knows its methods, types and sizes', async () => {
    const method = await call('POST', '/v1/articles/some-id', { title: 'x' });
    expect(method.status).toBe(405);
    expect(method.headers.get('allow')).toMatch(/GET/);
    expect((await call('GET', '/v1/nothing')).status).toBe(404);
    const type = await call('POST', '/v1/articles', 'title=x', { 'content-type': 'text/plain' });
    expect(type.status).toBe(415);
    const accept = await call('GET', '/v1/articles', undefined, { accept: 'text/html' });
    expect(accept.status).toBe(406);
    const large = await call('POST', '/v1/articles', {
      title: 't',
      body: 'x'.repeat(5 * 1024 * 1024),
    });
    expect(large.status).toBe(413);
    const body = await call('POST', '/v1/articles', {
      title: 't',
      body: 'x'.repeat(1024 * 1024 + 1),
    });
    expect(body.status).toBe(413);
    const utf8 = await call('POST', '/v1/articles', new Uint8Array([0x22, 0xff, 0x22]));
    expect(utf8.status).toBe(400);
  });

  it('tells its request id and the time in each store, on errors too', async () => {
    const answer = await call('GET', '/v1/articles/nobody-here', undefined, {
      'x-request-id': 'mine-1',
    });
    expect(answer.headers.get('x-request-id')).toBe('mine-1');
    expect(answer.headers.get('server-timing')).toMatch(/aurora;dur=[\d.]+.*dynamodb;dur=[\d.]+/);
  });
});
