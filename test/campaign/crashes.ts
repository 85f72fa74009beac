import { createHash } from 'node:crypto';
import { look, lookAtHeads, repair, replay, sweepAndVerify, verify } from './checks.ts';
import { CORRUPT } from './corrupt.ts';
import { History } from './history.ts';
import type { Call, Fault, Plan } from './ports.ts';
import { READS } from './reads.ts';
import { RECONCILE } from './reconcile.ts';
import { RUNS } from './runs.ts';
import {
  ARTICLES,
  type Env,
  envOf,
  OUTPUTS,
  PATTERNS,
  PROJECTIONS,
  type Scenario,
} from './scenarios.ts';
import { SOURCES } from './sources.ts';
import { Stage, type Stores } from './stage.ts';
import { storesInMemory } from './stores.ts';

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  outputs: OUTPUTS,
  articles: ARTICLES,
  projections: PROJECTIONS,
  reads: READS,
  reconcile: RECONCILE,
  runs: RUNS,
  corrupt: CORRUPT,
  sources: SOURCES,
};

/** What one history came to. */
export interface Played {
  /** Calls under faults; those of the repair are not counted. */
  readonly calls: readonly Call[];
  readonly violations: readonly string[];
  /** What the scenario asked of its environment, and was told: nothing else of the pattern has a part in it. */
  readonly asked: string;
  /** What the stores tell after repair; empty where it broke. */
  readonly end: string;
}

export interface HistoryOptions {
  readonly scenario: string;
  readonly pattern: number;
  readonly plan: Plan;
  readonly stores?: Stores;
  /** Makes the ids of this history its own. */
  readonly prefix?: string;
  /** Told where in the facade each call comes from. */
  readonly at?: (name: string) => void;
  /** Whether the sweep, which reads the whole store, is part of it. */
  readonly sweeps?: boolean;
  /**
   * How many faults have to strike before this history is another than one that was played already, and
   * readers look at more of it than the heads. All of it is looked at when absent.
   */
  readonly newFrom?: number;
}

/** Plays one history from the first request to the sweep, and checks it at every step. */
export async function play(options: HistoryOptions): Promise<Played> {
  const { pattern, plan, prefix = '', at, sweeps = true, newFrom = 0 } = options;
  const scenario = SCENARIOS[options.scenario];
  if (!scenario) throw new Error(`There is no scenario "${options.scenario}"`);
  const stores = options.stores ?? storesInMemory();
  const quiet = new History(new Stage(stores, new Map()));
  const id = (name: string): string => `${prefix}${name}`;
  await scenario.before(quiet, id);
  const stage = new Stage(stores, plan);
  const history = scenario.remembers ? new History(stage, quiet.beliefs) : new History(stage);
  stage.at = at;
  const seen = new Map<string, number>();
  let calls: readonly Call[] = [];
  let end = '';
  const asked = new Set<string>();
  const env: Env = (name) => {
    const told = envOf(pattern)(name);
    asked.add(`${name} ${told}`);
    return told;
  };
  const lookIn = (): Promise<void> =>
    stage.struck < newFrom ? lookAtHeads(history, seen) : look(history, seen);
  try {
    await scenario.play(history, id, env, lookIn);
    calls = [...stage.calls];
    await repair(history);
    await look(history, seen);
    await verify(history);
    await scenario.after?.(history, id);
    end = await replay(history);
    if (sweeps) await sweepAndVerify(history);
  } catch (error) {
    history.blame(`it broke: ${error instanceof Error ? error.stack : error}`);
  }
  return { calls, violations: history.violations, asked: [...asked].join(), end };
}

export interface Campaign {
  readonly histories: number;
  /** Calls to the stores under faults. */
  readonly calls: number;
  readonly violating: number;
  /** The first of them, with the way to play it again. */
  readonly examples: readonly { readonly replay: string; readonly violation: string }[];
}

/** Scenarios by name, in the order in which they are played. */
export const SCENARIO_NAMES: readonly string[] = Object.keys(SCENARIOS);

/** One course that a scenario takes: in this environment, and in all that it cannot tell from it. */
export interface Course {
  readonly pattern: number;
  /** Single faults that can strike it. */
  readonly faults: number;
}

/** The courses of a scenario: patterns that differ only in what it does not ask for make one. */
export async function coursesOf(scenario: string): Promise<readonly Course[]> {
  const courses = new Map<string, Course>();
  for (let pattern = 0; pattern < PATTERNS; pattern++) {
    const { asked, calls } = await play({ scenario, pattern, plan: new Map() });
    if (courses.has(asked)) continue;
    const faults = calls.reduce((sum, call) => sum + call.faults.length, 0);
    courses.set(asked, { pattern, faults });
  }
  return [...courses.values()];
}

export interface CampaignOptions {
  /** All of them when absent. */
  readonly scenarios?: readonly string[];
  /** One of each course when absent. */
  readonly patterns?: readonly number[];
  /** `pairs`: all single faults and all pairs. */
  readonly depth: 'singles' | 'pairs';
  /** Plays only every nth pair, beginning at another one in each pattern. */
  readonly everyNth?: number;
  /** Ends it early. */
  readonly enough?: (sofar: Campaign) => boolean;
  readonly play?: (options: HistoryOptions) => Promise<Played>;
  readonly at?: (name: string) => void;
  /** Told after each history how many there were. */
  readonly progress?: (histories: number) => void;
}

const EXAMPLES = 5;

/** Plays all histories that the options ask for. */
export async function enumerate(options: CampaignOptions): Promise<Campaign> {
  const { depth, everyNth = 1, enough = () => false, at } = options;
  const playOne = options.play ?? play;
  const sum = {
    histories: 0,
    calls: 0,
    violating: 0,
    examples: [] as { replay: string; violation: string }[],
  };
  let place = 0;

  async function one(scenario: string, pattern: number, plan: Plan): Promise<Played> {
    const told = at === undefined ? {} : { at };
    const newFrom = plan.size;
    const played = await playOne({ scenario, pattern, plan, newFrom, ...told });
    const { calls, violations } = played;
    sum.histories += 1;
    sum.calls += calls.length;
    options.progress?.(sum.histories);
    const [violation] = violations;
    if (violation !== undefined) {
      sum.violating += 1;
      const faults = [...plan].map(([index, fault]) => `${index} ${fault}: ${calls[index]?.name}`);
      const replayed = `${scenario} ${pattern} [${faults.join(', ')}]`;
      if (sum.examples.length < EXAMPLES) sum.examples.push({ replay: replayed, violation });
    }
    return played;
  }

  for (const scenario of options.scenarios ?? SCENARIO_NAMES) {
    const patterns = options.patterns ?? (await coursesOf(scenario)).map(({ pattern }) => pattern);
    for (const pattern of patterns) {
      const calm = await one(scenario, pattern, new Map());
      for (const [i, call] of calm.calls.entries()) {
        for (const fault of call.faults) {
          if (enough(sum)) return sum;
          const first: [number, Fault] = [i, fault];
          const { calls: after } = await one(scenario, pattern, new Map([first]));
          if (depth === 'singles') continue;
          for (const [j, next] of after.entries()) {
            if (j <= i) continue;
            for (const second of next.faults) {
              place += 1;
              if (place % everyNth !== 0) continue;
              if (enough(sum)) return sum;
              await one(scenario, pattern, new Map([first, [j, second]]));
            }
          }
        }
      }
    }
  }
  return sum;
}

/** One digest for all that a history did: its calls in order, and what was found. */
export function traceHash({ calls, violations }: Played): string {
  return createHash('sha256')
    .update(JSON.stringify([calls, violations]))
    .digest('hex');
}
