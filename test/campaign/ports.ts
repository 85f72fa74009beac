import {
  type AiOutputStore,
  type ArticleStore,
  type Context,
  ServiceError,
} from '../../src/domain/index.ts';
import type { Process, Stage } from './stage.ts';

/** What happens to a store call: the process dies before or after its effect, or its answer is lost. */
export type Fault = 'crash before' | 'crash after' | 'lost';

/** Faults by the place of their call in the history. */
export type Plan = ReadonlyMap<number, Fault>;

/** What was called, as the history has it. `none`: refused without an effect, as a sleeping Aurora does. */
export interface Call {
  readonly name: string;
  readonly effect: 'none' | 'read' | 'write';
  /** What can happen to it, but for what differs in nothing from what can happen to an earlier call. */
  readonly faults: Fault[];
}

/** Thrown in a process that is gone; nothing of it runs on. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

const READS = new Set([
  ...['get', 'find', 'findRelations', 'related', 'readOutbox', 'ping', 'readRegistry'],
  ...['readCoverage', 'countKinds', 'readShapes', 'getArticle', 'readHead', 'readHeads'],
  ...['getOutputs', 'getOutputsMany', 'loadOutput', 'loadOutputs', 'getVersion', 'listVersions'],
  ...[
    'getBodies',
    'getBodiesOf',
    'readIntents',
    'readKinds',
    'readNote',
    'scanParts',
    'readCatalogue',
  ],
  ...['scanArticles', 'getRun', 'readMarks', 'getPage', 'listPages', 'aggregate'],
  ...['findTopics', 'findSources', 'getSource'],
]);

/** Calls that answer for every key: what was lost of them says `unavailable` key by key. */
const ANSWERS_BY_KEY: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  readHeads: ([, keys]) => (keys as unknown[]).map(() => 'unavailable'),
  getOutputs: ([, , kinds]) => (kinds === 'all' ? undefined : unreadable(kinds as string[])),
  getOutputsMany: ([, ids, kinds]) =>
    kinds === 'all'
      ? undefined
      : new Map((ids as string[]).map((id) => [id, unreadable(kinds as string[])])),
  loadOutputs: ([, heads]) =>
    (heads as unknown[]).map(
      () => new ServiceError('unavailable', 'campaign', 'The answer was lost.'),
    ),
  getBodies: ([, refs]) =>
    new Map((refs as { sha256: string }[]).map(({ sha256 }) => [sha256, undefined])),
};

function unreadable(kinds: readonly string[]): Map<string, { readonly status: 'unavailable' }> {
  return new Map(kinds.map((kind) => [kind, { status: 'unavailable' }]));
}

/** All that can happen to a call. What has no effect leaves the same whether the crash is before or after it. */
export function faultsOf({ effect }: Pick<Call, 'effect'>): readonly Fault[] {
  switch (effect) {
    case 'none':
      return ['crash before'];
    case 'read':
      return ['crash before', 'lost'];
    case 'write':
      return ['crash before', 'crash after', 'lost'];
  }
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** Gives each process its own way to a store, which counts calls and strikes where the stage's plan says so. */
export function planter<T extends ArticleStore | AiOutputStore>(
  store: T,
  which: 'aurora' | 'dynamodb',
  stage: Stage,
): (process: Process) => T {
  const planted: Record<string, (this: { process: Process }, ...args: unknown[]) => unknown> = {};
  for (const [property, value] of Object.entries(store)) {
    if (typeof value !== 'function') continue;
    const method = value as Method;
    const name = `${which}.${property}`;
    const reads = READS.has(property);
    planted[property] = async function planted(...args) {
      const { process } = this;
      if (process.dead) throw new Crash(name);
      if (!stage.isCall(property, args)) return method(...args);
      stage.at?.(name);
      const asleep = which === 'aurora' && stage.asleep;
      const effect = asleep ? 'none' : reads ? 'read' : 'write';
      const ctx = args[0] as Context;
      const { call, fault } = stage.next({ name, effect, faults: [] }, process, ctx.requestId);
      if (fault === 'crash before') die(process, name);
      if (asleep) {
        process.aurora = 'resuming';
        throw resuming(name);
      }
      await stage.turn?.(name, process);
      if (process.dead) throw new Crash(name);
      if (stage.isLate(ctx)) throw new ServiceError('timeout', name, 'The time is up.');
      const answer = method(...args);
      if (effect === 'write') stage.effects++;
      const result = await answer;
      // The answer takes its time, too.
      await stage.turn?.(`answer of ${name}`, process);
      if (which === 'aurora') process.aurora = 'awake';
      stage.answered(call, process, ctx.requestId);
      if (fault === 'crash after') die(process, name);
      if (process.dead) throw new Crash(name);
      if (fault !== 'lost') return result;
      const told = ANSWERS_BY_KEY[property]?.(args);
      if (told !== undefined) return told;
      throw new ServiceError('timeout', name, 'The answer was lost.');
    };
  }
  return (process) => Object.assign(Object.create(planted), { process }) as T;
}

function die(process: Process, name: string): never {
  process.dead = true;
  throw new Crash(name);
}

/** A store that can only be read: to look without leaving a trace. */
export function readOnly<T extends ArticleStore | AiOutputStore>(store: T): T {
  const entries = Object.entries(store).map(([property, value]) => [
    property,
    typeof value !== 'function' || READS.has(property) ? value : async () => undefined,
  ]);
  return Object.fromEntries(entries) as T;
}

/** Aurora as it is met while it sleeps. */
export function away(store: ArticleStore): ArticleStore {
  const entries = Object.keys(store).map((property) => [
    property,
    async () => {
      throw resuming(property);
    },
  ]);
  return Object.fromEntries(entries) as ArticleStore;
}

function resuming(op: string): ServiceError {
  return new ServiceError('unavailable', op, 'asleep', {
    reason: 'aurora_asleep',
    retryAfterSeconds: 15,
  });
}
