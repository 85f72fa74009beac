import type { Context } from './context.ts';

/** What was asked of a deployment, in amounts that AWS charges for. */
export interface Use {
  /** HTTP requests answered. */
  readonly requests: number;
  /** Of them, those that needed Aurora. */
  readonly auroraRequests: number;
  /** Of those, the ones that met it asleep: they waited, or were answered from a copy or with 503. */
  readonly coldRequests: number;
  readonly dataApiCalls: number;
  /** Each begun 32 KB of request and answer is charged as a call. */
  readonly dataApiUnits: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Time that functions ran, in milliseconds. */
  readonly functionMs: number;
  /** Runs of functions, those behind HTTP requests included. */
  readonly functionRuns: number;
  /** Resumes of the cluster that were waited out. */
  readonly resumes: number;
  /** Calls made only to keep the cluster awake. */
  readonly warmPings: number;
}

export const NO_USE: Use = {
  requests: 0,
  auroraRequests: 0,
  coldRequests: 0,
  dataApiCalls: 0,
  dataApiUnits: 0,
  readUnits: 0,
  writeUnits: 0,
  functionMs: 0,
  functionRuns: 0,
  resumes: 0,
  warmPings: 0,
};

/** What a process adds to a day, in UTC. */
export interface UseOfDay {
  readonly use: Use;
  /** Requests that needed Aurora, and those that met it asleep, by hour of the day. */
  readonly auroraRequestsByHour: ReadonlyMap<number, number>;
  readonly coldRequestsByHour: ReadonlyMap<number, number>;
  /** Minutes of the day, 0 to 1,439, in which a request called for Aurora. */
  readonly askedMinutes: ReadonlySet<number>;
  /** Minutes in which it was called by anybody: what kept it awake. */
  readonly calledMinutes: ReadonlySet<number>;
  /** Epoch milliseconds of the last call that the database answered. */
  readonly calledAtMs?: number;
}

/** A day as all processes noted it. */
export interface DayUse extends UseOfDay {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
}

/** The capacity that a warm window holds, and what is to be put back after it. */
export interface HeldFloor {
  readonly minAcu: number;
  readonly before: ClusterCapacity;
}

/** The scaling limits of the cluster. */
export interface ClusterCapacity {
  readonly minAcu: number;
  readonly maxAcu: number;
  /** Absent where the minimum is above 0: such a cluster never pauses. */
  readonly pauseSeconds?: number;
}

/** What the processes of a deployment tell each other of Aurora. */
export interface AuroraNotes {
  /** How long resumes took, the latest last. */
  readonly resumeSeconds: readonly number[];
  readonly resumedAtMs?: number;
  /** When a process that had met it asleep saw it answer. */
  readonly awakeAtMs?: number;
  /** When what was pending was last brought over, and whether some was left. */
  readonly upkeep?: { readonly atMs: number; readonly left: boolean };
  readonly floor?: HeldFloor;
}

/** Days that the ledger keeps: the month so far, the one before, and the weeks that `auto` learns from. */
export const LEDGER_DAYS = 70;

/**
 * What the processes of one deployment note for each other, in DynamoDB: how long resumes took, when Aurora
 * was called, what was asked and what it cost. Rough by nature: what a process did in its last minute may be
 * missing. Errors: those of `AiOutputStore`.
 */
export interface Ledger {
  /** Cost: 1 call. */
  readNotes(ctx: Context): Promise<AuroraNotes>;
  /** Adds a resume. Of two at once one may be lost. Cost: 2 calls. */
  noteResume(ctx: Context, seconds: number): Promise<void>;
  /** Tells that the cluster is awake again, where nobody saw how long that took. Cost: 1 call. */
  noteAwake(ctx: Context): Promise<void>;
  /** Cost: 1 call. */
  noteUpkeep(ctx: Context, upkeep: NonNullable<AuroraNotes['upkeep']>): Promise<void>;
  /** Undefined: nothing is held any more. Cost: 1 call. */
  noteFloor(ctx: Context, floor: HeldFloor | undefined): Promise<void>;
  /** Adds to a day, atomically. Cost: 1 call. */
  addUse(ctx: Context, day: string, use: UseOfDay): Promise<void>;
  /** The days from one to another, both included, in order; days without use are left out. Cost: 1 call per MB. */
  readUse(ctx: Context, fromDay: string, toDay: string): Promise<readonly DayUse[]>;
}
