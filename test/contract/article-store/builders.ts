import {
  type AggregationQuery,
  type Article,
  type ArticleInput,
  type ArticleStore,
  type Context,
  DEFAULT_GROUP_ORDER,
  JsonText,
  NO_METRICS,
  NO_REGISTRY,
  parseFilter,
  type Timestamp,
  timestampFromMs,
} from '../../../src/domain/index.ts';

/** The store of the suite that runs. */
export interface Hold {
  readonly store: ArticleStore;
  ctx(): Context;
}

let count = 0;

/** A beginning of ids and keys that nothing else has. */
export function freshPrefix(): string {
  return `p${process.pid}-${count++}-`;
}

/** Puts articles with these members, and ids that begin with `prefix`. */
export async function putAll(
  { store, ctx }: Hold,
  prefix: string,
  members: readonly Partial<ArticleInput>[],
): Promise<Article[]> {
  const outcomes = await store.putMany(
    ctx(),
    members.map((own, index) => ({
      input: {
        id: `${prefix}${String(index).padStart(3, '0')}`,
        title: 'Title',
        authors: [],
        topics: [],
        attributes: new JsonText('{}'),
        ...own,
      },
    })),
  );
  return outcomes.map((outcome) => {
    if (!('article' in outcome)) throw new Error(`no article: ${JSON.stringify(outcome)}`);
    return outcome.article;
  });
}

/** A question about the articles whose ids begin with `prefix`. */
export function groupsOf(
  prefix: string,
  overrides: Partial<AggregationQuery> = {},
): AggregationQuery {
  const filter = parseFilter(`id = "${prefix}*"`, NO_METRICS);
  if (filter === undefined) throw new Error('no filter');
  return {
    registry: NO_REGISTRY,
    filter,
    groupBy: [],
    columns: [],
    orderBy: DEFAULT_GROUP_ORDER,
    limit: 100,
    now: timestampFromMs(Date.UTC(2026, 0, 1)),
    ...overrides,
  };
}

export const at = (text: string): Timestamp => text as Timestamp;
