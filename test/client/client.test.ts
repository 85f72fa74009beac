import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { generateContract } from '../../src/cli/generate-client.ts';
import { createTandem, type Tandem, TandemError } from '../../src/client/index.ts';
import { type FakeAnswer, type FakeHttpService, startFakeService } from '../fakes/http-service.ts';

let fake: FakeHttpService | undefined;

afterEach(async () => {
  await fake?.close();
  fake = undefined;
});

async function clientOf(answer: FakeAnswer): Promise<{ tandem: Tandem; fake: FakeHttpService }> {
  fake = await startFakeService(() => answer);
  return { tandem: createTandem({ baseUrl: `${fake.url}/`, token: async () => 't' }), fake };
}

/** White space and quotes are the formatter's. */
const bare = (text: string): string => text.replace(/[\s;|()]/g, '');

describe('the client', () => {
  it('has the types of the document as it is now', async () => {
    const path = new URL('../../src/client/contract.ts', import.meta.url);
    expect(bare(readFileSync(path, 'utf8'))).toBe(bare(await generateContract()));
  });

  it('fills the path, writes the query and sends what the body is', async () => {
    const { tandem, fake } = await clientOf({
      status: 201,
      headers: { 'content-type': 'application/json' },
      body: { id: 'a~1', rev: 1 },
    });
    const put = await tandem.call('PUT /v1/articles/{id}', {
      path: { id: 'a~1' },
      header: { 'If-None-Match': '*' },
      body: { title: 'Ünïcode' },
    });
    expect([put.status, put.body.rev]).toEqual([201, 1]);
    await tandem.call('GET /v1/articles', { query: { filter: 'a = "b&c"', pageSize: 5 } });
    const [first, second] = fake.requests;
    expect(first).toMatchObject({
      method: 'PUT',
      path: '/v1/articles/a~1',
      headers: {
        authorization: 'Bearer t',
        'if-none-match': '*',
        'content-type': 'application/json',
      },
    });
    expect(JSON.parse(first?.body ?? '')).toEqual({ title: 'Ünïcode' });
    expect(Object.fromEntries(second?.query ?? [])).toEqual({ filter: 'a = "b&c"', pageSize: '5' });
  });

  it('sends JSON text as it stands, and patches as patches', async () => {
    const { tandem, fake } = await clientOf({ status: 200, body: {} });
    const text = '{"attributes":{"n":1.00000000000000000001}}';
    await tandem.call('PATCH /v1/articles/{id}', { path: { id: 'a' }, body: text });
    expect(fake.requests[0]).toMatchObject({
      body: text,
      headers: { 'content-type': 'application/merge-patch+json' },
    });
  });

  it('tells failures in the words of the service', async () => {
    const problem = {
      status: 503,
      code: 'aurora_asleep',
      detail: 'Aurora is waking up.',
      errors: [{ parameter: 'q', code: 'x', detail: 'is odd', suggestion: 'even' }],
    };
    const { tandem } = await clientOf({
      status: 503,
      headers: { 'retry-after': '7' },
      body: problem,
    });
    const failed = await tandem.call('GET /v1/articles', {}).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(TandemError);
    expect(failed).toMatchObject({ status: 503, code: 'aurora_asleep', retryAfterSeconds: 7 });
    expect(String(failed)).toContain(
      '503 aurora_asleep: Aurora is waking up. [q: is odd (perhaps even)]',
    );
  });

  it('asks for no other path than it means', async () => {
    const { tandem, fake } = await clientOf({ status: 200, body: {} });
    for (const id of ['', '.', '..']) {
      await expect(tandem.call('GET /v1/articles/{id}', { path: { id } })).rejects.toThrow('id');
    }
    await tandem.call('GET /v1/articles/{id}', { path: { id: 'a/../b' } });
    expect(fake.requests.map(({ path }) => path)).toEqual(['/v1/articles/a%2F..%2Fb']);
  });
});
