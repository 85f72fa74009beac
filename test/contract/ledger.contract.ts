import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Context, type Ledger, NO_USE, type UseOfDay } from '../../src/domain/index.ts';
import { aContext } from '../support/clock.ts';

interface Subject {
  readonly ledger: Ledger;
  readonly clock: { now(): number };
}

/** What every `Ledger` keeps. `start` is called once, `subject` before each test. */
export function ledgerContract(
  name: string,
  start: () => Promise<{ subject(): Promise<Subject>; close(): Promise<void> }>,
): void {
  describe(name, () => {
    let source: Awaited<ReturnType<typeof start>>;
    let ledger: Ledger;
    let clock: Subject['clock'];
    let ctx: Context;
    beforeAll(async () => {
      source = await start();
    });
    afterAll(() => source.close());
    beforeEach(async () => {
      ({ ledger, clock } = await source.subject());
      ctx = aContext({ now: () => clock.now(), sleep: async () => undefined });
    });

    it('is empty at first', async () => {
      expect(await ledger.readNotes(ctx)).toEqual({ resumeSeconds: [] });
      expect(await ledger.readUse(ctx, '2026-01-01', '2026-12-31')).toEqual([]);
    });

    it('keeps the last five resumes, and when the last one was', async () => {
      for (const seconds of [9.5, 10, 11, 12, 13, 14]) await ledger.noteResume(ctx, seconds);
      const notes = await ledger.readNotes(ctx);
      expect(notes.resumeSeconds).toEqual([10, 11, 12, 13, 14]);
      expect(Math.abs((notes.resumedAtMs ?? 0) - clock.now())).toBeLessThan(5_000);
    });

    it('keeps when the cluster was seen awake again, with a resume and without', async () => {
      await ledger.noteResume(ctx, 14);
      const { resumedAtMs, awakeAtMs } = await ledger.readNotes(ctx);
      expect(awakeAtMs).toBe(resumedAtMs);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await ledger.noteAwake(ctx);
      const notes = await ledger.readNotes(ctx);
      expect(notes.resumedAtMs).toBe(resumedAtMs);
      expect(Math.abs((notes.awakeAtMs ?? 0) - clock.now())).toBeLessThan(5_000);
      expect(notes.resumeSeconds).toEqual([14]);
    });

    it('keeps notes of upkeep and of a floor beside each other', async () => {
      const floor = { minAcu: 1, before: { minAcu: 0, maxAcu: 4, pauseSeconds: 300 } };
      await ledger.noteUpkeep(ctx, { atMs: 1_700_000_000_000, left: true });
      await ledger.noteFloor(ctx, floor);
      await ledger.noteUpkeep(ctx, { atMs: 1_700_000_060_000, left: false });
      expect(await ledger.readNotes(ctx)).toEqual({
        resumeSeconds: [],
        upkeep: { atMs: 1_700_000_060_000, left: false },
        floor,
      });
      await ledger.noteFloor(ctx, undefined);
      await ledger.noteFloor(ctx, undefined);
      expect(await ledger.readNotes(ctx)).not.toHaveProperty('floor');
    });

    it('adds what processes note at once, and loses none of it', async () => {
      const aDay = (n: number): UseOfDay => ({
        use: { ...NO_USE, requests: 1, readUnits: 0.5, functionMs: 1.25 },
        auroraRequestsByHour: new Map([[n % 24, 2]]),
        coldRequestsByHour: new Map([[5, 1]]),
        askedMinutes: new Set([n, 1_439]),
        calledMinutes: new Set(),
        calledAtMs: 1_700_000_000_000 + n,
      });
      await Promise.all(
        Array.from({ length: 30 }, (_, n) => ledger.addUse(ctx, '2026-03-01', aDay(n))),
      );
      const [day, ...others] = await ledger.readUse(ctx, '2026-03-01', '2026-03-01');
      expect(others).toEqual([]);
      expect(day).toMatchObject({
        day: '2026-03-01',
        use: { ...NO_USE, requests: 30, readUnits: 15, functionMs: 37.5 },
        coldRequestsByHour: new Map([[5, 30]]),
        calledMinutes: new Set(),
      });
      expect(day?.auroraRequestsByHour.get(3)).toBe(4);
      expect(day?.auroraRequestsByHour.get(23)).toBe(2);
      expect([...(day?.askedMinutes ?? [])].sort((a, b) => a - b)).toEqual([
        ...Array.from({ length: 30 }, (_, n) => n),
        1_439,
      ]);
      expect(day?.calledAtMs).toBeGreaterThanOrEqual(1_700_000_000_000);
    });

    it('reads days in order, and only those asked for', async () => {
      const use: UseOfDay = {
        use: { ...NO_USE, warmPings: 1 },
        auroraRequestsByHour: new Map(),
        coldRequestsByHour: new Map(),
        askedMinutes: new Set(),
        calledMinutes: new Set([7]),
      };
      for (const day of ['2026-02-28', '2026-03-02', '2026-03-01', '2026-04-01']) {
        await ledger.addUse(ctx, day, use);
      }
      const days = await ledger.readUse(ctx, '2026-02-28', '2026-03-31');
      expect(days.map(({ day }) => day)).toEqual(['2026-02-28', '2026-03-01', '2026-03-02']);
      expect(days[0]).toEqual({ day: '2026-02-28', ...use });
    });
  });
}
