import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf } from '../support/http.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let call: Client;

const SIZE = 57;
const day = (n: number): string => new Date(Date.UTC(2026, 0, 1) + n * 86_400_000).toISOString();

beforeAll(async () => {
  service = await startService();
  call = clientOf(service.url);
  const articles = Array.from({ length: SIZE }, (_, n) => ({
    id: `n-${String(n).padStart(3, '0')}`,
    title: `Title ${n % 10}`,
    ...(n % 4 === 0 ? {} : { language: n % 2 === 0 ? 'en' : 'de' }),
    section: n % 3 === 0 ? 'sport' : 'local',
    source: n % 5 === 0 ? 'a.example' : 'b.example',
    ...(n % 7 === 0 ? {} : { publishedAt: day(n) }),
    url: `https://x.example/${n}`,
  }));
  const made = await call('POST', '/v1/articles/batch', { articles });
  expect(made.status).toBe(200);
});

afterAll(async () => {
  await service?.stop();
});

const ids = (articles: { id: string }[]): string[] => articles.map(({ id }) => id);
const list = (query: Record<string, string>): ReturnType<Client> =>
  call('GET', `/v1/articles?${new URLSearchParams(query)}`);

async function walk(query: Record<string, string>): Promise<string[][]> {
  const pages: string[][] = [];
  let pageToken: string | undefined;
  do {
    const page = await list({ ...query, ...(pageToken ? { pageToken } : {}) });
    expect(page.status).toBe(200);
    pages.push(ids(page.json.articles));
    pageToken = page.json.nextPageToken;
  } while (pageToken);
  return pages;
}

