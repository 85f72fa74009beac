import type { AiOutputStore, ArticleStore, Clock, Context, Intent } from '../domain/index.ts';
import { mapLimited, withoutWaiting } from './budget.ts';
import { LONGEST_REQUEST_MS } from './presence.ts';

/** No kind of output has this name. */
const DELETE = '~delete';

/** Articles looked up at a time. */
const WIDTH = 16;

/** The intent that stands for the delete of an article, from before its note is made. */
export function deleteIntent(articleId: string): Pick<Intent, 'articleId' | 'kind' | 'version'> {
  return { articleId, kind: DELETE, version: 0 };
}

export function isDeleteIntent({ kind }: Pick<Intent, 'kind'>): boolean {
  return kind === DELETE;
}

/**
 * Settles what deletes leave open in DynamoDB when their process dies: a note that makes readers and
 * writers of outputs ask Aurora, which they cannot while it sleeps.
 */
export function createOpenDeletes(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly clock: Clock;
}): (ctx: Context, intents: readonly Intent[]) => Promise<{ done: Intent[]; waiting: number }> {
  const { articles, outputs, clock } = parts;

  async function close(ctx: Context, id: string): Promise<void> {
    const copy = await outputs.getArticle(ctx, id);
    if (copy.state !== 'live' || copy.deletingSince === undefined) return;
    const now = await articles.get(withoutWaiting(ctx), id);
    // Of one that was committed the outbox tells.
    if (now.state === 'live') await outputs.putArticle(ctx, now.article, copy.deletingSince);
  }

  return async (ctx, intents) => {
    // A delete may still be under way: its note is its own until no request can be that old.
    const settled = clock.now() - LONGEST_REQUEST_MS;
    const done = intents.filter(({ createdAtMs }) => createdAtMs < settled);
    const ids = [...new Set(done.map(({ articleId }) => articleId))];
    await mapLimited(ids, WIDTH, (id) => close(ctx, id));
    return { done, waiting: intents.length - done.length };
  };
}
