import { describe, expect, it } from 'vitest';
import { type ControlOptions, createControl } from '../../src/local/control.ts';
import { createWire } from '../../src/local/wire/index.ts';

function aControl(overrides: Partial<ControlOptions> = {}) {
  const wire = createWire({ clock: { now: () => 0 }, random: () => 0, sleep: async () => {} });
  const puts: unknown[] = [];
  const app = createControl({
    endpoints: () => ({ dataApi: 'http://127.0.0.1:1', region: 'us-east-1' }),
    aurora: {
      get: () => ({ state: 'awake', secondsAwake: 3, wakes: 1, acuHours: 0.1 }),
      put: (change) => puts.push(change),
    },
    tick: async (name) => ({ ran: name }),
    settle: async () => {},
    wire,
    ...overrides,
  });
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await app.request(`/__local/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      allow: response.headers.get('allow'),
      json: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
    };
  };
  return { wire, puts, call };
}

describe('local control', () => {
  it('answers where the stand-ins are', async () => {
    const { call } = aControl();
    expect((await call('GET', 'endpoints')).json).toEqual({
      dataApi: 'http://127.0.0.1:1',
      region: 'us-east-1',
    });
  });

  it('shows the calls and resets them', async () => {
    const { call, wire } = aControl();
    await wire.gate('dynamodb').arrive({ operation: 'GetItem', requestBytes: 7 });
    expect((await call('GET', 'calls')).json).toEqual({
      'data-api': {},
      dynamodb: { GetItem: { count: 1, requestBytes: 7, responseBytes: 0 } },
    });
    expect((await call('DELETE', 'calls')).status).toBe(204);
    expect((await call('GET', 'calls')).json).toEqual({ 'data-api': {}, dynamodb: {} });
  });

  it('injects a fault, lists it and ends it', async () => {
    const { call, wire } = aControl();
    const added = await call('POST', 'faults', {
      service: 'dynamodb',
      error: 'ThrottlingException',
    });
    expect(added).toMatchObject({ status: 201, json: { id: expect.any(String) } });
    const arrive = () => wire.gate('dynamodb').arrive({ operation: 'GetItem', requestBytes: 0 });
    expect(await arrive()).toMatchObject({ kind: 'error', name: 'ThrottlingException' });
    expect((await call('GET', 'faults')).json).toMatchObject({
      faults: [{ id: added.json?.id, hits: 1 }],
    });
    expect((await call('DELETE', 'faults')).status).toBe(204);
    expect(await arrive()).toEqual({ kind: 'pass' });
  });

  it.each([
    ['unknown_service', { service: 'kinesis', error: 'X' }],
    ['unknown_operation', { service: 'dynamodb', operation: 'GetRecords', latencyMs: 1 }],
    ['unknown_error', { service: 'data-api', error: 'ProvisionedThroughputExceededException' }],
    ['invalid_fault', { service: 'dynamodb', latency: 5 }],
  ])('refuses a fault with %s', async (code, body) => {
    const { call } = aControl();
    expect(await call('POST', 'faults', body)).toEqual({
      status: 400,
      type: 'application/problem+json',
      allow: null,
      json: {
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        detail: expect.any(String),
        code,
      },
    });
  });

  it('shows Aurora and changes it', async () => {
    const { call, puts } = aControl();
    expect((await call('GET', 'aurora')).json).toMatchObject({ state: 'awake', wakes: 1 });
    const change = { state: 'asleep', resumeSeconds: 2, autoPauseSeconds: 0 };
    expect(await call('PUT', 'aurora', change)).toMatchObject({
      status: 200,
      json: { state: 'awake' },
    });
    expect(puts).toEqual([change]);
  });

  it.each([
    [{ state: 'resuming' }],
    [{}],
    [{ state: 'awake', resumeSeconds: '2' }],
    [{ state: 'awake', resumeSeconds: -1 }],
    [{ state: 'awake', autoPauseSeconds: 90_000 }],
    [{ state: 'awake', seconds: 2 }],
    [[]],
    ['nonsense'],
    [''],
  ])('refuses %j for Aurora', async (body) => {
    const { call, puts } = aControl();
    expect(await call('PUT', 'aurora', body)).toMatchObject({
      status: 400,
      json: { code: 'invalid' },
    });
    expect(puts).toEqual([]);
  });

  it('runs a scheduled function and answers with its result', async () => {
    const { call } = aControl();
    expect(await call('POST', 'tick', { function: 'relay' })).toMatchObject({
      status: 200,
      json: { ran: 'relay' },
    });
  });

  it('refuses an unknown function', async () => {
    const { call } = aControl();
    expect(await call('POST', 'tick', { function: 'api' })).toMatchObject({
      status: 400,
      json: { code: 'unknown_function' },
    });
  });

  it('refuses a member of tick it does not know', async () => {
    const { call } = aControl();
    expect(await call('POST', 'tick', { function: 'relay', now: true })).toMatchObject({
      status: 400,
      json: { code: 'invalid', detail: 'unknown member "now"' },
    });
  });

  it('tells what broke in a function', async () => {
    const { call } = aControl({ tick: () => Promise.reject(new Error('no such table')) });
    expect(await call('POST', 'tick', { function: 'relay' })).toMatchObject({
      status: 500,
      type: 'application/problem+json',
      json: { code: 'internal', detail: 'no such table' },
    });
  });

  it('answers settle when nothing is pending', async () => {
    const { call } = aControl();
    expect(await call('POST', 'settle')).toMatchObject({ status: 200, json: { settled: true } });
  });

  it('gives up on settle with 504 and tells it to stop', async () => {
    let aborted = false;
    const { call } = aControl({
      settleTimeoutMs: 1,
      settle: (signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
        }),
    });
    expect(await call('POST', 'settle')).toMatchObject({ status: 504, json: { code: 'timeout' } });
    expect(aborted).toBe(true);
  });

  it('answers 404 for a path it does not have and 405 with the methods of one it has', async () => {
    const { call } = aControl();
    expect(await call('GET', 'nothing')).toMatchObject({
      status: 404,
      json: { code: 'not_found' },
    });
    expect(await call('PATCH', 'faults')).toMatchObject({
      status: 405,
      allow: 'GET, POST, DELETE',
      json: { code: 'method_not_allowed' },
    });
  });

  it('refuses a body over 64 KB', async () => {
    const { call } = aControl();
    expect((await call('POST', 'faults', 'x'.repeat(70_000))).status).toBe(413);
  });
});
