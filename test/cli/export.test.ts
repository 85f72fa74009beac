import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/cli/client.ts';
import { runExport } from '../../src/cli/export.ts';
import { type FakeHttpService, type FakeRequest, startFakeService } from '../fakes/http-service.ts';
import { instantClock } from '../fakes/instant-clock.ts';

let fake: FakeHttpService | undefined;

afterEach(async () => {
  await fake?.close();
  fake = undefined;
});

const PAGES: Record<string, { body: string; next?: string }> = {
  '': { body: '{"id":"a"}\n{"id":"b"}\n', next: 'p2' },
  p2: { body: '{"id":"c"}\n', next: 'p3' },
  p3: { body: '{"id":"d"}\n' },
};

function page(request: FakeRequest) {
  const { body, next } = PAGES[request.query.get('pageToken') ?? ''] ?? { body: '' };
  return { status: 200, body, headers: next === undefined ? {} : { 'x-next-page-token': next } };
}

async function start(answer: Parameters<typeof startFakeService>[0]) {
  fake = await startFakeService(answer);
  const clock = instantClock();
  return { fake, client: createClient({ baseUrl: fake.url, clock, random: () => 0.5 }) };
}

/** Keeps what is written; `room` is the high-water mark, `onWrite` may fail. */
function sink(room: number, onWrite: (text: string) => Error | null = () => null) {
  const written: string[] = [];
  const out = new Writable({
    highWaterMark: room,
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      setImmediate(() => done(onWrite(String(chunk))));
    },
  });
  return { out, written };
}

describe('export', () => {
  it('writes all pages in order, with the filter and kinds asked for', async () => {
    const { client, fake } = await start(page);
    const { out, written } = sink(1_000_000);
    expect(await runExport({ client, out, filter: 'language = "en"', include: 'summary' })).toBe(4);
    expect(written.join('')).toBe('{"id":"a"}\n{"id":"b"}\n{"id":"c"}\n{"id":"d"}\n');
    expect(fake.requests.map(({ query }) => Object.fromEntries(query))).toEqual([
      { filter: 'language = "en"', include: 'summary' },
      { filter: 'language = "en"', include: 'summary', pageToken: 'p2' },
      { filter: 'language = "en"', include: 'summary', pageToken: 'p3' },
    ]);
  });

  it('asks for the next page only when the one before was taken', async () => {
    const { client, fake } = await start(page);
    const pending: (() => void)[] = [];
    const out = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => void pending.push(done),
    });
    const run = runExport({ client, out });
    while (pending.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(fake.requests).toHaveLength(1);
    const release = setInterval(() => pending.shift()?.(), 1);
    expect(await run).toBe(4);
    clearInterval(release);
  });

  it('ends without an error when nobody reads any more', async () => {
    const { client, fake } = await start(page);
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const { out } = sink(1, () => gone);
    expect(await runExport({ client, out })).toBe(0);
    expect(fake.requests).toHaveLength(1);
  });

  it('fails when the output cannot be written for another reason', async () => {
    const { client } = await start(page);
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    const { out } = sink(1, () => full);
    await expect(runExport({ client, out })).rejects.toThrow('no space left');
  });

  it('tells why the service refuses', async () => {
    const { client } = await start(() => ({
      status: 400,
      body: { code: 'invalid', detail: 'bad filter' },
    }));
    await expect(runExport({ client, out: sink(10).out, filter: '(' })).rejects.toThrow(
      'the export was refused: 400 invalid: bad filter',
    );
  });
});
