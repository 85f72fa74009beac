import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf } from '../support/http.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let call: Client;

beforeAll(async () => {
  service = await startService();
  call = clientOf(service.url);
  for (let n = 0; n < 6; n += 1) {
    await call('PUT', `/v1/articles/a${n}`, { title: `Article ${n}` });
  }
});
afterAll(() => service?.stop());

const settle = () => call('POST', '/__local/settle');

/** The metrics of those articles that have any. */
async function metrics(): Promise<Record<string, unknown>> {
  const { json } = await call('GET', '/v1/articles?orderBy=id&fields=metrics');
  const articles: { id: string; metrics: object }[] = json.articles;
  return Object.fromEntries(
    articles
      .filter((one) => Object.keys(one.metrics).length > 0)
      .map((one) => [one.id, one.metrics]),
  );
}

async function ids(query: string): Promise<string[]> {
  const { status, json } = await call('GET', `/v1/articles?${query}`);
  expect([status, json?.detail]).toEqual([200, undefined]);
  return json.articles.map(({ id }: { id: string }) => id);
}

const put = (id: string, kind: string, output: unknown) =>
  call('PUT', `/v1/articles/${id}/ai-outputs/${kind}`, { output });

describe('a projection of a metric', () => {
  it('is filled from stored outputs, without a restart, and sorted by', async () => {
    for (const [n, value] of [3, 1, 2].entries()) await put(`a${n}`, 'score', { old: { value } });
    await put('a3', 'score', { old: { value: 'high' } });
    await put('a4', 'score', { other: 1 });
    await settle();
    const created = await call('PUT', '/v1/projections/score', {
      kind: 'score',
      target: { type: 'metric', valueType: 'number' },
      select: ['$.new', '$.old.value'],
      scale: 10,
    });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe('/v1/projections/score');
    expect(created.json).toMatchObject({
      name: 'score',
      kind: 'score',
      select: ['$.new', '$.old.value'],
      revision: 1,
      state: 'backfilling',
      coverage: { matched: 0, missed: 0, failed: 0 },
    });
    await settle();
    expect(await metrics()).toEqual({ a0: { score: 30 }, a1: { score: 10 }, a2: { score: 20 } });
    expect(await ids('orderBy=metrics.score desc&filter=metrics.score:*')).toEqual([
      'a0',
      'a2',
      'a1',
    ]);
    expect(await ids('filter=metrics.score<25&orderBy=metrics.score')).toEqual(['a1', 'a2']);
    const got = await call('GET', '/v1/projections/score');
    expect(got.json).toMatchObject({
      state: 'active',
      coverage: { matched: 3, missed: 1, failed: 1 },
      lagSeconds: 0,
    });
    const etag = got.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"r1-/);
    const known = await call('GET', '/v1/projections/score', undefined, { 'if-none-match': etag });
    expect(known.status).toBe(304);
  });

  it('follows outputs of another shape, and outputs that go', async () => {
    await put('a4', 'score', { new: 9 });
    await call('DELETE', '/v1/articles/a0/ai-outputs/score');
    await settle();
    expect(await metrics()).toEqual({ a1: { score: 10 }, a2: { score: 20 }, a4: { score: 90 } });
  });

  it('changes with its definition, and not without', async () => {
    const definition = {
      kind: 'score',
      target: { type: 'metric', valueType: 'number' },
      select: ['$.other', '$.new', '$.old.value'],
    };
    const changed = await call('PUT', '/v1/projections/score', definition);
    expect([changed.status, changed.json.revision]).toEqual([200, 2]);
    await settle();
    const same = await call('PUT', '/v1/projections/score', definition);
    expect([same.status, same.json.revision, same.json.state]).toEqual([200, 2, 'active']);
    expect(same.json.coverage).toEqual({ matched: 3, missed: 0, failed: 1 });
    expect((await call('GET', '/v1/articles/a4')).json.metrics).toEqual({ score: 9 });
    const again = await call('POST', '/v1/projections/score/backfill');
    expect([again.status, again.json.state]).toEqual([202, 'backfilling']);
    await settle();
    expect((await call('GET', '/v1/projections')).json.projections).toMatchObject([
      { name: 'score', state: 'active' },
    ]);
  });

  it('tells what it would yield, and stores nothing', async () => {
    const preview = (body: unknown) => call('POST', '/v1/projections/score/preview', body);
    expect((await preview({ output: { new: 4 } })).json).toEqual({ metric: 4 });
    expect((await preview({ output: null })).json).toEqual({ metric: null });
    expect((await preview({ articleId: 'a4' })).json).toEqual({ metric: 9 });
    expect((await preview({ articleId: 'a5' })).status).toBe(404);
    expect((await preview({})).status).toBe(400);
    expect((await preview({ output: 1, articleId: 'a4' })).status).toBe(400);
    expect((await call('POST', '/v1/projections/none/preview', { output: 1 })).status).toBe(404);
  });

  it('is guarded by If-Match and If-None-Match', async () => {
    const definition = {
      kind: 'score',
      target: { type: 'metric', valueType: 'number' },
      select: ['$.guarded'],
    };
    const path = '/v1/projections/guarded';
    const put = (headers: Record<string, string>, scale = 1) =>
      call('PUT', path, { ...definition, scale }, headers);
    for (const tag of ['"r1"', '*']) expect((await put({ 'if-match': tag })).status).toBe(412);
    const made = await put({ 'if-none-match': '*' });
    expect([made.status, made.headers.get('etag')]).toEqual([201, expect.stringMatching(/^"r1-/)]);
    expect((await put({ 'if-none-match': '*' })).status).toBe(412);
    expect((await put({ 'if-match': '"r7"' }, 2)).status).toBe(412);
    expect((await call('GET', path)).json).toMatchObject({ revision: 1, scale: 1 });
    expect((await put({ 'if-match': made.headers.get('etag') ?? '' }, 2)).status).toBe(200);
    expect((await put({ 'if-match': '*' }, 3)).status).toBe(200);
    const drop = (tag: string) => call('DELETE', path, undefined, { 'if-match': tag });
    expect((await drop('"r1"')).status).toBe(412);
    expect((await drop('"r3-any"')).status).toBe(204);
    expect((await drop('*')).status).toBe(404);
    await settle();
  });

  it('takes its values with it', async () => {
    expect((await call('DELETE', '/v1/projections/score')).status).toBe(204);
    expect((await call('DELETE', '/v1/projections/score')).status).toBe(404);
    expect((await call('GET', '/v1/projections/score')).status).toBe(404);
    expect((await call('GET', '/v1/articles?orderBy=metrics.score')).status).toBe(400);
    await settle();
    expect(await metrics()).toEqual({});
  });

  it('is refused with the place where it is wrong', async () => {
    const refused = await call('PUT', '/v1/projections/bad', {
      kind: 'score',
      target: { type: 'metric', valueType: 'number' },
      select: ['$.a', '$.b['],
    });
    expect(refused.status).toBe(400);
    expect(refused.json.errors).toMatchObject([{ pointer: '/select/1', position: 4 }]);
    expect((await call('PUT', '/v1/projections/Bad', {})).status).toBe(400);
  });
});

describe('projections of topics and relations', () => {
  it('stand beside what the caller gave, marked', async () => {
    await call('PUT', '/v1/projections/linked', {
      kind: 'entities',
      target: { type: 'topics' },
      each: '$.entities[*]',
      key: '$.wikipedia',
      label: '$.mentions[0].text',
      topicType: '$.type',
      weight: '$.salience',
      weightScale: 0.2,
    });
    await call('PUT', '/v1/projections/near', {
      kind: 'similar',
      target: { type: 'relations', relation: 'similar' },
      each: '$.neighbours[*]',
      to: '$.id',
      weight: '$.score',
    });
    await put('a1', 'entities', {
      entities: [
        { wikipedia: 'Paris', type: 'place', salience: 4, mentions: [{ text: 'the capital' }] },
        { wikipedia: null, type: 'person', salience: 5 },
      ],
    });
    await put('a1', 'similar', {
      neighbours: [
        { id: 'a2', score: 0.5 },
        { id: 'a1', score: 1 },
      ],
    });
    await settle();
    expect((await call('GET', '/v1/articles/a1')).json.topics).toEqual([
      { key: 'Paris', name: 'the capital', type: 'place', weight: 0.8, projection: 'linked' },
    ]);
    expect(await ids('filter=topics:"Paris"')).toEqual(['a1']);
    expect((await call('GET', '/v1/articles/a2/relations')).json.relations).toMatchObject([
      { kind: 'similar', weight: 0.5, origin: 'ai', projection: 'near' },
    ]);
    const preview = await call('POST', '/v1/projections/near/preview', { articleId: 'a1' });
    expect(preview.json).toEqual({ relations: [{ to: 'a2', weight: 0.5 }] });
  });
});

describe('shapes and kinds', () => {
  it('tell the structures of a kind, with an example', async () => {
    const { json } = await call('GET', '/v1/ai-outputs/shapes?kind=similar');
    expect(json.shapes).toMatchObject([
      {
        kind: 'similar',
        paths: [
          '$',
          '$.neighbours',
          '$.neighbours[*]',
          '$.neighbours[*].id',
          '$.neighbours[*].score',
        ],
        types: ['object', 'array', 'object', 'string', 'number'],
        count: 1,
        exampleArticleId: 'a1',
      },
    ]);
    expect((await call('GET', '/v1/ai-outputs/shapes?kind=No')).status).toBe(400);
  });

  it('keep so many versions of a kind', async () => {
    const set = await call('PUT', '/v1/kinds/draft', { keepVersions: 1, description: 'Drafts' });
    expect([set.status, set.json]).toEqual([
      200,
      { kind: 'draft', keepVersions: 1, description: 'Drafts' },
    ]);
    for (const n of [1, 2, 3]) await put('a5', 'draft', n);
    const versions = await call('GET', '/v1/articles/a5/ai-outputs/draft/versions');
    expect(versions.json.versions.map(({ version }: { version: number }) => version)).toEqual([3]);
    expect((await call('GET', '/v1/articles/a5/ai-outputs/draft?version=2')).status).toBe(404);
    await settle();
    expect((await call('GET', '/v1/kinds')).json.kinds).toEqual([
      { kind: 'draft', count: 1, keepVersions: 1, description: 'Drafts' },
      { kind: 'entities', count: 1 },
      { kind: 'score', count: 4 },
      { kind: 'similar', count: 1 },
    ]);
    expect((await call('PUT', '/v1/kinds/draft', { keepVersions: 0 })).status).toBe(400);
    expect((await call('PUT', '/v1/kinds/draft', { keep: 1 })).status).toBe(400);
  });
});

describe('while Aurora sleeps', () => {
  it('definitions and previews come from their copy, kinds without their counts', async () => {
    await call('PUT', '/__local/aurora', { state: 'asleep', resumeSeconds: 60 });
    const list = await call('GET', '/v1/projections');
    expect(list.status).toBe(200);
    expect(list.json.degraded).toEqual(['aurora_asleep']);
    expect(list.json.projections.map(({ name }: { name: string }) => name)).toEqual([
      'linked',
      'near',
    ]);
    for (const path of ['/v1/projections', '/v1/projections/near', '/v1/kinds']) {
      const strict = await call('GET', path, undefined, { prefer: 'handling=strict' });
      expect([strict.status, strict.json.code]).toEqual([503, 'aurora_asleep']);
      expect(Number(strict.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const preview = await call('POST', '/v1/projections/near/preview', { articleId: 'a1' });
    expect(preview.json).toEqual({ relations: [{ to: 'a2', weight: 0.5 }] });
    const kinds = await call('GET', '/v1/kinds');
    expect(kinds.json).toEqual({
      kinds: [{ kind: 'draft', keepVersions: 1, description: 'Drafts' }],
      degraded: ['aurora_asleep'],
    });
    await call('PUT', '/__local/aurora', { state: 'awake' });
  });
});
