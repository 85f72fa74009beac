import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Client, clientOf } from '../support/http.ts';
import { createDatabase } from '../support/postgres.ts';
import { launch, startService } from '../support/service.ts';

const folders: string[] = [];

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-data-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A data folder, and on PostgreSQL a database that outlives the process as the folder does. */
async function lasting(): Promise<Record<string, string>> {
  const server = process.env.TEST_DATABASE_URL;
  return {
    DATA_DIR: aFolder(),
    ...(server ? { DATABASE_URL: await createDatabase(server) } : {}),
  };
}

async function ended(env: Record<string, string>): Promise<{ status: number; err: string }> {
  const child = launch(env);
  let err = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [status] = (await once(child, 'close')) as [number];
  return { status, err };
}

async function callsOf(call: Client, send: () => Promise<unknown>) {
  await call('POST', '/__local/settle');
  await call('DELETE', '/__local/calls');
  await send();
  const { json } = await call('GET', '/__local/calls');
  const count = (service: string): Record<string, number> =>
    Object.fromEntries(
      Object.entries(json[service] as Record<string, { count: number }>).map(([name, told]) => [
        name,
        told.count,
      ]),
    );
  return { aurora: count('data-api'), dynamodb: count('dynamodb') };
}

describe('the process', () => {
  it('keeps what it acknowledged over a kill in the middle of writing, and goes on', async () => {
    const env = await lasting();
    const first = await startService(env);
    const call = clientOf(first.url);
    const articles: string[] = [];
    const outputs: string[] = [];
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      for (let n = 0; ; n++) {
        const id = `k-${writer}-${n}`;
        const put = await call('PUT', `/v1/articles/${id}`, { title: id, body: `body of ${id}` });
        if (put.status === 201) articles.push(id);
        const output = await call('PUT', `/v1/articles/${id}/ai-outputs/note`, { output: id });
        if (output.status === 201) outputs.push(id);
      }
    });
    const cut = Promise.allSettled(writers);
    while (outputs.length < 60) await new Promise((resolve) => setImmediate(resolve));
    await first.kill();
    await cut;

    const second = await startService(env);
    try {
      const again = clientOf(second.url);
      for (const id of articles) {
        const got = await again('GET', `/v1/articles/${id}?fields=*,body&include=note`);
        expect([id, got.status, got.json.body]).toEqual([id, 200, `body of ${id}`]);
        if (outputs.includes(id)) expect(got.json.aiOutputs.note.output).toBe(id);
      }
      expect((await again('POST', '/__local/settle')).status).toBe(200);
      expect((await again('PUT', '/v1/articles/after', { title: 'x' })).status).toBe(201);
    } finally {
      expect(await second.stop()).toBe(0);
    }
  });

  it('keeps page tokens good over a restart', async () => {
    const env = await lasting();
    const first = await startService({ ...env, SAMPLE: '1' });
    const page = await clientOf(first.url)('GET', '/v1/articles?pageSize=10');
    expect(page.json.articles).toHaveLength(10);
    expect(await first.stop()).toBe(0);
    const second = await startService({ ...env, SAMPLE: '1' });
    const token = encodeURIComponent(page.json.nextPageToken);
    const next = await clientOf(second.url)('GET', `/v1/articles?pageSize=10&pageToken=${token}`);
    expect(next.status).toBe(200);
    expect(await second.stop()).toBe(0);
  });

  it('ends at once with one clear line when it cannot start', async () => {
    const env = await lasting();
    const first = await startService(env);
    const taken = await ended(env);
    expect([taken.status, taken.err.trim().split('\n')]).toEqual([
      1,
      [expect.stringMatching(/in use by process \d+/)],
    ]);
    await first.stop();
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as { port: number };
    const busy = await ended({ PORT: String(port) });
    expect([busy.status, busy.err.trim().split('\n')]).toEqual([
      1,
      [expect.stringContaining(`Port ${port} is in use`)],
    ]);
    holder.close();
    const bad = await ended({ PORT: 'x', LOG_LEVEL: 'loud', AUTH_ISSUER: 'https://i.example' });
    expect(bad.status).toBe(1);
    expect(bad.err.trim().split('\n')).toHaveLength(1);
    for (const name of ['PORT', 'LOG_LEVEL', 'AUTH_AUDIENCE']) expect(bad.err).toContain(name);
    const unusable = await ended({ DATA_DIR: '/proc/nothing/here' });
    expect([unusable.status, unusable.err.trim().split('\n')]).toEqual([
      1,
      [expect.stringContaining('/proc/nothing/here')],
    ]);
  });
});

describe('store calls', () => {
  it('are as few as there are stores', async () => {
    const service = await startService({ SAMPLE: '1' });
    try {
      const call = clientOf(service.url);
      const id = 'wrenport-ferry-returns';
      expect(
        await callsOf(call, () => call('GET', `/v1/articles/${id}?include=summary,sentiment`)),
      ).toEqual({ aurora: { ExecuteStatement: 1 }, dynamodb: { BatchGetItem: 1 } });
      expect(await callsOf(call, () => call('GET', `/v1/articles/${id}?include=*`))).toEqual({
        aurora: { ExecuteStatement: 1 },
        dynamodb: { Query: 1 },
      });
      // The first answer of a list is kept for the time in which Aurora sleeps, once a minute.
      const list = () => call('GET', '/v1/articles?pageSize=50&include=summary,entities');
      expect(await callsOf(call, list)).toEqual({
        aurora: { ExecuteStatement: 1 },
        dynamodb: { BatchGetItem: 1, PutItem: 1 },
      });
      expect(await callsOf(call, list)).toEqual({
        aurora: { ExecuteStatement: 1 },
        dynamodb: { BatchGetItem: 1 },
      });
      const put = await callsOf(call, () => call('PUT', '/v1/articles/new', { title: 'n' }));
      expect(put.aurora).toEqual({ ExecuteStatement: 1 });
      // While Aurora sleeps nothing but the request itself could call it.
      await call('PUT', '/__local/aurora', { state: 'asleep' });
      await call('DELETE', '/__local/calls');
      const output = await call('PUT', `/v1/articles/${id}/ai-outputs/note`, { output: 1 });
      expect(output.status).toBe(201);
      const calls = await call('GET', '/__local/calls');
      expect(calls.json['data-api']).toEqual({});
    } finally {
      await service.stop();
    }
  });

  it('answers an article from its copy while Aurora sleeps, and says so', async () => {
    const service = await startService({ SAMPLE: '1', RESUME_SECONDS: '1' });
    try {
      const call = clientOf(service.url);
      await call('POST', '/__local/settle');
      await call('PUT', '/__local/aurora', { state: 'asleep' });
      const got = await call('GET', '/v1/articles/wrenport-ferry-returns?include=summary');
      expect(got.status).toBe(200);
      expect(got.json.degraded).toEqual(['aurora_asleep']);
      expect(Number(got.headers.get('age'))).toBeGreaterThanOrEqual(0);
      expect(got.json.aiOutputs.summary.status).toBe('ok');
      const write = await call('PUT', '/v1/articles/woken', { title: 'w' });
      expect(write.status).toBe(201);
    } finally {
      await service.stop();
    }
  });
});
