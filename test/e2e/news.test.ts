import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTandem } from '../support/command.ts';
import { type Client, clientOf } from '../support/http.ts';
import { findNews } from '../support/news.ts';
import { type Service, startService } from '../support/service.ts';

const news = findNews();

/** The text of `output` as it stands in a line of the file, or in an answer whose last member it is. */
const outputText = (line: string): string =>
  line.slice(line.indexOf('"output":') + '"output":'.length, line.lastIndexOf('}')).trim();

describe.runIf(news !== undefined)('real news', () => {
  const { articles = '', outputs = '', articleLines = [], outputLines = [] } = news ?? {};
  let service: Service;
  let call: Client;

  beforeAll(async () => {
    service = await startService();
    call = clientOf(service.url);
  });
  afterAll(() => service?.stop());

  it('goes in by import, and again changes nothing', { timeout: 120_000 }, async () => {
    const first = await runTandem(['import', articles, outputs, '--url', service.url]);
    expect([first.status, first.out.trim().split('\n')]).toEqual([
      0,
      [
        'articles: 24 created, 0 updated, 0 unchanged, 0 errors',
        'outputs: 240 created, 0 unchanged, 0 errors',
      ],
    ]);
    const again = await runTandem(['import', outputs, articles, '--url', service.url]);
    expect([again.status, again.out.trim().split('\n')]).toEqual([
      0,
      [
        'articles: 0 created, 0 updated, 24 unchanged, 0 errors',
        'outputs: 0 created, 240 unchanged, 0 errors',
      ],
    ]);
  });

  it('reads back byte for byte, every version', async () => {
    const counts = new Map<string, number>();
    for (const line of outputLines) {
      const { articleId, kind } = JSON.parse(line) as { articleId: string; kind: string };
      const key = `${articleId}/ai-outputs/${kind}`;
      const version = (counts.get(key) ?? 0) + 1;
      counts.set(key, version);
      const got = await call('GET', `/v1/articles/${key}?version=${version}`);
      expect(got.status).toBe(200);
      expect(outputText(got.text) === outputText(line)).toBe(true);
    }
    expect([...counts].filter(([key]) => key.endsWith('/summary')).map(([, n]) => n)).toEqual(
      Array(24).fill(5),
    );
  });

  it('comes joined in a list, large outputs as omitted', async () => {
    await call('POST', '/__local/settle');
    await call('DELETE', '/__local/calls');
    const list = await call('GET', '/v1/articles?pageSize=50&include=summary,parse');
    const { json: calls } = await call('GET', '/__local/calls');
    expect(calls['data-api'].ExecuteStatement.count).toBe(1);
    // Beside the outputs only the copy of this page, for lists while Aurora sleeps.
    expect(Object.keys(calls.dynamodb).sort()).toEqual(['BatchGetItem', 'PutItem']);
    expect(calls.dynamodb.PutItem.count).toBe(1);
    expect(calls.dynamodb.BatchGetItem.count).toBe(1);
    const latest = new Map(
      outputLines.map((line) => {
        const { articleId, kind } = JSON.parse(line) as { articleId: string; kind: string };
        return [`${articleId} ${kind}`, outputText(line)];
      }),
    );
    let omitted = 0;
    let shown = 0;
    for (const article of list.json.articles) {
      for (const kind of ['summary', 'parse']) {
        const text = latest.get(`${article.id} ${kind}`) ?? '';
        const block = article.aiOutputs[kind];
        if (Buffer.byteLength(text) > 256 * 1024) {
          expect(block).toMatchObject({ status: 'omitted', sizeBytes: Buffer.byteLength(text) });
          omitted++;
        } else {
          expect(list.text.includes(`"output":${text}`)).toBe(true);
          shown++;
        }
      }
    }
    expect(shown).toBeGreaterThan(20);
    expect(omitted).toBeGreaterThan(0);
  });

  // A process for each command, and another service.
  it('comes out by export as it went in, and goes in again', { timeout: 120_000 }, async () => {
    const exported = await runTandem(['export', '--url', service.url]);
    expect(exported.status).toBe(0);
    const lines = exported.out.split('\n').filter((line) => line !== '');
    const titled = lines.filter((line) => 'title' in JSON.parse(line));
    expect(titled).toHaveLength(24);
    for (const line of articleLines) {
      const wanted = JSON.parse(line) as { id: string; body: string; title: string; url: string };
      const found = titled.map((text) => JSON.parse(text)).find(({ id }) => id === wanted.id);
      expect(found).toMatchObject({ title: wanted.title, body: wanted.body, url: wanted.url });
      for (const member of ['rev', 'ingestedAt', 'updatedAt', 'metrics']) {
        expect(found).not.toHaveProperty(member);
      }
    }
    const latest = new Map(
      outputLines.map((line) => {
        const { articleId, kind } = JSON.parse(line) as { articleId: string; kind: string };
        return [`${articleId} ${kind}`, outputText(line)];
      }),
    );
    for (const line of lines.filter((text) => !titled.includes(text))) {
      const { articleId, kind } = JSON.parse(line) as { articleId: string; kind: string };
      expect(outputText(line) === latest.get(`${articleId} ${kind}`)).toBe(true);
      latest.delete(`${articleId} ${kind}`);
    }
    expect(latest.size).toBe(0);
    const other = await startService();
    try {
      const imported = await runTandem(['import', '-', '--url', other.url], exported.out);
      expect([imported.status, imported.out]).toEqual([
        0,
        expect.stringContaining('articles: 24 created'),
      ]);
    } finally {
      await other.stop();
    }
  });

  it('tells the file and line of what it cannot take, and takes the rest', async () => {
    const lines = [
      '{"id":"ok-1","title":"fine"}',
      '{"id":"bad-1","titel":"typo","title":"x"}',
      'no json',
      '{"articleId":"ok-1","kind":"note","output":{"a":1e400}}',
      '{"articleId":"nobody-at-all","kind":"note","output":1}',
    ];
    const ended = await runTandem(['import', '-', '--url', service.url], lines.join('\n'));
    expect(ended.status).toBe(1);
    expect(ended.err).toMatch(/:2\b[^\n]*title/);
    expect(ended.err).toMatch(/:3\b/);
    expect(ended.err).toMatch(/:5\b/);
    const got = await call('GET', '/v1/articles/ok-1/ai-outputs/note');
    expect(got.text).toContain('{"a":1e400}');
  });
});

