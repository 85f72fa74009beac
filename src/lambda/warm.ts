import type { ClusterControl } from '../aurora/index.ts';
import {
  type AiOutputStore,
  type AuroraNotes,
  type AuroraState,
  type Clock,
  type Context,
  type DayUse,
  isServiceError,
  type Ledger,
  planWarmth,
  scheduleOf,
} from '../domain/index.ts';
import type { Maintenance } from '../facade/index.ts';
import { measureBacklog } from './backlog.ts';
import { type FloorOutcome, keepFloor } from './capacity-floor.ts';
import type { StoresConfig } from './config.ts';
import { keepsAwake } from './surely-awake.ts';
import { runUpkeep } from './upkeep.ts';
import { autoOptions, dayAt, firstDayNeeded, USUAL_RESUME_SECONDS } from './warm-schedule.ts';

/** How often the warmer runs. The schedule in the template says the same. */
export const WARMER_TICK_SECONDS = 60;

/** Longest that a call waits for the cluster to wake; a resume may take two of them. */
const WAKE_WAIT_MS = 28_000;
const WAKE_TRIES = 2;

/** Kept back of the function's time for what comes after the ping. */
const RESERVE_MS = 10_000;

/** Copies of lists are brought up to date at this age, so many a tick, while the cluster is awake anyway. */
const REFRESH = { olderThanMs: 30 * 60_000, limit: 20 } as const;

/** What a run of the warmer did. */
export interface WarmerResult {
  /** Inside a window, or about to be. */
  readonly warm: boolean;
  readonly pinged: boolean;
  readonly floor: FloorOutcome;
  /** Outputs brought into Aurora, articles whose copies were brought into DynamoDB, lists copied anew. */
  readonly drained: number;
  readonly relayed: number;
  readonly refreshed: number;
  /** Stored outputs that a new or changed projection has seen. */
  readonly filled: number;
  /** Something is still pending. */
  readonly left: boolean;
}

export interface WarmerParts {
  readonly config: StoresConfig;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly outputs: Pick<AiOutputStore, 'readIntents'>;
  readonly maintenance: Maintenance;
  readonly cluster: () => ClusterControl;
  readonly aurora: {
    state(): AuroraState;
    lastSuccessMs(): number | undefined;
    ping(ctx: Context): Promise<void>;
  };
  /** Told of each ping. */
  readonly pinged: () => void;
  /** Epoch milliseconds at which the cluster is known to have paused: no call before that keeps it awake. */
  readonly pausedAtMs?: number;
}

/** What the ledger knows; where it cannot be read, nothing. */
interface Known {
  readonly notes: AuroraNotes;
  readonly days: readonly DayUse[];
}

/**
 * One tick: keeps the cluster awake inside the windows, and lets it sleep outside. Calls it only when
 * nobody else did for the ping spacing; while it is awake anyway brings over what is pending and copies
 * lists anew. Outside the windows it wakes the cluster only for outputs older than `PROJECTION_MAX_DELAY`.
 * Errors: those of a bug.
 */
