import {
  type AiOutputStore,
  type ArticleStore,
  type Clock,
  type Context,
  isServiceError,
  type JsonText,
  type OutputFact,
  type OutputHead,
  type Projection,
  type ProjectionVerdict,
  printJson,
  type Registry,
  timestampFromMs,
} from '../domain/index.ts';
import { mapLimited, withoutWaiting } from './budget.ts';
import { createProjector, type Projected } from './projector.ts';
import type { RegistrySource } from './registry-source.ts';
import { isAway } from './trouble.ts';

/** Facts in one statement: as many as `ArticleStore.project` takes. */
const FACTS_PER_STATEMENT = 100;

/** JSON of the facts in one statement: the Data API takes 4 MiB a request, which quotes it once more. */
const STATEMENT_BYTES = 1024 * 1024;

/** Texts held at a time: a fraction of what a small function has. */
const TEXT_BYTES = 16 * 1024 * 1024;

/** Texts loaded at a time: each is a call only where it lies in chunks. */
const LOAD_WIDTH = 16;

/** `unread`: its text could not be read now, and nothing was entered. */
export type Entered = ProjectionVerdict | 'unread';

/**
 * Enters the latest versions of outputs into Aurora: the catalogue, and what projections make of them.
 * Verdicts in order. An output whose text is no JSON, that Aurora refuses, or that cannot be read although
 * `giveUp` says so, is set aside: it counts as failed with every projection, and hinders no other. Errors:
 * `unavailable` where a store is away. Cost: 1 Data API call per 100 outputs or 1 MiB of results, 1 more
 * where projections have changed meanwhile; 1 DynamoDB call per large output.
 */
export type EnterOutputs = (
  ctx: Context,
  heads: readonly OutputHead[],
  giveUp: (head: OutputHead) => boolean,
) => Promise<readonly Entered[]>;

/** A head with what is needed to make its fact. */
interface Loaded {
  readonly head: OutputHead;
  readonly text: JsonText | 'none' | 'unreadable';
}

export function createEnterOutputs(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly registry: RegistrySource;
  readonly clock: Clock;
}): EnterOutputs {
  const { articles, outputs, registry, clock } = parts;
  const projector = createProjector();

  async function load(ctx: Context, head: OutputHead, giveUp: boolean): Promise<Loaded | 'unread'> {
    if (head.dead) return { head, text: 'none' };
    try {
      return { head, text: await outputs.loadOutput(ctx, head) };
    } catch (error) {
      if (!isAway(error)) throw error;
      return giveUp ? { head, text: 'unreadable' } : 'unread';
    }
  }

  /** What the projections make of an output; one that nothing can be made of counts as failed with all. */
  function evaluate(ctx: Context, { head, text }: Loaded, { projections }: Registry): OutputFact {
    const fact = toFact(head);
    if (text === 'none') return fact;
    const aside = (reason: string): OutputFact =>
      setAside(ctx, clock.now(), fact, projections, reason);
    if (text === 'unreadable') return aside('unreadable');
    try {
      const { articleId, kind } = head.info;
      const made: Projected = projector.project(projections, { articleId, kind, text });
      return { ...fact, ...made };
    } catch (error) {
      ctx.observe({ kind: 'fault', op: 'projections.evaluate', error });
      return aside('no_json');
    }
  }

  /** Enters facts; where Aurora refuses some of them, each for itself. */
  async function send(
    ctx: Context,
    facts: readonly OutputFact[],
    known: Registry,
  ): Promise<readonly ProjectionVerdict[]> {
    const { revision, projections } = known;
    try {
      const verdicts = await articles.project(ctx, facts, revision);
      const failed = facts.filter(
        (fact, index) => verdicts[index] === 'applied' && hasFailed(fact),
      );
      if (failed.length > 0) tellFailures(ctx, clock.now(), failed.length);
      return verdicts;
    } catch (error) {
      // Whatever it is, as long as Aurora answers: what it refuses of one output must not hold up the others.
      if (!isServiceError(error) || isAway(error)) throw error;
      ctx.observe({ kind: 'fault', op: 'projections.enter', error });
      const [only, ...more] = facts;
      if (only !== undefined && more.length === 0) {
        const fact = setAside(ctx, clock.now(), only, projections, 'refused');
        return articles.project(ctx, [fact], revision);
      }
      const verdicts = await mapLimited(facts, 1, (fact) => send(ctx, [fact], known));
      return verdicts.flat();
    }
  }

  async function enter(
    ctx: Context,
    loaded: readonly Loaded[],
    known: Registry,
  ): Promise<readonly ProjectionVerdict[]> {
    const facts = loaded.map((one) => evaluate(ctx, one, known));
    const verdicts: ProjectionVerdict[] = [];
    for (const group of groupsOf(facts, FACTS_PER_STATEMENT, STATEMENT_BYTES, factBytes)) {
      verdicts.push(...(await send(ctx, group, known)));
    }
    return verdicts;
  }

  return async (caller, heads, giveUp) => {
    const ctx = withoutWaiting(caller);
    const verdicts: Entered[] = [];
    for (const group of groupsOf(heads, FACTS_PER_STATEMENT, TEXT_BYTES, textBytes)) {
      const read = await mapLimited(group, LOAD_WIDTH, (head) => load(ctx, head, giveUp(head)));
      const loaded = read.filter((one): one is Loaded => one !== 'unread');
      let entered = await enter(ctx, loaded, await registry.current(ctx));
      if (entered.includes('outdated')) {
        entered = await enter(ctx, loaded, await registry.refresh(ctx));
      }
      let next = 0;
      for (const one of read) {
        verdicts.push(one === 'unread' ? one : (entered[next++] as ProjectionVerdict));
      }
    }
    return verdicts;
  };
}

