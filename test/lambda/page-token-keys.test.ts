import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoadTokenKeys } from '../../src/http/index.ts';
import { createPageTokenKeys } from '../../src/lambda/page-token-keys.ts';
import { type SecretStore, startSecretStore } from '../fakes/secret-store.ts';
import { TestClock } from '../support/clock.ts';

const [first, second, third] = ['1'.repeat(40), '2'.repeat(40), '3'.repeat(40)];

let store: SecretStore;
let clock: TestClock;
let load: LoadTokenKeys;

beforeEach(async () => {
  store = await startSecretStore(first);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', store.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'k');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  clock = new TestClock();
  load = createPageTokenKeys({ secretArn: store.arn, region: 'us-east-1', clock });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await store.close();
});

describe('the keys of page tokens', () => {
  it('are the current and the previous value, the current one first', async () => {
    expect(await load('usual')).toEqual([first]);
    store.put(second);
    clock.advance(5 * 60_000);
    expect(await load('usual')).toEqual([second, first]);
    store.put(third);
    clock.advance(5 * 60_000);
    expect(await load('usual')).toEqual([third, second]);
  });

  it('are asked for once by many requests, and then not for five minutes', async () => {
    await Promise.all([load('usual'), load('usual'), load('newest')]);
    clock.advance(4 * 60_000);
    await load('usual');
    expect(store.asked.sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  it('are asked for again for a token that none fits, at most every five seconds', async () => {
    const before = await load('usual');
    expect(await load('newest')).toBe(before);
    clock.advance(5_000);
    // The same values are the same list: there is nothing to try again with.
    expect(await load('newest')).toBe(before);
    store.put(second);
    clock.advance(5_000);
    expect(await load('newest')).toEqual([second, first]);
    expect(store.asked).toHaveLength(6);
  });

  it('are kept while the store is away, and missed only where they were never had', async () => {
    store.fail(true);
    await expect(load('usual')).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'page_token_keys_unavailable',
    });
    store.fail(false);
    expect(await load('usual')).toEqual([first]);
    store.fail(true);
    clock.advance(6 * 60_000);
    expect(await load('usual')).toEqual([first]);
  });
});
