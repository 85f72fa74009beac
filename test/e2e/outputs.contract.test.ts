import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf } from '../support/http.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let call: Client;
let count = 0;

const fresh = (): string => `o-${process.pid}-${Date.now().toString(36)}-${count++}`;

async function anArticle(): Promise<string> {
  const id = fresh();
  await call('PUT', `/v1/articles/${id}`, { title: id });
  return id;
}

/** Puts the text as it is, with what else the envelope holds. */
const putText = (path: string, text: string, rest = ''): ReturnType<Client> =>
  call('PUT', path, `{"output":${text}${rest}}`);

beforeAll(async () => {
  service = await startService();
  call = clientOf(service.url);
});

afterAll(async () => {
  await service?.stop();
});

/** The text of `output` in an answer: everything behind its name, less the brace that ends the block. */
const outputText = (answer: string): string =>
  answer.slice(answer.indexOf('"output":') + 9, answer.lastIndexOf('}'));

describe('an AI output over HTTP', () => {
  const texts: [name: string, text: string][] = [
    ['a number of 40 digits', '1234567890123456789012345678901234567890'],
    ['a number past every double', '1e400'],
    ['a member named __proto__', '{"__proto__":{"a":1},"constructor":2}'],
    ['lone escapes', '"\\ud800 \\u0000 \\udfff"'],
    ['Arabic and emoji names', '{"مقال":"نص","🦊":[1,2,{"ключ":null}]}'],
    ['odd white space and order', '{ "b" : 1 ,\n\t"a":[ ] , "b2":-0.0E+10 }'],
    ['members given twice', '{"a":1,"a":2}'],
    ['an empty string', '""'],
    ['null', 'null'],
    ['nesting of 64', `${'['.repeat(64)}1${']'.repeat(64)}`],
  ];
  it.each(texts)('reads back byte for byte: %s', async (_, text) => {
    const id = await anArticle();
    const put = await putText(`/v1/articles/${id}/ai-outputs/raw`, text);
    expect(put.status).toBe(201);
    const bytes = Buffer.from(text, 'utf8');
    expect(put.json).toMatchObject({
      articleId: id,
      kind: 'raw',
      version: 1,
      sizeBytes: bytes.byteLength,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    const got = await call('GET', `/v1/articles/${id}/ai-outputs/raw`);
    expect(outputText(got.text)).toBe(text);
    const joined = await call('GET', `/v1/articles/${id}?include=raw&fields=id`);
    expect(joined.text).toContain(`"output":${text}`);
    const listed = await call('GET', `/v1/articles?filter=id="${id}"&include=*`);
    expect(listed.text).toContain(`"output":${text}`);
  });

  it('takes 4 MiB, and not a byte more', async () => {
    const id = await anArticle();
    const text = JSON.stringify('x'.repeat(4 * 1024 * 1024 - 2));
    expect((await putText(`/v1/articles/${id}/ai-outputs/large`, text)).status).toBe(201);
    const got = await call('GET', `/v1/articles/${id}/ai-outputs/large`);
    expect(outputText(got.text) === text).toBe(true);
    const listed = await call('GET', `/v1/articles?filter=id="${id}"&include=large`);
    const block = listed.json.articles[0].aiOutputs.large;
    expect(block).toMatchObject({ status: 'omitted', version: 1, sizeBytes: 4 * 1024 * 1024 });
    expect(block).not.toHaveProperty('output');
    const more = JSON.stringify('x'.repeat(4 * 1024 * 1024 - 1));
    expect((await putText(`/v1/articles/${id}/ai-outputs/large`, more)).status).toBe(413);
  });

  it('keeps text that does not compress, in chunks', async () => {
    const id = await anArticle();
    const noise = Buffer.from(
      Array.from({ length: 600_000 }, () => Math.floor(Math.random() * 256)),
    );
    const text = JSON.stringify(noise.toString('base64'));
    await putText(`/v1/articles/${id}/ai-outputs/noise`, text);
    const got = await call('GET', `/v1/articles/${id}/ai-outputs/noise`);
    expect(outputText(got.text) === text).toBe(true);
    const byId = await call('GET', `/v1/articles/${id}?include=noise`);
    expect(byId.json.aiOutputs.noise.status).toBe('ok');
  });

  it('refuses nesting of 65, a missing output and broken JSON', async () => {
    const id = await anArticle();
    const path = `/v1/articles/${id}/ai-outputs/deep`;
    const deep = await putText(path, `${'['.repeat(65)}1${']'.repeat(65)}`);
    expect(deep.status).toBe(400);
    expect(deep.json.errors[0].pointer).toMatch(/^\/output/);
    expect((await call('PUT', path, '{}')).status).toBe(400);
    expect((await call('PUT', path, '{"output":{"a":1,}}')).status).toBe(400);
    expect((await call('PUT', path, '{"output":1,"extra":2}')).status).toBe(400);
    expect((await call('PUT', path, '{"output":1,"output":2}')).status).toBe(400);
    expect(
      (await call('PUT', `/v1/articles/${id}/ai-outputs/Bad.Kind`, { output: 1 })).status,
    ).toBe(400);
    expect((await call('GET', path)).status).toBe(404);
  });

  it('makes a version for another text or another producer, none for the same', async () => {
    const id = await anArticle();
    const path = `/v1/articles/${id}/ai-outputs/summary`;
    const producer = { name: 'summarizer', model: 'm1', parameters: { temperature: 0.1 } };
    const versions = [];
    for (const [output, by] of [
      ['a', producer],
      ['a', producer],
      ['b', producer],
      ['b', { ...producer, model: 'm2' }],
      ['a', producer],
    ] as const) {
      const put = await call('PUT', path, { output, producer: by });
      versions.push([put.status, put.json.version, put.headers.get('etag')]);
    }
    expect(versions).toEqual([
      [201, 1, '"v1"'],
      [200, 1, '"v1"'],
      [201, 2, '"v2"'],
      [201, 3, '"v3"'],
      [201, 4, '"v4"'],
    ]);
    const onlyNew = await call('PUT', `${path}?onlyNew=true`, {
      output: 'b',
      producer: { ...producer, model: 'm2' },
    });
    expect([onlyNew.status, onlyNew.json.version]).toEqual([200, 3]);
    const old = await call('GET', `${path}?version=2`);
    expect(old.json).toMatchObject({ status: 'ok', version: 2, output: 'b', producer });
    for (const version of [9, 10_000_000_000, '9007199254740992', '1'.padEnd(24, '0')]) {
      expect((await call('GET', `${path}?version=${version}`)).status).toBe(404);
    }
    expect((await call('GET', `${path}?version=0`)).status).toBe(400);
    const first = await call('GET', `${path}/versions?pageSize=3`);
    expect(first.json.versions.map((v: { version: number }) => v.version)).toEqual([4, 3, 2]);
    expect(first.json.versions[0]).not.toHaveProperty('output');
    const token = encodeURIComponent(first.json.nextPageToken);
    const second = await call('GET', `${path}/versions?pageSize=3&pageToken=${token}`);
    expect(second.json.versions.map((v: { version: number }) => v.version)).toEqual([1]);
    expect(second.json).not.toHaveProperty('nextPageToken');
  });

  it('is guarded by If-Match and If-None-Match', async () => {
    const id = await anArticle();
    const path = `/v1/articles/${id}/ai-outputs/guarded`;
    expect((await call('PUT', path, { output: 1 }, { 'if-match': '"v1"' })).status).toBe(412);
    expect((await call('PUT', path, { output: 1 }, { 'if-none-match': '*' })).status).toBe(201);
    expect((await call('PUT', path, { output: 2 }, { 'if-none-match': '*' })).status).toBe(412);
    expect((await call('PUT', path, { output: 2 }, { 'if-match': '"v1"' })).status).toBe(201);
    expect((await call('PUT', path, { output: 3 }, { 'if-match': '"v1"' })).status).toBe(412);
    const got = await call('GET', path, undefined, { 'if-none-match': '"v2"' });
    expect(got.status).toBe(304);
    expect((await call('DELETE', path, undefined, { 'if-match': '"v1"' })).status).toBe(412);
    const either = { 'if-match': '"v1", "v2"' };
    expect((await call('PUT', path, { output: 3 }, either)).status).toBe(201);
    const refused = await call('PUT', path, { output: 4 }, either);
    expect([refused.status, refused.json.detail]).toEqual([
      412,
      'If-Match asks for another version; the output is at v3.',
    ]);
    for (const tag of ['W/"v3"', '"r3"', '"v03"', '"v99999999999999999999"']) {
      expect((await call('PUT', path, { output: 4 }, { 'if-match': tag })).status).toBe(412);
    }
    expect((await call('DELETE', path, undefined, { 'if-match': '*' })).status).toBe(204);
    for (const method of ['PUT', 'DELETE']) {
      const body = method === 'PUT' ? { output: 5 } : undefined;
      const none = await call(method, path, body, { 'if-match': '*' });
      expect([none.status, none.json.detail]).toEqual([
        412,
        'If-Match asks for an output, and there is none.',
      ]);
    }
  });

  it('lets every one of many writers pass who only ask that there is one', async () => {
    const id = await anArticle();
    const path = `/v1/articles/${id}/ai-outputs/any`;
    await call('PUT', path, { output: 0 });
    const puts = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        call('PUT', path, { output: n + 1 }, { 'if-match': '*' }),
      ),
    );
    expect(puts.map(({ status }) => status)).toEqual(Array(10).fill(201));
  });

  it('never goes down in version, also after a delete', async () => {
    const id = await anArticle();
    const path = `/v1/articles/${id}/ai-outputs/again`;
    await call('PUT', path, { output: 1 });
    await call('PUT', path, { output: 2 });
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
    expect((await call('GET', `${path}?version=1`)).status).toBe(404);
    expect((await call('GET', `/v1/articles/${id}/ai-outputs`)).json).toEqual({ aiOutputs: {} });
    const next = await call('PUT', path, { output: 3 });
    expect(next.status).toBe(201);
    expect(next.json.version).toBeGreaterThan(2);
  });

  it('is refused for an article nobody knows', async () => {
    expect((await call('PUT', `/v1/articles/${fresh()}/ai-outputs/x`, { output: 1 })).status).toBe(
      404,
    );
    expect((await call('GET', `/v1/articles/${fresh()}/ai-outputs/x`)).status).toBe(404);
    expect((await call('GET', `/v1/articles/${fresh()}/ai-outputs`)).status).toBe(404);
  });

  it('gets versions without gap or double from many writers at once', async () => {
    const id = await anArticle();
    const path = `/v1/articles/${id}/ai-outputs/race`;
    const puts = await Promise.all(
      Array.from({ length: 20 }, (_, n) => call('PUT', path, { output: n })),
    );
    expect(new Set(puts.map(({ status }) => status))).toEqual(new Set([201]));
    const versions = puts.map(({ json }) => json.version).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    for (const put of puts) {
      const got = await call('GET', `${path}?version=${put.json.version}`);
      expect(got.json.sha256).toBe(put.json.sha256);
    }
  });

  it('says missing for kinds that are not there', async () => {
    const id = await anArticle();
    await call('PUT', `/v1/articles/${id}/ai-outputs/one`, { output: 1 });
    const some = await call('GET', `/v1/articles/${id}?include=one,two`);
    expect(some.json.aiOutputs).toMatchObject({
      one: { status: 'ok' },
      two: { status: 'missing' },
    });
    const all = await call('GET', `/v1/articles/${id}?include=*`);
    expect(Object.keys(all.json.aiOutputs)).toEqual(['one']);
    for (const path of [`/v1/articles/${id}?`, `/v1/articles?filter=id="${id}"&`]) {
      const { json } = await call('GET', `${path}fields=title,aiOutputs.one,aiOutputs.two`);
      const article = json.articles?.[0] ?? json;
      expect(article.aiOutputs).toMatchObject({
        one: { status: 'ok', output: 1 },
        two: { status: 'missing' },
      });
      expect(article).not.toHaveProperty('rev');
    }
    const list = await call('GET', `/v1/articles/${id}/ai-outputs`);
    expect(list.json.aiOutputs.one).toMatchObject({ status: 'ok', version: 1 });
    expect(list.json.aiOutputs.one).not.toHaveProperty('output');
  });
});

