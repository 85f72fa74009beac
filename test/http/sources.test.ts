import { describe, expect, it } from 'vitest';
import { JsonText, type KnownSource } from '../../src/domain/index.ts';
import { aBench } from './support.ts';

const stored = (members: Partial<KnownSource> = {}): KnownSource => ({
  key: 'a',
  name: 'A',
  attributes: new JsonText('{}'),
  articles: 3,
  rev: 2,
  ...members,
});

const benchOf = () =>
  aBench({
    vocabulary: {
      source: async () => stored(),
      putSource: async (_, key, profile) => ({
        source: stored({ key, ...profile }),
        created: true,
      }),
      sources: async () => ({ items: [stored()], next: ['a'] }),
      topics: async () => ({
        items: [{ key: 't', name: 'T', type: 'topic', articles: 1 }],
        next: ['t'],
      }),
    },
  });

describe('PUT /v1/sources/{key}', () => {
  it('gives the profile on as it was written, its tags in their usual case', async () => {
    const bench = benchOf();
    const answer = await bench.send(
      'PUT',
      '/v1/sources/le%20monde%2F%C3%A9dition',
      '{"name":"Le Monde","homepage":"https://x.example","country":"FR","language":"FR-fr","attributes":{"n":1.50}}',
    );
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/v1/sources/le%20monde%2F%C3%A9dition');
    expect(answer.headers.get('etag')).toMatch(/^"r2-[\w-]{16}"$/);
    expect(answer.text).toBe(
      '{"key":"le monde/édition","name":"Le Monde","homepage":"https://x.example","country":"FR",' +
        '"language":"fr-FR","attributes":{"n":1.50},"articles":3}',
    );
    expect(bench.calls).toMatchObject([
      {
        method: 'vocabulary.putSource',
        args: ['le monde/édition', { name: 'Le Monde' }, undefined],
      },
    ]);
  });

  it('takes null for absent', async () => {
    const bench = benchOf();
    const body = { name: 'A', homepage: null, country: null, language: null, attributes: null };
    expect((await bench.send('PUT', '/v1/sources/a', body)).status).toBe(201);
    expect(bench.calls[0]?.args[1]).toEqual({ name: 'A', attributes: new JsonText('{}') });
  });

  it.each<[unknown, string, string, string?]>([
    [{}, '/name', 'required'],
    [{ name: null }, '/name', 'required'],
    [{ name: '' }, '/name', 'too_short'],
    [{ name: 'x'.repeat(257) }, '/name', 'too_long'],
    ['{"name":"a\\u0000"}', '/name', 'nul'],
    [{ name: 'A', homepage: 'x.example' }, '/homepage', 'malformed', 'https://x.example'],
    [{ name: 'A', homepage: 'ftp://x.example' }, '/homepage', 'malformed'],
    [{ name: 'A', country: 'gb' }, '/country', 'invalid_country', 'GB'],
    [{ name: 'A', country: 'UK' }, '/country', 'invalid_country', 'GB'],
    [{ name: 'A', country: 'XX' }, '/country', 'invalid_country'],
    [{ name: 'A', country: 'GBR' }, '/country', 'invalid_country'],
    [{ name: 'A', language: 'english please' }, '/language', 'invalid_language'],
    [{ name: 'A', attributes: [] }, '/attributes', 'wrong_type'],
    ['{"name":"A","attributes":{"a":{"b":"\\u0000"}}}', '/attributes/a/b', 'nul'],
    [{ name: 'A', attributes: { a: 'x'.repeat(16_384) } }, '/attributes', 'too_long'],
    [{ name: 'A', homepag: 'https://x.example' }, '/homepag', 'unknown_member', 'homepage'],
    [{ name: 'A', articles: 1 }, '/articles', 'server_set'],
    [{ name: 'A', key: 'a' }, '/key', 'server_set'],
    [[], '', 'wrong_type'],
  ])('refuses %j', async (body, pointer, code, suggestion) => {
    const bench = benchOf();
    const refused = await bench.send('PUT', '/v1/sources/a', body);
    expect(refused.status).toBe(400);
    expect(refused.json.errors[0]).toMatchObject({ pointer, code });
    expect(refused.json.errors[0].suggestion).toBe(suggestion);
    expect(bench.calls).toEqual([]);
  });

  it.each(['%00', 'a%0Ab', 'x'.repeat(257), '%ff'])('refuses the key %s', async (key) => {
    const refused = await benchOf().send('PUT', `/v1/sources/${key}`, { name: 'A' });
    expect(refused.status).toBe(400);
    expect(refused.json.errors).toMatchObject([{ parameter: 'key' }]);
  });

  it('is guarded by If-Match and If-None-Match', async () => {
    const guard = async (headers: Record<string, string>) => {
      const bench = benchOf();
      await bench.send('PUT', '/v1/sources/a', { name: 'A' }, headers);
      return bench.calls.find(({ method }) => method === 'vocabulary.putSource')?.args[2];
    };
    expect(await guard({ 'if-match': '"r7-abc"' })).toBe(7);
    expect(await guard({ 'if-match': 'W/"r7"' })).toBe(-1);
    expect(await guard({ 'if-match': '*' })).toBeUndefined();
    expect(await guard({ 'if-none-match': '*' })).toBe(0);
  });

  it('needs admin, while reading needs the scope to read', async () => {
    const as = (scope: string) => ({ caller: { subject: 's', scopes: new Set([scope]) } });
    const put = (scope: string) =>
      benchOf().send('PUT', '/v1/sources/a', { name: 'A' }, {}, as(scope));
    expect((await put('articles:write')).status).toBe(403);
    expect((await put('admin')).status).toBe(201);
    for (const path of ['/v1/sources', '/v1/sources/a', '/v1/topics']) {
      const get = (scope: string) => benchOf().send('GET', path, undefined, {}, as(scope));
      expect((await get('articles:read')).status).toBe(200);
      expect((await get('articles:write')).status).toBe(403);
    }
  });
});

