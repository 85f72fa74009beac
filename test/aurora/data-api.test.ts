import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Aurora,
  type CallOptions,
  constraintOf,
  createAurora,
  sqlState,
} from '../../src/aurora/index.ts';
import type { Context, Observation, ServiceError } from '../../src/domain/index.ts';
import { systemClock } from '../../src/lambda/system.ts';
import {
  type ScriptedDataApi,
  type Step,
  startScriptedDataApi,
} from '../fakes/scripted-data-api.ts';
import { aContext } from '../support/clock.ts';

const answer = (typeName: string, field: object): Step => ({
  body: {
    records: [[field]],
    columnMetadata: [{ name: 'x', label: 'x', typeName }],
    numberOfRecordsUpdated: 0,
  },
});
const fine = answer('int4', { stringValue: '1' });
const sqlError = (message: string): Step => ({
  error: 'DatabaseErrorException',
  body: { message },
});

describe('the Data API client', () => {
  let server: ScriptedDataApi;
  let aurora: Aurora;
  let ctx: Context & { readonly observed: Observation[] };

  beforeAll(async () => {
    server = await startScriptedDataApi();
  });
  afterAll(() => server.close());

  beforeEach(() => {
    aurora = open(server.url);
    ctx = aContext(systemClock);
  });
  afterEach(() => aurora.close());

  const open = (endpoint: string): Aurora =>
    createAurora({
      target: {
        connection: 'data-api',
        resourceArn: 'arn:aws:rds:us-east-1:000000000000:cluster:tandem',
        secretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:tandem',
        database: 'tandem',
        region: 'us-east-1',
        endpoint,
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      },
      columnTypes: {},
      clock: systemClock,
      random: () => 0,
    });

  const ask = (options: CallOptions = {}, context: Context = ctx): Promise<{ x: unknown }[]> =>
    aurora.rows<{ x: unknown }>(context, 'aurora.test', sql`select ${1} as x`, options);

  const failure = async (options?: CallOptions, context?: Context): Promise<ServiceError> =>
    ask(options, context).then(
      () => {
        throw new Error('it succeeded');
      },
      (error) => error as ServiceError,
    );

  it('asks for metadata and exact numbers, in the database that was named', async () => {
    server.play(fine);
    await ask();
    expect(server.received).toEqual([
      {
        path: 'Execute',
        body: {
          resourceArn: 'arn:aws:rds:us-east-1:000000000000:cluster:tandem',
          secretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:tandem',
          database: 'tandem',
          sql: 'select :p1 as x',
          parameters: [{ name: 'p1', value: { longValue: 1 } }],
          includeResultMetadata: true,
          resultSetOptions: { longReturnType: 'STRING', decimalReturnType: 'STRING' },
        },
      },
    ]);
  });

  it('counts the bytes and the time of each call', async () => {
    server.play(fine);
    await ask();
    const call = ctx.observed.find((observation) => observation.kind === 'store_call');
    expect(call).toMatchObject({ store: 'aurora', operation: 'ExecuteStatement', outcome: 'ok' });
    expect(call?.requestBytes).toBe(JSON.stringify(server.received[0]?.body).length);
    expect(call?.ms).toBeGreaterThanOrEqual(0);
  });

  it('never rounds an integer, in whatever form it comes', async () => {
    server.play(answer('int8', { stringValue: '9007199254740991' }));
    expect(await ask()).toEqual([{ x: 9007199254740991 }]);
    for (const field of [{ stringValue: '9007199254740993' }, { longValue: '@' }]) {
      // The number is put into the text: JavaScript would round it on this side already.
      const body = JSON.stringify((answer('int8', field) as { body: unknown }).body);
      server.play({ body: body.replace('"@"', '9007199254740993') });
      expect((await failure()).message).toContain('beyond 2^53');
    }
    const array = answer('_int8', { arrayValue: { longValues: ['@'] } }) as { body: unknown };
    server.play({ body: JSON.stringify(array.body).replace('"@"', '9007199254740993') });
    expect((await failure()).message).toContain('beyond 2^53');
  });

  it('reads empty arrays in both of their forms, and nulls in them', async () => {
    server.play(answer('_text', { arrayValue: {} }));
    expect(await ask()).toEqual([{ x: [] }]);
    server.play(answer('_int4', { arrayValue: { longValues: [] } }));
    expect(await ask()).toEqual([{ x: [] }]);
    server.play(answer('_int4', { arrayValue: { longValues: [1, null] } }));
    expect(await ask()).toEqual([{ x: [1, null] }]);
  });

  it('refuses a kind of value that it does not know', async () => {
    server.play(answer('text', { newValue: 'a' }));
    expect(await failure()).toMatchObject({ code: 'internal' });
  });

  it('takes an empty list of columns for no result', async () => {
    server.play({ body: { columnMetadata: [], numberOfRecordsUpdated: 3 } });
    expect(await aurora.run(ctx, 'aurora.test', sql`update`)).toEqual({ rows: [], affected: 3 });
  });

  describe('when an answer is lost', () => {
    const losses: [string, Step][] = [
      ['a 500', { error: 'InternalServerErrorException', status: 500 }],
      ['a 503', { error: 'ServiceUnavailableError', status: 503 }],
      ['a 504', { error: 'DatabaseUnavailableException', status: 504 }],
      ['an HTML page', { status: 502, body: '<html>Bad Gateway</html>' }],
      ['a reset', 'reset'],
      ['an admin shutdown', sqlError('FATAL: terminating connection; SQLState: 57P01')],
    ];
    for (const [name, loss] of losses) {
      it(`sends a repeatable statement again after ${name}`, async () => {
        server.play(loss, fine);
        expect(await ask({ repeatable: true })).toEqual([{ x: 1 }]);
        expect(server.received.length).toBe(2);
      });

      it(`sends any other statement once after ${name}`, async () => {
        server.play(loss, fine);
        expect(await failure()).toMatchObject({
          code: 'unavailable',
          reason: 'aurora_unavailable',
          retryAfterSeconds: 2,
        });
        expect(server.received.length).toBe(1);
      });
    }

    it('gives up after four sends', async () => {
      server.play('reset');
      expect(await failure({ repeatable: true })).toMatchObject({ code: 'unavailable' });
      expect(server.received.length).toBe(4);
    });
  });

  describe('when a statement surely did not run', () => {
    const refusals: [string, Step][] = [
      ['throttling', { error: 'ThrottlingException', body: { message: 'Rate exceeded' } }],
      ['too many requests', { error: 'TooManyRequestsException', status: 429 }],
      ['a serialization failure', sqlError('ERROR: could not serialize access; SQLState: 40001')],
      ['a deadlock', sqlError('ERROR: deadlock detected; SQLState: 40P01')],
      ['too many connections', sqlError('FATAL: too many connections; SQLState: 53300')],
      ['a refused password', sqlError('FATAL: password authentication failed; SQLState: 28P01')],
    ];
    for (const [name, refusal] of refusals) {
      it(`sends it again after ${name}`, async () => {
        server.play(refusal, fine);
        expect(await ask()).toEqual([{ x: 1 }]);
        expect(server.received.length).toBe(2);
      });
    }

    it('tells lasting throttling', async () => {
      server.play({ error: 'ThrottlingException' });
      const error = await failure({}, aContext(systemClock, { deadlineMs: Date.now() + 400 }));
      expect(error).toMatchObject({ code: 'unavailable', reason: 'throttled' });
    });

    it('says unavailable when nothing listens', async () => {
      const silent = await startScriptedDataApi();
      await silent.close();
      aurora = open(silent.url);
      expect(await failure()).toMatchObject({ code: 'unavailable', reason: 'aurora_unavailable' });
    });
  });

  it('waits through a resume for as long as the caller may', async () => {
    const resuming = { error: 'DatabaseResumingException', body: { message: 'is resuming' } };
    server.play(resuming, fine);
    ctx = aContext(systemClock, { waitMs: 5_000 });
    expect(await ask()).toEqual([{ x: 1 }]);
    expect(server.received.map(({ body }) => body.sql)).toEqual([
      'select :p1 as x',
      'select 1',
      'select :p1 as x',
    ]);
    const outcomes = ctx.observed.flatMap((seen) =>
      seen.kind === 'store_call' ? seen.outcome : [],
    );
    expect(outcomes).toEqual(['resuming', 'ok', 'ok']);
  });

  it('knows the sleep of older clusters by its text', async () => {
    const message = 'Communications link failure\n\nThe last packet sent successfully …';
    server.play({ error: 'BadRequestException', body: { message } });
    expect(await failure()).toMatchObject({ reason: 'aurora_asleep', retryAfterSeconds: 15 });
    await aurora.close();
    aurora = open(server.url);
    server.play({ error: 'BadRequestException', body: { message: 'Something else' } });
    expect(await failure()).toMatchObject({ code: 'internal' });
  });

  it('ends a call at the deadline', async () => {
    server.play('hang');
    const startMs = Date.now();
    const error = await failure({}, aContext(systemClock, { deadlineMs: startMs + 150 }));
    expect(error).toMatchObject({ code: 'timeout', op: 'aurora.test' });
    expect(Date.now() - startMs).toBeLessThan(1_500);
  });

  it('sends nothing after the deadline', async () => {
    server.play(fine);
    expect(await failure({}, aContext(systemClock, { deadlineMs: Date.now() }))).toMatchObject({
      code: 'timeout',
    });
    expect(server.received.length).toBe(0);
  });

  it('ends a call whose caller went away', async () => {
    server.play('hang');
    const caller = new AbortController();
    const refused = failure({}, aContext(systemClock, { signal: caller.signal }));
    setTimeout(() => caller.abort(), 50);
    expect(await refused).toMatchObject({ code: 'timeout', reason: 'cancelled' });
  });

  it('answers timeout, once, when the service cancelled the statement', async () => {
    server.play({ error: 'StatementTimeoutException', body: { message: 'Request timed out' } });
    expect(await failure({ repeatable: true })).toMatchObject({ code: 'timeout' });
    expect(server.received.length).toBe(1);
  });

  it('refuses a request beyond 4 MiB before it is sent', async () => {
    server.play(fine);
    const text = 'x'.repeat(4 * 1024 * 1024);
    const refused = aurora.rows(ctx, 'aurora.test', sql`select ${text}`);
    await expect(refused).rejects.toMatchObject({
      code: 'too_large',
      reason: 'aurora_request_too_large',
    });
    expect(server.received.length).toBe(0);
  });

  it('tells a result that is too large from one it cannot read', async () => {
    const unsupported = (message: string): Step => ({
      error: 'UnsupportedResultException',
      body: { message },
    });
    server.play(unsupported('The result exceeds the size limit 1 MB.'));
    expect(await failure()).toMatchObject({ code: 'too_large', reason: 'aurora_result_too_large' });
    server.play(unsupported('The result contains the unsupported data type INTERVAL.'));
    expect(await failure()).toMatchObject({ code: 'internal' });
  });

  it('reports a faulty set-up, and gives no time to come again', async () => {
    for (const error of ['AccessDeniedException', 'HttpEndpointNotEnabledException']) {
      server.play({ error, body: { message: 'no' } });
      const refused = await failure({ repeatable: true });
      expect(refused).toMatchObject({ code: 'unavailable', reason: 'aurora_unavailable' });
      expect(refused.retryAfterSeconds).toBeUndefined();
      expect(refused.cause).toMatchObject({ name: error });
      expect(ctx.observed.at(-1)).toMatchObject({
        kind: 'fault',
        error: { message: expect.stringContaining('Aurora is set up wrongly') },
      });
      expect(server.received.length).toBe(1);
    }
  });

  it('gives SQLState and constraint to the store', async () => {
    server.play(
      sqlError(
        'ERROR: duplicate key value violates unique constraint "article_url_key"; ' +
          'Detail: Key (url)=(https://x.test/?violates unique constraint "evil"; SQLState: 40001) already exists.; SQLState: 23505',
      ),
    );
    const error = await failure({ repeatable: true });
    expect(error).toMatchObject({ code: 'conflict' });
    expect(sqlState(error)).toBe('23505');
    expect(constraintOf(error)).toBe('article_url_key');
    expect(server.received.length).toBe(1);
  });

  it('reads the SQLState of older clusters, and of texts without ERROR', async () => {
    server.play({
      error: 'BadRequestException',
      body: { message: 'ERROR: value too long\n  Position: 670; SQLState: 22001' },
    });
    const error = await failure();
    expect(error).toMatchObject({ code: 'invalid' });
    expect(sqlState(error)).toBe('22001');
    server.play(sqlError('bind message supplies 0 parameters; SQLState: 08P01'));
    expect(await failure()).toMatchObject({ code: 'internal' });
  });

  it('takes an error of a statement for a sign that the database is awake', async () => {
    server.play(sqlError('ERROR: syntax error; SQLState: 42601'));
    await failure();
    expect(aurora.state()).toBe('awake');
    expect(aurora.lastSuccessMs()).toBeDefined();
  });

  it('waits for a database that is starting', async () => {
    server.play(sqlError('FATAL: the database system is starting up; SQLState: 57P03'));
    expect(await failure()).toMatchObject({ reason: 'aurora_asleep' });
  });

  it('keeps the text of the vendor out of the message', async () => {
    server.play(sqlError('ERROR: secret things; SQLState: 42601'));
    const error = await failure();
    expect(error.message).not.toContain('secret');
    expect(error.cause).toMatchObject({ message: expect.stringContaining('secret') });
  });

  it('sends nothing in a transaction twice, and rolls back', async () => {
    server.play({ body: { transactionId: 't1' } }, 'reset', {});
    const failing = aurora.transaction(ctx, 'aurora.test', async (tx) => {
      await sql`select 1`.execute(tx);
    });
    await expect(failing).rejects.toMatchObject({ code: 'unavailable' });
    expect(server.received.map(({ path }) => path)).toEqual([
      'BeginTransaction',
      'Execute',
      'RollbackTransaction',
    ]);
  });

  it('rolls back after the deadline too', async () => {
    server.play({ body: { transactionId: 't1' } }, 'hang', {});
    const short = aContext(systemClock, { deadlineMs: Date.now() + 300 });
    const failing = aurora.transaction(short, 'aurora.test', async (tx) => {
      await sql`select 1`.execute(tx);
    });
    await expect(failing).rejects.toMatchObject({ code: 'timeout' });
    expect(server.received.at(-1)?.path).toBe('RollbackTransaction');
  });

  it('refuses parameters that Kysely did not compile', async () => {
    server.play(fine);
    const compiled = { sql: 'select $1', parameters: ['a'], query: undefined, queryId: undefined };
    await expect(aurora.rows(ctx, 'aurora.test', compiled as never)).rejects.toMatchObject({
      code: 'internal',
    });
    expect(server.received.length).toBe(0);
  });
});
