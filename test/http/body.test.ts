import { describe, expect, it } from 'vitest';
import { createHttp } from '../../src/http/index.ts';
import { scriptedTandem, storedFrom } from '../fakes/tandem.ts';
import { aBench, manualClock } from './support.ts';

const creating = {
  articles: {
    create: async (_: unknown, input: Parameters<typeof storedFrom>[0]) => ({
      article: storedFrom(input),
      replayed: false,
    }),
    patch: async () => storedFrom({ id: 'a-1', title: 'T', authors: [], topics: [], attributes }),
  },
};
const attributes = storedFrom({
  id: 'x',
  title: 'x',
  authors: [],
  topics: [],
  attributes: undefined as never,
}).attributes;

describe('a body', () => {
  it.each([
    ['application/json', 201],
    ['application/json; charset=utf-8', 201],
    ['Application/JSON;Charset="UTF-8"', 201],
    ['application/json; profile=x', 201],
    ['application/json; charset=iso-8859-1', 415],
    ['application/merge-patch+json', 415],
    ['text/json', 415],
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['', 415],
  ])('is taken as %s with %i', async (type, status) => {
    const answer = await aBench(creating).send('POST', '/v1/articles', '{"title":"t"}', {
      'content-type': type,
    });
    expect(answer.status).toBe(status);
    if (status === 415) expect(answer.headers.get('accept')).toBe('application/json');
  });

  it.each([
    ['application/merge-patch+json', 200],
    ['application/merge-patch+json; charset=utf-8', 200],
    ['application/json', 415],
  ])('of a PATCH is taken as %s with %i', async (type, status) => {
    const answer = await aBench(creating).send('PATCH', '/v1/articles/a-1', '{}', {
      'content-type': type,
    });
    expect(answer.status).toBe(status);
    if (status === 415) {
      expect(answer.headers.get('accept-patch')).toBe('application/merge-patch+json');
    }
  });

  it.each([
    ['identity', 201],
    ['gzip', 415],
    ['br, identity', 415],
  ])('with the encoding %s is answered %i', async (encoding, status) => {
    const answer = await aBench(creating).send('POST', '/v1/articles', '{"title":"t"}', {
      'content-encoding': encoding,
    });
    expect(answer.status).toBe(status);
  });

  it('without a type is refused, and one that is not there is asked for', async () => {
    const bytes = new TextEncoder().encode('{"title":"t"}');
    expect((await aBench(creating).send('POST', '/v1/articles', bytes, {})).status).toBe(201);
    const untyped = await send(new Blob([bytes]).stream());
    expect(untyped.status).toBe(415);
    const none = await aBench().send('POST', '/v1/articles');
    expect([none.status, none.json.code]).toEqual([400, 'body_required']);
    const empty = await aBench().send('POST', '/v1/articles', '');
    expect([empty.status, empty.json.code]).toEqual([400, 'body_required']);
  });

  it.each([
    ['a byte that is no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'invalid_utf8'],
    ['half a character', new Uint8Array([0x22, 0xc3]), 'invalid_utf8'],
    ['a surrogate in UTF-8', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), 'invalid_utf8'],
    ['a byte order mark', '\ufeff{"title":"t"}', 'invalid_json'],
    ['two values', '{"title":"t"}{}', 'invalid_json'],
    ['white space alone', ' \n', 'invalid_json'],
    ['a trailing comma', '{"title":"t",}', 'invalid_json'],
    ['single quotes', "{'title':'t'}", 'invalid_json'],
    ['a raw control character', '{"title":"a\nb"}', 'invalid_json'],
  ])('is refused for %s', async (_, body, code) => {
    const answer = await aBench().send('POST', '/v1/articles', body);
    expect([answer.status, answer.json.code]).toEqual([400, code]);
    expect(answer.json.errors).toHaveLength(1);
  });

  it.each([{ a: 1 }, [['ai']], 7, true])(
    'is refused where a word out of a choice is %j',
    async (origin) => {
      const path = '/v1/articles/a-1/relations/cites/a-2';
      const answer = await aBench().send('PUT', path, { origin });
      expect([answer.status, answer.json.errors]).toEqual([
        400,
        [{ pointer: '/origin', code: 'wrong_type', detail: 'must be one of ai, editor, rule' }],
      ]);
    },
  );

  const LIMIT = 5 * 1024 * 1024;

  it('may have 5 MiB, and not a byte more', async () => {
    const article = '{"title":"t"}';
    const full = await aBench(creating).send('POST', '/v1/articles', article.padEnd(LIMIT));
    expect(full.status).toBe(201);
    const more = await aBench().send('POST', '/v1/articles', article.padEnd(LIMIT + 1));
    expect([more.status, more.json.code]).toEqual([413, 'too_large']);
  });

  it('is not read on past its limit, whatever its length claims to be', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    expect((await send(endless, { 'content-type': 'application/json' })).status).toBe(413);
    expect(sent).toBeLessThan(LIMIT + 10 * 65_536);
    let pulled = 0;
    const declared = new ReadableStream<Uint8Array>(
      { pull: () => void pulled++ },
      { highWaterMark: 0 },
    );
    const claims = { 'content-type': 'application/json', 'content-length': String(LIMIT + 1) };
    expect((await send(declared, claims)).status).toBe(413);
    expect(pulled).toBe(0);
  });

  it('that breaks off is the sender’s fault', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('reset')),
    });
    const response = await send(broken, { 'content-type': 'application/json' });
    const problem = (await response.json()) as { code: string };
    expect([response.status, problem.code]).toEqual([400, 'body_incomplete']);
  });

  function send(body: ReadableStream, headers: Record<string, string> = {}): Promise<Response> {
    const http = createHttp({
      tandem: scriptedTandem(creating),
      clock: manualClock(),
      newId: () => 'made',
      tokenKeys: ['k'],
    });
    const request = new Request('http://tandem.example/v1/articles', {
      method: 'POST',
      headers,
      body,
      duplex: 'half',
    } as RequestInit);
    return http.fetch(request);
  }
});

describe('what is accepted', () => {
  it.each([
    [undefined, 200],
    ['*/*', 200],
    ['application/*', 200],
    ['application/json', 200],
    ['text/html, */*;q=0.1', 200],
    ['APPLICATION/JSON; charset=utf-8', 200],
    ['application/problem+json, application/json', 200],
    ['', 200],
    ['text/html', 406],
    ['application/xml, text/*', 406],
    ['application/json;q=0', 406],
    ['application/json;q=0, */*', 406],
    ['*/*;q=0, application/json', 200],
    ['application/problem+json', 406],
  ])('by %s is answered %i', async (accept, status) => {
    const bench = aBench({ articles: { list: async () => ({ views: [], degraded: [] }) } });
    const headers = (accept === undefined ? {} : { accept }) as Record<string, string>;
    const answer = await bench.send('GET', '/v1/articles', undefined, headers);
    expect(answer.status).toBe(status);
    if (status === 406) {
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(bench.calls).toEqual([]);
    }
  });

  it('does not matter where nothing is sent back', async () => {
    const bench = aBench({ articles: { remove: async () => undefined } });
    const headers = { accept: 'text/html' };
    expect((await bench.send('DELETE', '/v1/articles/a-1', undefined, headers)).status).toBe(204);
  });
});
