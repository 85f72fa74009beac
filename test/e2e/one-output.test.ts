import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, clientOf, insist } from '../support/http.ts';
import { type Service, startService } from '../support/service.ts';

/** All at once, on one article id. */
const REQUESTS = 200;

let service: Service;
let call: Client;

beforeAll(async () => {
  service = await startService();
  call = clientOf(service.url);
});

afterAll(() => service?.stop());

describe(`${REQUESTS} requests at once on one output`, () => {
  it('that write and read an output leave versions without gap or double', async () => {
    await call('PUT', '/v1/articles/one', { title: 'One' });
    const path = '/v1/articles/one/ai-outputs/note';
    const read: number[] = [];
    const written = await Promise.all(
      Array.from({ length: REQUESTS }, async (_, n) => {
        if (n % 4 === 3) {
          const { status, json } = await insist(() => call('GET', path));
          expect([200, 404]).toContain(status);
          if (status === 200) read.push(json.version);
          return undefined;
        }
        const { status, json } = await insist(() => call('PUT', path, { output: { n } }));
        // 200 where it was stored before, and the answer came too late.
        expect([200, 201]).toContain(status);
        return { n, version: json.version as number };
      }),
    );
    const writes = written.filter((one) => one !== undefined);
    expect(new Set(writes.map(({ version }) => version)).size).toBe(writes.length);
    const all: number[] = [];
    for (let page = ''; ; ) {
      const { json } = await call('GET', `${path}/versions?pageSize=100${page}`);
      for (const { version } of json.versions) all.push(version);
      if (json.nextPageToken === undefined) break;
      page = `&pageToken=${encodeURIComponent(json.nextPageToken)}`;
    }
    expect(all.length).toBeGreaterThanOrEqual(writes.length);
    expect(all).toEqual(Array.from({ length: all.length }, (_, n) => all.length - n));
    for (const { version } of writes) expect(all).toContain(version);
    for (const version of read) expect(all).toContain(version);
    for (const { n, version } of writes) {
      const { json } = await call('GET', `${path}?version=${version}`);
      expect(json.output).toEqual({ n });
    }
  }, 120_000);
});
