import { planWarmth } from './warm-plan.ts';
import { secondsWithin, type WarmSchedule } from './warm-windows.ts';

/** Requests that need Aurora, over a stretch of time. */
export interface Traffic {
  readonly fromMs: number;
  readonly toMs: number;
  /** In order of time. */
  readonly requests: readonly { readonly atMs: number; readonly count: number }[];
}

/** A way to run the cluster. */
export interface ClusterPlan {
  readonly schedule: WarmSchedule;
  readonly pauseSeconds: number;
  /** Above 0 the cluster never pauses. */
  readonly minAcu: number;
  /** Held inside the windows; 0: the cluster is merely kept from pausing. */
  readonly windowMinAcu: number;
}

/** What is assumed of the cluster and the warmer. */
export interface ClusterFacts {
  readonly resumeSeconds: number;
  /** Capacity of the cluster while it is awake and its minimum is lower. */
  readonly awakeAcu: number;
  readonly tickSeconds: number;
}

export interface SimulationResult {
  readonly acuSeconds: number;
  readonly awakeSeconds: number;
  readonly resumes: number;
  readonly warmPings: number;
  readonly requests: number;
  /** Requests that met the cluster asleep or resuming. */
  readonly coldRequests: number;
}

/** Paused for longer, a resume takes twice as long (Aurora user guide, auto-pause, 2026). */
const DEEP_SLEEP_MS = 24 * 3_600_000;

/** How long after its resume the wake loop finds the cluster awake, on average. */
const POLL_LATE_MS = 1_000;

/**
 * Plays traffic against a plan: the cluster pauses when nobody called it for the pause delay, a call while
 * it is paused starts a resume, and the warmer ticks as `planWarmth` says. It is awake before the first
 * request only where a window holds it.
 */
export function simulate(
  traffic: Traffic,
  plan: ClusterPlan,
  facts: ClusterFacts,
): SimulationResult {
  const cluster = new ModelCluster(traffic.fromMs, plan, facts);
  const { schedule } = plan;
  const neverTicks =
    plan.minAcu > 0 ||
    (schedule.spanAt(traffic.fromMs) === undefined &&
      schedule.nextSpan(traffic.fromMs) === undefined);
  const tickMs = facts.tickSeconds * 1_000;
  let nextTickMs = neverTicks ? Number.POSITIVE_INFINITY : traffic.fromMs;
  let requests = 0;
  let coldRequests = 0;
  let warmPings = 0;

  function tickUntil(atMs: number): void {
    while (nextTickMs < atMs) {
      const nowMs = nextTickMs;
      nextTickMs += tickMs;
      const { pingAtMs } = planWarmth({
        nowMs,
        schedule,
        calledAtMs: cluster.calledAtMs,
        pauseSeconds: plan.pauseSeconds,
        resumeSeconds: facts.resumeSeconds,
        tickSeconds: facts.tickSeconds,
      });
      if (pingAtMs === undefined || pingAtMs >= traffic.toMs) continue;
      warmPings += 1;
      cluster.call(Math.max(pingAtMs, nowMs));
    }
  }

  for (const { atMs, count } of traffic.requests) {
    if (atMs < traffic.fromMs || atMs >= traffic.toMs) continue;
    tickUntil(atMs);
    requests += count;
    if (!cluster.call(atMs)) coldRequests += count;
  }
  tickUntil(traffic.toMs);
  const { awakeMs, acuMs, resumes } = cluster.end(traffic.toMs);
  return {
    acuSeconds: acuMs / 1_000,
    awakeSeconds: awakeMs / 1_000,
    resumes,
    warmPings,
    requests,
    coldRequests,
  };
}

/** The cluster's sleep, told by the times at which it is called. */
class ModelCluster {
  /** When the database last answered. */
  calledAtMs: number | undefined;
  private readonly plan: ClusterPlan;
  private readonly facts: ClusterFacts;
  /** The present stretch awake; the resume counts as awake, as AWS charges it. */
  private stretch: { readonly fromMs: number; answersFromMs: number; untilMs: number } | undefined;
  private pausedAtMs: number;
  private awakeMs = 0;
  private acuMs = 0;
  private resumes = 0;

  constructor(fromMs: number, plan: ClusterPlan, facts: ClusterFacts) {
    this.plan = plan;
    this.facts = facts;
    this.pausedAtMs = fromMs;
    if (plan.minAcu > 0) {
      this.stretch = { fromMs, answersFromMs: fromMs, untilMs: Number.POSITIVE_INFINITY };
      this.calledAtMs = fromMs;
    }
  }

  /** Whether it answered at once. */
  call(atMs: number): boolean {
    if (this.stretch && atMs >= this.stretch.untilMs) this.pause();
    const pauseMs =
      this.plan.minAcu > 0 ? Number.POSITIVE_INFINITY : this.plan.pauseSeconds * 1_000;
    if (this.stretch && atMs >= this.stretch.answersFromMs) {
      this.calledAtMs = Math.max(this.calledAtMs ?? atMs, atMs);
      this.stretch.untilMs = Math.max(this.stretch.untilMs, atMs + pauseMs);
      return true;
    }
    if (this.stretch) return false;
    const deep = atMs - this.pausedAtMs > DEEP_SLEEP_MS;
    const answersFromMs = atMs + this.facts.resumeSeconds * 1_000 * (deep ? 2 : 1);
    this.calledAtMs = answersFromMs + POLL_LATE_MS;
    this.stretch = { fromMs: atMs, answersFromMs, untilMs: this.calledAtMs + pauseMs };
    this.resumes += 1;
    return false;
  }

  end(atMs: number): { awakeMs: number; acuMs: number; resumes: number } {
    if (this.stretch) {
      this.stretch.untilMs = Math.min(this.stretch.untilMs, atMs);
      this.pause();
    }
    return { awakeMs: this.awakeMs, acuMs: this.acuMs, resumes: this.resumes };
  }

  private pause(): void {
    if (!this.stretch) return;
    const { fromMs, untilMs } = this.stretch;
    const idleAcu = Math.max(this.facts.awakeAcu, this.plan.minAcu);
    const heldAcu = Math.max(idleAcu, this.plan.windowMinAcu);
    const heldMs =
      this.plan.minAcu > 0 ? 0 : secondsWithin(this.plan.schedule, fromMs, untilMs) * 1_000;
    this.awakeMs += untilMs - fromMs;
    this.acuMs += heldMs * heldAcu + (untilMs - fromMs - heldMs) * idleAcu;
    this.pausedAtMs = untilMs;
    this.stretch = undefined;
  }
}
