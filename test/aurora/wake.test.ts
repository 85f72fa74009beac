import { beforeEach, describe, expect, it } from 'vitest';
// The inside of the folder: the loop's timing cannot be seen from its door.
import { type Caller, createCaller } from '../../src/aurora/caller.ts';
import { createResumeTimes } from '../../src/aurora/resume-times.ts';
import { createWake, type Wake, type WakeOptions } from '../../src/aurora/wake.ts';
import {
  type Context,
  createBreaker,
  type Observation,
  type ServiceError,
} from '../../src/domain/index.ts';
import { aContext } from '../support/clock.ts';
import { ManualClock } from './manual-clock.ts';

/** What the Data API says while the cluster wakes up. */
class Resuming extends Error {
  override readonly name = 'DatabaseResumingException';
}

/** A cluster that is asleep until some time after it was first asked. */
class Cluster {
  readonly calls: number[] = [];
  readonly clock: ManualClock;
  readonly resumeMs: number;
  awakeAtMs: number | undefined;

  constructor(clock: ManualClock, resumeMs: number) {
    this.clock = clock;
    this.resumeMs = resumeMs;
  }

  readonly ask = async (): Promise<string> => {
    this.calls.push(this.clock.now());
    this.awakeAtMs ??= this.clock.now() + this.resumeMs;
    if (this.clock.now() < this.awakeAtMs) throw new Resuming();
    return 'rows';
  };
}

