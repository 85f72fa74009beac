import { describe, expect, it } from 'vitest';
import { type Ledger, type Observation, ServiceError } from '../../src/domain/index.ts';
import { createResumeNotes } from '../../src/lambda/resume-notes.ts';
import { createFakeLedger } from '../fakes/ledger.ts';
import { aContext, TestClock } from '../support/clock.ts';

describe('resume times that processes share', () => {
  const aProcess = (ledger: Ledger, clock: TestClock) => {
    const observed: Observation[] = [];
    const notes = createResumeNotes({
      ledger,
      clock,
      observe: (observation) => observed.push(observation),
    });
    return { notes, observed };
  };

  it('are learnt by another process before it tells Retry-After', async () => {
    const clock = new TestClock();
    const ledger = createFakeLedger({ clock });
    const first = aProcess(ledger, clock).notes;
    for (const seconds of [21, 27, 24]) first.record(seconds);
    await first.flush();
    const second = aProcess(ledger, clock).notes;
    expect(second.expectedSeconds()).toBe(15);
    await second.load(aContext(clock));
    expect(second.expectedSeconds()).toBe(24);
  });

  it('tell at once that the cluster is awake, whether or not somebody saw how long it took', async () => {
    const clock = new TestClock();
    const ledger = createFakeLedger({ clock });
    const { notes } = aProcess(ledger, clock);
    notes.awoke?.();
    await notes.flush();
    expect(await ledger.readNotes(aContext(clock))).toEqual({
      resumeSeconds: [],
      awakeAtMs: clock.now(),
    });
    clock.advance(1_000);
    notes.record(17);
    await notes.flush();
    expect(await ledger.readNotes(aContext(clock))).toMatchObject({
      resumeSeconds: [17],
      awakeAtMs: clock.now(),
    });
  });

  it('are read once for all who meet the sleeping cluster, and again after ten minutes', async () => {
    const clock = new TestClock();
    let reads = 0;
    const ledger = createFakeLedger({ clock });
    const counting: Ledger = {
      ...ledger,
      readNotes: (ctx) => {
        reads += 1;
        return ledger.readNotes(ctx);
      },
    };
    const { notes } = aProcess(counting, clock);
    await Promise.all(Array.from({ length: 50 }, () => notes.load(aContext(clock))));
    clock.advance(9 * 60_000);
    await notes.load(aContext(clock));
    expect(reads).toBe(1);
    clock.advance(60_000);
    await notes.load(aContext(clock));
    expect(reads).toBe(2);
  });

  it('cost no answer where DynamoDB is away, and a bug is told', async () => {
    const clock = new TestClock();
    const ledger = createFakeLedger({ clock });
    const failing = (error: Error): Ledger => ({
      ...ledger,
      readNotes: () => Promise.reject(error),
      noteResume: () => Promise.reject(error),
    });
    const away = aProcess(failing(new ServiceError('unavailable', 'x', 'away')), clock);
    await away.notes.load(aContext(clock));
    away.notes.record(20);
    await away.notes.flush();
    expect(away.notes.expectedSeconds()).toBe(20);
    expect(away.observed).toEqual([]);
    const broken = aProcess(failing(new TypeError('bug')), clock);
    await broken.notes.load(aContext(clock));
    expect(broken.observed).toMatchObject([{ kind: 'fault', op: 'resume.notes' }]);
  });

  it('are asked for within the deadline of who waits', async () => {
    const clock = new TestClock();
    const deadlines: number[] = [];
    const ledger: Ledger = {
      ...createFakeLedger({ clock }),
      readNotes: async ({ deadlineMs }) => {
        deadlines.push(deadlineMs - clock.now());
        return { resumeSeconds: [] };
      },
    };
    await aProcess(ledger, clock).notes.load(aContext(clock));
    await aProcess(ledger, clock).notes.load(aContext(clock, { deadlineMs: clock.now() + 90 }));
    expect(deadlines).toEqual([250, 90]);
  });
});
