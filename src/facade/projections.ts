import {
  type AiOutputStore,
  type ArticleStore,
  type Clock,
  type Context,
  type Coverage,
  type Projection,
  type Registry,
  ServiceError,
} from '../domain/index.ts';
import { createProjector } from './projector.ts';
import type { RegistrySource } from './registry-source.ts';
import type { Outputs, ProjectedPreview, Projections, ProjectionView } from './service.ts';
import { auroraReason, isAway } from './trouble.ts';

/** Pending outputs looked through for the oldest of a kind; beyond them a kind counts as current. */
const PENDING_LOOKED_AT = 1_000;

const UNSEEN: Coverage = { matched: 0, missed: 0, failed: 0 };

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
  ): Promise<{ readonly registry: Registry; readonly degraded: readonly string[] }> {
    try {
      return { registry: await registry.refresh(ctx), degraded: [] };
    } catch (error) {
      if (!isAway(error)) throw error;
      return { registry: await registry.current(ctx), degraded: [auroraReason(error)] };
    }
  }

  /** Since when the oldest pending output of each kind has been waiting, in epoch milliseconds. */
  async function pendingSince(ctx: Context): Promise<ReadonlyMap<string, number>> {
    const intents = await outputs.readIntents(ctx, { limit: PENDING_LOOKED_AT });
    const since = new Map<string, number>();
    for (const { kind, createdAtMs } of intents) {
      since.set(kind, Math.min(createdAtMs, since.get(kind) ?? createdAtMs));
    }
    return since;
  }

  function viewOf(
    projection: Projection,
    coverage: Coverage | undefined,
    pending: ReadonlyMap<string, number>,
  ): ProjectionView {
    const nowMs = clock.now();
    const waiting = pending.get(projection.definition.kind) ?? nowMs;
    const begun = projection.state === 'backfilling' ? Date.parse(projection.updatedAt) : waiting;
    return {
      projection,
      ...(coverage === undefined ? {} : { coverage }),
      lagSeconds: Math.max(0, Math.floor((nowMs - Math.min(waiting, begun)) / 1000)),
    };
  }

  async function list(ctx: Context) {
    const [{ registry: known, degraded }, pending] = await Promise.all([
      present(ctx),
      pendingSince(ctx),
    ]);
    const coverage = degraded.length === 0 ? await articles.readCoverage(ctx) : undefined;
    const views = known.projections
      .filter(({ state }) => state !== 'retiring')
      .map((one) => viewOf(one, coverage && (coverage.get(one.name) ?? UNSEEN), pending));
    return { views, degraded };
  }

  return {
    list,

    async get(ctx, name) {
      const { views, degraded } = await list(ctx);
      const view = views.find(({ projection }) => projection.name === name);
      if (!view) throw unknown('projections.get', name);
      return { view, degraded };
    },

    async put(ctx, name, definition) {
      const { status, projection } = await articles.putProjection(ctx, name, definition);
      // A definition that was made a moment ago has seen nothing.
      const fresh = status !== 'unchanged' && projection.state === 'backfilling';
      const [coverage, pending] = await Promise.all([
        fresh ? UNSEEN : articles.readCoverage(ctx).then((all) => all.get(name) ?? UNSEEN),
        pendingSince(ctx),
        registry.refresh(ctx),
      ]);
      return { view: viewOf(projection, coverage, pending), created: status === 'created' };
    },

    async remove(ctx, name) {
      if ((await articles.deleteProjection(ctx, name)) === 'not_found') {
        throw unknown('projections.remove', name);
      }
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

function unknown(op: string, name: string): ServiceError {
  return new ServiceError('not_found', op, `There is no projection "${name}".`);
}
