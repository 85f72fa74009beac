import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf } from '../support/http.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let call: Client;

const SIZE = 60;
const SECTIONS = ['sport', 'culture', 'local', undefined] as const;

/** The n-th article: everything about it follows from n. */
const article = (n: number) => {
  const section = SECTIONS[n % 4];
  return {
    id: `g-${String(n).padStart(3, '0')}`,
    title: n % 6 === 0 ? `Ferry ${n}` : `Title ${n}`,
    language: n % 3 === 0 ? 'en' : 'de',
    ...(section === undefined ? {} : { section }),
    ...(n % 5 === 0 ? {} : { source: { key: `s${n % 5}`, name: `Source ${n % 5}` } }),
    authors: n % 2 === 0 ? ['Ann', 'Bo', 'Ann'] : [],
    topics: [
      ...(n % 2 === 0 ? ['ferries'] : []),
      ...(n % 10 === 0 ? [{ key: 'Ann', name: 'Ann', type: 'person' }] : []),
    ],
    ...(n % 7 === 0
      ? {}
      : { publishedAt: new Date(Date.UTC(2024, 11, 28) + n * 43_200_000).toISOString() }),
  };
};

const ALL = Array.from({ length: SIZE }, (_, n) => n);

beforeAll(async () => {
  service = await startService();
  call = clientOf(service.url);
  const made = await call('POST', '/v1/articles/batch', { articles: ALL.map(article) });
  expect(made.status).toBe(200);
});

afterAll(async () => {
  await service?.stop();
});

const get = (path: string, query: Record<string, string> = {}): ReturnType<Client> =>
  call('GET', `${path}?${new URLSearchParams(query)}`);

/** Groups as pairs of key and count. */
async function groups(query: Record<string, string>): Promise<unknown[]> {
  const answer = await get('/v1/aggregations', query);
  expect(answer.status).toBe(200);
  return answer.json.groups.map((group: { key: unknown; count: number }) => [
    group.key,
    group.count,
  ]);
}

