import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../src/cli/bundle.ts';
import { type Client, clientOf } from '../support/http.ts';
import { type Package, packageStage } from '../support/packaged.ts';
import { type Service, startService } from '../support/service.ts';
import { readZip } from '../support/unzip.ts';
import {
  type Surroundings,
  startZipped,
  surround,
  type ZippedFunction,
} from '../support/zipped.ts';
import { resourcesOf } from './template/template.ts';

let made: Package;
let service: Service;
let around: Surroundings;
const functions = new Map<FunctionName, ZippedFunction>();
const zipped = (name: FunctionName): ZippedFunction => functions.get(name) as ZippedFunction;

/** As the gateway and the stream call it, with its answer; tokens are good unless said otherwise. */
let api: Client;

beforeAll(async () => {
  [made, service] = await Promise.all([packageStage('dev'), startService()]);
  around = await surround(service.url);
  for (const name of FUNCTIONS) {
    functions.set(name, await startZipped(made.zip(name), name, around.env));
  }
  const call = clientOf(zipped('api').url);
  const authorization = `Bearer ${around.issuer.token()}`;
  api = (method, path, body, headers) => call(method, path, body, { authorization, ...headers });
}, 120_000);

afterAll(async () => {
  await Promise.all([...functions.values()].map((one) => one.close()));
  await around?.close();
  await service?.stop();
  await made?.remove();
});

describe('the zips', () => {
  it('hold the handlers that the template names, and nothing of the machine that made them', async () => {
    for (const [, { Properties = {} }] of resourcesOf(made.template, 'AWS::Lambda::Function')) {
      const name = Properties.FunctionName.replace('tandem-dev-', '');
      const files = readZip(await readFile(made.zip(name)));
      const module = Properties.Handler.replace(/\.handler$/, '.mjs');
      expect(files.has(module)).toBe(true);
      expect(files.get(module)?.toString('utf8')).toMatch(/export\s*\{[^}]*\bhandler\b/);
      for (const [path, content] of files) {
        expect(path).toMatch(new RegExp(`^dist/lambda/${name}/`));
        expect(content.includes(process.cwd())).toBe(false);
        if (!path.endsWith('.map')) continue;
        const { sources, sourcesContent } = JSON.parse(content.toString('utf8'));
        expect(sourcesContent?.filter(Boolean) ?? []).toEqual([]);
        expect(sources.filter((source: string) => source.startsWith('/'))).toEqual([]);
      }
    }
  });

  it('are the same however often they are made', async () => {
    const again = await packageStage('dev');
    try {
      for (const name of FUNCTIONS) {
        const [one, two] = await Promise.all([made, again].map((each) => readFile(each.zip(name))));
        expect(one?.equals(two as Buffer)).toBe(true);
      }
    } finally {
      await again.remove();
    }
  }, 60_000);
});

