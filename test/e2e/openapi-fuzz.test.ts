import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROUTES } from '../../src/http/index.ts';
import { fuzz } from '../support/fuzz/run.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service?.stop());

it('answers requests made of its OpenAPI document as that says, good ones and broken ones', async () => {
  const { succeeded, broken, faults } = await fuzz(service.url, 800, 20_260_301);
  expect(faults).toEqual([]);
  // Requests that never succeed would prove little.
  expect(succeeded.size).toBeGreaterThan(ROUTES.length * 0.8);
  expect(Object.keys(broken).length).toBeGreaterThan(2);
}, 120_000);
