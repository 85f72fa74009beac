import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  TransactGetItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Answer, type Client, clientOf } from '../support/http.ts';
import { type Service, startService } from '../support/service.ts';
import { quantile } from '../support/table.ts';

const SIZE = 24;

let service: Service;
let call: Client;
let endpoints: Record<'dataApi' | 'resourceArn' | 'secretArn' | 'database' | 'dynamodb', string> &
  Record<'table' | 'region', string>;
let dynamodb: DynamoDBClient;
let dataApi: RDSDataClient;
let count = 0;

const fresh = (): string => `c-${count++}`;
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

beforeAll(async () => {
  service = await startService();
  call = clientOf(service.url);
  endpoints = (await call('GET', '/__local/endpoints')).json;
  const { region } = endpoints;
  dynamodb = new DynamoDBClient({ endpoint: endpoints.dynamodb, region, credentials });
  dataApi = new RDSDataClient({ endpoint: endpoints.dataApi, region, credentials });
  const ids = Array.from({ length: SIZE }, (_, n) => `list-${String(n).padStart(2, '0')}`);
  const articles = ids.map((id) => ({ id, title: id, section: 'list' }));
  const made = await call('POST', '/v1/articles/batch', { articles });
  expect(made.status).toBe(200);
  const items = ids.map((articleId) => ({ articleId, kind: 'summary', output: { articleId } }));
  // Sent again where a busy machine let single ones run into their time limit.
  const failed = async (): Promise<unknown[]> => {
    const { json } = await call('POST', '/v1/ai-outputs/batch', { items });
    return json.results.filter((one: { status: string }) => one.status === 'error');
  };
  await vi.waitFor(async () => expect(await failed()).toEqual([]), { timeout: 60_000 });
  expect((await call('POST', '/__local/settle')).status).toBe(200);
});

afterEach(async () => {
  await call('DELETE', '/__local/faults');
  await call('PUT', '/__local/aurora', { state: 'awake' });
});

afterAll(async () => {
  dynamodb?.destroy();
  dataApi?.destroy();
  await service?.stop();
});

async function fault(spec: object): Promise<void> {
  expect(await call('POST', '/__local/faults', spec)).toMatchObject({
    status: 201,
    json: { id: expect.any(String) },
  });
}

/** Attempts during `send`, with nothing of before under way. */
async function attempts(send: () => Promise<unknown>): Promise<(operation: string) => number> {
  expect((await call('POST', '/__local/settle')).status).toBe(200);
  expect((await call('DELETE', '/__local/calls')).status).toBe(204);
  await send();
  const { json } = await call('GET', '/__local/calls');
  return (operation) => json.dynamodb[operation]?.count ?? json['data-api'][operation]?.count ?? 0;
}

/** What a query counts in Aurora. */
async function countOf(rows: string): Promise<number | undefined> {
  const { resourceArn, secretArn, database } = endpoints;
  const sql = `select count(*) from ${rows}`;
  const statement = new ExecuteStatementCommand({ resourceArn, secretArn, database, sql });
  return (await dataApi.send(statement)).records?.[0]?.[0]?.longValue;
}

const catalogued = (kind: string) => countOf(`ai_output where kind = '${kind}'`);

const getItem = () =>
  dynamodb.send(
    new GetItemCommand({ TableName: endpoints.table, Key: { pk: { S: 'x' }, sk: { S: 'y' } } }),
  );
const list = (headers?: Record<string, string>): Promise<Answer> =>
  call(
    'GET',
    `/v1/articles?filter=section="list"&include=summary&pageSize=${SIZE}`,
    undefined,
    headers,
  );

interface Listed {
  readonly id: string;
  readonly aiOutputs: { readonly summary: { readonly status: string; readonly output?: unknown } };
}

/** Every article is there, each block whole or said to be away, and the answer owns up to it. */
function expectHonest({ status, json }: Answer): string[] {
  expect(status).toBe(200);
  const articles = json.articles as Listed[];
  expect(articles).toHaveLength(SIZE);
  const states = articles.map(({ aiOutputs }) => aiOutputs.summary.status);
  for (const { id, aiOutputs } of articles) {
    const { status: state, output } = aiOutputs.summary;
    expect(['ok', 'unavailable']).toContain(state);
    if (state === 'ok') expect(output).toEqual({ articleId: id });
  }
  const isWhole = states.every((state) => state === 'ok');
  expect(json.degraded).toEqual(isWhole ? undefined : ['dynamodb_unavailable']);
  return states;
}

