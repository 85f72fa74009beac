import {
  type AuroraNotes,
  type Clock,
  type DayUse,
  type Ledger,
  NO_USE,
  type Use,
  type UseOfDay,
} from '../../src/domain/index.ts';

/** The port kept in memory. Passes the same contract as the real one. */
export function createFakeLedger({ clock }: { readonly clock: Clock }): Ledger {
  let notes: AuroraNotes = { resumeSeconds: [] };
  const days = new Map<string, DayUse>();

  return {
    readNotes: async () => notes,

    async noteResume(_ctx, seconds) {
      const resumeSeconds = [...notes.resumeSeconds, seconds].slice(-5);
      notes = { ...notes, resumeSeconds, resumedAtMs: clock.now(), awakeAtMs: clock.now() };
    },

    async noteAwake() {
      notes = { ...notes, awakeAtMs: clock.now() };
    },

    async noteUpkeep(_ctx, upkeep) {
      notes = { ...notes, upkeep };
    },

    async noteFloor(_ctx, floor) {
      const { floor: _, ...rest } = notes;
      notes = floor === undefined ? rest : { ...rest, floor };
    },

    async addUse(_ctx, day, added) {
      const there = days.get(day);
      days.set(day, { day, ...(there ? sum(there, added) : sum(NOTHING, added)) });
    },

    async readUse(_ctx, fromDay, toDay) {
      return [...days.values()]
        .filter(({ day }) => day >= fromDay && day <= toDay)
        .sort((a, b) => (a.day < b.day ? -1 : 1));
    },
  };
}

const NOTHING: UseOfDay = {
  use: NO_USE,
  auroraRequestsByHour: new Map(),
  coldRequestsByHour: new Map(),
  askedMinutes: new Set(),
  calledMinutes: new Set(),
};

function sum(a: UseOfDay, b: UseOfDay): UseOfDay {
  const names = Object.keys(NO_USE) as (keyof Use)[];
  const calledAtMs = b.calledAtMs ?? a.calledAtMs;
  return {
    use: Object.fromEntries(
      names.map((name) => [name, a.use[name] + b.use[name]]),
    ) as unknown as Use,
    auroraRequestsByHour: added(a.auroraRequestsByHour, b.auroraRequestsByHour),
    coldRequestsByHour: added(a.coldRequestsByHour, b.coldRequestsByHour),
    askedMinutes: new Set([...a.askedMinutes, ...b.askedMinutes]),
    calledMinutes: new Set([...a.calledMinutes, ...b.calledMinutes]),
    ...(calledAtMs === undefined ? {} : { calledAtMs }),
  };
}

function added(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const result = new Map(a);
  for (const [hour, count] of b) result.set(hour, (result.get(hour) ?? 0) + count);
  return result;
}
