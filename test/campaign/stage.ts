import { setMaxListeners } from 'node:events';
import type {
  AiOutputStore,
  ArticleStore,
  AuroraState,
  Context,
  JsonText,
} from '../../src/domain/index.ts';
import { createTandem, type Maintenance, type Tandem } from '../../src/facade/index.ts';
import { runUpkeep, type UpkeepResult } from '../../src/lambda/upkeep.ts';
import { seededRandom, type TestClock } from '../support/clock.ts';
import { away, type Call, type Fault, type Plan, planter, readOnly } from './ports.ts';

/** A process that runs the facade; when it dies, all it knew is gone. */
export interface Process {
  dead: boolean;
  /** What it knows of Aurora. */
  aurora: AuroraState;
  tandem: Tandem;
}

export interface Stores {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly clock: Pick<TestClock, 'now' | 'sleep' | 'advance'>;
  /** Version that the catalogue has of a live output; undefined where it has none. */
  catalogued(articleId: string, kind: string): Promise<number | undefined>;
  /** Makes what is stored of an output something that is no head; undefined where that cannot be done. */
  readonly spoil?: (articleId: string, kind: string) => void;
  /** Texts longer than this are stored by a call of their own. */
  readonly inlineBytes: number;
}

const SIGNAL = new AbortController().signal;
setMaxListeners(0, SIGNAL);
const FAR_MS = 400 * 24 * 3_600_000;

