import { ServiceError, type VocabularyStore } from '../domain/index.ts';
import type { Vocabulary } from './service.ts';
import { stale } from './trouble.ts';

/** Sources and topics live in Aurora alone. */
export function createVocabulary(store: VocabularyStore): Vocabulary {
  return {
    topics: (ctx, query) => store.findTopics(ctx, query),
    sources: (ctx, query) => store.findSources(ctx, query),

    async source(ctx, key) {
      const source = await store.getSource(ctx, key);
      if (source) return source;
      throw new ServiceError('not_found', 'sources.get', `There is no source "${key}".`);
    },

    async putSource(ctx, key, profile, ifRev) {
      const op = 'sources.put';
      const outcome = await store.putSource(ctx, key, profile, ifRev);
      if (outcome.status !== 'stale') {
        return { source: outcome.source, created: outcome.status === 'created' };
      }
      if (ifRev === 0) {
        const message = `If-None-Match asks for there to be none, but the source "${key}" exists.`;
        throw stale(op, message);
      }
      throw stale(
        op,
        outcome.rev === 0
          ? `If-Match asks for a revision, but there is no source "${key}".`
          : `If-Match asks for another revision; the source is at r${outcome.rev}.`,
      );
    },
  };
}
