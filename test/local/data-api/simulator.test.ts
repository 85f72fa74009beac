import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ClusterPlan,
  createWarmSchedule,
  NEVER_WARM,
  parseWarmWindows,
  planWarmth,
  simulate,
  type Traffic,
  type WarmSchedule,
} from '../../../src/domain/index.ts';
import { createDataApiServer } from '../../../src/local/data-api/index.ts';
import { startPglite } from '../../support/pglite-snapshots.ts';
import { aTraffic } from '../../support/traffic.ts';

const RESUME_SECONDS = 20;
const TICK_SECONDS = 60;
const POLLS_MS = [500, 1_000, 2_000];

function windows(text: string): WarmSchedule {
  const parsed = parseWarmWindows(text);
  if (parsed.mode !== 'windows') throw new Error(text);
  return createWarmSchedule(parsed.windows);
}

/** Days of three shapes: a newsroom's, one of few readers, and one of bursts. */
const DAYS: readonly [string, Traffic][] = [
  [
    'a weekday of a newsroom',
    aTraffic('2026-03-11T00:00:00Z', 24, 1, (at) => {
      const hour = new Date(at).getUTCHours();
      return hour >= 7 && hour < 19 ? 30 : 1.5;
    }),
  ],
  ['a quiet Sunday', aTraffic('2026-03-15T00:00:00Z', 24, 2, () => 2)],
  [
    'a day of bursts',
    aTraffic('2026-03-17T00:00:00Z', 24, 3, (at) =>
      new Date(at).getUTCHours() % 5 === 0 ? 120 : 0.2,
    ),
  ],
];

const PLANS: readonly [string, Pick<ClusterPlan, 'schedule' | 'pauseSeconds'>][] = [
  ['without windows', { schedule: NEVER_WARM, pauseSeconds: 300 }],
  [
    'with windows and a longer delay',
    {
      schedule: windows('daily 07:00-12:00 Europe/Berlin; daily 20:00-01:30 UTC'),
      pauseSeconds: 600,
    },
  ],
];

describe('the simulator', () => {
  let nowMs = 0;
  let server: Awaited<ReturnType<typeof createDataApiServer>>;
  let client: RDSDataClient;
  beforeAll(async () => {
    server = await createDataApiServer({
      engine: await startPglite(undefined),
      clock: { now: () => nowMs },
    });
    client = new RDSDataClient({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
  });

  /** A call that goes on asking as the wake loop does; whether it was answered at once. */
  async function call(): Promise<boolean> {
    for (let tries = 0; ; tries += 1) {
      try {
        await client.send(
          new ExecuteStatementCommand({
            resourceArn: server.resourceArn,
            secretArn: server.secretArn,
            database: server.database,
            sql: 'select 1',
          }),
        );
        return tries === 0;
      } catch (error) {
        if ((error as Error).name !== 'DatabaseResumingException') throw error;
        nowMs += POLLS_MS[Math.min(tries, 2)] ?? 0;
      }
    }
  }

  /** Plays a day against the local Aurora, on its clock, with the warmer's ticks. */
  async function play(traffic: Traffic, plan: Pick<ClusterPlan, 'schedule' | 'pauseSeconds'>) {
    const { schedule, pauseSeconds } = plan;
    nowMs = Math.max(nowMs, traffic.fromMs);
    server.setPause({
      state: 'asleep',
      autoPauseSeconds: pauseSeconds,
      resumeSeconds: RESUME_SECONDS,
    });
    const before = server.pauseState();
    let calledAtMs: number | undefined;
    let cold = 0;
    const due: { atMs: number; what: 'request' | 'tick' | 'ping' }[] = [
      ...traffic.requests.map(({ atMs }) => ({ atMs, what: 'request' as const })),
      ...(schedule === NEVER_WARM
        ? []
        : Array.from({ length: 24 * 60 }, (_, minute) => ({
            atMs: traffic.fromMs + minute * TICK_SECONDS * 1_000,
            what: 'tick' as const,
          }))),
    ].sort((a, b) => a.atMs - b.atMs);
    while (due.length > 0) {
      const { atMs, what } = due.shift() as (typeof due)[number];
      const late = nowMs > atMs;
      nowMs = Math.max(nowMs, atMs);
      if (what === 'tick') {
        const { pingAtMs } = planWarmth({
          ...{ nowMs, schedule, calledAtMs, pauseSeconds },
          ...{ resumeSeconds: RESUME_SECONDS, tickSeconds: TICK_SECONDS },
        });
        if (pingAtMs === undefined) continue;
        const index = due.findIndex((other) => other.atMs >= pingAtMs);
        due.splice(index < 0 ? due.length : index, 0, { atMs: pingAtMs, what: 'ping' });
        continue;
      }
      const atOnce = await call();
      calledAtMs = nowMs;
      // One that came while another was waiting met the resume as well.
      if (what === 'request' && (!atOnce || late)) cold += 1;
    }
    nowMs = Math.max(nowMs, traffic.toMs);
    const after = server.pauseState();
    return {
      acuSeconds: (after.acuHours - before.acuHours) * 3_600,
      wakes: after.wakes - before.wakes,
      cold,
    };
  }

  describe.each(DAYS)('over %s', (_day, traffic) => {
    it.each(PLANS)(
      'agrees with the local Aurora %s within 2 percent',
      async (_plan, plan) => {
        // Later days of the same shape, since a clock does not go back.
        const shiftMs =
          Math.max(0, Math.ceil((nowMs - traffic.fromMs) / 604_800_000)) * 604_800_000;
        const shifted: Traffic = {
          fromMs: traffic.fromMs + shiftMs,
          toMs: traffic.toMs + shiftMs,
          requests: traffic.requests.map(({ atMs, count }) => ({ atMs: atMs + shiftMs, count })),
        };
        const counted = await play(shifted, plan);
        const told = simulate(
          shifted,
          { ...plan, minAcu: 0, windowMinAcu: 0 },
          { resumeSeconds: RESUME_SECONDS, awakeAcu: 0.5, tickSeconds: TICK_SECONDS },
        );
        expect(counted.acuSeconds).toBeGreaterThan(1_000);
        expect(Math.abs(told.acuSeconds / counted.acuSeconds - 1)).toBeLessThan(0.02);
        expect(Math.abs(told.resumes - counted.wakes)).toBeLessThanOrEqual(
          Math.max(1, 0.02 * counted.wakes),
        );
        expect(Math.abs(told.coldRequests - counted.cold)).toBeLessThanOrEqual(
          Math.max(2, 0.1 * counted.cold),
        );
      },
      60_000,
    );
  });
});