describe('a batch of AI outputs', () => {
  it('judges each item alone, keeps the order of one article and kind', async () => {
    const id = await anArticle();
    const items = [
      { articleId: id, kind: 's', output: 'a' },
      { articleId: id, kind: 's', output: 'b' },
      { articleId: id, kind: 's', output: 'b' },
      { articleId: fresh(), kind: 's', output: 'b' },
      { articleId: id, kind: 'Bad', output: 1 },
      { articleId: id, kind: 't' },
      { articleId: id, kind: 't', output: { ok: true } },
    ];
    const answer = await call('POST', '/v1/ai-outputs/batch', { items });
    expect(answer.status).toBe(200);
    expect(
      answer.json.results.map((r: { status: string; version?: number }) => [r.status, r.version]),
    ).toEqual([
      ['created', 1],
      ['created', 2],
      ['unchanged', 2],
      ['error', undefined],
      ['error', undefined],
      ['error', undefined],
      ['created', 1],
    ]);
    const onlyNew = await call('POST', '/v1/ai-outputs/batch?onlyNew=true', { items: [items[0]] });
    expect(onlyNew.json.results[0]).toMatchObject({ status: 'unchanged', version: 1 });
    const twice = `{"articleId":"${id}",${'"kind":"w",'.repeat(1_200)}"output":1}`;
    const good = `{"articleId":"${id}","kind":"w","output":1}`;
    const beside = await call('POST', '/v1/ai-outputs/batch', `{"items":[${twice},${good}]}`);
    expect(beside.json.results).toMatchObject([
      { status: 'error', error: { code: 'invalid' } },
      { status: 'created', version: 1 },
    ]);
    const many = Array.from({ length: 101 }, () => items[0]);
    expect((await call('POST', '/v1/ai-outputs/batch', { items: many })).status).toBe(400);
  });

  it('changes nothing and says so where DynamoDB is away, and may be sent again with its key', async () => {
    const id = await anArticle();
    const key = { 'idempotency-key': fresh() };
    const good = { articleId: id, kind: 's', output: 1 };
    const items = [good, { articleId: id, kind: 'Bad', output: 1 }];
    const fault = { service: 'dynamodb', operation: 'BatchGetItem', error: 'ThrottlingException' };
    await call('POST', '/__local/faults', fault);
    try {
      const away = await call('POST', '/v1/ai-outputs/batch', { items }, key);
      expect([away.status, away.json.code]).toEqual([503, 'dynamodb_unavailable']);
      expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await call('DELETE', '/__local/faults');
    }
    await expect
      .poll(async () => (await call('POST', '/v1/ai-outputs/batch', { items }, key)).json.results, {
        timeout: 20_000,
        interval: 500,
      })
      .toMatchObject([{ status: 'created', version: 1 }, { status: 'error' }]);
    const again = await call('POST', '/v1/ai-outputs/batch', { items }, key);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });
});

