import { DataApiError } from './service-error.ts';

export interface PauseState {
  readonly state: 'awake' | 'resuming' | 'asleep';
  /** As AWS tells it: an awake cluster is active while calls run or transactions are open, else idle. */
  readonly phase: 'active' | 'idle' | 'paused' | 'resuming';
  /** Resumed a short while ago: nothing is in its buffers yet, and calls take longer. */
  readonly cold: boolean;
  /** Resuming counts as awake, as it is paid for. */
  readonly secondsAwake: number;
  readonly wakes: number;
  readonly acuHours: number;
}

export interface PauseOptions {
  /** Idle time before it pauses; 0: never (0). AWS takes 300 to 86,400. */
  readonly autoPauseSeconds?: number;
  /** How long a resume takes (15); twice as long when it was paused for more than a day. */
  readonly resumeSeconds?: number;
  /** What a call takes longer right after a resume, in milliseconds (20). */
  readonly coldMs?: number;
}

/** Paused this long, a resume takes longer: "30 seconds or more" (UG aurora-serverless-v2-auto-pause, 2026). */
const DEEP_SLEEP_MS = 24 * 3_600_000;
const DEEP_SLEEP_FACTOR = 2;

/** How long after a resume calls are slower, less and less so. Chosen: AWS names no figure. */
const COLD_FOR_MS = 60_000;

/** Capacity of an awake cluster with a minimum of 0: it does not go below half an ACU. */
const AWAKE_ACU = 0.5;

/** Auto-pause and resume of a cluster with a minimum of 0 ACU, computed from the clock: no timers. */
export class PauseModel {
  private readonly clock: { now(): number };
  private readonly resourceArn: string;
  private readonly busyUntil: () => number | undefined;
  private readonly coldMs: number;
  private autoPauseMs: number;
  private resumeMs: number;
  private phase: 'awake' | 'resuming' | 'asleep' = 'awake';
  private phaseSince: number;
  private lastUse: number;
  private resumedAt = Number.NEGATIVE_INFINITY;
  private awakeMs = 0;
  private wakes = 0;
  private resumeNeeds = 0;
  private running = 0;

  /** `busyUntil`: when the last open transaction dies by itself; until then the cluster is not idle. */
  constructor(
    options: PauseOptions & {
      readonly clock: { now(): number };
      readonly resourceArn: string;
      readonly busyUntil: () => number | undefined;
    },
  ) {
    this.clock = options.clock;
    this.resourceArn = options.resourceArn;
    this.busyUntil = options.busyUntil;
    this.autoPauseMs = (options.autoPauseSeconds ?? 0) * 1000;
    this.resumeMs = (options.resumeSeconds ?? 15) * 1000;
    this.coldMs = options.coldMs ?? 20;
    this.phaseSince = this.lastUse = this.clock.now();
  }

  /**
   * Lets a call in and answers what it takes longer, in milliseconds; or starts the resume and refuses.
   * Errors: `DatabaseResumingException`.
   */
  enter(): number {
    this.settle();
    const now = this.clock.now();
    if (this.phase === 'asleep') {
      const isDeep = now - this.phaseSince > DEEP_SLEEP_MS;
      this.resumeNeeds = this.resumeMs * (isDeep ? DEEP_SLEEP_FACTOR : 1);
      this.change('resuming', now);
      this.settle();
    }
    if (this.phase !== 'awake') {
      const instance = this.resourceArn.replace(':cluster:', ':db:');
      throw new DataApiError(
        'DatabaseResumingException',
        `The Aurora DB instance ${instance} is resuming after being auto-paused. Please wait a few seconds and try again.`,
      );
    }
    this.running++;
    this.lastUse = now;
    return this.coldMs * Math.max(0, 1 - (now - this.resumedAt) / COLD_FOR_MS);
  }

  leave(): void {
    this.running--;
    this.lastUse = this.clock.now();
  }

  /** Puts the cluster to sleep, or wakes it at once. */
  set(change: {
    readonly state?: 'asleep' | 'awake';
    readonly resumeSeconds?: number;
    readonly autoPauseSeconds?: number;
  }): void {
    this.settle();
    const now = this.clock.now();
    if (change.resumeSeconds !== undefined) this.resumeMs = change.resumeSeconds * 1000;
    if (change.autoPauseSeconds !== undefined) this.autoPauseMs = change.autoPauseSeconds * 1000;
    if (change.state === 'asleep' && this.phase !== 'asleep') this.change('asleep', now);
    if (change.state === 'awake' && this.phase !== 'awake') this.wake(now);
  }

  state(): PauseState {
    this.settle();
    const now = this.clock.now();
    const awakeMs = this.awakeMs + (this.phase === 'asleep' ? 0 : now - this.phaseSince);
    return {
      state: this.phase,
      phase: this.detail(),
      cold: this.phase === 'awake' && now - this.resumedAt < COLD_FOR_MS,
      secondsAwake: awakeMs / 1000,
      wakes: this.wakes,
      acuHours: (awakeMs / 3_600_000) * AWAKE_ACU,
    };
  }

  private detail(): PauseState['phase'] {
    if (this.phase === 'asleep') return 'paused';
    if (this.phase === 'resuming') return 'resuming';
    return this.running > 0 || this.busyUntil() !== undefined ? 'active' : 'idle';
  }

  private settle(): void {
    const now = this.clock.now();
    if (this.phase === 'resuming' && now - this.phaseSince >= this.resumeNeeds) {
      this.wake(this.phaseSince + this.resumeNeeds);
      this.resumedAt = this.phaseSince;
    }
    if (this.phase === 'awake' && this.autoPauseMs > 0 && this.running === 0) {
      const pausesAt = Math.max(this.lastUse, this.busyUntil() ?? 0) + this.autoPauseMs;
      if (now >= pausesAt) this.change('asleep', pausesAt);
    }
  }

  private wake(at: number): void {
    this.change('awake', at);
    this.wakes++;
    this.lastUse = at;
  }

  private change(phase: 'awake' | 'resuming' | 'asleep', at: number): void {
    if (this.phase !== 'asleep') this.awakeMs += at - this.phaseSince;
    this.phase = phase;
    this.phaseSince = at;
  }
}