describe('an aggregation', () => {
  it('is one group of everything without groupBy', async () => {
    const answer = await get('/v1/aggregations');
    expect(answer.json).toEqual({ groups: [{ key: null, count: SIZE }] });
    expect(await groups({ filter: 'language = "xx"' })).toEqual([[null, 0]]);
    expect(await groups({ filter: 'language = "xx"', groupBy: 'language' })).toEqual([]);
  });

  it('counts, biggest first, ties by key with null last', async () => {
    expect(await groups({ groupBy: 'language' })).toEqual([
      ['de', 40],
      ['en', 20],
    ]);
    expect(await groups({ groupBy: 'section' })).toEqual([
      ['culture', 15],
      ['local', 15],
      ['sport', 15],
      [null, 15],
    ]);
    expect(await groups({ groupBy: 'section', orderBy: 'key desc' })).toEqual([
      ['sport', 15],
      ['local', 15],
      ['culture', 15],
      [null, 15],
    ]);
    expect(await groups({ groupBy: 'source', orderBy: 'count, key desc', limit: '2' })).toEqual([
      ['s4', 12],
      ['s3', 12],
    ]);
  });

  it('counts an article once under each of its topics and authors', async () => {
    expect(await groups({ groupBy: 'topics' })).toEqual([
      ['ferries', 30],
      [null, 30],
      ['Ann', 6],
    ]);
    expect(await groups({ groupBy: 'authors' })).toEqual([
      ['Ann', 30],
      ['Bo', 30],
      [null, 30],
    ]);
    expect(await groups({ groupBy: 'authors,topics', orderBy: 'key' })).toEqual([
      [['Ann', 'Ann'], 6],
      [['Ann', 'ferries'], 30],
      [['Bo', 'Ann'], 6],
      [['Bo', 'ferries'], 30],
      [[null, null], 30],
    ]);
  });

  it.each([
    ['day', (date: string) => date],
    ['month', (date: string) => date.slice(0, 7)],
  ] as const)('groups by the %s in UTC', async (unit, cut) => {
    const expected = new Map<string | null, number>();
    for (const n of ALL) {
      const date = article(n).publishedAt?.slice(0, 10);
      const key = date === undefined ? null : cut(date);
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    const sorted = [...expected].sort(([a], [b]) =>
      a === null ? 1 : b === null || a < b ? -1 : 1,
    );
    expect(await groups({ groupBy: unit, orderBy: 'key', limit: '100' })).toEqual(sorted);
  });

  it('groups by ISO weeks, whose year is not always that of the day', async () => {
    const weeks = await groups({ groupBy: 'week', orderBy: 'key' });
    // 2024-12-28 is a Saturday; articles 0 and 7 have no date.
    expect(weeks.slice(0, 3)).toEqual([
      ['2024-W52', 3],
      ['2025-W01', 12],
      ['2025-W02', 12],
    ]);
    expect(weeks.at(-1)).toEqual([null, 9]);
  });

  it('computes over a metric that a projection reads out of outputs', async () => {
    const definition = {
      kind: 'quality',
      target: { type: 'metric', valueType: 'number' },
      select: ['$.score'],
    };
    expect((await call('PUT', '/v1/projections/group-score', definition)).status).toBe(201);
    // Every third article has none.
    const scored = ALL.filter((n) => n % 3 !== 0);
    const items = scored.map((n) => ({
      articleId: article(n).id,
      kind: 'quality',
      output: { score: n * 1.25 },
    }));
    expect((await call('POST', '/v1/ai-outputs/batch', { items })).status).toBe(200);
    expect((await call('POST', '/__local/settle')).status).toBe(200);
    const answer = await get('/v1/aggregations', {
      groupBy: 'section',
      compute: ['avg', 'sum', 'p50', 'p95', 'min', 'max']
        .map((measure) => `${measure}(metrics.group-score)`)
        .join(','),
      filter: 'metrics.group-score >= 10',
      orderBy: 'avg(metrics.group-score) desc',
    });
    expect(answer.status).toBe(200);
    const expected = SECTIONS.map((section, which) => {
      const values = scored.filter((n) => n % 4 === which && n >= 8).map((n) => n * 1.25);
      const at = (share: number): number => {
        const place = share * (values.length - 1);
        const low = values[Math.floor(place)] as number;
        return low + (place % 1) * ((values[Math.ceil(place)] as number) - low);
      };
      const sum = values.reduce((one, other) => one + other, 0);
      return {
        key: section ?? null,
        count: values.length,
        'avg(metrics.group-score)': expect.closeTo(sum / values.length, 9),
        'sum(metrics.group-score)': sum,
        'p50(metrics.group-score)': expect.closeTo(at(0.5), 9),
        'p95(metrics.group-score)': expect.closeTo(at(0.95), 9),
        'min(metrics.group-score)': Math.min(...values),
        'max(metrics.group-score)': Math.max(...values),
        average: sum / values.length,
      };
    });
    const ordered = expected
      .sort((one, other) => other.average - one.average)
      .map(({ average: _, ...group }) => group);
    expect(answer.json.groups).toEqual(ordered);
  });

  it('takes filter and q together', async () => {
    const ferries = ALL.filter((n) => n % 6 === 0);
    expect(await groups({ q: 'ferry' })).toEqual([[null, ferries.length]]);
    expect(await groups({ q: 'ferry', filter: 'section = "sport"', groupBy: 'language' })).toEqual([
      ['en', ferries.filter((n) => n % 4 === 0).length],
    ]);
  });

  it('has 20 groups unless asked for more, never over 100', async () => {
    expect(await groups({ groupBy: 'day' })).toHaveLength(20);
    expect(await groups({ groupBy: 'day', limit: '1000000' })).not.toHaveLength(20);
    expect((await get('/v1/aggregations', { groupBy: 'day', limit: '0' })).status).toBe(400);
  });

  it('refuses what it does not know, with place and meaning', async () => {
    for (const [query, fault] of [
      [{ groupBy: 'topic' }, { parameter: 'groupBy', position: 0, suggestion: 'topics' }],
      [{ groupBy: 'day,wek' }, { parameter: 'groupBy', position: 4, suggestion: 'week' }],
      [{ groupBy: 'day,day' }, { parameter: 'groupBy', position: 4 }],
      [{ groupBy: 'day,week,month' }, { parameter: 'groupBy', position: 9 }],
      [{ compute: 'avg(metrics.nothing)' }, { parameter: 'compute', position: 4 }],
      [{ compute: 'mean(metrics.x)' }, { parameter: 'compute', position: 0, suggestion: 'avg' }],
      [{ orderBy: 'cuont' }, { parameter: 'orderBy', position: 0, suggestion: 'count' }],
      [{ filter: 'langage = "en"' }, { parameter: 'filter', suggestion: 'language' }],
      [{ groupby: 'day' }, { parameter: 'groupby', suggestion: 'groupBy' }],
    ] as const) {
      const refused = await get('/v1/aggregations', query);
      expect(refused.status).toBe(400);
      expect(refused.headers.get('content-type')).toBe('application/problem+json');
      expect(refused.json.errors[0]).toMatchObject(fault);
    }
  });

  it('follows what is written and deleted', async () => {
    await call('PUT', '/v1/articles/g-extra', { title: 'T', language: 'zxx' });
    expect(await groups({ groupBy: 'language', filter: 'language = "zxx"' })).toEqual([['zxx', 1]]);
    await call('DELETE', '/v1/articles/g-extra');
    expect(await groups({ groupBy: 'language', filter: 'language = "zxx"' })).toEqual([]);
  });
});

describe('topics', () => {
  it('tell how many articles have them', async () => {
    const all = await get('/v1/topics');
    expect(all.json).toEqual({
      topics: [
        { key: 'Ann', name: 'Ann', type: 'person', articles: 6 },
        { key: 'ferries', name: 'ferries', type: 'topic', articles: 30 },
      ],
    });
    const people = await get('/v1/topics', { type: 'person' });
    expect(people.json.topics).toHaveLength(1);
    expect((await get('/v1/topics', { prefix: 'ferr' })).json.topics).toHaveLength(1);
    expect((await get('/v1/topics', { prefix: 'Ferr' })).json.topics).toEqual([]);
    const first = await get('/v1/topics', { pageSize: '1' });
    expect(first.json.topics[0].key).toBe('Ann');
    const next = await get('/v1/topics', { pageSize: '1', pageToken: first.json.nextPageToken });
    expect(next.json.topics[0].key).toBe('ferries');
    expect(next.json).not.toHaveProperty('nextPageToken');
  });
});

describe('sources', () => {
  it('are listed with their articles, whether put or only named', async () => {
    const named = await get('/v1/sources', { prefix: 's' });
    expect(named.json.sources).toEqual(
      [1, 2, 3, 4].map((n) => ({
        key: `s${n}`,
        name: `Source ${n}`,
        attributes: {},
        articles: 12,
      })),
    );
    const path = `/v1/sources/${encodeURIComponent('le monde/é?#%')}`;
    const made = await call('PUT', path, { name: 'Le Monde', country: 'FR', language: 'fr' });
    expect(made.status).toBe(201);
    expect((await call('GET', made.headers.get('location') ?? '')).json).toEqual({
      key: 'le monde/é?#%',
      name: 'Le Monde',
      country: 'FR',
      language: 'fr',
      attributes: {},
      articles: 0,
    });
    expect((await call('GET', '/v1/sources/nobody')).status).toBe(404);
    const refused = await call('DELETE', path);
    expect([refused.status, refused.headers.get('allow')]).toEqual([
      405,
      'GET, HEAD, PUT, OPTIONS',
    ]);
  });

  it('are replaced as a whole, guarded by their revision', async () => {
    const put = (body: object, headers = {}) => call('PUT', '/v1/sources/guarded', body, headers);
    const first = await put({ name: 'A', homepage: 'https://a.example' }, { 'if-none-match': '*' });
    expect(first.status).toBe(201);
    const etag = first.headers.get('etag') ?? '';
    expect((await put({ name: 'A', homepage: 'https://a.example' })).headers.get('etag')).toBe(
      etag,
    );
    expect((await put({ name: 'B' }, { 'if-none-match': '*' })).status).toBe(412);
    const second = await put({ name: 'B' }, { 'if-match': etag });
    expect([second.status, second.json]).toEqual([
      200,
      { key: 'guarded', name: 'B', attributes: {}, articles: 0 },
    ]);
    expect((await put({ name: 'C' }, { 'if-match': etag })).status).toBe(412);
    const read = await call('GET', '/v1/sources/guarded', undefined, {
      'if-none-match': second.headers.get('etag') ?? '',
    });
    expect(read.status).toBe(304);
  });

  it('show another name in their articles at once, with another ETag, and in the copies soon', async () => {
    const before = await call('GET', '/v1/articles/g-001');
    expect((await call('PUT', '/v1/sources/s1', { name: 'Renamed' })).status).toBe(200);
    const after = await call('GET', '/v1/articles/g-001');
    expect(after.json).toMatchObject({ rev: before.json.rev, source: { name: 'Renamed' } });
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
    expect((await call('POST', '/__local/settle', {})).status).toBe(200);
    expect((await call('PUT', '/__local/aurora', { state: 'asleep' })).status).toBe(200);
    try {
      for (const n of ALL.filter((each) => each % 5 === 1)) {
        const copy = await call('GET', `/v1/articles/${article(n).id}`);
        expect(copy.json).toMatchObject({
          source: { key: 's1', name: 'Renamed' },
          degraded: ['aurora_asleep'],
        });
      }
      const asleep = await get('/v1/aggregations');
      expect([asleep.status, asleep.json.code]).toEqual([503, 'aurora_asleep']);
      expect(asleep.headers.get('retry-after')).toMatch(/^\d+$/);
      expect((await get('/v1/sources')).status).toBe(503);
    } finally {
      await call('PUT', '/__local/aurora', { state: 'awake' });
    }
  });
});
