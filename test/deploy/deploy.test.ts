import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsAccount, startAwsAccount } from '../fakes/aws-account.ts';
import { clientOf } from '../support/http.ts';
import { type Ended, runServerless } from '../support/packaged.ts';
import { startService } from '../support/service.ts';
import { startZipped, surround } from '../support/zipped.ts';
import { checkRules } from './template/rules.ts';
import { checkSchema } from './template/schema.ts';
import type { Template } from './template/template.ts';

const ACCESS = {
  AUTH_ISSUER: 'https://issuer.example/',
  AUTH_AUDIENCE: 'tandem',
  AUTH_JWKS_URL: 'https://issuer.example/.well-known/jwks.json',
};

let account: AwsAccount;

const serverless = (command: string, env: Record<string, string> = ACCESS): Promise<Ended> =>
  runServerless([command, '--stage', 'prod'], { AWS_ENDPOINT_URL: account.url, ...env });

beforeAll(async () => {
  account = await startAwsAccount();
});
afterAll(() => account?.close());

/** One life of a stack, in order. */
describe('a deploy', () => {
  it('is refused without access control, before anything is touched', async () => {
    const { status, output } = await serverless('deploy', {});
    expect(status).not.toBe(0);
    expect(output).toContain('set AUTH_ISSUER, AUTH_AUDIENCE, AUTH_JWKS_URL');
    expect(account.calls.filter((call) => /Create|Update|PUT/.test(call))).toEqual([]);
  }, 60_000);

  it('makes the stack, with every file that the template names', async () => {
    const { status, output } = await serverless('deploy');
    expect([status, output]).toEqual([0, expect.stringContaining('deployed')]);
    const template = deployed();
    expect(await checkSchema(template)).toEqual([]);
    expect(checkRules(template)).toEqual([]);
    const keys = zipKeys(template);
    expect(keys).toHaveLength(new Set(keys).size);
    const uploaded = [...account.objects.keys()].map((name) => name.split('/').slice(1).join('/'));
    expect(uploaded).toEqual(expect.arrayContaining(keys));
    // What was uploaded and nothing names is the template itself, and the command's own state.
    const others = uploaded.filter((key) => !keys.includes(key));
    expect(others.map((key) => key.split('/').pop()).sort()).toEqual([
      'compiled-cloudformation-template.json',
      'serverless-state.json',
    ]);
  }, 60_000);

  it('uploads code that serves', async () => {
    const key = zipKeys(deployed()).find((one) => one.endsWith('/api.zip'));
    const [, zip] = [...account.objects].find(([name]) => name.endsWith(`${key}`)) ?? [];
    const folder = await mkdtemp(join(tmpdir(), 'tandem-deployed-'));
    const service = await startService();
    const around = await surround(service.url);
    try {
      const file = join(folder, 'api.zip');
      await writeFile(file, zip ?? '');
      const api = await startZipped(file, 'api', around.env);
      const call = clientOf(api.url);
      const authorization = `Bearer ${around.issuer.token()}`;
      const put = await call('PUT', '/v1/articles/d-1', { title: 'Deployed' }, { authorization });
      const got = await call('GET', '/v1/articles/d-1', undefined, { authorization });
      expect([put.status, got.json?.title]).toEqual([201, 'Deployed']);
      await api.close();
    } finally {
      await around.close();
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }, 60_000);

  it('again changes nothing where nothing changed', async () => {
    const before = account.template();
    const { status, output } = await serverless('deploy');
    expect([status, output]).toEqual([0, expect.stringMatching(/No changes|deployed/)]);
    expect(account.template()).toBe(before);
  }, 60_000);

  it('with another parameter updates the stack', async () => {
    const { status } = await runServerless(['deploy', '--stage', 'prod', '--param=maxAcu=8'], {
      AWS_ENDPOINT_URL: account.url,
      ...ACCESS,
    });
    expect(status).toBe(0);
    const { Properties } = deployed().Resources.DbCluster ?? {};
    expect(Properties?.ServerlessV2ScalingConfiguration.MaxCapacity).toBe('8');
  }, 60_000);

  it('tells of itself', async () => {
    const { status, output } = await serverless('info');
    expect(status).toBe(0);
    expect(output).toMatch(/api: tandem-prod-api/);
  }, 60_000);

  it('is taken away, and leaves nothing in its bucket', async () => {
    const { status } = await serverless('remove');
    expect(status).toBe(0);
    expect(account.template()).toBeUndefined();
    expect([...account.objects.keys()]).toEqual([]);
  }, 60_000);
});

function deployed(): Template {
  return JSON.parse(account.template() ?? '{}') as Template;
}

function zipKeys({ Resources }: Template): string[] {
  return Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => Properties?.Code.S3Key);
}
