import type {
  AiOutputStore,
  Article,
  ArticleInput,
  ArticleOutcome,
  ArticleStore,
  ArticleWrite,
  Clock,
  Context,
  IdempotencyKey,
  ServiceError,
} from '../domain/index.ts';
import { childContext, mapLimited } from './budget.ts';
import { deleteIntent } from './open-deletes.ts';
import type { Articles } from './service.ts';
import { gone, isAway, notFound, refused, stale } from './trouble.ts';

/** How long a write waits for its copy to be made; the relay makes it otherwise. */
const COPY_BUDGET_MS = 1_000;

/** Copies and bodies written at a time for a batch: keeps well under the SDK's 50 sockets. */
const BATCH_WIDTH = 25;

type Writes = Pick<Articles, 'create' | 'put' | 'patch' | 'remove' | 'putMany'>;

/**
 * Writes of articles. The owner commits first: a body goes to DynamoDB under its digest, where nobody
 * sees it, then one statement writes the article with its outbox entry, then the copy follows at once;
 * where that fails the relay makes it from the outbox.
 */
export function createArticleWrites(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly clock: Clock;
}): Writes {
  const { articles, outputs, clock } = parts;

  async function stage(ctx: Context, input: ArticleInput): Promise<ArticleWrite> {
    if (input.body === undefined) return { input };
    const { sha256, sizeBytes } = await outputs.putBody(ctx, input.id, input.body);
    return { input, bodySha256: sha256, bodySizeBytes: sizeBytes };
  }

  async function copy(ctx: Context, article: Article): Promise<void> {
    try {
      await outputs.putArticle(childContext(ctx, clock, { atMostMs: COPY_BUDGET_MS }), article);
    } catch (error) {
      if (!isAway(error)) throw error;
      ctx.observe({ kind: 'event', name: 'copy_left_to_relay' });
    }
  }

  async function settle(
    ctx: Context,
    op: string,
    id: string,
    outcome: ArticleOutcome,
  ): Promise<Extract<ArticleOutcome, { article: Article }>> {
    if (!('article' in outcome)) throw refused(op, id, outcome);
    if (outcome.status === 'created' || outcome.status === 'updated') {
      await copy(ctx, outcome.article);
    }
    return outcome;
  }

  /**
   * Readers of outputs ask DynamoDB alone. The note makes them ask Aurora too, from before a delete is
   * committed until the tombstone stands, so that no crash between the two shows what is deleted.
   */
  async function noteDelete(ctx: Context, id: string, quick: () => Context): Promise<void> {
    if ((await outputs.markDeleting(quick(), id).catch(passIfAway)) !== 'no_copy') return;
    // Whoever wrote it died before its copy was made, or there is no such article.
    const found = await articles.get(ctx, id);
    if (found.state !== 'live') return;
    await outputs.putArticle(quick(), found.article).catch(passIfAway);
    await outputs.markDeleting(quick(), id).catch(passIfAway);
  }

  return {
    async create(ctx: Context, input: ArticleInput, key?: IdempotencyKey) {
      const outcome = await articles.create(ctx, await stage(ctx, input), key);
      const { article, status } = await settle(ctx, 'articles.create', input.id, outcome);
      return { article, replayed: status === 'replayed' };
    },

    async put(ctx: Context, input: ArticleInput, ifRev?: number) {
      const outcome = await articles.put(ctx, await stage(ctx, input), ifRev);
      const { article, status } = await settle(ctx, 'articles.put', input.id, outcome);
      return { article, created: status === 'created' };
    },

    async patch(ctx, id, patch, ifRev) {
      const body =
        typeof patch.body === 'string' ? await outputs.putBody(ctx, id, patch.body) : undefined;
      const outcome = await articles.patch(ctx, id, patch, body, ifRev);
      return (await settle(ctx, 'articles.patch', id, outcome)).article;
    },

    async remove(ctx, id, ifRev) {
      const op = 'articles.remove';
      const quick = (): Context => childContext(ctx, clock, { atMostMs: COPY_BUDGET_MS });
      // The intent first: a note whose writer died is taken away by the drain.
      await outputs.putIntent(quick(), deleteIntent(id)).catch(passIfAway);
      await noteDelete(ctx, id, quick);
      const outcome = await articles.delete(ctx, id, ifRev);
      if (outcome === 'deleted') {
        await outputs.putTombstone(ctx, id).catch(passIfAway);
        return;
      }
      if (outcome === 'stale') {
        await outputs.unmarkDeleting(quick(), id).catch(passIfAway);
        throw stale(op, 'If-Match asks for another revision than the article has.');
      }
      if (outcome === 'gone') {
        await outputs.putTombstone(ctx, id).catch(passIfAway);
        throw gone(op, id);
      }
      throw notFound(op, id);
    },

    async putMany(ctx, inputs) {
      const staged = await mapLimited(
        inputs,
        BATCH_WIDTH,
        async (input): Promise<ArticleWrite | ServiceError> => {
          try {
            return await stage(ctx, input);
          } catch (error) {
            if (isAway(error)) return error;
            throw error;
          }
        },
      );
      const writes = staged.filter((write): write is ArticleWrite => 'input' in write);
      const outcomes = writes.length === 0 ? [] : await articles.putMany(ctx, writes);
      const changed: Article[] = [];
      for (const outcome of outcomes) {
        if (outcome.status === 'created' || outcome.status === 'updated') {
          changed.push(outcome.article);
        }
      }
      await mapLimited(changed, BATCH_WIDTH, (article) => copy(ctx, article));
      let next = 0;
      return staged.map((write) =>
        'input' in write
          ? (outcomes[next++] as ArticleOutcome)
          : { status: 'error' as const, error: write },
      );
    },
  };
}

function passIfAway(error: unknown): void {
  if (!isAway(error)) throw error;
}
