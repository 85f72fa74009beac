import type {
  AggregationQuery,
  AiOutputBlock,
  AiOutputInfo,
  AiOutputInput,
  Article,
  ArticleInput,
  ArticleOutcome,
  ArticlePatch,
  ArticleQuery,
  Context,
  Coverage,
  CursorValues,
  Group,
  IdempotencyKey,
  Include,
  JsonText,
  KeyQuery,
  KindSettings,
  KnownSource,
  KnownTopic,
  MetricValue,
  Page,
  ProjectedRelation,
  ProjectedTopic,
  Projection,
  ProjectionDefinition,
  QueryPlan,
  RelatedReason,
  Relation,
  RelationDirection,
  RelationInput,
  Run,
  ServiceError,
  Shape,
  SourceProfile,
  Timestamp,
  Total,
} from '../domain/index.ts';
import type { RegistrySource } from './registry-source.ts';
import type { Maintenance, Reconciler } from './upkeep.ts';

/** What a reader wants beside the metadata. */
export interface Wanted {
  readonly include: Include;
  readonly body: boolean;
  /** `Prefer: handling=strict`: a partial answer is an `unavailable` error instead. */
  readonly strict: boolean;
}

/** An article joined with what was asked for. `body` is absent when not asked for, or when there is none. */
export interface ArticleView {
  readonly article: Article;
  readonly body?: string;
  /** By kind, in the order asked for (by name with `all`); absent when none were asked for. */
  readonly aiOutputs?: ReadonlyMap<string, AiOutputBlock>;
}

/** Why an answer is partial or old: `aurora_asleep`, `aurora_unavailable`, `dynamodb_unavailable`. */
export type Degraded = readonly string[];

export interface ArticleAnswer extends ArticleView {
  readonly degraded: Degraded;
  /** Age of the copy it came from, in whole seconds; absent when fresh. */
  readonly ageSeconds?: number;
}

export interface ListAnswer {
  readonly views: readonly ArticleView[];
  /** Where the page ended; absent exactly when nothing follows. */
  readonly next?: CursorValues;
  readonly total?: Total;
  /** How the page was found, where the query asks for it. */
  readonly plan?: QueryPlan;
  readonly degraded: Degraded;
  /** What the relative times of an old page counted from, so that they do on the pages after it; absent when fresh: from the query's `now`. */
  readonly now?: Timestamp;
  /** Age of the copy it came from, in whole seconds; absent when fresh. */
  readonly ageSeconds?: number;
}

/** One line of an export. */
export type ExportLine =
  | { readonly type: 'article'; readonly article: Article; readonly body?: string }
  | { readonly type: 'output'; readonly info: AiOutputInfo; readonly output: JsonText };

/** Where an export goes on: after an article, or amid its outputs after a kind. */
export interface ExportPosition {
  readonly after: CursorValues;
  /** The article before `after`'s successor is not done: its outputs go on behind this kind. */
  readonly resume?: { readonly articleId: string; readonly afterKind: string };
}

export interface PutOutput {
  readonly status: 'created' | 'unchanged';
  readonly info: AiOutputInfo;
  /** False when Aurora sleeps and nothing here knows the article: dropped later if it does not turn up. */
  readonly verified: boolean;
}

/** `If-Match`: the latest version must be one of these, or there must only be one. */
export type OutputMatch = 'any' | readonly number[];

export interface OutputGuard {
  readonly ifMatch?: OutputMatch;
  /** `If-None-Match: *`: there must be none yet. */
  readonly mustBeNew?: boolean;
  /** The same text by the same producer in any stored version counts as unchanged. */
  readonly onlyNew?: boolean;
}