describe('a list of articles', () => {
  it('comes newest first, missing dates last, 20 a page', async () => {
    const pages = await walk({});
    expect(pages.map((page) => page.length)).toEqual([20, 20, 17]);
    const dated = Array.from({ length: SIZE }, (_, n) => n).filter((n) => n % 7 !== 0);
    const expected = [
      ...dated.reverse(),
      ...Array.from({ length: SIZE }, (_, n) => SIZE - 1 - n).filter((n) => n % 7 === 0),
    ].map((n) => `n-${String(n).padStart(3, '0')}`);
    expect(pages.flat()).toEqual(expected);
  });

  it.each([
    'id',
    'id desc',
    'title, publishedAt desc',
    'title desc, publishedAt',
    'publishedAt',
    'ingestedAt desc',
    'updatedAt',
    'rev desc, title',
  ])('visits every article once in the order %s', async (orderBy) => {
    for (const pageSize of ['7', '100']) {
      const seen = (await walk({ orderBy, pageSize })).flat();
      expect(seen).toHaveLength(SIZE);
      expect(new Set(seen).size).toBe(SIZE);
    }
    const whole = (await walk({ orderBy, pageSize: '100' })).flat();
    expect((await walk({ orderBy, pageSize: '7' })).flat()).toEqual(whole);
  });

  it.each([
    ['language = "en"', (n: number) => n % 4 !== 0 && n % 2 === 0],
    ['language != "en"', (n: number) => !(n % 4 !== 0 && n % 2 === 0)],
    ['section = "sport" AND source = "a.example"', (n: number) => n % 3 === 0 && n % 5 === 0],
    [
      'publishedAt >= "2026-01-10" AND publishedAt < "2026-01-20T00:00:00Z"',
      (n: number) => n % 7 !== 0 && n >= 9 && n < 19,
    ],
    ['publishedAt > 2026-02-01T00:00:00+00:00', (n: number) => n % 7 !== 0 && n > 31],
    ['id > "n-050"', (n: number) => n > 50],
    ['url = "https://x.example/3"', (n: number) => n === 3],
  ] as const)('finds what %s says', async (filter, matches) => {
    const found = (await walk({ filter, orderBy: 'id', pageSize: '10' })).flat();
    const expected = Array.from({ length: SIZE }, (_, n) => n)
      .filter(matches)
      .map((n) => `n-${String(n).padStart(3, '0')}`);
    expect(found).toEqual(expected);
    const posted = await call('POST', '/v1/articles/query', {
      filter,
      orderBy: ['id'],
      pageSize: 100,
    });
    expect(ids(posted.json.articles)).toEqual(expected);
  });

  it('refuses what it does not know, with what was meant', async () => {
    const unknown = await list({ filter: 'langage = "en"' });
    expect(unknown.status).toBe(400);
    expect(unknown.json.errors[0]).toMatchObject({
      parameter: 'filter',
      position: 0,
      suggestion: 'language',
    });
    const mixed = await list({ filter: 'language = "en" AND section = "a" OR section = "b"' });
    expect(mixed.status).toBe(400);
    expect((await list({ filter: mixed.json.errors[0].suggestion })).status).toBe(200);
    expect((await list({ filter: 'publishedAt > "yesterday"' })).status).toBe(400);
    expect((await list({ filter: '' })).status).toBe(200);
    expect((await list({ orderBy: 'titel' })).json.errors[0].suggestion).toBe('title');
    expect((await list({ orderBy: 'id,title,rev,updatedAt' })).status).toBe(400);
    expect((await list({ pageSize: '0' })).status).toBe(400);
    expect((await list({ pageSize: 'x' })).status).toBe(400);
    expect((await list({ pageSize: '1000' })).json.articles).toHaveLength(SIZE);
    expect((await list({ fields: 'titel' })).json.errors[0].suggestion).toBe('title');
  });

  it('binds its tokens to their query', async () => {
    const first = await list({ filter: 'section = "local"', pageSize: '5' });
    const pageToken = first.json.nextPageToken;
    const respelled = await list({ filter: '(section="local")', pageSize: '5', pageToken });
    expect(respelled.status).toBe(200);
    for (const query of [
      { filter: 'section = "sport"', pageToken },
      { pageToken },
      { filter: 'section = "local"', orderBy: 'id', pageToken },
      { filter: 'section = "local"', pageToken: `${pageToken.slice(0, -2)}AA` },
      { filter: 'section = "local"', pageToken: 'nonsense' },
    ]) {
      const refused = await list(query);
      expect([refused.status, refused.json.code]).toEqual([400, 'page_token_invalid']);
    }
  });

  it('skips, counts and selects', async () => {
    const skipped = await list({ orderBy: 'id', skip: '50', count: 'exact' });
    expect(ids(skipped.json.articles)[0]).toBe('n-050');
    expect(skipped.json).toMatchObject({ totalSize: SIZE, totalKind: 'exact' });
    expect((await list({ skip: '10001' })).status).toBe(400);
    const capped = await list({ count: 'capped', pageSize: '1' });
    expect(capped.json).toMatchObject({ totalSize: SIZE, totalKind: 'exact' });
    const token = capped.json.nextPageToken;
    expect((await list({ skip: '1', pageToken: token })).status).toBe(400);
    const fields = await list({ fields: 'title,source.key', pageSize: '1', orderBy: 'id' });
    expect(fields.json.articles[0]).toEqual({
      id: 'n-000',
      title: 'Title 0',
      source: { key: 'a.example' },
    });
  });

  it('shows no unchanged article twice and loses none while others come and go', async () => {
    const seen: string[] = [];
    let pageToken: string | undefined;
    let round = 0;
    do {
      const page = await list({
        orderBy: 'title',
        pageSize: '9',
        ...(pageToken ? { pageToken } : {}),
      });
      seen.push(...ids(page.json.articles).filter((id) => id.startsWith('n-')));
      pageToken = page.json.nextPageToken;
      await call('PUT', `/v1/articles/extra-${round}`, { title: `Title ${round % 10}` });
      if (round > 1) await call('DELETE', `/v1/articles/extra-${round - 2}`);
      round++;
    } while (pageToken);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(SIZE);
    for (let n = 0; n < round; n++) await call('DELETE', `/v1/articles/extra-${n}`);
  });
});

