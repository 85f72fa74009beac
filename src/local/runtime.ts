import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Hono } from 'hono';
import type { Context } from '../domain/index.ts';
import { ensureTable } from '../dynamodb/index.ts';
import { composeService, processService, type Service } from '../lambda/compose.ts';
import { composeServe } from '../lambda/compose-api.ts';
import { parseApiConfig } from '../lambda/config.ts';
import { runMigrations } from '../lambda/migrate.ts';
import { gather } from '../lambda/observe.ts';
import { handler as projector } from '../lambda/projector.ts';
import { handler as relay } from '../lambda/relay.ts';
import { newId, systemClock, systemRandom } from '../lambda/system.ts';
import { runUpkeep } from '../lambda/upkeep.ts';
import { WARMER_TICK_SECONDS } from '../lambda/warm.ts';
import { handler as warmer } from '../lambda/warmer.ts';
import { createControl, type TickFunction } from './control.ts';
import { createDataApiServer } from './data-api/index.ts';
import { createDynamoDbServer, type DynamoDbServer } from './dynamodb/index.ts';
import { startRds } from './runtime-cluster.ts';
import type { LocalConfig } from './runtime-config.ts';
import { openDatabase } from './runtime-database.ts';
import { loadSample } from './runtime-sample.ts';
import { createWire } from './wire/index.ts';

const TABLE = 'tandem';
const REGION = 'us-east-1';

/** What a scheduled run may take here; the deployed functions have as much. */
const FUNCTION_MS = 60_000;

/** How often the relay runs, as the deployed schedule has it. */
const RELAY_EVERY_MS = 10 * 60_000;

/** How often expired items are removed. AWS promises no more than "within a few days". */
const SWEEP_EVERY_MS = 10 * 60_000;

/** The projector's event source mapping: that of the deployment, but for a window that leaves a test no second to wait. */
const STREAM_MAPPING = {
  batchSize: 100,
  windowMs: 400,
  bisect: true,
  maxRetries: 5,
  maxRecordAgeSeconds: 3_600,
};

/** The whole service in this process, over its own stand-ins for AWS. */
export interface Runtime {
  fetch(request: Request): Promise<Response>;
  /** Ends schedules, functions and stores, in this order. */
  close(): Promise<void>;
}

/**
 * Starts the stand-ins, turns the SDK's clients to them, brings the database up to date and puts the
 * deployed functions on top. The functions know nothing of it: they find their stores by the endpoint
 * variables that any AWS client reads.
 */
export async function startRuntime(config: LocalConfig, env: NodeJS.ProcessEnv): Promise<Runtime> {
  const { folders } = config;
  const wire = createWire({
    clock: systemClock,
    random: systemRandom,
    sleep: (ms) => systemClock.sleep(ms),
  });
  const [database, dynamodb, tokenKey] = await Promise.all([
    openDatabase({
      ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
      ...(folders === undefined ? {} : { folder: folders.postgres }),
    }),
    config.dynamodbEndpoint === undefined
      ? createDynamoDbServer({
          clock: systemClock,
          gate: wire.gate('dynamodb'),
          ...(folders === undefined ? {} : { dataDir: folders.dynamodb }),
        })
      : undefined,
    readTokenKey(folders?.keys),
  ]);
  const dataApi = await createDataApiServer({
    engine: database.engine,
    gate: wire.gate('data-api'),
    clock: systemClock,
    pause: {
      autoPauseSeconds: config.autoPauseSeconds,
      resumeSeconds: config.resumeSeconds,
    },
  });
  const rds = await startRds(dataApi, config.autoPauseSeconds);
  const dynamodbUrl = dynamodb?.url ?? config.dynamodbEndpoint ?? '';
  Object.assign(env, {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_RDS_DATA: dataApi.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl,
    AWS_ENDPOINT_URL_RDS: rds.url,
    AURORA_CLUSTER_ARN: dataApi.resourceArn,
    AURORA_SECRET_ARN: dataApi.secretArn,
    AURORA_DATABASE: dataApi.database,
    // Put to sleep by hand it may be asleep at any time: nothing is taken for granted for long.
    AURORA_AUTO_PAUSE_SECONDS: String(Math.ceil(config.autoPauseSeconds)),
    TABLE_NAME: TABLE,
    PAGE_TOKEN_KEYS: tokenKey,
  });

  const apiConfig = parseApiConfig(env);
  // The first line on standard output is the one that says ready.
  const quiet = { ...apiConfig, logLevel: 'error' as const };
  await Promise.all([
    ensureTable(new DynamoDBClient({ region: REGION }), TABLE),
    runMigrations(quiet, FUNCTION_MS).then(() => database.migrated()),
  ]);
  if (config.sample) {
    const filling = composeService(quiet);
    // The sample goes in whether or not callers need a token.
    const fill = composeServe(filling, { ...apiConfig, access: { mode: 'open' } });
    await loadSample(fill, folders && join(folders.root, 'sample'));
    await filling.close();
  }
  const service = processService();
  const serve = composeServe(service, apiConfig);
  // Tells this process that Aurora is awake: what an earlier one left behind is relayed at once.
  await service.tandem.maintenance.ready(upkeepContext());
  await service.aurora.ping(upkeepContext());

  const subscription = dynamodb?.stream.subscribe(
    (event) => projector(event as Parameters<typeof projector>[0], functionContext()),
    {
      ...STREAM_MAPPING,
      table: TABLE,
      // A queue on AWS; here whoever reads the log.
      onFailure: (failed) => service.log.error('stream_records_given_up', { ...failed }),
    },
  );
  const schedule = startWarmer(config.autoPauseSeconds);
  const relaying = every(RELAY_EVERY_MS, () => relay({}, functionContext()));

  const sweep = dynamodb && startSweep(dynamodb);

  const app = new Hono();
  app.route(
    '/',
    createControl({
      endpoints: () => ({
        dataApi: dataApi.url,
        resourceArn: dataApi.resourceArn,
        secretArn: dataApi.secretArn,
        database: dataApi.database,
        dynamodb: dynamodbUrl,
        rds: rds.url,
        table: TABLE,
        region: REGION,
      }),
      aurora: {
        get: () => dataApi.pauseState(),
        put: async (change) => {
          if (change.state === 'asleep') paused = { pausedAtMs: systemClock.now() };
          service.aurora.learn(change.state === 'asleep' ? 'asleep' : 'unknown');
          dataApi.setPause(change);
          // As whoever woke it would; where faults are injected it stays unknown.
          if (change.state === 'awake') {
            await service.aurora.ping(upkeepContext()).catch(() => undefined);
          }
        },
      },
      tick: (name) => TICKS[name](),
      settle: async (signal) => {
        const mayTend = async () =>
          dataApi.pauseState().state !== 'asleep' || (await database.hasPending());
        await settle(service, mayTend, signal);
        await dynamodb?.stream.idle(signal);
        await settle(service, mayTend, signal);
      },
      wire,
    }),
  );
  app.all('*', (context) => serve(context.req.raw));

  return {
    fetch: async (request) => app.fetch(request),
    async close() {
      schedule.stop();
      relaying.stop();
      sweep?.stop();
      await subscription?.close();
      await service.close();
      await dataApi.close();
      await rds.close();
      await dynamodb?.close();
    },
  };
}

