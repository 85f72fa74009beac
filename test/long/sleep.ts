import { setTimeout as delay } from 'node:timers/promises';
import {
  COLUMN_TYPES,
  createArticleStore,
  createAurora,
  type Database,
  migrate,
} from '../../src/aurora/index.ts';
import { isServiceError, JsonText, PRICES } from '../../src/domain/index.ts';
import { createTandem } from '../../src/facade/index.ts';
import { newId, systemClock } from '../../src/lambda/system.ts';
import { runWarmer } from '../../src/lambda/warm.ts';
import { createDataApiServer, pgliteEngine } from '../../src/local/data-api/index.ts';
import { createWire } from '../../src/local/wire/index.ts';
import { readMigrations } from '../support/aurora.ts';
import { aContext, seededRandom } from '../support/clock.ts';
import { startDynamoDb } from '../support/dynamodb.ts';

const HOUR_MS = 3_600_000;
const DAYS = 7;
const OUTPUTS_AN_HOUR = 20;
const ARTICLES = 1_000;

/** Intents that are drained at the end, unless told otherwise. */
const INTENTS = 100_000;
const AT_ONCE = 4;
const BATCH = 100;

/**
 * Seven days of AI outputs on a clock that is put forward, with Aurora asleep and `PROJECTION_MAX_DELAY`
 * never, the warmer ticking all along: every output must be taken and nothing may wake Aurora. Then so many
 * intents are drained, and what that took is told. Throws when anything was refused, lost, or woke it.
 */
export async function run([intents = String(INTENTS)]: readonly string[]): Promise<void> {
  const dynamodb = await startDynamoDb();
  const { clock } = dynamodb;
  const wire = createWire({ clock, random: seededRandom(1), sleep: (ms) => delay(ms) });
  const server = await createDataApiServer({
    engine: await pgliteEngine({}),
    clock,
    gate: wire.gate('data-api'),
    pause: { autoPauseSeconds: 0, resumeSeconds: 1 },
  });
  const aurora = createAurora<Database>({
    target: {
      connection: 'data-api',
      resourceArn: server.resourceArn,
      secretArn: server.secretArn,
      database: server.database,
      region: 'us-east-1',
      endpoint: server.url,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
    columnTypes: COLUMN_TYPES,
    clock,
    random: () => 0.5,
    autoPauseSeconds: 300,
  });
  const ctx = () => aContext(clock, { deadlineMs: clock.now() + 600_000 });
  try {
    await migrate(aurora, ctx(), readMigrations(), { clock: systemClock, newId });
    const outputs = await dynamodb.store();
    const tandem = createTandem({
      articles: createArticleStore(aurora),
      outputs,
      clock,
      random: seededRandom(2),
      auroraState: () => aurora.state(),
      isSurelyAwake: async () => false,
    });
    const ids = Array.from({ length: ARTICLES }, (_, n) => `s-${n}`);
    for (let at = 0; at < ids.length; at += 500) {
      await tandem.articles.putMany(
        ctx(),
        ids.slice(at, at + 500).map((id) => ({
          ...{ id, title: id, authors: [], topics: [], attributes: new JsonText('{}') },
        })),
      );
    }
    while ((await patiently(() => tandem.maintenance.relay(ctx(), 500))).left);

    server.setPause({ state: 'asleep', autoPauseSeconds: 300 });
    clock.advance(HOUR_MS);
    const wakesBefore = server.pauseState().wakes;
    wire.resetCalls();
    const tick = () =>
      runWarmer(
        {
          config: {
            aurora: { connection: 'direct', connectionString: 'postgres://none/none' },
            autoPauseSeconds: 300,
            logLevel: 'error',
            serviceName: 'tandem',
            dynamodb: { table: outputs.table, region: 'us-east-1' },
            projectionMaxDelayMs: Number.POSITIVE_INFINITY,
            warm: {
              ...{ windows: { mode: 'never' }, minAcu: 0, coldReadUsd: 0.01 },
              ...{ awakeAcu: 0.5, functionMb: 512, prices: PRICES },
            },
          },
          clock,
          ledger: outputs.ledger,
          outputs,
          maintenance: tandem.maintenance,
          cluster: () => {
            throw new Error('The warmer has nothing to ask RDS');
          },
          aurora,
          pinged: () => {
            throw new Error('The warmer pinged');
          },
        },
        ctx(),
      );

    let accepted = 0;
    for (let hour = 0; hour < DAYS * 24; hour += 1) {
      for (let n = 0; n < OUTPUTS_AN_HOUR; n += 1) {
        const articleId = ids[(hour * OUTPUTS_AN_HOUR + n) % ids.length] as string;
        const output = new JsonText(JSON.stringify({ hour, n }));
        const put = await patiently(() =>
          tandem.outputs.put(ctx(), { articleId, kind: 'summary', output }, {}),
        );
        if (put.status === 'created' && put.verified) accepted += 1;
        clock.advance(HOUR_MS / OUTPUTS_AN_HOUR);
      }
      await patiently(tick);
    }
    const asked = wire.calls()['data-api'].ExecuteStatement?.count ?? 0;
    const wakes = server.pauseState().wakes - wakesBefore;
    const wanted = DAYS * 24 * OUTPUTS_AN_HOUR;
    say(
      `${DAYS} simulated days: ${accepted} of ${wanted} outputs accepted, ${asked} Data API calls, ${wakes} wakes`,
    );
    if (accepted !== wanted || asked > 0 || wakes > 0) throw new Error('A bar was not met');

    const total = Number(intents);
    const more = Math.max(0, total - accepted);
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let from = next; from < more; from = next) {
        next += BATCH;
        const items = Array.from({ length: Math.min(BATCH, more - from) }, (_, index) => {
          const n = from + index;
          const articleId = ids[n % ids.length] as string;
          return {
            articleId,
            kind: `k${Math.floor(n / ids.length)}`,
            output: new JsonText(`${n}`),
          };
        });
        await patiently(async () => {
          const results = await tandem.outputs.putMany(ctx(), items, { onlyNew: true });
          for (const result of results) if (result.status === 'error') throw result.error;
        });
      }
    };
    const filling = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    say(`${more} more outputs taken in ${seconds(filling)}`);

    server.setPause({ state: 'awake', autoPauseSeconds: 0 });
    await aurora.ping(aContext(clock, { waitMs: 20_000, deadlineMs: clock.now() + 60_000 }));
    dynamodb.wire.resetCalls();
    wire.resetCalls();
    const draining = performance.now();
    let drained = 0;
    for (;;) {
      const round = await patiently(() =>
        tandem.maintenance.drain(ctx(), { limit: 2_000, wake: true }),
      );
      drained += round.drained;
      if (!round.left) break;
      if (round.drained === 0) throw new Error(`Nothing more is drained after ${drained}`);
    }
    const counts = (calls: Readonly<Record<string, { count: number }>>): string =>
      Object.entries(calls)
        .map(([name, { count }]) => `${count} ${name}`)
        .join(', ');
    say(
      `${drained} intents drained in ${seconds(draining)}: ${counts(wire.calls()['data-api'])}; ${counts(dynamodb.wire.calls().dynamodb)}`,
    );
    if (drained < total) throw new Error(`${total} intents were pending`);
    const left = await outputs.readIntents(ctx(), { limit: 1 });
    if (left.length > 0) throw new Error('An intent was left');
  } finally {
    await aurora.close();
    await server.close();
    await dynamodb.close();
  }
}

/** Tries again where a machine with too much to do lets the stand-in time out, as any writer would. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= 5 || !isServiceError(error, 'unavailable')) throw error;
      await delay(1_000);
    }
  }
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
