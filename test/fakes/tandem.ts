import type {
  AiOutputInfo,
  Article,
  ArticleInput,
  Relation,
  Timestamp,
} from '../../src/domain/index.ts';
import { EMPTY_OBJECT, NO_REGISTRY, timestampFromMs } from '../../src/domain/index.ts';
import type {
  Aggregations,
  Articles,
  Idempotency,
  Kinds,
  Maintenance,
  Outputs,
  Projections,
  Reconciler,
  RegistrySource,
  Relations,
  Runs,
  Tandem,
  Vocabulary,
} from '../../src/facade/index.ts';

/** What a test wants the facade to do; what it leaves out must not be called. */
export interface Script {
  readonly articles?: Partial<Articles>;
  readonly outputs?: Partial<Outputs>;
  readonly relations?: Partial<Relations>;
  readonly projections?: Partial<Projections>;
  readonly kinds?: Partial<Kinds>;
  readonly runs?: Partial<Runs>;
  readonly aggregations?: Partial<Aggregations>;
  readonly vocabulary?: Partial<Vocabulary>;
  readonly maintenance?: Partial<Maintenance>;
  readonly reconciler?: Partial<Reconciler>;
  readonly idempotency?: Partial<Idempotency>;
  /** None at all when absent. */
  readonly registry?: RegistrySource;
}

/** One call of the facade, without its context. */
export interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** A facade that does what the script says, remembers its calls, and fails at any other. */
export function scriptedTandem(script: Script): Tandem & { readonly calls: Call[] } {
  const calls: Call[] = [];
  const part = (name: Exclude<keyof Script, 'registry'>): unknown =>
    new Proxy(script[name] ?? {}, {
      get(target, method) {
        const scripted = (target as Record<string, unknown>)[String(method)];
        if (typeof scripted !== 'function') {
          return async () => {
            throw new Error(`${name}.${String(method)} was not expected`);
          };
        }
        return (ctx: unknown, ...args: unknown[]) => {
          calls.push({ method: `${name}.${String(method)}`, args });
          return scripted(ctx, ...args);
        };
      },
    });
  return {
    calls,
    articles: part('articles') as Articles,
    outputs: part('outputs') as Outputs,
    relations: part('relations') as Relations,
    projections: part('projections') as Projections,
    kinds: part('kinds') as Kinds,
    runs: part('runs') as Runs,
    aggregations: part('aggregations') as Aggregations,
    vocabulary: part('vocabulary') as Vocabulary,
    maintenance: part('maintenance') as Maintenance,
    reconciler: part('reconciler') as Reconciler,
    idempotency: part('idempotency') as Idempotency,
    registry: script.registry ?? NO_PROJECTIONS,
  };
}

const NO_PROJECTIONS: RegistrySource = {
  known: () => NO_REGISTRY,
  current: async () => NO_REGISTRY,
  refresh: async () => NO_REGISTRY,
};

export const SOME_TIME: Timestamp = timestampFromMs(Date.UTC(2026, 0, 2, 3, 4, 5));

/** An article as stored. */
export function anArticle(members: Partial<Article> = {}): Article {
  return {
    id: 'a-1',
    title: 'Harbour',
    authors: [],
    topics: [],
    ingestedAt: SOME_TIME,
    updatedAt: SOME_TIME,
    rev: 1,
    stamp: 1,
    attributes: EMPTY_OBJECT,
    metrics: {},
    ...members,
  };
}

/** The article that a store makes of an input. */
export function storedFrom(input: ArticleInput, rev = 1): Article {
  const { body: _, source, topics, ...rest } = input;
  return anArticle({
    ...rest,
    rev,
    topics: topics.map(({ key, name = key, type = 'topic', weight }) => ({
      key,
      name,
      type,
      weight,
    })),
    ...(source ? { source: { key: source.key, name: source.name ?? source.key } } : {}),
  });
}

/** Everything known of an output but its text. */
export function anInfo(members: Partial<AiOutputInfo> = {}): AiOutputInfo {
  return {
    articleId: 'a-1',
    kind: 'summary',
    version: 1,
    producedAt: SOME_TIME,
    storedAt: SOME_TIME,
    sizeBytes: 2,
    storedBytes: 2,
    sha256: '00'.repeat(32),
    ...members,
  };
}

export function aRelation(members: Partial<Relation> = {}): Relation {
  return {
    from: 'a-1',
    to: 'a-2',
    kind: 'cites',
    weight: null,
    origin: null,
    createdAt: SOME_TIME,
    ...members,
  };
}
