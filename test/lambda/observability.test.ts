import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Use } from '../../src/domain/index.ts';
import { createHttp } from '../../src/http/index.ts';
import { createLog, type Log, type LogFields } from '../../src/lambda/log.ts';
import { gather } from '../../src/lambda/observe.ts';
import { createServe } from '../../src/lambda/serve.ts';
import { anArticle, scriptedTandem } from '../fakes/tandem.ts';

let lines: { level: string; message: string; fields: LogFields }[];
let log: Log;

beforeEach(() => {
  lines = [];
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    metric: (fields) => write('metric')('metric', fields),
  };
});

describe('the line of a request', () => {
  it('tells route, status, time, bytes and store calls, and is the only one', async () => {
    let nowMs = 0;
    const clock = { now: () => nowMs, sleep: () => new Promise<never>(() => undefined) };
    const tandem = scriptedTandem({
      articles: {
        get: async (ctx) => {
          for (const store of ['aurora', 'dynamodb'] as const) {
            const call = { kind: 'store_call', store, operation: 'x', outcome: 'ok' } as const;
            ctx.observe({ ...call, ms: 2.04 });
            nowMs += 2;
          }
          return { article: anArticle(), degraded: [] };
        },
      },
    });
    const http = createHttp({ tandem, clock, newId: () => 'r-1', tokenKeys: ['k'.repeat(32)] });
    const costOf = (use: Use): number => use.requests / 1_000 + use.functionMs / 1e9;
    const serve = createServe({ http, log, clock, newId: () => 'r-1', costOf });
    const response = await serve(new Request('http://x/v1/articles/a-1?include=summary'));
    const size = (await response.text()).length;
    expect(response.headers.has('x-cost-usd')).toBe(false);
    const told = lines.filter(({ level }) => level !== 'debug');
    expect(told).toEqual([
      {
        level: 'info',
        message: 'request',
        fields: {
          requestId: 'r-1',
          method: 'GET',
          path: '/v1/articles/a-1',
          route: 'GET /v1/articles/{id}',
          status: 200,
          bytes: size,
          ms: 4,
          costUsd: 0.001000004,
          stores: { aurora: { calls: 1, ms: 2 }, dynamodb: { calls: 1, ms: 2 } },
        },
      },
    ]);
  });
});

describe('the line of a run', () => {
  it('names the requests that it finished, each once, and how many more there were', () => {
    const observed = gather(log, 'run-1');
    for (let n = 0; n < 130; n++) {
      for (let time = 0; time < 2; time++) {
        observed.observe({ kind: 'on_behalf', requestId: `r-${n}` });
      }
    }
    expect(observed.summary()).toEqual({
      requests: Array.from({ length: 100 }, (_, n) => `r-${n}`),
      moreRequests: 30,
    });
    expect(gather(log, 'run-2').summary()).toEqual({});
  });
});

describe('a metric', () => {
  it("is a line in CloudWatch's embedded metric format", () => {
    const atMs = 1_767_225_600_000;
    gather(log, 'r-1').observe({
      kind: 'metric',
      name: 'OutboxAge',
      value: 12.5,
      unit: 'Seconds',
      atMs,
    });
    expect(lines).toEqual([
      {
        level: 'metric',
        message: 'metric',
        fields: {
          OutboxAge: 12.5,
          _aws: {
            Timestamp: atMs,
            CloudWatchMetrics: [
              {
                Namespace: 'Tandem',
                Dimensions: [['service']],
                Metrics: [{ Name: 'OutboxAge', Unit: 'Seconds' }],
              },
            ],
          },
        },
      },
    ]);
  });

  it('of a count is told by what it is counted by too', () => {
    const { observe, summary } = gather(log, 'r-1');
    for (const model of ['m', '']) {
      observe({ kind: 'count', name: 'output_shapes_first_seen', by: { kind: 'summary', model } });
    }
    expect(lines.map(({ level, fields }) => [level, fields])).toMatchObject(
      ['m', 'none'].map((model) => [
        'metric',
        {
          OutputShapesFirstSeen: 1,
          kind: 'summary',
          model,
          _aws: {
            Timestamp: expect.any(Number),
            CloudWatchMetrics: [
              {
                Namespace: 'Tandem',
                Dimensions: [['service'], ['service', 'kind', 'model']],
                Metrics: [{ Name: 'OutputShapesFirstSeen', Unit: 'Count' }],
              },
            ],
          },
        },
      ]),
    );
    expect(summary()).toMatchObject({
      counts: { 'output_shapes_first_seen{kind=summary,model=m}': 1 },
    });
  });

  it('is written whatever the log leaves out', () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      const quiet = createLog({ logLevel: 'error', serviceName: 'tandem-test' });
      quiet.info('left out');
      gather(quiet, 'r-1').observe({
        kind: 'metric',
        name: 'ResumeSeconds',
        value: 17,
        unit: 'Seconds',
        atMs: 1,
      });
      expect(written.mock.calls.map(([line]) => JSON.parse(String(line)))).toMatchObject([
        { message: 'metric', service: 'tandem-test', ResumeSeconds: 17 },
      ]);
    } finally {
      written.mockRestore();
    }
  });
});
