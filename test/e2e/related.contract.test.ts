import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf } from '../support/http.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let call: Client;

/** What is told of one related article. */
interface Told {
  readonly article: { readonly id: string; readonly aiOutputs?: Record<string, unknown> };
  readonly score: number;
  readonly why: readonly { readonly type: string; readonly [member: string]: unknown }[];
}

const at = (hours: number): string =>
  new Date(Date.UTC(2026, 0, 1) + hours * 3_600_000).toISOString();

beforeAll(async () => {
  service = await startService();
  call = clientOf(service.url);
  const common = Array.from({ length: 30 }, (_, n) => ({
    id: `common-${n}`,
    title: 'T',
    topics: ['common'],
  }));
  const articles = [
    {
      id: 'asked',
      title: 'Asked',
      source: 's',
      topics: [{ key: 'rare', name: 'Rare' }, 'common'],
      publishedAt: at(0),
    },
    { id: 'cited', title: 'T', publishedAt: at(1_000) },
    { id: 'similar', title: 'T' },
    { id: 'rare', title: 'T', topics: ['rare', 'common'], publishedAt: at(2) },
    { id: 'same-source', title: 'T', source: 's' },
    { id: 'near', title: 'T', source: 's', publishedAt: at(-4) },
    { id: 'stranger', title: 'T', publishedAt: at(0) },
    { id: 'gone', title: 'T', topics: ['rare'], source: 's' },
    ...common,
  ];
  expect((await call('POST', '/v1/articles/batch', { articles })).status).toBe(200);
  await call('PUT', '/v1/articles/asked/relations/cites/cited', {});
  await call('PUT', '/v1/articles/similar/relations/similar/asked', { weight: 0.5 });
  await call('PUT', '/v1/articles/gone/relations/similar/asked', { weight: 1 });
  await call('PUT', '/v1/articles/cited/ai-outputs/summary', { output: { text: 'S' } });
  expect((await call('DELETE', '/v1/articles/gone')).status).toBe(204);
});

afterAll(async () => {
  await service?.stop();
});

const related = async (search = ''): Promise<readonly Told[]> => {
  const answer = await call('GET', `/v1/articles/asked/related${search}`);
  expect(answer.status).toBe(200);
  return answer.json.related;
};
const ids = (told: readonly Told[]): string[] => told.map(({ article }) => article.id);

describe('related articles', () => {
  it('come best first, each once, ten unless told otherwise, with every reason', async () => {
    const told = await related();
    expect(told).toHaveLength(10);
    expect(new Set(ids(told)).size).toBe(10);
    expect(ids(told).slice(0, 3)).toEqual(['cited', 'rare', 'similar']);
    const scores = told.map(({ score }) => score);
    expect([...scores].sort((a, b) => b - a)).toEqual(scores);
    expect(scores.every((score) => score > 0 && score < 1)).toBe(true);
    expect(told[0]?.why).toEqual([{ type: 'relation', kind: 'cites', weight: null }]);
    expect(told[1]?.why).toEqual([
      { type: 'topic', key: 'rare', name: 'Rare' },
      { type: 'topic', key: 'common', name: 'common' },
      { type: 'time', hoursApart: 2 },
    ]);
    expect(told[2]?.why).toEqual([{ type: 'relation', kind: 'similar', weight: 0.5 }]);
  });

  it('are those that share something, and never the article itself or a deleted one', async () => {
    const told = await related('?limit=50');
    expect(told).toHaveLength(35);
    for (const absent of ['asked', 'stranger', 'gone']) expect(ids(told)).not.toContain(absent);
    const near = told.find(({ article }) => article.id === 'near');
    expect(near?.why).toEqual([
      { type: 'source', key: 's' },
      { type: 'time', hoursApart: 4 },
    ]);
    const same = told.find(({ article }) => article.id === 'same-source');
    expect(near?.score).toBeGreaterThan(same?.score ?? 1);
  });

  it('can be narrowed to kinds of relations', async () => {
    expect(ids(await related('?kinds=similar'))).toEqual(['similar']);
    expect(ids(await related('?kinds=similar,cites'))).toEqual(['cited', 'similar']);
    expect(await related('?kinds=same-story')).toEqual([]);
  });

  it('come with the outputs asked for', async () => {
    const [cited, similar] = await related('?kinds=similar,cites&include=summary');
    expect(cited?.article.aiOutputs).toMatchObject({
      summary: { status: 'ok', output: { text: 'S' } },
    });
    expect(similar?.article.aiOutputs).toEqual({ summary: { status: 'missing' } });
    expect((await related('?limit=1'))[0]?.article).not.toHaveProperty('aiOutputs');
  });

  it('are refused for strangers and for what is no number, kind or parameter', async () => {
    for (const [path, status] of [
      ['/v1/articles/nobody/related', 404],
      ['/v1/articles/gone/related', 410],
      ['/v1/articles/asked/related?limit=0', 400],
      ['/v1/articles/asked/related?limit=51', 400],
      ['/v1/articles/asked/related?limit=1.5', 400],
      ['/v1/articles/asked/related?kinds=Similar', 400],
      ['/v1/articles/asked/related?kind=similar', 400],
    ] as const) {
      expect([path, (await call('GET', path)).status]).toEqual([path, status]);
    }
  });
});

describe('articles of one source', () => {
  it('are as many as are asked for, dated or not', async () => {
    for (const [source, dated] of [
      ['undated', false],
      ['dated', true],
    ] as const) {
      const articles = Array.from({ length: 60 }, (_, n) => ({
        id: `${source}-${n}`,
        title: 'T',
        source,
        ...(dated ? { publishedAt: at(n * 1_000) } : {}),
      }));
      expect((await call('POST', '/v1/articles/batch', { articles })).status).toBe(200);
      for (const limit of [1, 20, 50]) {
        const { json } = await call('GET', `/v1/articles/${source}-30/related?limit=${limit}`);
        expect(new Set(ids(json.related)).size).toBe(limit);
      }
    }
  });
});
