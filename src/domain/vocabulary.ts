import type { Context } from './context.ts';
import type { JsonText } from './json-text.ts';
import type { CursorValues, Page } from './query.ts';

/** A topic by itself. Its name and type belong to the key, whichever article gave them last. */
export interface KnownTopic {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  /** Live articles that have it, each once, whoever gave it. */
  readonly articles: number;
}

/** What is told of a source beside its key. */
export interface SourceProfile {
  readonly name: string;
  /** Absolute http or https. */
  readonly homepage?: string;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  /** BCP 47. */
  readonly language?: string;
  readonly attributes: JsonText;
}

/** A source by itself. */
export interface KnownSource extends SourceProfile {
  readonly key: string;
  /** Live articles of it. */
  readonly articles: number;
  /** Counts changes of the profile, those by articles that name it anew included. */
  readonly rev: number;
}

/** `stale`: `ifRev` is not the source's `rev` (0: there is no such source). */
export type SourceOutcome =
  | { readonly status: 'created' | 'updated' | 'unchanged'; readonly source: KnownSource }
  | { readonly status: 'stale'; readonly rev: number };

/** A page of keys in the order of code points. */
export interface KeyQuery {
  /** What a key begins with, by code point. */
  readonly prefix?: string;
  readonly pageSize: number;
  readonly after?: CursorValues;
}

/**
 * The part of the article store that tells of sources and topics by themselves. Both stay known when
 * their last article goes: their names are still those of their keys.
 */
export interface VocabularyStore {
  /** Topics by key. Cost: 1 call. */
  findTopics(ctx: Context, query: KeyQuery & { readonly type?: string }): Promise<Page<KnownTopic>>;

  /** Sources by key; a page ends early where the store's result limit cuts it. Cost: 1 call. */
  findSources(ctx: Context, query: KeyQuery): Promise<Page<KnownSource>>;

  /** One source; undefined when nobody named it. Cost: 1 call. */
  getSource(ctx: Context, key: string): Promise<KnownSource | undefined>;

  /**
   * Creates a source or replaces its profile. The name shows in its articles at once; their copies are
   * put into the outbox by `readOutbox`, in as many rounds as it takes. Cost: 1 call.
   */
  putSource(
    ctx: Context,
    key: string,
    profile: SourceProfile,
    ifRev?: number,
  ): Promise<SourceOutcome>;
}