describe.runIf(news !== undefined)('projections of real news', () => {
  const { articles = '', outputs = '', articleLines = [], outputLines = [] } = news ?? {};
  let service: Service;
  let call: Client;
  /** The latest output of each article and kind, as the file has it. */
  // biome-ignore lint/suspicious/noExplicitAny: the shapes are those of the file
  const latest = new Map<string, Map<string, any>>();
  /** Model of the latest summary of each article; undefined where people wrote it. */
  const summarisers = new Map<string, string | undefined>();

  beforeAll(async () => {
    for (const line of outputLines) {
      const { articleId, kind, output, producer } = JSON.parse(line);
      latest.set(kind, (latest.get(kind) ?? new Map()).set(articleId, output));
      if (kind === 'summary') summarisers.set(articleId, producer.model);
    }
    service = await startService();
    call = clientOf(service.url);
    await runTandem(['import', articles, outputs, '--url', service.url]);
    await call('POST', '/__local/settle');
    await call('PUT', '/v1/projections/sentence-length', {
      kind: 'readability',
      target: { type: 'metric', valueType: 'number' },
      select: ['$.wps', '$.metrics.wordsPerSentence'],
    });
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
    await call('PUT', '/v1/projections/summary-words', {
      kind: 'summary',
      target: { type: 'metric', valueType: 'number' },
      select: ['$.words'],
    });
    await call('PUT', '/v1/projections/near', {
      kind: 'similar',
      target: { type: 'relations', relation: 'similar' },
      each: '$.neighbours[*]',
      to: '$.id',
      weight: '$.score',
    });
    await call('POST', '/__local/settle');
  });
  afterAll(() => service?.stop());

  it('matched every output', async () => {
    const { json } = await call('GET', '/v1/projections');
    for (const projection of json.projections) {
      expect(projection).toMatchObject({
        state: 'active',
        coverage: { matched: 24, missed: 0, failed: 0 },
      });
    }
    expect(json.projections).toHaveLength(4);
  });

  it('sort as the files say', async () => {
    const wanted = [...(latest.get('readability') ?? [])]
      .map(([id, { metrics }]) => ({ id, value: metrics.wordsPerSentence as number }))
      .sort((a, b) => b.value - a.value || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id);
    const { json } = await call(
      'GET',
      '/v1/articles?orderBy=metrics.sentence-length desc&pageSize=100',
    );
    expect(json.articles.map(({ id }: { id: string }) => id)).toEqual(wanted);
  });

  it('sort the summaries of each model by their length', async () => {
    const models = new Set([...summarisers.values()]);
    expect(models.size).toBeGreaterThan(1);
    for (const model of models) {
      const wanted = [...(latest.get('summary') ?? [])]
        .filter(([id]) => summarisers.get(id) === model)
        .map(([id, { words }]) => ({ id, words: words as number }))
        .sort((a, b) => a.words - b.words || (a.id < b.id ? -1 : 1));
      const filter = `ai.summary.model = ${model === undefined ? 'null' : JSON.stringify(model)}`;
      const query = `filter=${encodeURIComponent(filter)}&orderBy=metrics.summary-words&pageSize=100`;
      const { json } = await call('GET', `/v1/articles?${query}&fields=metrics`);
      expect(
        json.articles.map(({ id, metrics }: { id: string; metrics: Record<string, number> }) => ({
          id,
          words: metrics['summary-words'],
        })),
      ).toEqual(wanted);
    }
  });

  it('weigh topics by salience', async () => {
    const weights = new Map<string, Map<string, number>>();
    for (const [id, { entities }] of latest.get('entities') ?? []) {
      for (const { wikipedia, salience } of entities) {
        if (wikipedia === null) continue;
        const own = weights.get(wikipedia) ?? new Map<string, number>();
        const weight = Math.min(1, Math.max(0, salience * 0.2));
        weights.set(wikipedia, own.set(id, Math.max(weight, own.get(id) ?? 0)));
      }
    }
    for (const [key, own] of [...weights].slice(0, 12)) {
      const filter = `topics.any(key = ${JSON.stringify(key)} AND weight > 0.5)`;
      const { json } = await call('GET', `/v1/articles?filter=${encodeURIComponent(filter)}`);
      const wanted = [...own].filter(([, weight]) => weight > 0.5).map(([id]) => id);
      expect(json.articles.map(({ id }: { id: string }) => id).sort()).toEqual(wanted.sort());
    }
    const id = [...(latest.get('entities') ?? [])][0]?.[0] ?? '';
    const { json } = await call('GET', `/v1/articles/${id}`);
    const told: { key: string; weight: number; projection?: string }[] = json.topics;
    for (const { key, weight } of told.filter(({ projection }) => projection === 'linked')) {
      expect(weight).toBeCloseTo(weights.get(key)?.get(id) ?? Number.NaN, 9);
    }
  });

  it('give topics to filter by, together with a metric', async () => {
    const having = (key: string): string[] =>
      [...(latest.get('entities') ?? [])]
        .filter(([, { entities }]) =>
          entities.some((one: { wikipedia: string | null }) => one.wikipedia === key),
        )
        .map(([id]) => id);
    const keys = new Set<string>(
      [...(latest.get('entities') ?? [])].flatMap(([, { entities }]) =>
        entities.flatMap((one: { wikipedia: string | null }) => one.wikipedia ?? []),
      ),
    );
    const shared = [...keys].filter((key) => having(key).length > 1).slice(0, 3);
    expect(shared.length).toBeGreaterThan(0);
    for (const key of shared) {
      const filter = `topics:${JSON.stringify(key)} AND metrics.sentence-length > 20`;
      const { json } = await call('GET', `/v1/articles?filter=${encodeURIComponent(filter)}`);
      const long = having(key).filter(
        (id) => latest.get('readability')?.get(id).metrics.wordsPerSentence > 20,
      );
      expect(json.articles.map(({ id }: { id: string }) => id).sort()).toEqual(long.sort());
    }
  });

  it('relate articles, best first, told with the reason', async () => {
    const times = new Map<string, number>(
      articleLines.map((line) => {
        const { id, publishedAt } = JSON.parse(line) as { id: string; publishedAt: string };
        return [id, Date.parse(publishedAt)];
      }),
    );
    // A symmetric relation is one, whichever end names it: the greater weight counts.
    const edges = new Map<string, Map<string, number>>();
    const note = (from: string, to: string, weight: number): void => {
      const own = edges.get(from) ?? new Map<string, number>();
      edges.set(from, own.set(to, Math.max(weight, own.get(to) ?? 0)));
    };
    for (const [id, { neighbours }] of latest.get('similar') ?? []) {
      for (const { id: other, score } of neighbours) {
        if (other === id || !times.has(other)) continue;
        note(id, other, score);
        note(other, id, score);
      }
    }
    expect(edges.size).toBe(24);
    for (const [id, own] of edges) {
      const wanted = [...own]
        .map(([other, weight]) => {
          const hours = Math.abs((times.get(id) ?? 0) - (times.get(other) ?? 0)) / 3_600_000;
          const points = weight + (hours <= 168 ? 0.1 * (1 - hours / 168) : 0);
          return { id: other, weight, score: points / (1 + points) };
        })
        .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
      const { json } = await call('GET', `/v1/articles/${id}/related?kinds=similar&limit=50`);
      expect(json.related.map(({ article }: { article: { id: string } }) => article.id)).toEqual(
        wanted.map((one) => one.id),
      );
      for (const [at, { score, why }] of json.related.entries()) {
        expect(score).toBeCloseTo(wanted[at]?.score ?? Number.NaN, 9);
        const reason = { type: 'relation', kind: 'similar', weight: wanted[at]?.weight };
        expect(why).toContainEqual(expect.objectContaining(reason));
      }
    }
  });
});
