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
  type ProjectedResult,
  parseFilter,
  type Registry,
  type Timestamp,
  timestampFromMs,
  type ValueType,
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

/** Makes these metrics of one kind of output; nothing changes where they are there already. */
export async function defineMetrics(
  { store, ctx }: Hold,
  kind: string,
  metrics: Readonly<Record<string, ValueType>>,
): Promise<Registry> {
  for (const [name, valueType] of Object.entries(metrics)) {
    const target = { type: 'metric', valueType } as const;
    await store.putProjection(ctx(), name, { kind, target, select: ['$.x'] });
  }
  return store.readRegistry(ctx());
}

/** Has the first version of each article's output yield what is given for it. */
export async function projectAll(
  { store, ctx }: Hold,
  kind: string,
  results: ReadonlyMap<string, readonly ProjectedResult[]>,
): Promise<void> {
  const { revision } = await store.readRegistry(ctx());
  const facts = [...results].map(([articleId, projected]) => ({
    articleId,
    kind,
    version: 1,
    dead: false,
    producedAt: at('2026-01-01T00:00:00.000000Z'),
    storedAt: at('2026-01-01T00:00:00.000000Z'),
    sizeBytes: 1,
    sha256: '0'.repeat(64),
    projected,
  }));
  const verdicts = await store.project(ctx(), facts, revision);
  if (verdicts.some((verdict) => verdict !== 'applied')) throw new Error(verdicts.join());
}

export const matched = (projection: string, value: number | string | boolean): ProjectedResult => ({
  projection,
  status: 'matched',
  value,
});

export const at = (text: string): Timestamp => text as Timestamp;
