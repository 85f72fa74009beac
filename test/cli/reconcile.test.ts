import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTandem } from '../support/command.ts';
import { clientOf } from '../support/http.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startService();
});

afterAll(() => service?.stop());

it('compares the stores of a local process, and finds nothing where nothing is wrong', async () => {
  const call = clientOf(service.url);
  for (const id of ['a', 'b']) {
    await call('PUT', `/v1/articles/${id}`, { title: id });
    await call('PUT', `/v1/articles/${id}/ai-outputs/note`, { output: id });
  }
  await call('DELETE', '/v1/articles/b');
  expect((await call('POST', '/__local/settle')).status).toBe(200);
  const { status, out, err } = await runTandem(['reconcile', '--url', service.url]);
  expect(out).toBe('2 articles and 1 outputs compared, 0 differences, 0 mended\n');
  expect(err).toContain('2 articles compared');
  expect(status).toBe(0);
}, 60_000);

it('says what is wrong with its options', async () => {
  const bad = await runTandem(['reconcile', '--since', 'yesterday']);
  expect(bad.status).toBe(1);
  expect(bad.err).toContain('2026-01-31T12:00:00Z');
  const away = await runTandem(['reconcile', '--url', 'http://127.0.0.1:9']);
  expect(away.status).toBe(1);
  expect(away.err).toContain('No local process answers at http://127.0.0.1:9');
}, 60_000);