/**
 * Sets outputs aside that the catalogue has and the store cannot tell anything of: they count as failed with
 * every projection of their kind, as corrupt or for the `reason` given. At most 100. Cost: 1 Data API call, 1 more where projections have changed.
 */
export type SetAsideKnown = (
  ctx: Context,
  outputs: readonly {
    readonly articleId: string;
    readonly kind: string;
    readonly version: number;
  }[],
  reason?: string,
) => Promise<void>;

export function createSetAsideKnown(parts: {
  readonly articles: ArticleStore;
  readonly registry: RegistrySource;
  readonly clock: Clock;
}): SetAsideKnown {
  const { articles, registry, clock } = parts;
  return async (caller, outputs, reason = 'corrupt') => {
    if (outputs.length === 0) return;
    const ctx = withoutWaiting(caller);
    const nowMs = clock.now();
    const at = timestampFromMs(nowMs);
    const enter = async ({ revision, projections }: Registry) => {
      const facts = outputs.map((output): OutputFact => {
        const nothing = { dead: false, producedAt: at, storedAt: at, sizeBytes: 0, sha256: '' };
        const fact: OutputFact = { ...output, ...nothing, known: true, projected: [] };
        return setAside(ctx, nowMs, fact, projections, reason);
      });
      return articles.project(ctx, facts, revision);
    };
    const verdicts = await enter(await registry.current(ctx));
    if (verdicts.includes('outdated')) await enter(await registry.refresh(ctx));
  };
}

function setAside(
  ctx: Context,
  nowMs: number,
  { shape: _, ...fact }: OutputFact,
  projections: readonly Projection[],
  reason: string,
): OutputFact {
  const { articleId, kind, version } = fact;
  tellSetAside(ctx, nowMs, { articleId, kind, version, reason });
  return {
    ...fact,
    projected: projections
      .filter(({ definition, state }) => definition.kind === kind && state !== 'retiring')
      .map(({ name }) => ({ projection: name, status: 'failed' })),
  };
}

/** Tells that nothing is made of a version of an output, and why. */
export function tellSetAside(
  ctx: Context,
  nowMs: number,
  data: {
    readonly articleId: string;
    readonly kind: string;
    readonly version: number;
    readonly reason: string;
  },
): void {
  ctx.observe({ kind: 'event', name: 'output_set_aside', data });
  tellFailures(ctx, nowMs, 1);
}

/** Outputs that a projection could make nothing of, or that were set aside: one to watch. */
function tellFailures(ctx: Context, atMs: number, value: number): void {
  ctx.observe({ kind: 'metric', name: 'ProjectionFailures', value, unit: 'Count', atMs });
}

/** Whether some projection failed on an output that was read: what is set aside, and told of, has no shape. */
function hasFailed({ shape, projected }: OutputFact): boolean {
  return shape !== undefined && projected.some(({ status }) => status === 'failed');
}

function toFact({ info, dead, takesBack }: OutputHead): OutputFact {
  const { articleId, kind, version, producer, producedAt, storedAt, sizeBytes, sha256 } = info;
  return {
    articleId,
    kind,
    version,
    dead,
    producedAt,
    storedAt,
    sizeBytes,
    sha256,
    projected: [],
    ...(producer === undefined ? {} : { producer }),
    ...(takesBack === undefined ? {} : { takenBackFrom: takesBack.runId }),
  };
}

function factBytes(fact: OutputFact): number {
  return Buffer.byteLength(printJson(fact));
}

function textBytes({ info }: OutputHead): number {
  return info.sizeBytes;
}

/** Items in order, in groups of at most `count` items and `bytes`; a larger one is alone. */
function groupsOf<T>(
  items: readonly T[],
  count: number,
  bytes: number,
  sizeOf: (item: T) => number,
): T[][] {
  const groups: T[][] = [];
  let used = 0;
  for (const item of items) {
    const size = sizeOf(item);
    const last = groups.at(-1);
    if (last === undefined || last.length >= count || used + size > bytes) {
      groups.push([item]);
      used = size;
    } else {
      last.push(item);
      used += size;
    }
  }
  return groups;
}
