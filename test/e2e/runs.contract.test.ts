import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf } from '../support/http.ts';
import { answers, fillForRuns, putBadRun } from '../support/runs.ts';
import { type Service, startService } from '../support/service.ts';

const ARTICLES = 120;

let service: Service;
let call: Client;

beforeAll(async () => {
  service = await startService({ LOG_LEVEL: 'info' });
  call = clientOf(service.url);
});
afterAll(() => service?.stop());

const settle = async () => expect((await call('POST', '/__local/settle')).status).toBe(200);

describe('a run that is reverted', () => {
  it('leaves every question with the answer it had before', { timeout: 180_000 }, async () => {
    await fillForRuns(call, ARTICLES);
    await settle();
    const before = await answers(call);
    await putBadRun(call, ARTICLES);
    await settle();
    const during = await answers(call);
    expect(during.filter((answer, at) => answer === before[at])).toHaveLength(0);
    expect((await call('GET', '/v1/runs/bad')).json).toEqual({
      runId: 'bad',
      outputs: ARTICLES,
      reverted: 0,
      state: 'active',
    });

    const asked = await call('POST', '/v1/runs/bad/revert');
    expect([asked.status, asked.headers.get('location')]).toEqual([202, '/v1/runs/bad']);
    expect(asked.json).toMatchObject({ runId: 'bad', outputs: ARTICLES, state: 'reverting' });
    expect((await call('POST', '/v1/runs/bad/revert')).status).toBe(202);
    await settle();
    expect((await call('GET', '/v1/runs/bad')).json).toEqual({
      runId: 'bad',
      outputs: ARTICLES,
      reverted: ARTICLES,
      state: 'reverted',
    });
    expect(await answers(call)).toEqual(before);
    const { json } = await call('GET', '/v1/articles/r-1/ai-outputs/note');
    expect(json).toMatchObject({ version: 3, producer: { model: 'good', runId: 'good' } });
    expect((await call('GET', '/v1/articles/r-9/ai-outputs/note')).status).toBe(404);
  });

  it('ends by itself, whatever its id looks like', async () => {
    const runId = 'nightly/2026-01-02 #7'.replace(' ', '+');
    const path = `/v1/runs/${encodeURIComponent(runId)}`;
    const put = await call('PUT', '/v1/articles/r-0/ai-outputs/other', {
      output: 1,
      producer: { runId },
    });
    expect(put.status).toBe(201);
    expect((await call('GET', path)).json).toMatchObject({ runId, outputs: 1, state: 'active' });
    const key = { 'idempotency-key': 'k1' };
    const first = await call('POST', `${path}/revert`, undefined, key);
    const again = await call('POST', `${path}/revert`, undefined, key);
    expect([again.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([
      202,
      first.text,
      'true',
    ]);
    await expect
      .poll(async () => (await call('GET', path)).json.state, { timeout: 20_000, interval: 250 })
      .toBe('reverted');
    expect((await call('GET', '/v1/articles/r-0/ai-outputs/other')).status).toBe(404);
  });

  it('must be known, and have an id that can be one', async () => {
    for (const [method, path] of [
      ['GET', '/v1/runs/nobody'],
      ['POST', '/v1/runs/nobody/revert'],
    ] as const) {
      expect((await call(method, path)).status).toBe(404);
    }
    for (const id of ['a%20b', 'x'.repeat(129), '%C3%A9']) {
      const answer = await call('POST', `/v1/runs/${id}/revert`);
      expect(answer.status).toBe(400);
      expect(answer.json.errors[0]).toMatchObject({ parameter: 'runId', code: 'malformed' });
    }
    const wrong = await call('PUT', '/v1/runs/bad/revert', {});
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });
});

describe('what a worker has to do', () => {
  const work = async (filter: string): Promise<string[]> => {
    const found: string[] = [];
    for (let token = ''; ; ) {
      const query = `filter=${encodeURIComponent(filter)}&orderBy=id&pageSize=7${token}`;
      const { status, json } = await call('GET', `/v1/articles?${query}`);
      expect([status, json?.detail]).toEqual([200, undefined]);
      found.push(...json.articles.map(({ id }: { id: string }) => id));
      if (!json.nextPageToken) return found;
      token = `&pageToken=${encodeURIComponent(json.nextPageToken)}`;
    }
  };
  const put = (id: string, model: string) =>
    call('PUT', `/v1/articles/${id}/ai-outputs/digest`, { output: model, producer: { model } });

  it('is paged through while it is being done', async () => {
    const ids = Array.from({ length: 24 }, (_, n) => `w-${String(n).padStart(2, '0')}`);
    await call('POST', '/v1/articles/batch', {
      articles: ids.map((id) => ({ id, title: id, section: 'work' })),
    });
    for (const id of ids.slice(0, 10)) await put(id, id < 'w-05' ? 'old' : 'new');
    await settle();
    const missing = 'section = "work" AND NOT ai.digest:*';
    const outdated = 'section = "work" AND ai.digest.model != "new"';
    expect(await work(missing)).toEqual(ids.slice(10));
    expect(await work(outdated)).toEqual([...ids.slice(0, 5), ...ids.slice(10)]);
    expect(await work(`ai.digest:* AND ${outdated}`)).toEqual(ids.slice(0, 5));

    // A worker that takes the first page, does it, and asks for the next.
    const done: string[] = [];
    for (let token = ''; ; ) {
      const query = `filter=${encodeURIComponent(outdated)}&orderBy=id&pageSize=7${token}`;
      const { json } = await call('GET', `/v1/articles?${query}`);
      for (const { id } of json.articles) {
        done.push(id);
        await put(id, 'new');
      }
      await settle();
      if (!json.nextPageToken) break;
      token = `&pageToken=${encodeURIComponent(json.nextPageToken)}`;
    }
    expect(done).toEqual([...ids.slice(0, 5), ...ids.slice(10)]);
    expect(await work(outdated)).toEqual([]);
    expect(await work(missing)).toEqual([]);
  });
});

describe('shapes that change', () => {
  it('are told once each, and metrics go on by the second path', async () => {
    const shapes = [
      { wps: 1 },
      { wps: 2, words: 10 },
      { metrics: { wordsPerSentence: 3 } },
      { metrics: { wordsPerSentence: 4, words: 5 }, lang: 'en' },
      { metrics: { wordsPerSentence: 'five' } },
      { nothing: [true] },
    ];
    for (const n of shapes.keys()) {
      for (const twin of ['x', 'y'])
        await call('PUT', `/v1/articles/s-${n}${twin}`, { title: 's' });
    }
    await call('PUT', '/v1/projections/sentence', {
      kind: 'reading',
      target: { type: 'metric', valueType: 'number' },
      select: ['$.wps', '$.metrics.wordsPerSentence'],
    });
    for (const twin of ['x', 'y']) {
      for (const [n, output] of shapes.entries()) {
        await call('PUT', `/v1/articles/s-${n}${twin}/ai-outputs/reading`, {
          output,
          producer: { model: `m${n % 2}` },
        });
      }
      await settle();
    }
    const { json: list } = await call(
      'GET',
      '/v1/articles?filter=metrics.sentence:*&orderBy=metrics.sentence',
    );
    expect(list.articles.map(({ id }: { id: string }) => id)).toEqual(
      [0, 1, 2, 3].flatMap((n) => [`s-${n}x`, `s-${n}y`]),
    );
    expect((await call('GET', '/v1/projections/sentence')).json).toMatchObject({
      state: 'active',
      coverage: { matched: 8, missed: 2, failed: 2 },
    });
    const { json } = await call('GET', '/v1/ai-outputs/shapes?kind=reading');
    expect(json.shapes).toHaveLength(6);
    for (const shape of json.shapes) {
      expect(shape).toMatchObject({
        count: 2,
        exampleArticleId: expect.stringMatching(/^s-\d[xy]$/),
      });
      expect(shape.models).toHaveLength(1);
      expect(shape.firstSeenAt <= shape.lastSeenAt).toBe(true);
    }
    const events = service.log
      .filter((line) => line.includes('"output_shape_first_seen"'))
      .map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === 'reading');
    expect(events.map(({ model }) => model).sort()).toEqual(['m0', 'm0', 'm0', 'm1', 'm1', 'm1']);
    expect(new Set(events.map(({ shape }) => shape)).size).toBe(6);
  });
});
