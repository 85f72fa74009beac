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

describe(`${REQUESTS} requests at once on one article`, () => {
  it('that patch it lose none', async () => {
    await call('PUT', '/v1/articles/two', { title: 'Two' });
    const revs = await Promise.all(
      Array.from({ length: REQUESTS }, async (_, n) => {
        if (n % 4 === 3) {
          expect((await insist(() => call('GET', '/v1/articles/two'))).status).toBe(200);
          return 0;
        }
        const { status, json } = await insist(() =>
          call('PATCH', '/v1/articles/two', { attributes: { [`k${n}`]: n } }),
        );
        expect(status).toBe(200);
        return json.rev as number;
      }),
    );
    const { json } = await call('GET', '/v1/articles/two');
    const patches = revs.filter((rev) => rev > 0);
    expect(Object.keys(json.attributes)).toHaveLength(patches.length);
    // A patch whose answer was lost and that was sent again changes nothing the second time.
    expect(json.rev).toBe(1 + patches.length);
    expect(new Set(patches).size).toBe(patches.length);
  }, 120_000);
});