describe('GET /v1/sources/{key}', () => {
  it('answers 304 to whoever has it', async () => {
    const bench = benchOf();
    const first = await bench.send('GET', '/v1/sources/a');
    expect(first.json).toEqual({ key: 'a', name: 'A', attributes: {}, articles: 3 });
    const etag = first.headers.get('etag') ?? '';
    const again = await bench.send('GET', '/v1/sources/a', undefined, { 'if-none-match': etag });
    expect([again.status, again.text]).toEqual([304, '']);
  });
});

describe('lists of keys', () => {
  it.each(['topics', 'sources'])('bind the tokens of %s to their prefix', async (list) => {
    const bench = benchOf();
    const first = await bench.send('GET', `/v1/${list}?prefix=t&pageSize=500`);
    expect(bench.calls[0]?.args).toEqual([{ prefix: 't', pageSize: 100 }]);
    const token = first.json.nextPageToken;
    const next = await bench.send('GET', `/v1/${list}?prefix=t&pageToken=${token}`);
    expect(next.status).toBe(200);
    expect(bench.calls[1]?.args).toMatchObject([{ pageSize: 20, after: expect.any(Array) }]);
    const other = list === 'topics' ? 'sources' : 'topics';
    for (const wrong of [`${list}?`, `${list}?prefix=tt&`, `${other}?prefix=t&`]) {
      const refused = await bench.send('GET', `/v1/${wrong}pageToken=${token}`);
      expect([refused.status, refused.json.code]).toEqual([400, 'page_token_invalid']);
    }
  });

  it.each([
    ['topics?prefix=%00', 'prefix'],
    ['topics?type=a%01', 'type'],
    ['topics?pageSize=0', 'pageSize'],
    ['topics?filter=x', 'filter'],
    ['sources?type=x', 'type'],
    ['sources?prefix=%09', 'prefix'],
  ])('refuse /v1/%s', async (path, parameter) => {
    const refused = await benchOf().send('GET', `/v1/${path}`);
    expect(refused.status).toBe(400);
    expect(refused.json.errors).toMatchObject([{ parameter }]);
  });
});
