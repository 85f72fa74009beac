import {
  type Article,
  canonicalJson,
  EMPTY_OBJECT,
  type KeyQuery,
  type KnownTopic,
  type Page,
  type SourceProfile,
  type VocabularyStore,
} from '../../src/domain/index.ts';
import { compareValues } from './filter-evaluator.ts';

export interface FakeSource {
  readonly profile: SourceProfile;
  readonly rev: number;
}

/** Sources and topics of the fake store, over the maps that its articles write their names into. */
export function fakeVocabulary(parts: {
  readonly sources: Map<string, FakeSource>;
  readonly topics: ReadonlyMap<string, { readonly name: string; readonly type: string }>;
  readonly live: () => readonly Article[];
  /** The articles of a source show another name now. */
  readonly renamed: (key: string) => void;
}): VocabularyStore {
  const { sources, topics, live, renamed } = parts;

  const known = (key: string, { profile, rev }: FakeSource) => ({
    key,
    ...profile,
    rev,
    articles: live().filter(({ source }) => source?.key === key).length,
  });

  return {
    async findTopics(_, { type, ...query }) {
      const all = [...topics].map(
        ([key, topic]): KnownTopic => ({
          key,
          ...topic,
          articles: live().filter((article) => article.topics.some((own) => own.key === key))
            .length,
        }),
      );
      return pageOf(type === undefined ? all : all.filter((topic) => topic.type === type), query);
    },

    findSources: async (_, query) =>
      pageOf(
        [...sources].map(([key, source]) => known(key, source)),
        query,
      ),

    async getSource(_, key) {
      const source = sources.get(key);
      return source && known(key, source);
    },

    async putSource(_, key, profile, ifRev) {
      const before = sources.get(key);
      const rev = before?.rev ?? 0;
      if (ifRev !== undefined && ifRev !== rev) return { status: 'stale', rev };
      if (before && canonicalJson(before.profile) === canonicalJson(profile)) {
        return { status: 'unchanged', source: known(key, before) };
      }
      const after = { profile, rev: rev + 1 };
      sources.set(key, after);
      if (before && before.profile.name !== profile.name) renamed(key);
      return { status: before ? 'updated' : 'created', source: known(key, after) };
    },
  };
}

/** A source that articles only name. */
export function namedOnly(name: string): FakeSource {
  return { profile: { name, attributes: EMPTY_OBJECT }, rev: 1 };
}

function pageOf<T extends { readonly key: string }>(
  all: readonly T[],
  { prefix = '', pageSize, after }: KeyQuery,
): Page<T> {
  const found = all
    .filter(({ key }) => key.startsWith(prefix))
    .filter(({ key }) => after === undefined || compareValues(key, String(after[0])) > 0)
    .sort((a, b) => compareValues(a.key, b.key));
  const items = found.slice(0, pageSize);
  const last = items.at(-1);
  return { items, ...(last && found.length > pageSize ? { next: [last.key] } : {}) };
}