export interface Articles {
  /** Creates. Errors: `conflict` (details `existing`), `gone`, `unprocessable` (reason `idempotency_key_reused`), `unavailable`. Cost: 1 Data API call; 1 or more DynamoDB calls where there is a body, and 1 for the copy. */
  create(
    ctx: Context,
    input: ArticleInput,
    key?: IdempotencyKey,
  ): Promise<{ readonly article: Article; readonly replayed: boolean }>;
  /** Creates or replaces. Errors: as `create`, and `precondition_failed`. */
  put(
    ctx: Context,
    input: ArticleInput,
    ifRev?: number,
  ): Promise<{ readonly article: Article; readonly created: boolean }>;
  /** Merges a patch. Errors: `not_found`, `gone`, `precondition_failed`, `conflict`, `invalid`. */
  patch(ctx: Context, id: string, patch: ArticlePatch, ifRev?: number): Promise<Article>;
  /**
   * Deletes. Errors: `not_found`, `gone`, `precondition_failed`. Cost: 1 Data API call and 3 DynamoDB calls;
   * 1 and up to 2 more where no copy of the article is there.
   */
  remove(ctx: Context, id: string, ifRev?: number): Promise<void>;
  /** Creates or replaces up to 500, each on its own; outcomes in order. */
  putMany(
    ctx: Context,
    inputs: readonly ArticleInput[],
  ): Promise<
    readonly (ArticleOutcome | { readonly status: 'error'; readonly error: ServiceError })[]
  >;
  /** One article joined with its outputs. Cost: 1 Data API call and 1 DynamoDB call, at the same time (1 more for a body, 1 per 16 MB of chunks). Errors: `not_found`, `gone`, `unavailable`. */
  get(ctx: Context, id: string, wanted: Wanted): Promise<ArticleAnswer>;
  /** A page of articles joined with their outputs; while Aurora is away a first page comes from its copy, if it was answered before. Cost: 1 Data API call, then 1 BatchGetItem per 100 outputs and bodies, and once a minute 1 PutItem beside it for the copy. The page is cut where it would pass `maxBytes`. */
  list(ctx: Context, query: ArticleQuery, wanted: Wanted): Promise<ListAnswer>;
  /** Articles near one, best first. Errors: `not_found`, `gone`. */
  related(
    ctx: Context,
    id: string,
    query: { readonly kinds?: readonly string[]; readonly limit: number },
    wanted: Wanted,
  ): Promise<{
    readonly related: readonly {
      readonly view: ArticleView;
      readonly score: number;
      readonly why: readonly RelatedReason[];
    }[];
    readonly degraded: Degraded;
  }>;
  /** Lines as import reads them, ordered by id, up to about 5 MB. A store that fails is an error: an export is whole or says so. */
  exportPage(
    ctx: Context,
    query: ArticleQuery,
    include: Include,
    resume?: ExportPosition['resume'],
  ): Promise<{ readonly lines: readonly ExportLine[]; readonly next?: ExportPosition }>;
}

export interface Outputs {
  /** Stores an output. Never needs Aurora. Errors: `not_found`, `gone`, `precondition_failed`, `unavailable`. Cost: 3 DynamoDB calls (read, intent, head), 1 more to keep an old version, more for chunks and for versions past their retention; every 30 s 1 for the settings of kinds. */
  put(ctx: Context, input: AiOutputInput, guard: OutputGuard): Promise<PutOutput>;
  /** Stores up to 100, each on its own, in order where they share article and kind. */
  putMany(
    ctx: Context,
    inputs: readonly AiOutputInput[],
    guard: { readonly onlyNew?: boolean },
  ): Promise<readonly (PutOutput | { readonly status: 'error'; readonly error: ServiceError })[]>;
  /**
   * One output, the latest or a version; each that is there all the while is found. Errors: `not_found`,
   * `gone`. Cost: 1 DynamoDB call, 2 for a version and 1 more where there is none, more for chunks; 1 more
   * where another output took its place meanwhile.
   */
  get(
    ctx: Context,
    articleId: string,
    kind: string,
    version?: number,
  ): Promise<{ readonly info: AiOutputInfo; readonly output: JsonText }>;
  /** What outputs an article has, without their texts. */
  list(ctx: Context, articleId: string): Promise<ReadonlyMap<string, AiOutputInfo>>;
  /**
   * Versions below `before` (all when absent), newest first; each that is there all the while is told. `next`
   * goes on below it. Cost: 2 DynamoDB calls, 1 more where a gap follows the latest.
   */
  versions(
    ctx: Context,
    articleId: string,
    kind: string,
    query: { readonly before?: number; readonly limit: number },
  ): Promise<{ readonly versions: readonly AiOutputInfo[]; readonly next?: number }>;
  /** Deletes all versions; nothing happens when there are none. Errors: `not_found`, `gone`, `precondition_failed`. */
  remove(ctx: Context, articleId: string, kind: string, ifMatch?: OutputMatch): Promise<void>;
}