describe('the control of the stand-ins', () => {
  it('tells any AWS client where to go', async () => {
    expect(Object.keys(endpoints).sort()).toEqual(
      [
        'dataApi',
        'database',
        'dynamodb',
        'rds',
        'region',
        'resourceArn',
        'secretArn',
        'table',
      ].sort(),
    );
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: endpoints.table }));
    expect(Table?.TableStatus).toBe('ACTIVE');
    expect(await countOf('article')).toBeGreaterThanOrEqual(SIZE);
  });

  it.each([
    ['data-api', 'ExecuteStatement'],
    ['data-api', 'BatchExecuteStatement'],
    ['data-api', 'BeginTransaction'],
    ['data-api', 'CommitTransaction'],
    ['data-api', 'RollbackTransaction'],
    ...[
      'BatchGetItem',
      'BatchWriteItem',
      'DeleteItem',
      'GetItem',
      'PutItem',
      'Query',
      'Scan',
      'TransactGetItems',
      'TransactWriteItems',
      'UpdateItem',
    ].map((operation) => ['dynamodb', operation]),
  ])('takes every kind of fault for %s %s', async (name, operation) => {
    const at = { service: name, operation };
    for (const effect of [
      { error: 'ThrottlingException' },
      { httpStatus: 503 },
      { latencyMs: 5 },
      { latencyMs: { p50: 2, p99: 9 } },
      { drop: 'before' },
      { drop: 'after' },
      { error: 'InternalFailure', probability: 0.5, count: 3 },
      ...(/^Batch.*Item$/.test(operation ?? '') ? [{ unprocessed: 0.5 }] : []),
    ]) {
      await fault({ ...at, ...effect });
    }
    expect((await call('DELETE', '/__local/faults')).status).toBe(204);
    expect((await call('GET', '/__local/faults')).json).toEqual({ faults: [] });
  });

  it.each([
    [{ service: 'sqs', drop: 'before' }, /"service".*data-api, dynamodb/],
    [
      { service: 'dynamodb', operation: 'ExecuteStatement', drop: 'before' },
      /"operation".*GetItem/,
    ],
    [
      { service: 'data-api', operation: 'GetItem', drop: 'before' },
      /"operation".*ExecuteStatement/,
    ],
    [{ service: 'dynamodb', unprocessed: 1.5 }, /"unprocessed".*0 to 1/],
    [{ service: 'data-api', unprocessed: 0.5 }, /"unprocessed".*BatchGetItem/],
    [{ service: 'dynamodb', drop: 'during' }, /"drop".*before.*after/],
    [{ service: 'dynamodb', latencyMs: { p50: 9, p99: 2 } }, /"latencyMs".*p50 <= p99/],
    [{ service: 'dynamodb', drop: 'before', probability: -1 }, /"probability".*0 to 1/],
    [{ service: 'dynamodb', drop: 'before', count: 0 }, /"count".*whole number/],
    [{ service: 'dynamodb', error: 'NoSuchThing' }, /"NoSuchThing"/],
    [{ service: 'dynamodb' }, /error, httpStatus, unprocessed, latencyMs, drop/],
    [{ service: 'dynamodb', drop: 'before', extra: 1 }, /"extra"/],
    ['[]', /JSON object/],
    ['{', /JSON object/],
  ])('refuses the fault %j and says where', async (body, detail) => {
    const answer = await call('POST', '/__local/faults', body);
    expect(answer).toMatchObject({ status: 400, json: { detail: expect.stringMatching(detail) } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect((await call('GET', '/__local/faults')).json).toEqual({ faults: [] });
  });

  it('counts each attempt when it arrives, those that are retried, too', async () => {
    await fault({
      service: 'dynamodb',
      operation: 'GetItem',
      error: 'InternalServerError',
      count: 2,
    });
    const of = await attempts(() => getItem());
    expect(of('GetItem')).toBe(3);
  });

  it('ends its faults when told to', async () => {
    const at = { service: 'dynamodb', operation: 'TransactGetItems' };
    await fault({ ...at, error: 'AccessDeniedException' });
    const Get = { TableName: endpoints.table, Key: { pk: { S: 'x' }, sk: { S: 'y' } } };
    const read = () => dynamodb.send(new TransactGetItemsCommand({ TransactItems: [{ Get }] }));
    await expect(read()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await call('DELETE', '/__local/faults');
    expect((await read()).Responses).toEqual([{}]);
  });

  it('draws latencies around their median', async () => {
    const timesOf = async (latencyMs: unknown, calls: number): Promise<number[]> => {
      await call('DELETE', '/__local/faults');
      await fault({ service: 'dynamodb', operation: 'GetItem', latencyMs });
      const times: number[] = [];
      for (let n = 0; n < calls; n++) {
        const began = performance.now();
        await getItem();
        times.push(performance.now() - began);
      }
      return times;
    };
    expect(Math.min(...(await timesOf(60, 3)))).toBeGreaterThan(55);
    const drawn = await timesOf({ p50: 30, p99: 120 }, 30);
    expect(quantile(drawn, 0.5)).toBeGreaterThan(20);
    // Not always the same: some draws are well below the median, some well above.
    expect(Math.min(...drawn)).toBeLessThan(quantile(drawn, 0.5));
    expect(Math.max(...drawn)).toBeGreaterThan(1.3 * Math.min(...drawn));
  });
});

describe('the service under faults', () => {
  it.each(['ThrottlingException', 'InternalServerError', 'ProvisionedThroughputExceededException'])(
    'gets over one %s of a batch read',
    async (error) => {
      await fault({ service: 'dynamodb', operation: 'BatchGetItem', error, count: 1 });
      let answer: Answer | undefined;
      const of = await attempts(async () => {
        answer = await list();
      });
      expect(expectHonest(answer as Answer)).not.toContain('unavailable');
      expect(of('BatchGetItem')).toBe(2);
    },
  );

  it('asks again for half of the keys, and answers whole or says what is away', async () => {
    await fault({ service: 'dynamodb', operation: 'BatchGetItem', unprocessed: 0.5 });
    let answer: Answer | undefined;
    const of = await attempts(async () => {
      answer = await list();
    });
    expectHonest(answer as Answer);
    expect(of('BatchGetItem')).toBeGreaterThan(1);
  });

  it('answers without the outputs when no key is ever answered, or not at all to who is strict', async () => {
    await fault({ service: 'dynamodb', operation: 'BatchGetItem', unprocessed: 1 });
    expect(new Set(expectHonest(await list()))).toEqual(new Set(['unavailable']));
    expect((await list({ prefer: 'handling=strict' })).status).toBe(503);
  });

  it.each([
    { error: 'AccessDeniedException' },
    { httpStatus: 500 },
    { drop: 'before' },
    { drop: 'after' },
    { error: 'InternalServerError', probability: 0.5 },
  ])('answers honestly when batch reads fail with %j', async (effect) => {
    await fault({ service: 'dynamodb', operation: 'BatchGetItem', ...effect });
    expectHonest(await list());
  });

  it.each([
    { error: 'BadRequestException' },
    { error: 'StatementTimeoutException' },
    { error: 'ServiceUnavailableError' },
    { error: 'ForbiddenException' },
    { drop: 'before' },
  ])('tells nothing of the store when statements fail with %j', async (effect) => {
    await fault({ service: 'data-api', operation: 'ExecuteStatement', ...effect });
    // Never asked before: there is no copy to answer from.
    const question = `/v1/articles?filter=section="${fresh()}"`;
    const answer = await call('GET', question);
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.text).not.toMatch(/Exception|injected|rds|select|SQLState/i);
    await call('DELETE', '/__local/faults');
    expect((await call('GET', question)).status).toBe(200);
  });

  it.each(['before', 'after'])(
    'writes an article once though connections drop %s the effect',
    async (drop) => {
      const id = fresh();
      await fault({ service: 'data-api', operation: 'ExecuteStatement', drop, count: 1 });
      const first = await call('PUT', `/v1/articles/${id}`, { title: id });
      expect([200, 201, 503]).toContain(first.status);
      const again = await call('PUT', `/v1/articles/${id}`, { title: id });
      expect([200, 201]).toContain(again.status);
      expect((await call('GET', `/v1/articles/${id}`)).json).toMatchObject({ id, rev: 1 });
    },
  );

  it.each(['PutItem', 'UpdateItem', 'BatchWriteItem', 'TransactWriteItems'])(
    'stores an output once though the answer of a %s is lost',
    async (operation) => {
      const id = fresh();
      await call('PUT', `/v1/articles/${id}`, { title: id });
      const path = `/v1/articles/${id}/ai-outputs/note`;
      await fault({ service: 'dynamodb', operation, drop: 'after', count: 1 });
      const first = await call('PUT', path, { output: id });
      expect([200, 201, 503]).toContain(first.status);
      const again = await call('PUT', path, { output: id });
      expect([200, 201]).toContain(again.status);
      const { json } = await call('GET', `${path}/versions`);
      expect(json.versions).toHaveLength(1);
    },
  );
});