export async function runWarmer(parts: WarmerParts, ctx: Context): Promise<WarmerResult> {
  const { config, clock, ledger, maintenance, aurora } = parts;
  const known = await readKnown(parts, ctx);
  const { notes } = known;
  const resumeSeconds = Math.max(USUAL_RESUME_SECONDS, ...notes.resumeSeconds);
  const schedule = scheduleOf(
    config.warm.windows,
    known.days,
    dayAt(clock.now()),
    autoOptions(config, resumeSeconds),
  );
  const plan = planWarmth({
    nowMs: clock.now(),
    schedule,
    calledAtMs: calledAt(parts, known),
    // A floor keeps it from pausing: then nothing else need.
    pauseSeconds: notes.floor === undefined ? config.autoPauseSeconds : Number.POSITIVE_INFINITY,
    resumeSeconds,
    tickSeconds: WARMER_TICK_SECONDS,
  });
  const floor = await keepFloor(parts, ctx, {
    wanted: plan.inWindow,
    minAcu: config.warm.minAcu,
    noted: notes.floor,
  });

  const pinged = plan.pingAtMs !== undefined && (await pingAt(parts, ctx, plan.pingAtMs, known));
  const calledAtMs = calledAt(parts, known);
  const surelyAwake = keepsAwake(calledAtMs, clock.now(), config.autoPauseSeconds);
  const isNews =
    notes.upkeep === undefined || notes.upkeep.left || (calledAtMs ?? 0) > notes.upkeep.atMs;

  let upkeep = { drained: 0, relayed: 0, filled: 0, left: notes.upkeep?.left ?? false };
  let refreshed = 0;
  const waitedMs = await measureBacklog(parts, ctx);
  const isOverdue = waitedMs !== undefined && waitedMs >= config.projectionMaxDelayMs;
  const wake = !surelyAwake && isOverdue;
  if (wake || pinged || (surelyAwake && isNews)) {
    const upkeepParts = { maintenance, auroraState: () => aurora.state(), clock };
    const upkeepCtx = { ...ctx, waitMs: wake ? WAKE_WAIT_MS : 0 };
    upkeep = await runUpkeep(upkeepParts, upkeepCtx, wake);
    refreshed = await refreshPages(parts, ctx);
    // At its end: its own calls are none that another upkeep is needed for.
    await ledger.noteUpkeep(ctx, { atMs: clock.now(), left: upkeep.left }).catch(passIfAway);
  }
  tellMetrics(parts, ctx, pinged);
  const { drained, relayed, filled, left } = upkeep;
  return { warm: plan.warm, pinged, floor, drained, relayed, refreshed, filled, left };
}

async function readKnown({ config, clock, ledger }: WarmerParts, ctx: Context): Promise<Known> {
  const nowMs = clock.now();
  try {
    const [notes, days] = await Promise.all([
      ledger.readNotes(ctx),
      ledger.readUse(ctx, firstDayNeeded(config, nowMs), dayAt(nowMs)),
    ]);
    return { notes, days };
  } catch (error) {
    passIfAway(error);
    return { notes: { resumeSeconds: [] }, days: [] };
  }
}

/** When Aurora was last called by anybody, as far as this process can know. */
function calledAt(parts: WarmerParts, { days }: Known): number | undefined {
  const { aurora, pausedAtMs = Number.NEGATIVE_INFINITY } = parts;
  const times = [aurora.lastSuccessMs(), ...days.map(({ calledAtMs }) => calledAtMs)];
  const known = times.filter((atMs) => atMs !== undefined && atMs > pausedAtMs) as number[];
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Calls the database when it is time to, unless traffic did meanwhile. Whether it was called and answered. */
async function pingAt(
  parts: WarmerParts,
  ctx: Context,
  atMs: number,
  known: Known,
): Promise<boolean> {
  const { clock, aurora } = parts;
  const waitMs = atMs - clock.now();
  if (waitMs > 0) {
    await clock.sleep(waitMs, ctx.signal);
    const before = calledAt(parts, known);
    const now = calledAt(parts, await readKnown(parts, ctx));
    if (now !== undefined && now > (before ?? 0)) return false;
  }
  parts.pinged();
  for (let tries = 1; ; tries += 1) {
    try {
      await aurora.ping({ ...ctx, waitMs: WAKE_WAIT_MS });
      return true;
    } catch (error) {
      passIfAway(error);
      const timeLeft = ctx.deadlineMs - RESERVE_MS - clock.now();
      // It was called all the same, and goes on waking: the next tick finds it awake.
      if (tries >= WAKE_TRIES || timeLeft < WAKE_WAIT_MS) return false;
    }
  }
}

async function refreshPages({ maintenance }: WarmerParts, ctx: Context): Promise<number> {
  try {
    return (await maintenance.refreshPages({ ...ctx, waitMs: 0 }, REFRESH)).refreshed;
  } catch (error) {
    passIfAway(error);
    return 0;
  }
}

function tellMetrics({ clock, aurora }: WarmerParts, ctx: Context, pinged: boolean): void {
  const atMs = clock.now();
  const tell = (name: string, value: number, unit: 'Count' | 'Seconds'): void =>
    ctx.observe({ kind: 'metric', name, value, unit, atMs });
  tell('AuroraAwake', aurora.state() === 'awake' ? 1 : 0, 'Count');
  tell('WarmPings', pinged ? 1 : 0, 'Count');
}

function passIfAway(error: unknown): void {
  const isAway = (['unavailable', 'throttled', 'timeout'] as const).some((code) =>
    isServiceError(error, code),
  );
  if (!isAway) throw error;
}