describe('answers of many producers', () => {
  const producer = { model: 'm'.repeat(256), parameters: { p: 'ü'.repeat(30_000) } };

  it('stay within 5 MB, with the past in pages', async () => {
    const id = await anArticle();
    for (let at = 0; at < 100; at += 20) {
      const items = Array.from({ length: 20 }, (_, n) => ({
        articleId: id,
        kind: 'past',
        output: at + n,
        producer,
      }));
      expect((await call('POST', '/v1/ai-outputs/batch', { items })).status).toBe(200);
    }
    const path = `/v1/articles/${id}/ai-outputs/past/versions?pageSize=100`;
    const first = await call('GET', path);
    expect(Buffer.byteLength(first.text)).toBeLessThanOrEqual(5_000_000);
    expect(Buffer.byteLength(first.text)).toBeGreaterThan(4_500_000);
    const rest = await call('GET', `${path}&pageToken=${first.json.nextPageToken}`);
    expect(rest.json).not.toHaveProperty('nextPageToken');
    const versions = [...first.json.versions, ...rest.json.versions];
    expect(versions.map((one: { version: number }) => one.version)).toEqual(
      Array.from({ length: 100 }, (_, n) => 100 - n),
    );
  });

  it('say by kind what has no room, and fill pages', async () => {
    const id = await anArticle();
    const kinds = Array.from({ length: 90 }, (_, n) => `k${String(n).padStart(2, '0')}`);
    for (let at = 0; at < 90; at += 30) {
      const items = kinds
        .slice(at, at + 30)
        .map((kind) => ({ articleId: id, kind, output: kind, producer }));
      expect((await call('POST', '/v1/ai-outputs/batch', { items })).status).toBe(200);
    }
    const list = await call('GET', `/v1/articles/${id}/ai-outputs`);
    expect(Buffer.byteLength(list.text)).toBeLessThanOrEqual(5_000_000);
    expect(Object.keys(list.json.aiOutputs)).toEqual(kinds);
    expect(list.json.aiOutputs.k00.producer).toEqual(producer);
    expect(list.json.aiOutputs.k89).toMatchObject({ status: 'ok', version: 1 });
    expect(list.json.aiOutputs.k89).not.toHaveProperty('producer');
    const all = await call('GET', `/v1/articles/${id}?include=*`);
    expect(Buffer.byteLength(all.text)).toBeLessThanOrEqual(5_000_000);
    expect(all.json.aiOutputs.k00).toMatchObject({ status: 'ok', producer, output: 'k00' });
    expect(all.json.aiOutputs.k89).toMatchObject({ status: 'omitted', version: 1 });
    const some = await call('GET', `/v1/articles/${id}?include=${kinds.slice(0, 75).join(',')}`);
    const statuses = Object.values(some.json.aiOutputs) as { status: string }[];
    expect(statuses.filter(({ status }) => status === 'ok').length).toBeGreaterThan(70);
  });

  it('tell the same producer however its parameters are spelled', async () => {
    const id = await anArticle();
    const path = `/v1/articles/${id}/ai-outputs/spelled`;
    const put = (parameters: string) =>
      call('PUT', path, `{"output":1,"producer":{"model":"m","parameters":${parameters}}}`);
    expect((await put('{"t":1,"u":[{"a":1,"b":"x"}]}')).status).toBe(201);
    expect((await put('{ "u": [ { "b": "\\u0078", "a": 1 } ], "t": 1 }')).status).toBe(200);
    expect((await put('{"t":1.0,"u":[{"a":1,"b":"x"}]}')).status).toBe(201);
  });
});