/** When Aurora was put to sleep by hand: what was called before does not keep it awake. */
let paused: { pausedAtMs?: number } = {};

const TICKS: Readonly<Record<TickFunction, () => Promise<object>>> = {
  warmer: () => warmer(paused, functionContext()),
  relay: () => relay({}, functionContext()),
  projector: () => projector({ Records: [] }, functionContext()),
};

/**
 * Brings over what is pending until nothing is. Wakes Aurora where something is: outputs that wait in
 * DynamoDB, or, as far as `mayTend` knows, articles and projections that wait in Aurora itself.
 */
async function settle(
  { tandem, aurora, log }: Service,
  mayTend: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const { maintenance } = tandem;
  const parts = {
    maintenance: {
      ...maintenance,
      relay: async (ctx: Context, limit: number) =>
        (await mayTend()) ? maintenance.relay(ctx, limit) : { relayed: 0, left: false },
      tendProjections: async (ctx: Context) =>
        (await mayTend())
          ? maintenance.tendProjections(ctx)
          : { filled: 0, moved: false, left: false },
      tendRuns: async (ctx: Context) =>
        (await mayTend()) ? maintenance.tendRuns(ctx) : { reverted: 0, moved: false, left: false },
    },
    auroraState: () => aurora.state(),
    clock: systemClock,
  };
  for (;;) {
    const { left } = await runUpkeep(parts, upkeepContext(log), true);
    if (!left || signal.aborted) return;
    await systemClock.sleep(50, signal);
  }
}

/**
 * Runs the warmer on its schedule, one run after the other. AWS pauses after 300 s at the least; where the
 * local Aurora does sooner the warmer comes as much more often.
 */
function startWarmer(autoPauseSeconds: number): { stop(): void } {
  const shortSeconds =
    autoPauseSeconds > 0 ? Math.max(1, autoPauseSeconds / 5) : WARMER_TICK_SECONDS;
  const everyMs = Math.min(WARMER_TICK_SECONDS, shortSeconds) * 1_000;
  return every(everyMs, () => warmer(paused, functionContext()));
}

/** Runs a function again and again, one run after the other. A run that fails is told in the log; the next one tries again. */
function every(ms: number, run: () => Promise<unknown>): { stop(): void } {
  const stopped = new AbortController();
  async function repeat(): Promise<void> {
    for (;;) {
      await systemClock.sleep(ms, stopped.signal);
      await run().catch(() => undefined);
    }
  }
  repeat().catch(() => undefined);
  return { stop: () => stopped.abort() };
}

/** Removes items past their time to live now and then, as DynamoDB does. */
function startSweep(dynamodb: DynamoDbServer): { stop(): void } {
  const stopped = new AbortController();
  async function run(): Promise<void> {
    for (;;) {
      await systemClock.sleep(SWEEP_EVERY_MS, stopped.signal);
      // A sweep that fails leaves its items to the next one.
      await dynamodb.expire().catch(() => 0);
    }
  }
  run().catch(() => undefined);
  return { stop: () => stopped.abort() };
}

function functionContext(): { awsRequestId: string; getRemainingTimeInMillis(): number } {
  const endMs = systemClock.now() + FUNCTION_MS;
  return {
    awsRequestId: newId(),
    getRemainingTimeInMillis: () => Math.max(0, endMs - systemClock.now()),
  };
}

/** Tells `log` what happens, but before the process has said that it is ready. */
function upkeepContext(log?: Service['log']): Context {
  const { signal } = new AbortController();
  // One listener for each store call under way: a round has dozens at a time.
  setMaxListeners(0, signal);
  const requestId = newId();
  return {
    requestId,
    deadlineMs: systemClock.now() + FUNCTION_MS,
    waitMs: FUNCTION_MS / 2,
    signal,
    observe: log ? gather(log, requestId).observe : () => undefined,
  };
}

/** The key that signs page tokens: kept in the data folder, so that tokens outlive a restart. */
async function readTokenKey(path: string | undefined): Promise<string> {
  const fresh = randomBytes(32).toString('hex');
  if (path === undefined) return fresh;
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (kept.length >= fresh.length) return kept;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, fresh, { mode: 0o600 });
  return fresh;
}
