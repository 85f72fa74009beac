import { type AiOutputStore, type ArticleStore, ServiceError } from '../../src/domain/index.ts';
import { createFakeAiOutputStore } from '../fakes/ai-output-store.ts';
import { createFakeArticleStore } from '../fakes/article-store.ts';
import { TestClock } from '../support/clock.ts';
import type { Stores } from './stage.ts';

/** Small, so that the campaigns' short texts are stored both ways. */
const INLINE_BYTES = 48;

/** A topic that Aurora refuses, and with it the statement that it is in. */
export const POISON = 'poison';

/** Both stores in memory: they pass the contract suites that the real ones pass. */
export function storesInMemory(): Stores {
  const clock = new TestClock();
  const articles = createFakeArticleStore({ clock });
  const outputs = createFakeAiOutputStore({ clock, inlineBytes: INLINE_BYTES });
  const spoilt = new Set<string>();
  const readHeads: AiOutputStore['readHeads'] = async (ctx, keys) => {
    const heads = await outputs.readHeads(ctx, keys);
    return heads.map((head, index) => {
      const { articleId = '', kind = '' } = keys[index] ?? {};
      return spoilt.has(`${articleId}#${kind}`) ? 'corrupt' : head;
    });
  };
  return {
    articles: { ...articles, project: refusePoison(articles.project) },
    outputs: { ...outputs, readHeads },
    spoil: (articleId, kind) => spoilt.add(`${articleId}#${kind}`),
    clock,
    inlineBytes: INLINE_BYTES,
    catalogued: async (articleId, kind) => articles.outputsOf(articleId).get(kind)?.version,
  };
}

function refusePoison(project: ArticleStore['project']): ArticleStore['project'] {
  return async (ctx, facts, revision) => {
    const topics = facts.flatMap((fact) =>
      fact.projected.flatMap((one) => ('topics' in one ? one.topics : [])),
    );
    if (topics.some(({ key }) => key === POISON)) {
      throw new ServiceError('invalid', 'aurora.project', 'A value that the database cannot hold.');
    }
    return project(ctx, facts, revision);
  };
}