describe('waking Aurora', () => {
  let clock: ManualClock;
  let cluster: Cluster;
  let wake: Wake;
  let caller: Caller;

  function given(resumeMs: number, options: Partial<WakeOptions> = {}): void {
    clock = new ManualClock();
    cluster = new Cluster(clock, resumeMs);
    wake = createWake({
      clock,
      random: () => 0.5,
      ping: async () => void (await cluster.ask()),
      ...options,
    });
    caller = createCaller({ clock, random: () => 0.5, wake, breaker: createBreaker(clock) });
  }

  const call = (ctx: Context): Promise<string> =>
    caller.call(
      { ctx, op: 'aurora.test', repeatable: true },
      { operation: 'ExecuteStatement', inTransaction: false },
      cluster.ask,
    );

  const waiting = (waitMs: number): Context =>
    aContext(clock, { waitMs, deadlineMs: clock.now() + 60_000 });

  const failure = (promise: Promise<unknown>): Promise<ServiceError> =>
    promise.then(
      () => {
        throw new Error('it succeeded');
      },
      (error) => error as ServiceError,
    );

  beforeEach(() => given(10_000));

  it('answers at once to a caller who does not wait, and wakes the cluster behind it', async () => {
    const refused = failure(call(waiting(0)));
    await clock.advance(0);
    expect(await refused).toMatchObject({
      code: 'unavailable',
      reason: 'aurora_asleep',
      op: 'aurora.test',
      retryAfterSeconds: 15,
    });
    expect((await refused).cause).toBeInstanceOf(Resuming);
    expect(wake.state()).toBe('resuming');
    await clock.advance(15_000);
    expect(wake.state()).toBe('awake');
  });

  it('runs the call once the cluster is awake, for a caller who waits', async () => {
    const startMs = clock.now();
    const answer = call(waiting(25_000));
    await clock.advance(12_000);
    expect(await answer).toBe('rows');
    expect(wake.lastSuccessMs()).toBeGreaterThanOrEqual(startMs + 10_000);
  });

  it('polls after 0.5, 1, 2, 2 … seconds and up to a fifth more', async () => {
    void failure(call(waiting(0)));
    await clock.advance(10_000);
    const gaps = cluster.calls.slice(1).map((ms, i) => ms - (cluster.calls[i] as number));
    expect(gaps.slice(0, 5)).toEqual([550, 1_100, 2_200, 2_200, 2_200]);
  });

  it('asks at most twice a second, however many callers wait', async () => {
    const answers = Array.from({ length: 100 }, () => call(waiting(25_000)));
    await clock.advance(9_900);
    const perSecond = new Map<number, number>();
    for (const ms of cluster.calls) {
      const second = Math.floor((ms - (cluster.calls[0] as number)) / 1_000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
    expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(2);
    await clock.advance(5_000);
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['rows']));
  });

  it('gives up with a waiting caller when its wait is over, and goes on waking', async () => {
    const refused = failure(call(waiting(4_000)));
    await clock.advance(4_000);
    expect(await refused).toMatchObject({ reason: 'aurora_asleep', retryAfterSeconds: 11 });
    await clock.advance(8_000);
    expect(wake.state()).toBe('awake');
  });

  it('leaves time before the deadline to say that the cluster sleeps', async () => {
    const ctx = aContext(clock, { waitMs: 25_000, deadlineMs: clock.now() + 5_000 });
    const refused = failure(call(ctx));
    await clock.advance(4_800);
    expect(await refused).toMatchObject({ reason: 'aurora_asleep' });
  });

  it('waits 28 seconds at most, whatever the caller would', async () => {
    given(60_000);
    const refused = failure(call(waiting(50_000)));
    await clock.advance(28_000);
    expect(await refused).toMatchObject({ reason: 'aurora_asleep' });
  });

  it('gives up by itself after 28 seconds, and begins again with the next call', async () => {
    given(60_000);
    void failure(call(waiting(0)));
    await clock.advance(31_000);
    expect(wake.state()).toBe('asleep');
    const calls = cluster.calls.length;
    await clock.advance(10_000);
    expect(cluster.calls.length).toBe(calls);
    void failure(call(waiting(0)));
    await clock.advance(0);
    expect(wake.state()).toBe('resuming');
  });

  it('goes on past 28 seconds for a caller who came later', async () => {
    given(35_000);
    void failure(call(waiting(0)));
    await clock.advance(20_000);
    const answer = call(waiting(25_000));
    await clock.advance(20_000);
    expect(await answer).toBe('rows');
  });

  it('takes Retry-After from the resumes it saw', async () => {
    const resumeTimes = createResumeTimes();
    given(22_000, { resumeTimes });
    void failure(call(waiting(0)));
    await clock.advance(26_000);
    expect(resumeTimes.expectedSeconds()).toBeGreaterThanOrEqual(22);
    expect(resumeTimes.expectedSeconds()).toBeLessThan(25);
    cluster.awakeAtMs = clock.now() + 22_000;
    const refused = failure(call(waiting(0)));
    await clock.advance(0);
    expect((await refused).retryAfterSeconds).toBe(Math.ceil(resumeTimes.expectedSeconds()));
  });

  it('never names a Retry-After below two seconds', async () => {
    given(27_000);
    void failure(call(waiting(0)));
    await clock.advance(20_000);
    expect((await failure(call(waiting(0)))).retryAfterSeconds).toBe(2);
  });

  it('asks the cluster at once after the process was frozen', async () => {
    const resumeTimes = createResumeTimes();
    given(10_000, { resumeTimes });
    void failure(call(waiting(0)));
    await clock.advance(100);
    clock.freeze(600_000);
    const answer = call(waiting(0));
    await clock.advance(0);
    expect(await answer).toBe('rows');
    expect(resumeTimes.expectedSeconds()).toBe(15);
  });

  it('lets one call ahead while it knows nothing, so that a sleeping cluster is asked once', async () => {
    const refused = Array.from({ length: 20 }, () => failure(call(waiting(0))));
    await clock.advance(0);
    for (const error of await Promise.all(refused)) expect(error.reason).toBe('aurora_asleep');
    expect(cluster.calls.length).toBe(1);
  });

  it('holds nobody back for more than a second behind a slow first call', async () => {
    given(0);
    let finish = (): void => undefined;
    const slow = caller.call(
      { ctx: waiting(0), op: 'aurora.test', repeatable: true },
      { operation: 'ExecuteStatement', inTransaction: false },
      () => new Promise<void>((resolve) => (finish = resolve)),
    );
    const second = call(waiting(0));
    await clock.advance(900);
    expect(cluster.calls.length).toBe(0);
    await clock.advance(100);
    expect(await second).toBe('rows');
    finish();
    await slow;
  });

  it('goes on polling through other errors', async () => {
    let polls = 0;
    given(0, {
      ping: async () => {
        polls += 1;
        if (polls < 3) throw new Error('socket hang up');
      },
    });
    let asked = 0;
    const answer = caller.call(
      { ctx: waiting(25_000), op: 'aurora.test', repeatable: true },
      { operation: 'ExecuteStatement', inTransaction: false },
      async () => {
        asked += 1;
        if (asked === 1) throw new Resuming();
        return 'rows';
      },
    );
    await clock.advance(5_000);
    expect(await answer).toBe('rows');
    expect(polls).toBe(3);
  });

  it('cuts a poll that hangs', async () => {
    let hung = 0;
    given(0, {
      ping: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            hung += 1;
            reject(signal.reason);
          });
        }),
    });
    void failure(
      caller.call(
        { ctx: waiting(0), op: 'aurora.test', repeatable: true },
        { operation: 'ExecuteStatement', inTransaction: false },
        () => Promise.reject(new Resuming()),
      ),
    );
    await clock.advance(11_000);
    expect(hung).toBe(1);
  });

  it('does not wait inside a transaction: its statements went with it', async () => {
    const refused = failure(
      caller.call(
        { ctx: waiting(25_000), op: 'aurora.test', repeatable: true },
        { operation: 'ExecuteStatement', inTransaction: true },
        cluster.ask,
      ),
    );
    await clock.advance(0);
    expect(await refused).toMatchObject({ code: 'unavailable', reason: 'aurora_unavailable' });
  });

  it('tells of the states and of the time a resume took', async () => {
    const observed: Observation[] = [];
    given(10_000, { observe: (observation) => observed.push(observation) });
    void failure(call(waiting(0)));
    await clock.advance(15_000);
    const states = observed.filter((observation) => observation.kind === 'aurora_state');
    expect(states.map((observation) => observation.state)).toEqual(['resuming', 'awake']);
    expect(states[1]?.resumeSeconds).toBeCloseTo(10.45, 2);
  });

  it('knows nothing any more after the time in which the cluster may have paused', async () => {
    given(0, { autoPauseSeconds: 300 });
    expect(wake.state()).toBe('unknown');
    await call(waiting(0));
    await clock.advance(300_000);
    expect(wake.state()).toBe('awake');
    await clock.advance(1);
    expect(wake.state()).toBe('unknown');
  });

  it('learns from others that it sleeps, and asks it once when somebody needs it', async () => {
    await call(waiting(0)).catch(() => undefined);
    await clock.advance(15_000);
    expect(wake.state()).toBe('awake');
    wake.learn('asleep');
    expect([wake.state(), wake.lastSuccessMs()]).toEqual(['asleep', undefined]);
    cluster.awakeAtMs = undefined;
    cluster.calls.length = 0;
    const refused = Array.from({ length: 20 }, () => failure(call(waiting(0))));
    await clock.advance(0);
    for (const error of await Promise.all(refused)) expect(error.reason).toBe('aurora_asleep');
    expect(cluster.calls).toHaveLength(1);
    wake.learn('unknown');
    expect(wake.state()).toBe('resuming');
    await clock.advance(15_000);
    expect(wake.state()).toBe('awake');
  });

  it('tells once that a cluster which it knew asleep answers again, with its resume or without', async () => {
    const told: (number | 'awoke')[] = [];
    const resumeTimes = {
      ...createResumeTimes(),
      record: (seconds: number) => void told.push(seconds),
      awoke: () => void told.push('awoke'),
    };
    given(0, { resumeTimes });
    await call(waiting(0));
    // Somebody else wakes it.
    wake.learn('asleep');
    wake.learn('unknown');
    expect(told).toEqual([]);
    for (let n = 0; n < 3; n++) await call(waiting(0));
    expect(told).toEqual(['awoke']);

    given(4_000, { resumeTimes });
    void failure(call(waiting(0)));
    await clock.advance(15_000);
    await call(waiting(0));
    expect(told).toHaveLength(2);
    expect(told[1]).toBeGreaterThanOrEqual(4);
  });

  it('takes an awake cluster for awake for good where it never pauses', async () => {
    given(0, { autoPauseSeconds: 0 });
    await call(waiting(0));
    await clock.advance(86_400_000);
    expect(wake.state()).toBe('awake');
  });

  it('ends its loop when it is closed', async () => {
    given(60_000);
    void failure(call(waiting(0)));
    await clock.advance(1_000);
    wake.close();
    const calls = cluster.calls.length;
    await clock.advance(20_000);
    expect(cluster.calls.length).toBe(calls);
  });
});
