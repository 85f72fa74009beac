import { sql } from 'kysely';
import {
  type BackfillBatch,
  type Context,
  type CoverageOf,
  createRegistry,
  type Projection,
  type ProjectionStore,
  type ProjectionVerdict,
  printJson,
  type Shape,
  tellNewShape,
} from '../domain/index.ts';
import type { Aurora } from './aurora.ts';
import { factPayload } from './fact-payload.ts';
import type { Database } from './schema.ts';

/** Documents of shapes in one answer: the Data API refuses results over 1 MiB (limits.ts), and escapes their quotes. */
const SHAPES_BYTES = 600 * 1024;

/** Definitions of projections and what they yield: each operation is one call of one function. */
export function createProjections(aurora: Aurora<Database>): ProjectionStore {
  /** Tells the calls of one request apart; what is sent again keeps its number. */
  let calls = 0;

  async function answer<T>(
    ctx: Context,
    op: string,
    call: ReturnType<typeof sql<{ answer: string }>>,
    repeatable = true,
  ): Promise<T> {
    const [row] = await aurora.rows(ctx, op, call, { repeatable });
    return JSON.parse(row?.answer ?? 'null') as T;
  }

  return {
    async readRegistry(ctx) {
      const { revision, projections, pending } = await answer<{
        revision: number;
        projections: Projection[];
        pending: boolean;
      }>(ctx, 'aurora.readRegistry', sql`select registry_document()::text as answer`);
      return createRegistry(revision, projections, pending);
    },

    putProjection: (ctx, name, definition, ifRevision) =>
      answer(
        ctx,
        'aurora.putProjection',
        sql`select put_projection(${name}, ${printJson(definition)}::jsonb,
          ${ifRevision ?? null}::int8)::text as answer`,
        // Sent twice it would answer `unchanged` to who created it.
        false,
      ),

    deleteProjection: (ctx, name, ifRevision) =>
      answer(
        ctx,
        'aurora.deleteProjection',
        sql`select to_json(delete_projection(${name}, ${ifRevision ?? null}::int8))::text as answer`,
        false,
      ),

    clearRetired: (ctx, limit) =>
      answer(ctx, 'aurora.clearRetired', sql`select clear_retired(${limit}::int4)::text as answer`),

    promoteMetrics: (ctx, limit) =>
      answer(
        ctx,
        'aurora.promoteMetrics',
        sql`select promote_metrics(${limit}::int4)::text as answer`,
      ),

    async readCoverage(ctx) {
      const byName = await answer<Record<string, CoverageOf>>(
        ctx,
        'aurora.readCoverage',
        sql`select projection_coverage()::text as answer`,
      );
      return new Map(Object.entries(byName));
    },

    async project(ctx, facts, registryRevision) {
      if (facts.length === 0) return [];
      const { verdicts, newShapes } = await answer<{
        verdicts: ProjectionVerdict[];
        newShapes: Parameters<typeof tellNewShape>[1][];
      }>(
        ctx,
        'aurora.project',
        sql`select enter_outputs(${printJson(facts.map(factPayload))}::jsonb, ${registryRevision}::int8,
          ${`${ctx.requestId}#${++calls}`})::text as answer`,
      );
      for (const shape of newShapes) tellNewShape(ctx, shape);
      return verdicts;
    },

    async nextBackfill(ctx, { limit }) {
      const batch = await answer<BackfillBatch | null>(
        ctx,
        'aurora.nextBackfill',
        sql`select next_backfill(${limit}::int4)::text as answer`,
      );
      return batch ?? undefined;
    },

    restartBackfill: (ctx, name) =>
      answer(
        ctx,
        'aurora.restartBackfill',
        sql`select to_json(restart_backfill(${name}))::text as answer`,
      ),

    async countKinds(ctx) {
      const byKind = await answer<Record<string, number>>(
        ctx,
        'aurora.countKinds',
        sql`select coalesce(json_object_agg(kind, outputs), '{}')::text as answer
          from (select kind, count(*) as outputs from ai_output where not dead group by kind) counted`,
      );
      return new Map(Object.entries(byKind));
    },

    async readShapes(ctx, kind) {
      const rows = await aurora.rows(
        ctx,
        'aurora.readShapes',
        sql<{
          document: string;
        }>`select document from shapes_of(${kind ?? null}::text, ${SHAPES_BYTES}::int8) document`,
        { repeatable: true },
      );
      return rows.map(({ document }) => JSON.parse(document) as Shape);
    },
  };
}