/** A projection as a reader gets it. */
export interface ProjectionView {
  readonly projection: Projection;
  /** Absent while Aurora is away. */
  readonly coverage?: Coverage;
  /** While it is being filled: how many of the latest outputs of its kind it has seen. */
  readonly progress?: { readonly done: number; readonly total: number };
  /** How long the oldest output that it has not seen yet has been waiting; 0 when it is current. */
  readonly lagSeconds: number | null;
}

/** `strict`: `Prefer: handling=strict`, a partial answer is an `unavailable` error instead. */
export interface Strictness {
  readonly strict?: boolean;
}

export interface Projections {
  /**
   * Creates or changes; `ifRevision` 0 demands that there is none. Errors: `precondition_failed`,
   * `unavailable`. Cost: 3 Data API calls, 18 DynamoDB calls.
   */
  put(
    ctx: Context,
    name: string,
    definition: ProjectionDefinition,
    ifRevision?: number,
  ): Promise<{ readonly view: ProjectionView; readonly created: boolean }>;
  /**
   * Those that are not on their way out, by name. While Aurora is away from its copy, and without their lag
   * while DynamoDB is, unless `strict`. Cost: 2 Data API calls, 16 DynamoDB calls.
   */
  list(
    ctx: Context,
    options?: Strictness,
  ): Promise<{ readonly views: readonly ProjectionView[]; readonly degraded: Degraded }>;
  /** Errors: `not_found`. Cost: as `list`. */
  get(
    ctx: Context,
    name: string,
    options?: Strictness,
  ): Promise<{ readonly view: ProjectionView; readonly degraded: Degraded }>;
  /** Takes one away; its values follow. Errors: `not_found`, `precondition_failed`. Cost: 2 Data API calls. */
  remove(ctx: Context, name: string, ifRevision?: number): Promise<void>;
  /** Has it see every stored output again. Errors: `not_found`. Cost: 2 Data API calls. */
  backfill(ctx: Context, name: string): Promise<void>;
  /** What it would make of an output, or of the latest one of an article; stores nothing. Errors: `not_found`, `gone`. */
  preview(
    ctx: Context,
    name: string,
    of: { readonly output: JsonText } | { readonly articleId: string },
  ): Promise<ProjectedPreview>;
  /** Structures seen among the outputs. Cost: 1 Data API call. */
  shapes(ctx: Context, kind?: string): Promise<readonly Shape[]>;
}

/** What a projection yields: null, or no topics or relations, where it finds nothing that can be stored. */
export type ProjectedPreview =
  | { readonly metric: MetricValue }
  | { readonly topics: readonly ProjectedTopic[] }
  | { readonly relations: readonly ProjectedRelation[] };

/** A kind of output: what is set for it, and how many articles have one. */
export interface KindView extends KindSettings {
  /** Absent while Aurora is away. */
  readonly count?: number;
}

export interface Kinds {
  /** Sets what is set for a kind, all of it. Cost: 2 DynamoDB calls. */
  put(ctx: Context, settings: KindSettings): Promise<void>;
  /** Kinds that have settings or outputs, by name; while Aurora is away those with settings, unless `strict`. Cost: 1 Data API call and 1 DynamoDB call. */
  list(
    ctx: Context,
    options?: Strictness,
  ): Promise<{ readonly kinds: readonly KindView[]; readonly degraded: Degraded }>;
}

