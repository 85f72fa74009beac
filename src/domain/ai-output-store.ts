import type { AiOutputInfo } from './ai-output.ts';
import type { Article } from './article.ts';
import type { IdempotencyKey } from './article-store.ts';
import type { Context } from './context.ts';
import type { ServiceError } from './errors.ts';
import type { JsonText } from './json-text.ts';
import type { OutputKeeping } from './output-keeping.ts';
import type { PageCopyStore } from './page-copy.ts';
import type { Timestamp } from './time.ts';

/** What DynamoDB knows of an article: its copy, or that it was deleted, or nothing. */
export type ArticleCopyState =
  | {
      readonly state: 'live';
      readonly article: Article;
      readonly copiedAt: Timestamp;
      /** A delete was begun then and may have been committed: only Aurora knows. */
      readonly deletingSince?: Timestamp;
    }
  | { readonly state: 'deleted' }
  | { readonly state: 'unknown' };

/** The latest version of an output, as readers need it. `dead` when it was deleted. */
export interface ShownHead {
  readonly info: AiOutputInfo;
  readonly dead: boolean;
  /** Where the text lies; opaque outside the store. */
  readonly content: StoredContent;
  /** Absent but where it was put to take an output of a run back. */
  readonly takesBack?: TakesBack;
}

/** The latest version of an output, with what the write protocol needs. */
export interface OutputHead extends ShownHead {
  /** Digest of the producer in canonical form: tells the same producer. */
  readonly producerHash: string;
  /** The version under which the output was deleted last, if ever: it and older ones are gone for good. */
  readonly deletedUpTo?: number;
}

/** What a head stands for that takes an output back: a run's, for an older version; without one it was deleted. */
export interface TakesBack {
  readonly runId: string;
  readonly version?: number;
}

/** Where a text lies: in the item itself or in chunks; made and read by the store alone. */
export interface StoredContent {
  readonly codec: string;
  readonly inline?: Uint8Array;
  readonly chunks?: { readonly count: number; readonly key: string };
  readonly storedBytes: number;
}

/** A note that an output changed and Aurora may not know yet. */
export interface Intent {
  /** Opaque key of the item; grows with time within a shard. */
  readonly key: string;
  readonly shard: number;
  readonly articleId: string;
  readonly kind: string;
  readonly version: number;
  readonly createdAtMs: number;
  /** Id of the request that noted it. */
  readonly requestId?: string;
}

/** One output as it was read for an answer. `content` is loaded on demand by `loadOutput`. */
export type OutputRead =
  | { readonly status: 'found'; readonly head: ShownHead }
  | { readonly status: 'missing' }
  | { readonly status: 'unavailable' };

export type IdempotencyState =
  | { readonly state: 'begun' }
  | { readonly state: 'in_progress' }
  | { readonly state: 'done'; readonly answer: JsonText }
  | { readonly state: 'key_reused' };

/**
 * AI outputs, bodies and copies of articles, keyed by article id: DynamoDB.
 *
 * Every implementation keeps: one call is one step of the write protocol and can be repeated without
 * harm; a head, once put, names content that is already there; versions of a head never go down; `*Many`
 * answer for every key, `unavailable` for those that could not be read in time. Reads are consistent
 * where it says so. Errors: `unavailable` (reason `dynamodb_unavailable`), `throttled`, `timeout`.
 */
export interface AiOutputStore extends OutputKeeping, PageCopyStore {
  /** The article's copy or tombstone. Cost: 1 call. */
  getArticle(ctx: Context, id: string): Promise<ArticleCopyState>;

  /**
   * Writes the copy unless a newer one (by `stamp`) or a tombstone is there. A note of a delete stays on it,
   * unless it is the one made at `settled`: of that delete Aurora was asked, and there was none. Cost: 1
   * call, 1 more where a note stays.
   */
  putArticle(ctx: Context, article: Article, settled?: Timestamp): Promise<void>;

  /** Marks an article as deleted for 30 days; no copy written before or after revives it while the mark stands. Cost: 1 call. */
  putTombstone(ctx: Context, id: string): Promise<void>;

  /** Removes the copy of an article that does not exist, unless another was put meanwhile. Cost: 1 call. */
  removeCopy(ctx: Context, id: string, stamp: number): Promise<void>;

  /**
   * Notes on the copy that a delete begins, so that no reader trusts it while the delete's outcome is
   * open. `no_copy`: there is neither a copy to note it on nor a tombstone. Cost: 1 call.
   */
  markDeleting(ctx: Context, id: string): Promise<'noted' | 'no_copy'>;

  /** Takes that note away: the delete did not happen. Cost: 1 call. */
  unmarkDeleting(ctx: Context, id: string): Promise<void>;

  /** Removes everything stored under an article but its tombstone: outputs, versions, chunks, bodies. Repeatable. Cost: 1 call and 1 per 25 items. */
  removeArticle(ctx: Context, id: string): Promise<void>;

  /** Compresses a text and places it: small ones inline (no call), large ones in immutable chunks under `key` (calls by size). */
  stageOutput(
    ctx: Context,
    articleId: string,
    kind: string,
    version: number,
    output: JsonText,
  ): Promise<StoredContent>;

  /**
   * Reads article state and head of an output, both consistent; a dead head is told as such.
   * `deleting`: a delete was begun at `deletingSince`, see `ArticleCopyState`. Cost: 1 call.
   */
  readHead(
    ctx: Context,
    articleId: string,
    kind: string,
  ): Promise<{
    readonly article: 'live' | 'deleting' | 'deleted' | 'unknown';
    readonly deletingSince?: Timestamp;
    readonly head?: OutputHead;
  }>;