describe('relations', () => {
  it('are one edge for a symmetric kind, whichever end writes it', async () => {
    const [a, b] = ['n-001', 'n-002'];
    const made = await call('PUT', `/v1/articles/${b}/relations/similar/${a}`, { weight: 0.5 });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ from: b, to: a, kind: 'similar', weight: 0.5 });
    const again = await call('PUT', `/v1/articles/${a}/relations/similar/${b}`, { weight: 0.75 });
    expect(again.status).toBe(200);
    for (const direction of ['in', 'out', 'both']) {
      for (const id of [a, b]) {
        const found = await call('GET', `/v1/articles/${id}/relations?direction=${direction}`);
        expect(found.json.relations).toHaveLength(1);
        expect(found.json.relations[0]).toMatchObject({ kind: 'similar', weight: 0.75 });
      }
    }
    expect((await call('DELETE', `/v1/articles/${b}/relations/similar/${a}`)).status).toBe(204);
    expect((await call('GET', `/v1/articles/${a}/relations`)).json.relations).toEqual([]);
  });

  it('have a direction otherwise, a weight of null when none was given, and pages', async () => {
    for (let n = 10; n < 15; n++) {
      await call('PUT', `/v1/articles/n-009/relations/cites/n-0${n}`, { origin: 'editor' });
    }
    const out = await call(
      'GET',
      '/v1/articles/n-009/relations?direction=out&kind=cites&pageSize=3',
    );
    expect(out.json.relations).toHaveLength(3);
    expect(out.json.relations[0]).toMatchObject({ from: 'n-009', weight: null, origin: 'editor' });
    const token = encodeURIComponent(out.json.nextPageToken);
    const rest = await call(
      'GET',
      `/v1/articles/n-009/relations?direction=out&kind=cites&pageSize=3&pageToken=${token}`,
    );
    expect(rest.json.relations).toHaveLength(2);
    expect(rest.json).not.toHaveProperty('nextPageToken');
    expect((await call('GET', '/v1/articles/n-009/relations?direction=in')).json.relations).toEqual(
      [],
    );
    expect(
      (await call('GET', '/v1/articles/n-010/relations?direction=in')).json.relations,
    ).toHaveLength(1);
  });

  it('are refused to itself, to strangers and with a weight that is none', async () => {
    const path = '/v1/articles/n-020/relations/cites';
    expect((await call('PUT', `${path}/n-020`, {})).status).toBe(400);
    expect((await call('PUT', `${path}/nobody`, {})).status).toBe(404);
    expect((await call('PUT', `/v1/articles/nobody/relations/cites/n-020`, {})).status).toBe(404);
    expect((await call('PUT', `${path}/n-021`, { weight: 2 })).status).toBe(400);
    expect((await call('PUT', `${path}/n-021`, { origin: 'me' })).status).toBe(400);
    expect((await call('GET', '/v1/articles/n-020/relations?direction=up')).status).toBe(400);
  });

  it('lead to related articles, best first, with reasons', async () => {
    await call('PUT', '/v1/articles/n-030/relations/follow-up-of/n-031', { weight: 1 });
    const related = await call('GET', '/v1/articles/n-030/related?limit=5');
    expect(related.status).toBe(200);
    expect(related.json.related[0].article.id).toBe('n-031');
    expect(related.json.related[0].why[0].type).toBe('relation');
    const scores = related.json.related.map(({ score }: { score: number }) => score);
    expect([...scores].sort((x, y) => y - x)).toEqual(scores);
    expect((await call('GET', '/v1/articles/n-030/related?limit=0')).status).toBe(400);
    expect((await call('GET', '/v1/articles/n-030/related?limit=51')).status).toBe(400);
  });
});

describe('health', () => {
  it('is told without asking a store', async () => {
    // What earlier requests left to the background is done before the calls are counted.
    await call('POST', '/__local/settle');
    await call('DELETE', '/__local/calls');
    expect((await call('GET', '/health')).status).toBe(200);
    const calls = await call('GET', '/__local/calls');
    expect(calls.json).toEqual({ 'data-api': {}, dynamodb: {} });
    const ready = await call('GET', '/ready');
    expect(ready.status).toBe(200);
  });
});
