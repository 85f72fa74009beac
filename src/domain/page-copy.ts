import type { Article } from './article.ts';
import type { Context } from './context.ts';
import type { ArticleQuery, CursorValues, Total } from './query.ts';

/** How long a page copy may stand in for Aurora's answer. */
export const PAGE_COPY_HOURS = 24;

/** A copy younger than this is left as it is: however often a list is asked for, it is kept once a minute. */
export const PAGE_COPY_REFRESH_MS = 60_000;

/** The question that a page answers: names in it may mean something else by now, as a registry tells. */
export type PageQuestion = Pick<
  ArticleQuery,
  'filter' | 'text' | 'orderBy' | 'pageSize' | 'skip' | 'count' | 'now' | 'allowSlow'
>;

/** The first page of a list as Aurora gave it. */
export interface PageCopy {
  /** What was asked; `now` is what its relative times counted from. */
  readonly query: PageQuestion;
  readonly entries: readonly { readonly article: Article; readonly cursor: CursorValues }[];
  readonly more: boolean;
  readonly total?: Total;
  /** Epoch milliseconds, just before Aurora was asked: nothing in the page is older. */
  readonly copiedAtMs: number;
  /** Epoch milliseconds when a reader last asked for it and a copy was kept. */
  readonly askedAtMs: number;
}

/** What a page copy answers, without the answer. */
export interface PageCopyNote {
  /** Lower-case hex SHA-256 of the question. */
  readonly key: string;
  readonly query: PageQuestion;
  readonly copiedAtMs: number;
  readonly askedAtMs: number;
}

/** What DynamoDB knows of an article, without the article. */
export type ArticleMark = 'live' | 'deleting' | 'deleted' | 'unknown' | 'unavailable';

/** First pages of lists, kept for the time in which Aurora cannot be asked: part of `AiOutputStore`. */
export interface PageCopyStore {
  /**
   * Keeps a page for a day. `young`: there is one less than a minute older. `too_large`: it does not fit
   * an item, and nothing is kept. Cost: 1 call, 1 write unit per KB compressed.
   */
  putPage(ctx: Context, key: string, page: PageCopy): Promise<'kept' | 'young' | 'too_large'>;

  /** The copy under a key, at most a day old. Consistent. Cost: 1 call. */
  getPage(ctx: Context, key: string): Promise<PageCopy | undefined>;

  /** What there is, in no order. Cost: 16 calls, and reads every copy. */
  listPages(ctx: Context): Promise<readonly PageCopyNote[]>;

  /** Whether articles are there, by their copies. Consistent; every id is answered. Cost: 1 call per 100. */
  readMarks(ctx: Context, ids: readonly string[]): Promise<ReadonlyMap<string, ArticleMark>>;
}