/** Runs of whatever makes outputs. */
export interface Runs {
  /** Errors: `not_found`, `unavailable`. Cost: 1 Data API call; more where the run is not known yet, to bring in what is pending. */
  get(ctx: Context, runId: string): Promise<Run>;
  /**
   * Has every output of the run that is still the latest go back to the last version that the run did not
   * make, as a new version; where there is none it is deleted. `Maintenance.tendRuns` does the work. Asked
   * again it does no more. Errors: `not_found`, `unavailable`. Cost: 2 Data API calls, 1 DynamoDB call, and
   * what it takes to bring in what is pending.
   */
  revert(ctx: Context, runId: string): Promise<Run>;
  /** Another process has begun to take a run back: the next `tendRuns` looks for it. */
  expect(): void;
}

export interface Relations {
  /** Errors: `not_found`, `gone`. Cost: 1 Data API call. */
  put(
    ctx: Context,
    input: RelationInput,
  ): Promise<{ readonly relation: Relation; readonly created: boolean }>;
  remove(
    ctx: Context,
    edge: { readonly from: string; readonly kind: string; readonly to: string },
  ): Promise<void>;
  list(
    ctx: Context,
    id: string,
    query: {
      readonly direction: RelationDirection;
      readonly kind?: string;
      readonly pageSize: number;
      readonly after?: CursorValues;
    },
  ): Promise<{ readonly relations: readonly Relation[]; readonly next?: CursorValues }>;
}

export interface Aggregations {
  /** Groups of articles with their counts and what is computed of their metrics. Cost: 1 Data API call. */
  run(ctx: Context, query: AggregationQuery): Promise<readonly Group[]>;
}

/** Sources and topics by themselves. They live in Aurora alone: while it sleeps every call is `unavailable`. */
export interface Vocabulary {
  /** Topics by key. Cost: 1 Data API call. */
  topics(ctx: Context, query: KeyQuery & { readonly type?: string }): Promise<Page<KnownTopic>>;
  /** Sources by key. Cost: 1 Data API call. */
  sources(ctx: Context, query: KeyQuery): Promise<Page<KnownSource>>;
  /** Errors: `not_found`. Cost: 1 Data API call. */
  source(ctx: Context, key: string): Promise<KnownSource>;
  /** Creates a source or replaces its profile; `ifRev` 0 demands that there is none. Errors: `precondition_failed`. Cost: 1 Data API call. */
  putSource(
    ctx: Context,
    key: string,
    profile: SourceProfile,
    ifRev?: number,
  ): Promise<{ readonly source: KnownSource; readonly created: boolean }>;
}

/** Runs a request once per key and keeps its answer for 24 h. For requests whose effect is not one statement. */
export interface Idempotency {
  /**
   * An answer that `keeps`, asked when the work is done, says no to is given once and not kept: it tells of
   * failures that trying again may mend. Errors: `conflict` (reason `in_progress`), `unprocessable` (reason
   * `idempotency_key_reused`).
   */
  run(
    ctx: Context,
    key: IdempotencyKey,
    work: () => Promise<JsonText>,
    keeps?: () => boolean,
  ): Promise<{ readonly answer: JsonText; readonly replayed: boolean }>;
}

/** The whole of what Tandem does, joined from both stores. */
export interface Tandem {
  readonly articles: Articles;
  readonly outputs: Outputs;
  readonly relations: Relations;
  readonly projections: Projections;
  readonly kinds: Kinds;
  readonly runs: Runs;
  readonly aggregations: Aggregations;
  readonly vocabulary: Vocabulary;
  readonly maintenance: Maintenance;
  readonly reconciler: Reconciler;
  /** What filters, orders and fields may name. */
  readonly registry: RegistrySource;
  readonly idempotency: Idempotency;
}
