import {
  type AiOutputStore,
  AUTO_DAYS,
  type AuroraState,
  type AutoOptions,
  awakeSeconds,
  type Clock,
  type Context,
  type Cost,
  costOf,
  type DayUse,
  type Ledger,
  type Prices,
  type Span,
  scheduleOf,
  secondsWithin,
  sumUse,
  type Use,
  type WarmSchedule,
  type WarmWindows,
} from '../domain/index.ts';
import { isDeleteIntent } from './open-deletes.ts';

/** What the deployment is told of its cluster and of prices. */
export interface StatusSettings {
  readonly windows: WarmWindows;
  /** Infinity where the cluster never pauses. */
  readonly pauseSeconds: number;
  /** Capacity of an awake cluster, and what the windows hold. */
  readonly awakeAcu: number;
  readonly windowMinAcu: number;
  readonly coldReadUsd: number;
  readonly functionGb: number;
  readonly prices: Prices;
}

export interface ServiceStatus {
  readonly atMs: number;
  readonly aurora: {
    readonly state: AuroraState;
    /** When the database last answered anybody. */
    readonly calledAtMs?: number;
    readonly lastResume?: { readonly seconds: number; readonly atMs?: number };
    readonly expectedResumeSeconds: number;
  };
  readonly warm: {
    readonly mode: WarmWindows['mode'];
    /** The window now; absent outside of all. */
    readonly now?: Span;
    readonly next?: Span;
  };
  /** Age of the oldest output that Aurora does not know yet; 0 where there is none. */
  readonly projectionLagSeconds: number;
  /** Whether articles waited for their copies when that was last looked at. Aurora is not asked. */
  readonly relay: { readonly left: boolean; readonly checkedAtMs?: number };
  readonly month: {
    readonly fromMs: number;
    readonly use: Use;
    /** Worked out from the calls that kept the cluster awake. */
    readonly acuHours: number;
    /** Without storage, which nothing here can measure. */
    readonly cost: Cost;
  };
  /** The last weeks by day, where asked for. */
  readonly traffic?: readonly DayUse[];
}

export interface Status {
  /**
   * State of the service, and what it cost this month. Never calls Aurora. Errors: `unavailable`.
   * Cost: 18 DynamoDB calls.
   */
  read(ctx: Context, options: { readonly traffic: boolean }): Promise<ServiceStatus>;
}

const DAY_MS = 86_400_000;

/** Pending intents looked through for the oldest of an output; those of deletes stay open for a minute. */
const PENDING_LOOKED_AT = 100;

/** What a resume is taken to last where none was seen. */
const USUAL_RESUME_SECONDS = 15;

export function createStatus(parts: {
  readonly ledger: Ledger;
  readonly outputs: Pick<AiOutputStore, 'readIntents'>;
  readonly clock: Clock;
  readonly auroraState: () => AuroraState;
  /** What this process counted and has not noted yet. */
  readonly pendingUse: () => readonly Use[];
  readonly settings: StatusSettings;
}): Status {
  const { ledger, outputs, clock, auroraState, pendingUse, settings } = parts;

  return {
    async read(ctx, { traffic }) {
      const nowMs = clock.now();
      const today = dayAt(nowMs);
      const monthFrom = `${today.slice(0, 7)}-01`;
      const learntFrom = dayAt(nowMs - AUTO_DAYS * DAY_MS);
      const [notes, days, pending] = await Promise.all([
        ledger.readNotes(ctx),
        ledger.readUse(ctx, monthFrom < learntFrom ? monthFrom : learntFrom, today),
        outputs.readIntents(ctx, { limit: PENDING_LOOKED_AT }),
      ]);
      const waiting = pending.filter((intent) => !isDeleteIntent(intent));
      const oldestMs = Math.min(nowMs, ...waiting.map(({ createdAtMs }) => createdAtMs));
      const lastSeconds = notes.resumeSeconds.at(-1);
      const expectedResumeSeconds = median(notes.resumeSeconds) ?? USUAL_RESUME_SECONDS;
      const lately = days.filter(({ day }) => day >= learntFrom);
      const auto: AutoOptions = {
        pauseSeconds: settings.pauseSeconds,
        resumeSeconds: expectedResumeSeconds,
        awakeAcu: Math.max(settings.awakeAcu, settings.windowMinAcu),
        acuHourUsd: settings.prices.acuHourUsd,
        coldReadUsd: settings.coldReadUsd,
        dataApiMillionUsd: settings.prices.dataApiMillionUsd,
      };
      const schedule = scheduleOf(settings.windows, lately, today, auto);
      const calledAtMs = days.at(-1)?.calledAtMs;
      const warmNow = schedule.spanAt(nowMs);
      const warmNext = warmNow === undefined ? schedule.nextSpan(nowMs) : undefined;
      return {
        atMs: nowMs,
        aurora: {
          state: auroraState(),
          expectedResumeSeconds,
          ...(calledAtMs === undefined ? {} : { calledAtMs }),
          ...(lastSeconds === undefined
            ? {}
            : {
                lastResume: {
                  seconds: lastSeconds,
                  ...(notes.resumedAtMs === undefined ? {} : { atMs: notes.resumedAtMs }),
                },
              }),
        },
        warm: {
          mode: settings.windows.mode,
          ...(warmNow === undefined ? {} : { now: warmNow }),
          ...(warmNext === undefined ? {} : { next: warmNext }),
        },
        projectionLagSeconds: (nowMs - oldestMs) / 1_000,
        relay: {
          left: notes.upkeep?.left ?? false,
          ...(notes.upkeep === undefined ? {} : { checkedAtMs: notes.upkeep.atMs }),
        },
        month: monthOf(
          days.filter(({ day }) => day >= monthFrom),
          Date.parse(monthFrom),
          nowMs,
          schedule,
        ),
        ...(traffic ? { traffic: lately } : {}),
      };
    },
  };

  function monthOf(
    days: readonly DayUse[],
    fromMs: number,
    nowMs: number,
    schedule: WarmSchedule,
  ): ServiceStatus['month'] {
    const use = sumUse([...days.map((day) => day.use), ...pendingUse()]);
    const { awakeAcu, windowMinAcu, pauseSeconds, prices, functionGb } = settings;
    const held = Math.max(0, windowMinAcu - awakeAcu);
    const acuSeconds =
      awakeSeconds(days, pauseSeconds, nowMs) * awakeAcu +
      (held === 0 ? 0 : held * secondsWithin(schedule, fromMs, nowMs));
    const acuHours = acuSeconds / 3_600;
    const hours = (nowMs - fromMs) / 3_600_000;
    const consumed = { use, acuHours, auroraGb: 0, dynamodbGb: 0, functionGb, hours };
    return { fromMs, use, acuHours, cost: costOf(consumed, prices) };
  }
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function dayAt(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