describe('the api out of its zip', () => {
  it('writes and reads both stores', async () => {
    const put = await api('PUT', '/v1/articles/z-1', { title: 'Zipped – ünïcode 🦊' });
    expect([put.status, put.json.title]).toEqual([201, 'Zipped – ünïcode 🦊']);
    const output = await api('PUT', '/v1/articles/z-1/ai-outputs/summary', { output: { a: 1 } });
    expect(output.status).toBe(201);
    const got = await api('GET', '/v1/articles/z-1?include=summary');
    expect(got.json.aiOutputs.summary).toMatchObject({ status: 'ok', output: { a: 1 } });
    expect(got.headers.get('server-timing')).toMatch(/aurora;dur=[\d.]+, dynamodb;dur=/);
  });

  it('signs page tokens with the secret, and outlives its rotation', async () => {
    for (const id of ['p-1', 'p-2', 'p-3']) await api('PUT', `/v1/articles/${id}`, { title: id });
    const first = await api('GET', '/v1/articles?pageSize=1&orderBy=id');
    const token = first.json.nextPageToken;
    around.secrets.put('n'.repeat(64));
    const next = await api('GET', `/v1/articles?pageSize=1&orderBy=id&pageToken=${token}`);
    expect(next.status).toBe(200);
    const other = await startZipped(made.zip('api'), 'api', around.env);
    try {
      const authorization = `Bearer ${around.issuer.token()}`;
      const elsewhere = await clientOf(other.url)(
        'GET',
        `/v1/articles?pageSize=1&orderBy=id&pageToken=${token}`,
        undefined,
        { authorization },
      );
      expect(elsewhere.json.articles).toEqual(next.json.articles);
    } finally {
      await other.close();
    }
  });

  it('lets nobody in without a token, or with one of too little', async () => {
    const call = clientOf(zipped('api').url);
    expect((await call('GET', '/v1/articles')).status).toBe(401);
    const authorization = `Bearer ${around.issuer.token({ claims: { scope: 'articles:read' } })}`;
    const read = await call('GET', '/v1/articles', undefined, { authorization });
    const write = await call('PUT', '/v1/articles/z-9', { title: 'x' }, { authorization });
    expect([read.status, write.status]).toEqual([200, 403]);
    expect((await call('GET', '/health')).status).toBe(200);
  });

  it('does not start without access control', async () => {
    const { AUTH_ISSUER: _, ...open } = around.env;
    await expect(startZipped(made.zip('api'), 'api', open)).rejects.toThrow(
      'AUTH_ISSUER is missing',
    );
  });

  it('answers in its own words while Aurora cannot be reached', async () => {
    const broken = { ...around.env, AWS_ENDPOINT_URL_RDS_DATA: 'http://127.0.0.1:9' };
    const other = await startZipped(made.zip('api'), 'api', broken);
    try {
      const authorization = `Bearer ${around.issuer.token()}`;
      // Never asked before: there is no copy to answer from.
      const question = '/v1/articles?filter=section="nobody asked"';
      const answer = await clientOf(other.url)('GET', question, undefined, { authorization });
      expect([answer.status, answer.json.code]).toEqual([503, 'aurora_unavailable']);
    } finally {
      await other.close();
    }
  });
});

describe('the other functions out of their zips', () => {
  it('the projector takes a batch of the stream', async () => {
    await api('PUT', '/v1/articles/s-1', { title: 'Streamed' });
    await api('PUT', '/v1/articles/s-1/ai-outputs/mood', { output: { label: 'calm' } });
    const result = await zipped('projector').invoke({
      Records: [
        {
          eventID: '1',
          eventName: 'INSERT',
          eventSource: 'aws:dynamodb',
          awsRegion: 'us-east-1',
          dynamodb: {
            Keys: { pk: { S: 'PEND#1' }, sk: { S: 'x' } },
            SequenceNumber: '100000000000000000001',
            StreamViewType: 'NEW_AND_OLD_IMAGES',
          },
        },
      ],
    });
    expect(result).toEqual({ batchItemFailures: [] });
  });

  it('the relay runs on its schedule', async () => {
    const result = await zipped('relay').invoke({
      version: '0',
      source: 'aws.scheduler',
      'detail-type': 'Scheduled Event',
      detail: {},
    });
    expect(result).toMatchObject({ drained: expect.any(Number), left: false });
  });

  it('the migrations find nothing left to do, and fail in the words of our sources', async () => {
    const names = await zipped('migrate').invoke({});
    expect(names).toMatchObject({ applied: [], already: expect.any(Array) });
    const broken = await startZipped(made.zip('migrate'), 'migrate', {
      ...around.env,
      AURORA_DATABASE: 'none',
    });
    try {
      await expect(broken.invoke({})).rejects.toThrow();
      expect(broken.logged()).toMatch(/at .*src\/aurora\/[\w-]+\.ts:\d+/);
    } finally {
      await broken.close();
    }
  });
});
