import type { AggregationStore } from './aggregation.ts';
import type { Article, ArticleInput, ArticlePatch } from './article.ts';
import type { Context } from './context.ts';
import type { ProjectionStore } from './projection-store.ts';
import type { ArticleQuery, CursorValues, Page, QueryPlan, Total } from './query.ts';
import type { RelatedReason, Relation, RelationDirection, RelationInput } from './relation.ts';
import type { RunStore } from './run-store.ts';
import type { Timestamp } from './time.ts';
import type { VocabularyStore } from './vocabulary.ts';

/** How long a deleted id answers `gone`. */
export const TOMBSTONE_DAYS = 30;

/** How long an idempotency key is kept. */
export const IDEMPOTENCY_HOURS = 24;

export type ArticleState =
  | { readonly state: 'live'; readonly article: Article }
  | { readonly state: 'deleted' }
  | { readonly state: 'unknown' };

/** The key of a POST: scope (caller, method, path) and key digested; `requestHash` tells whether the body is the same. */
export interface IdempotencyKey {
  /** Lower-case hex SHA-256. */
  readonly key: string;
  /** Lower-case hex SHA-256. */
  readonly requestHash: string;
}

/** An article to write, with what the store cannot work out itself. */
export interface ArticleWrite {
  readonly input: ArticleInput;
  /** Where the body was put before this write; absent when there is none. The text itself is in `input.body`, for the full-text index. */
  readonly bodySha256?: string;
  readonly bodySizeBytes?: number;
}

/**
 * What became of a write. `conflict` names the article in the way; `stale` that `ifRev` is not the
 * article's `rev` (0: there is no such article); `replayed` that this key wrote `article` before, told
 * as it was then; `key_reused` that it did so with another body; `invalid_source` that a patch named a
 * source without a key for an article that has none.
 */
export type ArticleOutcome =
  | { readonly status: 'created' | 'updated' | 'unchanged'; readonly article: Article }
  | { readonly status: 'replayed'; readonly article: Article }
  | { readonly status: 'conflict'; readonly on: 'id' | 'url'; readonly existing: string }
  | { readonly status: 'stale'; readonly rev: number }
  | { readonly status: 'gone' | 'not_found' | 'key_reused' | 'invalid_source' };

export type DeleteOutcome = 'deleted' | 'gone' | 'not_found' | 'stale';

export type RelationOutcome =
  | { readonly status: 'created' | 'updated'; readonly relation: Relation }
  | { readonly status: 'not_found' | 'gone'; readonly id: string };

export interface RelatedArticle {
  readonly article: Article;
  /** 0 to 1, higher is nearer. */
  readonly score: number;
  readonly why: readonly RelatedReason[];
}

/** A change of an article that its copy in DynamoDB does not show yet, perhaps. */
export interface OutboxEntry {
  /** Grows with each entry; exact up to 2^53. */
  readonly seq: number;
  readonly articleId: string;
  readonly createdAt: Timestamp;
  /** The request that made it; undefined where none did, such as for a source's new name. */
  readonly requestId?: string;
  /** The article as it is now; a deleted one says `deleted`. */
  readonly state: ArticleState;
}

/** What Aurora has of an article, to be compared with what DynamoDB has. */
export interface CatalogueEntry {
  readonly articleId: string;
  readonly state: 'live' | 'deleted';
  readonly stamp: number;
  /** Live outputs, by kind. */
  readonly outputs: readonly {
    readonly kind: string;
    readonly version: number;
    /** Projections that have seen this version by their present definitions, with what became of it. */
    readonly seenBy: Readonly<Record<string, string>>;
  }[];
  /** Deleted outputs, by kind, each with the version of its delete. */
  readonly gone: readonly { readonly kind: string; readonly version: number }[];
}

/**
 * Articles, relations and what is derived for asking about them: Aurora PostgreSQL.
 *
 * Every implementation keeps: each write is atomic, safe to repeat (same arguments, same end), and one
 * store call unless it says otherwise; reads see committed writes; no deleted article, nor a relation,
 * metric or topic of one, is ever returned. Errors: `unavailable` (asleep: reason `aurora_asleep`, with
 * `retryAfterSeconds`; otherwise `aurora_unavailable`), `timeout` when the deadline passed, `invalid` for
 * values that PostgreSQL cannot hold.
 */
export interface ArticleStore extends ProjectionStore, RunStore, AggregationStore, VocabularyStore {
  /** One article. Cost: 1 call. */
  get(ctx: Context, id: string): Promise<ArticleState>;

