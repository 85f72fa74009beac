import {
  type AiOutputStore,
  type ArticleStore,
  type Clock,
  type Context,
  type CoverageOf,
  type Projection,
  type Registry,
  ServiceError,
} from '../domain/index.ts';
import { createProjector } from './projector.ts';
import type { RegistrySource } from './registry-source.ts';
import type {
  Outputs,
  ProjectedPreview,
  Projections,
  ProjectionView,
  Strictness,
} from './service.ts';
import { auroraReason, DYNAMODB_UNAVAILABLE, isAway, stale } from './trouble.ts';

/** Pending outputs looked through for the oldest of a kind; beyond them a kind counts as current. */
const PENDING_LOOKED_AT = 1_000;

const UNSEEN: CoverageOf = { matched: 0, missed: 0, failed: 0, total: 0 };

/** Definitions of projections: in Aurora, with a copy in DynamoDB for while it sleeps. */
export function createProjections(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly registry: RegistrySource;
  readonly reads: Pick<Outputs, 'get'>;
  readonly clock: Clock;
}): Projections {
  const { articles, outputs, registry, reads, clock } = parts;
  const projector = createProjector();

  /** The registry as Aurora has it now, or what is known of it while Aurora is away, and why. */
  async function present(
    ctx: Context,
    strict = false,
  ): Promise<{ readonly registry: Registry; readonly degraded: readonly string[] }> {
    try {
      return { registry: await registry.refresh(ctx), degraded: [] };
    } catch (error) {
      if (!isAway(error) || strict) throw error;
      return { registry: await registry.current(ctx), degraded: [auroraReason(error)] };
    }
  }

  /** Since when the oldest pending output of each kind has been waiting, in epoch milliseconds; undefined while DynamoDB is away. */
  async function pendingSince(
    ctx: Context,
    strict = false,
  ): Promise<ReadonlyMap<string, number> | undefined> {
    const intents = await outputs
      .readIntents(ctx, { limit: PENDING_LOOKED_AT })
      .catch((error: unknown) => {
        if (!isAway(error) || strict) throw error;
      });
    if (!intents) return undefined;
    const since = new Map<string, number>();
    for (const { kind, createdAtMs } of intents) {
      since.set(kind, Math.min(createdAtMs, since.get(kind) ?? createdAtMs));
    }
    return since;
  }

  function viewOf(
    projection: Projection,
    known: CoverageOf | undefined,
    pending: ReadonlyMap<string, number> | undefined,
  ): ProjectionView {
    return {
      projection,
      ...(known === undefined ? {} : seenOf(projection, known)),
      lagSeconds: pending ? lagOf(projection, pending) : null,
    };
  }

  function lagOf(
    { state, updatedAt, definition }: Projection,
    pending: ReadonlyMap<string, number>,
  ): number {
    const nowMs = clock.now();
    const waiting = pending.get(definition.kind) ?? nowMs;
    const begun = state === 'backfilling' ? Date.parse(updatedAt) : waiting;
    return Math.max(0, Math.floor((nowMs - Math.min(waiting, begun)) / 1000));
  }

  async function list(ctx: Context, { strict }: Strictness = {}) {
    const [{ registry: known, degraded }, pending] = await Promise.all([
      present(ctx, strict),
      pendingSince(ctx, strict),
    ]);
    const coverage = degraded.length === 0 ? await articles.readCoverage(ctx) : undefined;
    const views = known.projections
      .filter(({ state }) => state !== 'retiring')
      .map((one) => viewOf(one, coverage && (coverage.get(one.name) ?? UNSEEN), pending));
    return { views, degraded: pending ? degraded : [...degraded, DYNAMODB_UNAVAILABLE] };
  }

  return {
    list,

    async get(ctx, name, options) {
      const { views, degraded } = await list(ctx, options);
      const view = views.find(({ projection }) => projection.name === name);
      if (!view) throw unknown('projections.get', name);
      return { view, degraded };
    },

    async put(ctx, name, definition, ifRevision) {
      const outcome = await articles.putProjection(ctx, name, definition, ifRevision);
      if (outcome.status === 'stale') throw staleProjection('projections.put', name, outcome);
      const { status, projection } = outcome;
      const [coverage, pending] = await Promise.all([
        articles.readCoverage(ctx).then((all) => all.get(name) ?? UNSEEN),
        pendingSince(ctx),
        registry.refresh(ctx),
      ]);
      return { view: viewOf(projection, coverage, pending), created: status === 'created' };
    },

    async remove(ctx, name, ifRevision) {
      const op = 'projections.remove';
      const outcome = await articles.deleteProjection(ctx, name, ifRevision);
      if (outcome === 'not_found') throw unknown(op, name);
      if (outcome === 'stale') throw staleProjection(op, name);
      await registry.refresh(ctx);
    },

    async backfill(ctx, name) {
      if ((await articles.restartBackfill(ctx, name)) === 'not_found') {
        throw unknown('projections.backfill', name);
      }
      await registry.refresh(ctx);
    },

    async preview(ctx, name, of): Promise<ProjectedPreview> {
      const { registry: known } = await present(ctx);
      const found = known.projections.find((one) => one.name === name && one.state !== 'retiring');
      if (!found) throw unknown('projections.preview', name);
      const { kind, target } = found.definition;
      const articleId = 'articleId' in of ? of.articleId : '';
      const text = 'output' in of ? of.output : (await reads.get(ctx, articleId, kind)).output;
      const [result] = projector.project([found], { articleId, kind, text }).projected;
      switch (target.type) {
        case 'metric':
          return { metric: result && 'value' in result ? result.value : null };
        case 'topics':
          return { topics: result && 'topics' in result ? result.topics : [] };
        case 'relations':
          return { relations: result && 'relations' in result ? result.relations : [] };
      }
    },

    shapes: (ctx, kind) => articles.readShapes(ctx, kind),
  };
}

/** What a reader is told of it: how far it got as well, while it is being filled. */
function seenOf(
  { state }: Projection,
  { total, ...coverage }: CoverageOf,
): Pick<ProjectionView, 'coverage' | 'progress'> {
  const done = coverage.matched + coverage.missed + coverage.failed;
  return { coverage, ...(state === 'backfilling' ? { progress: { done, total } } : {}) };
}

/** `revision` is the one that it has, 0 where there is none. */
function staleProjection(
  op: string,
  name: string,
  there?: { readonly revision: number },
): ServiceError {
  if (there?.revision === 0) {
    return stale(op, `If-Match asks for a revision, but there is no projection "${name}".`);
  }
  return stale(op, `The projection "${name}" is at another revision than the one asked for.`);
}

function unknown(op: string, name: string): ServiceError {
  return new ServiceError('not_found', op, `There is no projection "${name}".`);
}