/** Two stores, the processes on them, and what is to go wrong: one history is played on it. */
export class Stage {
  #plan: Plan;
  readonly #stores: Stores;
  #client: Process | undefined;
  #background: Process | undefined;
  readonly calls: Call[] = [];
  asleep = false;
  /** Faults that struck so far. */
  struck = 0;
  /** Told the place of each call in the facade's own code, where somebody wants to know. */
  at: ((name: string) => void) | undefined;
  /** Holds a call up until its turn. */
  turn: ((name: string, process: Process) => Promise<void>) | undefined;
  /** Calls whose effect is in a store. */
  effects = 0;
  /** Who made the last call, and the effects behind it and the time at the last crash that was possible. */
  readonly #last = {
    process: undefined as Process | undefined,
    requestId: '',
    effects: 0,
    atMs: 0,
  };
  readonly #plantArticles: (process: Process) => ArticleStore;
  readonly #plantOutputs: (process: Process) => AiOutputStore;
  #requests = 0;
  readonly #observers = new Map<string, Tandem>();

  constructor(stores: Stores, plan: Plan) {
    this.#stores = stores;
    this.#plan = plan;
    this.#plantArticles = planter(stores.articles, 'aurora', this);
    this.#plantOutputs = planter(stores.outputs, 'dynamodb', this);
  }

  get stores(): Stores {
    return this.#stores;
  }

  /** A process makes the next call, for a request; answers it, and what happens to it. */
  next(
    call: Call,
    process: Process,
    requestId: string,
  ): { readonly call: Call; readonly fault: Fault | undefined } {
    if (this.#isNewCrash(process, requestId)) call.faults.push('crash before');
    const fault = this.#plan.get(this.calls.length);
    this.calls.push(call);
    if (fault !== undefined) this.struck++;
    return { call, fault };
  }

  /** The store has answered; whether the process lives to hear it is another thing. */
  answered({ effect, faults }: Call, process: Process, requestId: string): void {
    if (effect === 'write' && this.#isNewCrash(process, requestId)) faults.push('crash after');
    faults.push('lost');
  }

  /**
   * Whether a crash now leaves what no crash before leaves. It leaves the stores, the clock and what clients
   * were told, and nothing of the process: while one process works at one request, with no other between,
   * all crashes with the same effects behind them at the same time are one.
   */
  #isNewCrash(process: Process, requestId: string): boolean {
    const last = this.#last;
    const atMs = this.#stores.clock.now();
    const { effects } = this;
    const isSameWork = last.process === process && last.requestId === requestId;
    if (isSameWork && last.effects === effects && last.atMs === atMs) return false;
    Object.assign(last, { process, requestId, effects, atMs });
    return true;
  }

  isCall(method: string, args: readonly unknown[]): boolean {
    if (method === 'stageOutput') {
      return Buffer.byteLength((args[4] as JsonText).text) > this.#stores.inlineBytes;
    }
    if (method === 'loadOutput') return isInChunks(args[1]);
    if (method === 'loadOutputs') return (args[1] as readonly unknown[]).some(isInChunks);
    return true;
  }

  isLate({ deadlineMs }: Context): boolean {
    return this.#stores.clock.now() >= deadlineMs;
  }

  ctx(deadlineMs = this.#stores.clock.now() + FAR_MS): Context {
    return {
      requestId: `r${++this.#requests}`,
      deadlineMs,
      waitMs: 0,
      signal: SIGNAL,
      observe: () => undefined,
    };
  }

  /** The process that serves requests: the same one until it dies. */
  client(): Process {
    if (this.#client === undefined || this.#client.dead) this.#client = this.another();
    return this.#client;
  }

  /** The process of the scheduled functions and the stream. */
  background(): Process {
    if (this.#background === undefined || this.#background.dead) {
      this.#background = this.another();
    }
    return this.#background;
  }

  /** A process of its own, such as that of another writer. */
  another(): Process {
    const { clock } = this.#stores;
    const process = { dead: false, aurora: 'unknown' } as Process;
    process.tandem = createTandem({
      articles: this.#plantArticles(process),
      outputs: this.#plantOutputs(process),
      clock,
      random: seededRandom(1),
      auroraState: () => process.aurora,
      isSurelyAwake: async () => true,
    });
    return process;
  }

  /** A reader who sees no fault, and leaves no trace. */
  observer(aurora: 'awake' | 'asleep' = 'awake'): Tandem {
    const known = this.#observers.get(aurora);
    if (known) return known;
    const { articles, outputs, clock } = this.#stores;
    const asleep = aurora === 'asleep';
    const observer = createTandem({
      articles: asleep ? away(articles) : readOnly(articles),
      outputs: readOnly(outputs),
      clock,
      random: seededRandom(1),
      auroraState: () => aurora,
      isSurelyAwake: async () => !asleep,
    });
    this.#observers.set(aurora, observer);
    return observer;
  }

  /** From here on nothing goes wrong any more. */
  calm(): void {
    this.#plan = new Map();
  }

  /** Whoever watches the cluster sees that it is awake. */
  wake(): void {
    this.asleep = false;
    for (const process of [this.#client, this.#background]) {
      if (process) process.aurora = 'awake';
    }
  }

  /** Upkeep as the functions do it, in the background's process; a crash ends it. */
  async upkeep(): Promise<void> {
    const process = this.background();
    try {
      await upkeepOf(this, process, false);
    } catch (error) {
      if (!process.dead) throw error;
    }
  }
}

/** One run of upkeep in a process. `waiting`: intents that its last round found and left. */
export async function upkeepOf(
  stage: Stage,
  process: Process,
  wake: boolean,
): Promise<UpkeepResult & { readonly waiting: number }> {
  const { maintenance } = process.tandem;
  let waiting = 0;
  const parts = {
    maintenance: {
      ...maintenance,
      async drain(ctx: Context, options: Parameters<Maintenance['drain']>[1]) {
        let found = 0;
        const observe: Context['observe'] = (told) => {
          if (told.kind === 'event' && told.name === 'intents_backlog') {
            found = Number(told.data?.entries);
          }
        };
        const result = await maintenance.drain({ ...ctx, observe }, options);
        waiting = found - result.drained;
        return result;
      },
    },
    auroraState: () => process.aurora,
    clock: stage.stores.clock,
  };
  const result = await runUpkeep(parts, stage.ctx(), wake);
  return { ...result, waiting };
}

function isInChunks(head: unknown): boolean {
  return (head as { content: { chunks?: unknown } }).content.chunks !== undefined;
}