describe('sleep, schedules and settling', () => {
  it('sleeps and wakes when told to, and counts its wakes', async () => {
    const { json: before } = await call('GET', '/__local/aurora');
    expect(before).toEqual({
      state: 'awake',
      phase: expect.stringMatching(/^(active|idle)$/),
      cold: expect.any(Boolean),
      secondsAwake: expect.any(Number),
      wakes: expect.any(Number),
      acuHours: expect.any(Number),
    });
    // An hour: however slow this machine is, it sleeps while it is looked at.
    const put = await call('PUT', '/__local/aurora', { state: 'asleep', resumeSeconds: 3_600 });
    expect(put).toMatchObject({ status: 200, json: { state: 'asleep' } });
    const asleep = await call('GET', '/v1/articles?filter=section="never asked before"');
    expect(asleep).toMatchObject({ status: 503, json: { code: 'aurora_asleep' } });
    expect(Number(asleep.headers.get('retry-after'))).toBeGreaterThan(0);
    const copy = await call('GET', '/v1/articles/list-00');
    expect(copy).toMatchObject({ status: 200, json: { degraded: ['aurora_asleep'] } });
    expect((await call('GET', '/__local/aurora')).json.state).toBe('resuming');
    await call('PUT', '/__local/aurora', { state: 'asleep', resumeSeconds: 1 });
    const waited = await call('GET', '/v1/articles?filter=section="list"', undefined, {
      prefer: 'wait=20',
    });
    expect(waited).toMatchObject({ status: 200 });
    expect(waited.json.degraded).toBeUndefined();
    const { json: after } = await call('GET', '/__local/aurora');
    expect(after.state).toBe('awake');
    expect(after.wakes).toBe(before.wakes + 1);
  });

  it.each([
    [{ state: 'resuming' }, /"state".*asleep.*awake/],
    [{ state: 'awake', resumeSeconds: 'two' }, /"resumeSeconds"/],
    [{ state: 'awake', autoPauseSeconds: -1 }, /"autoPauseSeconds"/],
    [{ state: 'awake', speed: 2 }, /"speed"/],
  ])('refuses %j for Aurora and says where', async (body, detail) => {
    expect(await call('PUT', '/__local/aurora', body)).toMatchObject({
      status: 400,
      json: { detail: expect.stringMatching(detail) },
    });
  });

  it.each(['relay', 'projector'])('runs the %s now and answers with its result', async (name) => {
    const { status, json } = await call('POST', '/__local/tick', { function: name });
    expect(status).toBe(200);
    expect(json).toEqual(expect.any(Object));
  });

  it('names the functions there are to who asks for another', async () => {
    expect(await call('POST', '/__local/tick', { function: 'nobody' })).toMatchObject({
      status: 400,
      json: { detail: expect.stringMatching(/"function".*relay.*projector/) },
    });
  });

  it('settles what was written while Aurora slept, and wakes it for that', async () => {
    const id = fresh();
    await call('PUT', `/v1/articles/${id}`, { title: id });
    await call('POST', '/__local/settle');
    await call('PUT', '/__local/aurora', { state: 'asleep', resumeSeconds: 0.5 });
    const path = `/v1/articles/${id}/ai-outputs/later`;
    expect((await call('PUT', path, { output: 1 })).status).toBe(201);
    expect((await call('GET', '/__local/aurora')).json.state).toBe('asleep');
    expect((await call('POST', '/__local/settle')).status).toBe(200);
    expect((await call('GET', '/__local/aurora')).json.state).toBe('awake');
    expect(await catalogued('later')).toBe(1);
  });

  it('lets Aurora sleep when there is nothing to settle', async () => {
    await call('POST', '/__local/settle');
    await call('PUT', '/__local/aurora', { state: 'asleep' });
    expect((await call('POST', '/__local/settle')).status).toBe(200);
    expect((await call('GET', '/__local/aurora')).json.state).toBe('asleep');
  });

  it('settles under faults that end', async () => {
    const id = fresh();
    await call('PUT', `/v1/articles/${id}`, { title: id });
    await fault({ service: 'data-api', error: 'InternalServerErrorException', count: 6 });
    await fault({ service: 'dynamodb', error: 'ThrottlingException', probability: 0.3, count: 6 });
    await call('PUT', `/v1/articles/${id}/ai-outputs/faulty`, { output: 1 });
    await call('PUT', `/v1/articles/${id}/ai-outputs/faulty`, { output: 1 });
    expect((await call('POST', '/__local/settle')).status).toBe(200);
    await call('DELETE', '/__local/faults');
    expect(await catalogued('faulty')).toBe(1);
  });
});
