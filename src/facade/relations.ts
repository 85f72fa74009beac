import type { ArticleStore } from '../domain/index.ts';
import type { Relations } from './service.ts';
import { absent, gone, notFound } from './trouble.ts';

/** Relations live in Aurora alone. */
export function createRelations(articles: ArticleStore): Relations {
  return {
    async put(ctx, input) {
      const outcome = await articles.putRelation(ctx, input);
      if (outcome.status === 'gone' && outcome.id === input.from) {
        throw gone('relations.put', outcome.id);
      }
      // Only the article in front is told as deleted: to the other end, deleted and unknown are one.
      if ('id' in outcome) throw notFound('relations.put', outcome.id);
      return { relation: outcome.relation, created: outcome.status === 'created' };
    },

    async remove(ctx, edge) {
      const outcome = await articles.deleteRelation(ctx, edge);
      if (outcome.status === 'gone' && outcome.id === edge.from) {
        throw gone('relations.remove', outcome.id);
      }
      if ('id' in outcome) throw notFound('relations.remove', outcome.id);
    },

    async list(ctx, id, query) {
      const found = await articles.findRelations(ctx, id, query);
      if (found.state !== 'live') throw absent('relations.list', id, found.state);
      return {
        relations: found.items,
        ...(found.next === undefined ? {} : { next: found.next }),
      };
    },
  };
}
