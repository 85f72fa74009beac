import { sql } from 'kysely';
import type { ArticleState, ArticleStore, OutboxEntry, Timestamp } from '../domain/index.ts';
import { createAggregate } from './aggregate.ts';
import { readAnswer, toArticle } from './article-row.ts';
import { createArticleWrites } from './article-writes.ts';
import type { Aurora } from './aurora.ts';
import { int8Array } from './bind.ts';
import { createCatalogue } from './catalogue.ts';
import { createFind } from './find-articles.ts';
import { createProjections } from './projections.ts';
import { createRelationQueries } from './relation-queries.ts';
import { createRuns } from './runs.ts';
import type { Database } from './schema.ts';
import { createVocabularyQueries } from './vocabulary-queries.ts';

/** The article store over Aurora, whichever way it is connected. */
export function createArticleStore(aurora: Aurora<Database>): ArticleStore {
  return {
    ...createArticleWrites(aurora),
    ...createFind(aurora),
    ...createRelationQueries(aurora),
    ...createAggregate(aurora),
    ...createVocabularyQueries(aurora),
    ...createProjections(aurora),
    ...createRuns(aurora),
    readCatalogue: createCatalogue(aurora),

    async get(ctx, id) {
      const [row] = await aurora.rows(
        ctx,
        'aurora.get',
        sql<{ state: string }>`select article_state(${id})::text as state`,
        { repeatable: true },
      );
      return toState(row?.state ?? '{"state":"unknown"}');
    },

    async readOutbox(ctx, limit) {
      const rows = await aurora.rows(
        ctx,
        'aurora.readOutbox',
        sql<{
          seq: number;
          id: string;
          created: Timestamp;
          request: string | null;
          state: string;
        }>`
          select seq, id, created, request, state from (
            select *, sum(octet_length(state)) over (order by seq) as bytes,
              row_number() over (order by seq) as place
            from read_outbox(${limit}) as oldest
          ) as measured
          where bytes <= ${OUTBOX_BYTES} or place = 1 order by seq`,
        { repeatable: true },
      );
      return rows.map(
        ({ seq, id, created, request, state }): OutboxEntry => ({
          seq,
          articleId: id,
          createdAt: created,
          ...(request === null ? {} : { requestId: request }),
          state: toState(state),
        }),
      );
    },

    async settleOutbox(ctx, seqs) {
      if (seqs.length === 0) return;
      await aurora.run(
        ctx,
        'aurora.settleOutbox',
        sql`delete from outbox where seq = any(${int8Array([...seqs])})`,
        { repeatable: true },
      );
    },

    ping: (ctx) => aurora.ping(ctx),
  };
}

/** Bytes of states in one answer: results over 1 MiB are refused (limits.ts). */
const OUTBOX_BYTES = 900 * 1024;

function toState(text: string): ArticleState {
  const answer = readAnswer<{ state: string; article?: unknown }>(text, ['article', 'attributes']);
  if (answer.state === 'live') return { state: 'live', article: toArticle(answer.article) };
  return { state: answer.state === 'deleted' ? 'deleted' : 'unknown' };
}
