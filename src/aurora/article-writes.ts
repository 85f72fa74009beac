import { type RawBuilder, sql } from 'kysely';
import type {
  Article,
  ArticleOutcome,
  ArticleStore,
  ArticleWrite,
  Context,
  DeleteOutcome,
} from '../domain/index.ts';
import { patchPayload, payloadOf } from './article-payload.ts';
import { readAnswer, toArticle } from './article-row.ts';
import type { Aurora } from './aurora.ts';
import type { Database } from './schema.ts';

/**
 * What one statement of a batch may carry: the request limit is 4 MiB with JSON inside JSON (limits.ts),
 * the answer repeats the documents under 1 MiB.
 */
const BATCH_REQUEST_BYTES = 2 * 1024 * 1024;
const BATCH_ANSWER_BYTES = 512 * 1024;

/** What a document has beside its content, in bytes. */
const DOCUMENT_ENVELOPE_BYTES = 1_024;

type Writes = Pick<ArticleStore, 'create' | 'put' | 'putMany' | 'patch' | 'delete'>;

/** Writes of articles: one call of a function each, which is one transaction and safe to repeat. */
export function createArticleWrites(aurora: Aurora<Database>): Writes {
  /**
   * Runs one write. After a lost answer it is sent again only where the second run tells the caller the
   * same: one guarded by what it changes itself would be refused for its own success.
   */
  async function one(
    ctx: Context,
    op: string,
    call: ReturnType<typeof sql<{ answer: string }>>,
    repeatable: boolean,
  ): Promise<ArticleOutcome> {
    const [row] = await aurora.rows(ctx, op, call, { repeatable });
    return toOutcome(readAnswer(row?.answer ?? 'null', ['article', 'attributes']));
  }

  return {
    create(ctx, write, idempotency) {
      const { key = null, requestHash = null } = idempotency ?? {};
      const call = sql<{ answer: string }>`select create_article(${payloadOf(write)}::jsonb,
        ${key}::text, ${requestHash}::text)::text as answer ${of(ctx)}`;
      return one(ctx, 'aurora.create', call, key !== null);
    },

    put(ctx, write, ifRev) {
      const call = sql<{ answer: string }>`select write_article(${payloadOf(write)}::jsonb, 'put',
        ${ifRev ?? null}::int8)::text as answer ${of(ctx)}`;
      return one(ctx, 'aurora.put', call, ifRev === undefined);
    },

    patch(ctx, id, patch, body, ifRev) {
      const call = sql<{
        answer: string;
      }>`select write_article(${patchPayload(id, patch, body)}::jsonb,
        'patch', ${ifRev ?? null}::int8)::text as answer ${of(ctx)}`;
      return one(ctx, 'aurora.patch', call, ifRev === undefined);
    },

    async putMany(ctx, writes) {
      const outcomes: ArticleOutcome[] = [];
      for (const batch of batches(writes)) {
        const [row] = await aurora.rows(
          ctx,
          'aurora.putMany',
          sql<{
            answer: string;
          }>`select write_articles(${`[${batch.join(',')}]`}::jsonb)::text as answer ${of(ctx)}`,
          { repeatable: true },
        );
        const answers = readAnswer<unknown[]>(row?.answer ?? '[]', ['*', 'article', 'attributes']);
        outcomes.push(...answers.map(toOutcome));
      }
      return outcomes;
    },

    async delete(ctx, id, ifRev) {
      const [row] = await aurora.rows(
        ctx,
        'aurora.delete',
        sql<{
          status: DeleteOutcome;
        }>`select delete_article(${id}, ${ifRev ?? null}::int8) as status ${of(ctx)}`,
      );
      return row?.status ?? 'not_found';
    },
  };
}

/** Says whose write it is, before the write: what it enters into the outbox names its request. */
function of({ requestId }: Context): RawBuilder<unknown> {
  return sql`from (select set_config('tandem.request_id', ${requestId}, true)) as asked`;
}

function toOutcome(answer: unknown): ArticleOutcome {
  const outcome = answer as ArticleOutcome & { readonly article?: Article };
  return outcome.article === undefined
    ? outcome
    : ({ ...outcome, article: toArticle(outcome.article) } as ArticleOutcome);
}

/** Payloads in pieces that pass the limits of a request and of its answer. */
function* batches(writes: readonly ArticleWrite[]): Generator<string[]> {
  let batch: string[] = [];
  let request = 0;
  let answer = 0;
  for (const write of writes) {
    const payload = payloadOf(write);
    // Inside the request the payload is a JSON string: its quotes and backslashes are escaped again.
    const sent = Buffer.byteLength(JSON.stringify(payload));
    const document = Buffer.byteLength(payload) - Buffer.byteLength(write.input.body ?? '');
    const told = Math.max(0, document) + DOCUMENT_ENVELOPE_BYTES;
    const full = request + sent > BATCH_REQUEST_BYTES || answer + told > BATCH_ANSWER_BYTES;
    if (full && batch.length > 0) {
      yield batch;
      batch = [];
      request = 0;
      answer = 0;
    }
    batch.push(payload);
    request += sent;
    answer += told;
  }
  if (batch.length > 0) yield batch;
}