  /**
   * A page of live articles with the cursor after each, so that a caller may cut the page short.
   * Keyset: a concurrent write makes no unchanged article appear twice or vanish. Every page but the
   * last has `pageSize` articles, unless the store's result limit cuts it. Errors: `conflict`
   * (`registry_changed`: the metrics named are not where they were; ask again with a fresh registry),
   * `invalid` (`query_too_costly`). Cost: 1 call, 1 more with `explain`.
   */
  find(
    ctx: Context,
    query: ArticleQuery,
  ): Promise<{
    readonly entries: readonly { readonly article: Article; readonly cursor: CursorValues }[];
    readonly more: boolean;
    readonly total?: Total;
    readonly plan?: QueryPlan;
  }>;

  /**
   * Creates an article that must not exist yet. With `idempotency` the answer is kept in the same
   * statement, for 24 h. Cost: 1 call; on a conflict 1 more.
   */
  create(ctx: Context, write: ArticleWrite, idempotency?: IdempotencyKey): Promise<ArticleOutcome>;

  /** Creates or replaces. The same content again is `unchanged`. `ifRev` must be the present `rev`. Cost: 1 call; on a conflict 1 more. */
  put(ctx: Context, write: ArticleWrite, ifRev?: number): Promise<ArticleOutcome>;

  /** Creates or replaces each, in order; one in conflict leaves the others alone. No id twice. Cost: 1 call for up to 500 within the request limit. */
  putMany(ctx: Context, writes: readonly ArticleWrite[]): Promise<readonly ArticleOutcome[]>;

  /** Merges a patch into the present state, atomically: of concurrent patches none is lost. Cost: 1 call. */
  patch(
    ctx: Context,
    id: string,
    patch: ArticlePatch,
    body: { readonly sha256: string; readonly sizeBytes: number } | undefined,
    ifRev?: number,
  ): Promise<ArticleOutcome>;

  /** Deletes an article, its relations, metrics, topics and catalogue; its url is free at once. Cost: 1 call. */
  delete(ctx: Context, id: string, ifRev?: number): Promise<DeleteOutcome>;

  /** Writes an edge between two live articles. Cost: 1 call. */
  putRelation(ctx: Context, relation: RelationInput): Promise<RelationOutcome>;

  /** Takes an edge away; `deleted` also when there was none. Cost: 1 call. */
  deleteRelation(
    ctx: Context,
    edge: { readonly from: string; readonly kind: string; readonly to: string },
  ): Promise<
    { readonly status: 'deleted' } | { readonly status: 'not_found' | 'gone'; readonly id: string }
  >;

  /** Edges of one article, newest first. Undefined members of `state` when it is not live. Cost: 1 call. */
  findRelations(
    ctx: Context,
    id: string,
    query: {
      readonly direction: RelationDirection;
      readonly kind?: string;
      readonly pageSize: number;
      readonly after?: CursorValues;
    },
  ): Promise<
    ({ readonly state: 'live' } & Page<Relation>) | { readonly state: 'deleted' | 'unknown' }
  >;

  /**
   * Articles near one, best first: explicit relations, shared topics (rare ones count more), same source,
   * nearness in time. `kinds` narrows to relations of these kinds. Cost: 1 call.
   */
  related(
    ctx: Context,
    id: string,
    query: { readonly kinds?: readonly string[]; readonly limit: number },
  ): Promise<
    | { readonly state: 'live'; readonly related: readonly RelatedArticle[] }
    | { readonly state: 'deleted' | 'unknown' }
  >;

  /**
   * The oldest outbox entries, with the present state of their articles. Where there is room it first
   * enters articles of a source that got another name, as many as `limit` leaves. Cost: 1 call.
   */
  readOutbox(ctx: Context, limit: number): Promise<readonly OutboxEntry[]>;

  /** Takes entries out of the outbox, after their copies were written. Cost: 1 call. */
  settleOutbox(ctx: Context, seqs: readonly number[]): Promise<void>;

  /**
   * Articles with their catalogue, deleted ones too, by id: these, or the next `limit` behind `after`; with
   * `since` those written, or with an output stored, from then on. Cost: 1 call.
   */
  readCatalogue(
    ctx: Context,
    query:
      | { readonly ids: readonly string[] }
      | { readonly after: string; readonly limit: number; readonly since?: Timestamp },
  ): Promise<readonly CatalogueEntry[]>;

  /** The cheapest statement there is: tells whether Aurora answers. Cost: 1 call. */
  ping(ctx: Context): Promise<void>;
}
