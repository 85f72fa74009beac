import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Aurora, type CallOptions, createAurora } from '../../src/aurora/index.ts';
import { systemClock } from '../../src/lambda/system.ts';
import {
  type ScriptedDataApi,
  type Step,
  startScriptedDataApi,
} from '../fakes/scripted-data-api.ts';
import { aContext } from '../support/clock.ts';

const typed = (field: object, typeName = 'timestamptz', name = 'x'): Step => ({
  body: { records: [[field]], columnMetadata: [{ name, typeName }], numberOfRecordsUpdated: 0 },
});
const json = (rows: unknown): Step => ({ body: { formattedRecords: JSON.stringify(rows) } });

const noon = { stringValue: '2026-01-01 12:00:00' };
const NOON = [{ x: '2026-01-01T12:00:00.000000Z' }];

describe('results as JSON', () => {
  let server: ScriptedDataApi;
  let aurora: Aurora;
  beforeAll(async () => {
    server = await startScriptedDataApi();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    aurora = createAurora({
      target: {
        connection: 'data-api',
        resourceArn: 'arn:cluster',
        secretArn: 'arn:secret',
        database: 'tandem',
        region: 'us-east-1',
        endpoint: server.url,
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      },
      columnTypes: {},
      clock: systemClock,
      random: () => 0,
    });
  });

  const ask = (
    options: CallOptions = { repeatable: true },
    text = 'select now() as x',
  ): Promise<unknown[]> =>
    aurora.rows(aContext(systemClock), 'aurora.test', sql.raw(text), options);

  const formats = (): unknown[] => server.received.map(({ body }) => body.formatRecordsAs);

  it('are asked for once the columns of a SELECT are known', async () => {
    server.play(typed(noon), json([{ x: '2026-01-01 12:00:00' }]), json([]));
    expect(await ask()).toEqual(NOON);
    expect(await ask()).toEqual(NOON);
    expect(await ask()).toEqual([]);
    expect(formats()).toEqual([undefined, 'JSON', 'JSON']);
  });

  it('are not asked for where a statement writes', async () => {
    server.play(typed(noon));
    const text = 'insert into t default values returning now() as x';
    await ask({}, text);
    await ask({}, text);
    expect(formats()).toEqual([undefined, undefined]);
  });

  it('are taken with types where the service gives them so', async () => {
    server.play(typed(noon));
    await ask();
    expect(await ask()).toEqual(NOON);
  });

  it('are asked for with types again, for good, when they do not fit', async () => {
    const misfits: [string, unknown][] = [
      ['another column', [{ x: '2026-01-01 12:00:00', y: 1 }]],
      ['another name', [{ y: '2026-01-01 12:00:00' }]],
      ['another form', [{ x: '2026-01-01T12:00:00+00:00' }]],
      ['JSON in JSON', [{ x: { a: 1 } }]],
    ];
    for (const [what, rows] of misfits) {
      server.play(typed(noon), json(rows), typed(noon));
      const text = `select now() as x -- ${what}`;
      await ask({ repeatable: true }, text);
      expect(await ask({ repeatable: true }, text)).toEqual(NOON);
      expect(await ask({ repeatable: true }, text)).toEqual(NOON);
      expect(formats()).toEqual([undefined, 'JSON', undefined, undefined]);
    }
  });

  it('are an error, once, where the statement must not be sent again', async () => {
    server.play(typed(noon), json([{ y: 1 }]), typed(noon));
    await ask({});
    await expect(ask({})).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
    expect(await ask({})).toEqual(NOON);
  });

  it('never round an integer', async () => {
    const big = { body: { formattedRecords: '[{"x":9007199254740993}]' } };
    const text = { stringValue: '9007199254740993' };
    server.play(typed({ stringValue: '1' }, 'int8'), big, typed(text, 'int8'));
    expect(await ask()).toEqual([{ x: 1 }]);
    await expect(ask()).rejects.toThrow('beyond 2^53');
  });
});
