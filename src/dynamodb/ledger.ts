import {
  type AuroraNotes,
  type Clock,
  type DayUse,
  type HeldFloor,
  LEDGER_DAYS,
  type Ledger,
  NO_USE,
  type Use,
  type UseOfDay,
} from '../domain/index.ts';
import { secondsOf } from './article-item.ts';
import type { Batches } from './batch.ts';
import type { Calls } from './calls.ts';
import { demanded, type Item, numberOf, stringOf } from './item.ts';
import { AURORA_NOTES, USE_PARTITION } from './keys.ts';

/** An update must have a condition; this one always holds. */
const ALWAYS = 'attribute_exists(#pk) OR attribute_not_exists(#pk)';

/** Resumes kept: enough to outlive odd ones, few enough to follow a change of the cluster. */
const RESUMES = 5;

const DAY_SECONDS = 86_400;
const COUNTERS = Object.keys(NO_USE) as (keyof Use)[];

/** One item of notes, and one a day of counters: each update of it adds, so that no process loses another's. */
export function createLedger(parts: {
  readonly calls: Calls;
  readonly batches: Batches;
  readonly clock: Clock;
}): Ledger {
  const { calls, batches, clock } = parts;

  const ledger: Ledger = {
    async readNotes(ctx) {
      const item = await calls.get(ctx, 'dynamodb.readNotes', AURORA_NOTES);
      return item === undefined ? { resumeSeconds: [] } : notesOf(item);
    },

    async noteResume(ctx, seconds) {
      const { resumeSeconds } = await ledger.readNotes(ctx);
      await calls.update(
        ctx,
        'dynamodb.noteResume',
        AURORA_NOTES,
        'SET #resumeSeconds = :resumes, #resumedAtMs = :now, #awakeAtMs = :now',
        {
          text: ALWAYS,
          values: {
            ':resumes': [...resumeSeconds, seconds].slice(-RESUMES),
            ':now': clock.now(),
          },
        },
      );
    },

    async noteAwake(ctx) {
      await calls.update(ctx, 'dynamodb.noteAwake', AURORA_NOTES, 'SET #awakeAtMs = :now', {
        text: ALWAYS,
        values: { ':now': clock.now() },
      });
    },

    async noteUpkeep(ctx, { atMs, left }) {
      await calls.update(
        ctx,
        'dynamodb.noteUpkeep',
        AURORA_NOTES,
        'SET #upkeepAtMs = :at, #upkeepLeft = :left',
        { text: ALWAYS, values: { ':at': atMs, ':left': left } },
      );
    },

    async noteFloor(ctx, floor) {
      const op = 'dynamodb.noteFloor';
      if (floor === undefined) {
        await calls.update(ctx, op, AURORA_NOTES, 'REMOVE #floor', { text: ALWAYS });
        return;
      }
      await calls.update(ctx, op, AURORA_NOTES, 'SET #floor = :floor', {
        text: ALWAYS,
        values: { ':floor': JSON.stringify(floor) },
      });
    },

    async addUse(ctx, day, use) {
      const { change, values } = changeOf(use);
      const key = { pk: USE_PARTITION, sk: day };
      const expiresAt = secondsOf(Date.parse(day)) + LEDGER_DAYS * DAY_SECONDS;
      await calls.update(ctx, 'dynamodb.addUse', key, change, {
        text: ALWAYS,
        values: { ...values, ':expiresAt': expiresAt },
      });
    },

    async readUse(ctx, fromDay, toDay) {
      const days: DayUse[] = [];
      if (fromDay > toDay) return days;
      const query = { pk: USE_PARTITION, between: [fromDay, toDay] as const };
      for await (const items of batches.pages(ctx, 'dynamodb.readUse', query)) {
        days.push(...items.map(dayOf));
      }
      return days;
    },
  };
  return ledger;
}

function notesOf(item: Item): AuroraNotes {
  const resumes: unknown = item.resumeSeconds;
  const resumedAtMs = numberOf(item, 'resumedAtMs');
  const awakeAtMs = numberOf(item, 'awakeAtMs');
  const atMs = numberOf(item, 'upkeepAtMs');
  const floor = stringOf(item, 'floor');
  return {
    resumeSeconds: Array.isArray(resumes) ? resumes.filter((each) => typeof each === 'number') : [],
    ...(resumedAtMs === undefined ? {} : { resumedAtMs }),
    ...(awakeAtMs === undefined ? {} : { awakeAtMs }),
    ...(atMs === undefined ? {} : { upkeep: { atMs, left: item.upkeepLeft === true } }),
    // Written by `noteFloor` alone.
    ...(floor === undefined ? {} : { floor: JSON.parse(floor) as HeldFloor }),
  };
}

/** Counters of zero are left out: most of a minute's are. */
function changeOf(use: UseOfDay): { change: string; values: Record<string, unknown> } {
  const values: Record<string, unknown> = {};
  const adds: string[] = [];
  const add = (name: string, value: number | ReadonlySet<number>): void => {
    if (typeof value === 'number' ? value === 0 : value.size === 0) return;
    adds.push(`#${name} :${name}`);
    values[`:${name}`] = value;
  };
  for (const name of COUNTERS) add(name, use.use[name]);
  for (const [hour, count] of use.auroraRequestsByHour) add(`a${hour}`, count);
  for (const [hour, count] of use.coldRequestsByHour) add(`c${hour}`, count);
  add('askedMinutes', use.askedMinutes);
  add('calledMinutes', use.calledMinutes);
  const sets = ['#expiresAt = :expiresAt'];
  if (use.calledAtMs !== undefined) {
    sets.push('#calledAtMs = :calledAtMs');
    values[':calledAtMs'] = use.calledAtMs;
  }
  const added = adds.length === 0 ? '' : ` ADD ${adds.join(', ')}`;
  return { change: `SET ${sets.join(', ')}${added}`, values };
}

function dayOf(item: Item): DayUse {
  const calledAtMs = numberOf(item, 'calledAtMs');
  const use = Object.fromEntries(COUNTERS.map((name) => [name, numberOf(item, name) ?? 0]));
  return {
    day: demanded(stringOf(item, 'sk'), item, 'sk'),
    use: use as unknown as Use,
    auroraRequestsByHour: byHour(item, 'a'),
    coldRequestsByHour: byHour(item, 'c'),
    askedMinutes: minutesOf(item.askedMinutes),
    calledMinutes: minutesOf(item.calledMinutes),
    ...(calledAtMs === undefined ? {} : { calledAtMs }),
  };
}

function byHour(item: Item, prefix: string): ReadonlyMap<number, number> {
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  return new Map(
    hours.flatMap((hour) => {
      const count = numberOf(item, `${prefix}${hour}`);
      return count === undefined ? [] : [[hour, count] as const];
    }),
  );
}

function minutesOf(value: unknown): ReadonlySet<number> {
  return value instanceof Set ? (value as Set<number>) : new Set();
}
