import { sql } from 'kysely';
import {
  type Context,
  printJson,
  type RevertBatch,
  type Run,
  type RunStore,
} from '../domain/index.ts';
import type { Aurora } from './aurora.ts';
import type { Database } from './schema.ts';

/** Runs and how they are taken back: each operation is one call of one function. */
export function createRuns(aurora: Aurora<Database>): RunStore {
  async function answer<T>(
    ctx: Context,
    op: string,
    call: ReturnType<typeof sql<{ answer: string }>>,
  ): Promise<T | undefined> {
    const [row] = await aurora.rows(ctx, op, call, { repeatable: true });
    return (JSON.parse(row?.answer ?? 'null') as T | null) ?? undefined;
  }

  return {
    getRun: (ctx, runId) =>
      answer<Run>(ctx, 'aurora.getRun', sql`select run_document(${runId})::text as answer`),

    startRevert: (ctx, runId, { isAllIn }) =>
      answer<Run>(
        ctx,
        'aurora.startRevert',
        sql`select start_revert(${runId}, ${isAllIn})::text as answer`,
      ),

    nextRevert: (ctx, { limit, done }) =>
      answer<RevertBatch>(
        ctx,
        'aurora.nextRevert',
        sql`select next_revert(${done ? printJson(done) : null}::jsonb, ${limit}::int4)::text as answer`,
      ),

    async endRevert(ctx, { runId, awaitedAt }, end) {
      await aurora.rows(
        ctx,
        'aurora.endRevert',
        sql<{ answer: string }>`
          select end_revert(${runId}, ${end === 'last_walk'}, ${awaitedAt}::text) as answer`,
        { repeatable: true },
      );
    },
  };
}
