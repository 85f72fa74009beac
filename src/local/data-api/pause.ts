import { DataApiError } from './service-error.ts';

export interface PauseState {
  readonly state: 'awake' | 'resuming' | 'asleep';
  readonly secondsAwake: number;
  readonly wakes: number;
  readonly acuHours: number;
}

/** Paused this long, a resume takes twice as long (Aurora user guide, auto-pause, 2026: "30 seconds or more"). */
const DEEP_SLEEP_MS = 24 * 3_600_000;

/** Capacity of an awake cluster with a minimum of 0: it does not go below half an ACU. */
const AWAKE_ACU = 0.5;

/** Auto-pause and resume of a cluster with a minimum of 0 ACU, computed from the clock: no timers. */
export class PauseModel {
  private readonly clock: { now(): number };
  private readonly resourceArn: string;
  private autoPauseMs: number;
  private resumeMs: number;
  private phase: 'awake' | 'resuming' | 'asleep' = 'awake';
  private phaseSince: number;
  private lastUse: number;
  private awakeMs = 0;
  private wakes = 0;
  private resumeNeeds = 0;
  private busy = 0;

  constructor(options: {
    readonly clock: { now(): number };
    readonly resourceArn: string;
    readonly autoPauseSeconds?: number;
    readonly resumeSeconds?: number;
  }) {
    this.clock = options.clock;
    this.resourceArn = options.resourceArn;
    this.autoPauseMs = (options.autoPauseSeconds ?? 0) * 1000;
    this.resumeMs = (options.resumeSeconds ?? 15) * 1000;
    this.phaseSince = this.lastUse = this.clock.now();
  }

  /** Lets a call in, or starts the resume and refuses it. */
  enter(): void {
    this.settle();
    if (this.phase === 'asleep') {
      const pausedMs = this.clock.now() - this.phaseSince;
      this.resumeNeeds = this.resumeMs * (pausedMs > DEEP_SLEEP_MS ? 2 : 1);
      this.change('resuming');
      this.settle();
    }
    if (this.phase !== 'awake') {
      const instance = this.resourceArn.replace(':cluster:', ':db:');
      throw new DataApiError(
        'DatabaseResumingException',
        `The Aurora DB instance ${instance} is resuming after being auto-paused. Please wait a few seconds and try again.`,
      );
    }
    this.busy++;
    this.lastUse = this.clock.now();
  }

  leave(): void {
    this.busy--;
    this.lastUse = this.clock.now();
  }

  /** Puts the cluster to sleep, or wakes it at once. */
  set(change: {
    readonly state?: 'asleep' | 'awake';
    readonly resumeSeconds?: number;
    readonly autoPauseSeconds?: number;
  }): void {
    this.settle();
    if (change.resumeSeconds !== undefined) this.resumeMs = change.resumeSeconds * 1000;
    if (change.autoPauseSeconds !== undefined) this.autoPauseMs = change.autoPauseSeconds * 1000;
    if (change.state === 'asleep' && this.phase !== 'asleep') this.change('asleep');
    if (change.state === 'awake' && this.phase !== 'awake') this.wake(this.clock.now());
  }

  state(): PauseState {
    this.settle();
    const now = this.clock.now();
    const awakeMs = this.awakeMs + (this.phase === 'asleep' ? 0 : now - this.phaseSince);
    return {
      state: this.phase,
      secondsAwake: awakeMs / 1000,
      wakes: this.wakes,
      acuHours: (awakeMs / 3_600_000) * AWAKE_ACU,
    };
  }

  private settle(): void {
    const now = this.clock.now();
    if (this.phase === 'resuming' && now - this.phaseSince >= this.resumeNeeds) {
      this.wake(this.phaseSince + this.resumeNeeds);
    }
    if (this.phase === 'awake' && this.autoPauseMs > 0 && this.busy === 0) {
      const pausesAt = this.lastUse + this.autoPauseMs;
      if (now >= pausesAt) this.change('asleep', pausesAt);
    }
  }

  private wake(at: number): void {
    this.change('awake', at);
    this.wakes++;
    this.lastUse = at;
  }

  private change(phase: 'awake' | 'resuming' | 'asleep', at = this.clock.now()): void {
    if (this.phase !== 'asleep') this.awakeMs += at - this.phaseSince;
    this.phase = phase;
    this.phaseSince = at;
  }
}