  /**
   * Heads by key, dead ones too, consistent, in the order of the keys (which may repeat). `corrupt`: what is
   * stored there is no head, which is observed as a fault. Cost: 1 call per 100 keys.
   */
  readHeads(
    ctx: Context,
    keys: readonly { readonly articleId: string; readonly kind: string }[],
  ): Promise<readonly (OutputHead | 'missing' | 'corrupt' | 'unavailable')[]>;

  /** Keeps a head as an old version, before another takes its place. Cost: 1 call. */
  keepVersion(ctx: Context, head: OutputHead): Promise<void>;

  /** Notes it with the id of the context's request. Cost: 1 call, 1 write unit. */
  putIntent(
    ctx: Context,
    intent: { readonly articleId: string; readonly kind: string; readonly version: number },
  ): Promise<Intent>;

  /**
   * Puts a head if the one there has version `expected` (0: none was ever there). False when another
   * writer was first. Cost: 1 call.
   */
  putHead(ctx: Context, head: OutputHead, expected: number): Promise<boolean>;

  /** Heads of one article: all kinds, or these. A dead head reads as missing. Cost: 1 call for up to 100 kinds; all kinds: 1 call per MB stored. */
  getOutputs(
    ctx: Context,
    articleId: string,
    kinds: 'all' | readonly string[],
    options?: { readonly consistent?: boolean },
  ): Promise<ReadonlyMap<string, OutputRead>>;

  /** Heads of many articles, for a page: 1 call per 100 keys, in parallel. Every article and kind is answered; with `all` only what is there. */
  getOutputsMany(
    ctx: Context,
    articleIds: readonly string[],
    kinds: 'all' | readonly string[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, OutputRead>>>;

  /** Text of a head or version: no call when inline, else 1 per 16 MB; verified by its digest. `unavailable` when it could not be read. */
  loadOutput(ctx: Context, head: ShownHead): Promise<JsonText>;

  /**
   * Texts of many heads that are live and were read with their content, for a page. In the place of one that
   * could not be read stands its error, `unavailable`. Cost: as `loadOutput` each, side by side.
   */
  loadOutputs(
    ctx: Context,
    heads: readonly ShownHead[],
  ): Promise<readonly (JsonText | ServiceError)[]>;

  /** One old version, or undefined. The latest is under the head. Cost: 1 call. */
  getVersion(
    ctx: Context,
    articleId: string,
    kind: string,
    version: number,
  ): Promise<OutputHead | undefined>;

  /** Old versions, newest first, below `before`, without their texts. Cost: 1 call per MB stored. */
  listVersions(
    ctx: Context,
    articleId: string,
    kind: string,
    query: { readonly before: number; readonly limit: number },
  ): Promise<readonly OutputHead[]>;

  /** Removes versions and chunks of an output up to `version`, after its head was put dead. Cost: 1 call and 1 per 25 items. */
  removeVersions(ctx: Context, articleId: string, kind: string, upTo: number): Promise<void>;

  /** Removes a head for good if it still has this version: for outputs of articles that are gone. Cost: 1 call. */
  removeHead(ctx: Context, articleId: string, kind: string, version: number): Promise<void>;

  /** Puts a body under the digest of its text. Cost: 1 call per 300 KB compressed. */
  putBody(
    ctx: Context,
    articleId: string,
    body: string,
  ): Promise<{ readonly sha256: string; readonly sizeBytes: number }>;

  /** Bodies by digest; a body not found or not readable is undefined. Cost: 1 call per 100. */
  getBodies(
    ctx: Context,
    refs: readonly { readonly articleId: string; readonly sha256: string }[],
  ): Promise<ReadonlyMap<string, string | undefined>>;

  /** The bodies stored of one article, before its digest is known: digest -> text. Cost: 1 call. */
  getBodiesOf(ctx: Context, articleId: string): Promise<ReadonlyMap<string, string>>;

  /** Removes bodies other than `keep` that were put before `beforeMs`. Cost: 1 call and 1 per 25 items. */
  removeBodies(
    ctx: Context,
    articleId: string,
    keep: string | undefined,
    beforeMs: number,
  ): Promise<void>;

  /**
   * Pending intents, oldest first, of one shard in the order of their keys; all there are where fewer than
   * `limit` come. `after`: of a shard only those behind this key, which need not be there any more.
   * Consistent. Cost: 1 call per shard asked.
   */
  readIntents(
    ctx: Context,
    query: {
      readonly shards?: readonly number[];
      readonly limit: number;
      readonly after?: ReadonlyMap<number, string>;
    },
  ): Promise<readonly Intent[]>;

  /** Removes intents. Repeatable. Cost: 1 call per 25. */
  settleIntents(ctx: Context, intents: readonly Intent[]): Promise<void>;

  /** Begins a request under a key, or tells what became of it. An abandoned one may begin again after `staleMs`. Cost: 1 call, 2 where the key is taken. */
  beginIdempotent(ctx: Context, key: IdempotencyKey, staleMs: number): Promise<IdempotencyState>;

  /** Keeps the answer for 24 h. Cost: 1 call. */
  finishIdempotent(ctx: Context, key: IdempotencyKey, answer: JsonText): Promise<void>;

  /** Forgets a key whose request failed, so that it can be tried again. Cost: 1 call. */
  abandonIdempotent(ctx: Context, key: IdempotencyKey): Promise<void>;

  /** The cheapest read there is: tells whether DynamoDB answers. Cost: 1 call. */
  ping(ctx: Context): Promise<void>;
}
