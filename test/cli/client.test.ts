import { afterEach, describe, expect, it } from 'vitest';
import { createClient, describeProblem, ServiceUnreachable } from '../../src/cli/client.ts';
import { type FakeAnswer, type FakeHttpService, startFakeService } from '../fakes/http-service.ts';
import { instantClock } from '../fakes/instant-clock.ts';

let fake: FakeHttpService | undefined;

afterEach(async () => {
  await fake?.close();
  fake = undefined;
});

/** A client of a fake that gives these answers one after the other, the last one for ever. */
async function clientOf(answers: readonly FakeAnswer[], token?: string) {
  let next = 0;
  fake = await startFakeService(() => answers[Math.min(next++, answers.length - 1)] as FakeAnswer);
  const clock = instantClock();
  const troubles: string[] = [];
  const client = createClient({
    baseUrl: `${fake.url}/`,
    ...(token === undefined ? {} : { token }),
    clock,
    random: () => 0.5,
    onTrouble: (reason) => troubles.push(reason),
  });
  return { client, clock, troubles, fake };
}

const GET = ['GET /v1/articles', {}] as const;

describe('command line client', () => {
  it('sends the bearer token and says how long it waits for a sleeping cluster', async () => {
    const { client, fake } = await clientOf([{ status: 200, body: { a: 1 } }], 'secret');
    const reply = await client.send('GET /v1/articles', { query: { filter: 'a = "b&c"' } });
    expect(reply).toMatchObject({ status: 200, text: '{"a":1}' });
    expect(fake.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer secret',
      prefer: 'wait=25',
    });
    expect(fake.requests[0]?.query.get('filter')).toBe('a = "b&c"');
  });

  it('waits as long as the service asks for, then sends again', async () => {
    const busy = { status: 503, headers: { 'retry-after': '7' } };
    const { client, clock, troubles } = await clientOf([busy, { status: 429 }, { status: 200 }]);
    expect((await client.send(...GET)).status).toBe(200);
    expect(clock.sleeps).toEqual([7_000, 375]);
    expect(troubles).toEqual(['503', '429']);
  });

  it('sends again after a broken connection', async () => {
    const { client } = await clientOf([{ status: 200 }, 'drop', 'drop', { status: 201 }]);
    await client.send(...GET);
    expect((await client.send(...GET)).status).toBe(201);
  });

  it('gives up after two minutes without a good answer', async () => {
    const { client, clock } = await clientOf([{ status: 503 }]);
    const before = clock.now();
    await expect(client.send(...GET)).rejects.toThrow(ServiceUnreachable);
    expect(clock.now() - before).toBeGreaterThan(100_000);
    expect(clock.now() - before).toBeLessThanOrEqual(120_000);
  });

  it('gives up after five seconds where the service was never there', async () => {
    const { client, clock, fake } = await clientOf([{ status: 200 }]);
    await fake.close();
    const before = clock.now();
    await expect(client.send(...GET)).rejects.toThrow(/does not answer: .*ECONNREFUSED/);
    expect(clock.now() - before).toBeLessThanOrEqual(5_000);
  });

  it('hands out a status that its caller takes, and any refusal', async () => {
    const { client } = await clientOf([{ status: 504 }, { status: 400 }, { status: 500 }]);
    expect((await client.send(...GET, { takes: [504] })).status).toBe(504);
    expect((await client.send(...GET)).status).toBe(400);
    expect((await client.send(...GET)).status).toBe(500);
  });

  it('ends at once when it is not let in', async () => {
    const { client, fake } = await clientOf([{ status: 401, body: { code: 'unauthenticated' } }]);
    await expect(client.send(...GET)).rejects.toThrow(/does not let us in: 401 unauthenticated/);
    expect(fake.requests).toHaveLength(1);
  });
});

describe('a problem in one line', () => {
  it('names code, detail and each fault', () => {
    const text = JSON.stringify({
      code: 'invalid',
      detail: 'Bad input.',
      errors: [
        { pointer: '/title', detail: 'is required' },
        { parameter: 'filter', detail: 'odd' },
      ],
    });
    expect(describeProblem({ status: 400, headers: new Headers(), text })).toBe(
      '400 invalid: Bad input. [/title: is required] [filter: odd]',
    );
  });

  it('copes with an answer that is no problem document', () => {
    expect(describeProblem({ status: 502, headers: new Headers(), text: '<html>' })).toBe('502');
  });
});
