import type { ArticleStore, Context } from '../domain/index.ts';
import { withoutWaiting } from './budget.ts';

/** Most articles remembered; beyond them the first are forgotten. An id has 128 characters at most. */
const REMEMBERED = 10_000;

/**
 * Articles that outputs wait for, and that Aurora did not know when an output was last entered. A process
 * remembers them so that what waits is not loaded and evaluated again by every drain; what it forgets, or
 * another process knows, costs no more than that.
 */
export interface AwaitedArticles {
  expect(articleId: string): void;
  /** Which of these are awaited and still unknown. Errors: `unavailable`. Cost: 1 Data API call, none where none is awaited. */
  stillUnknown(ctx: Context, articleIds: readonly string[]): Promise<ReadonlySet<string>>;
}

export function createAwaitedArticles(
  articles: Pick<ArticleStore, 'readCatalogue'>,
): AwaitedArticles {
  const awaited = new Set<string>();

  return {
    expect(articleId) {
      awaited.add(articleId);
      const [first] = awaited;
      if (awaited.size > REMEMBERED && first !== undefined) awaited.delete(first);
    },

    async stillUnknown(ctx, articleIds) {
      const asked = new Set(articleIds.filter((id) => awaited.has(id)));
      if (asked.size === 0) return asked;
      const known = await articles.readCatalogue(withoutWaiting(ctx), { ids: [...asked] });
      for (const { articleId } of known) {
        asked.delete(articleId);
        awaited.delete(articleId);
      }
      return asked;
    },
  };
}
