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

  it('goes in by import, and again changes nothing', async () => {
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
    expect(Object.keys(calls.dynamodb)).toEqual(['BatchGetItem']);
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

  it('comes out by export as it went in, and that goes in again', async () => {
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
