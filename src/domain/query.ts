import type { Filter } from './filter-ast.ts';
import type { Registry } from './registry.ts';
import type { Timestamp } from './time.ts';

/** Names that can be sorted by beside `metrics.<name>`. */
export const ORDER_FIELDS = [
  'id',
  'title',
  'publishedAt',
  'ingestedAt',
  'updatedAt',
  'rev',
] as const;
export type OrderField = (typeof ORDER_FIELDS)[number];

export type Direction = 'asc' | 'desc';

/** One key of an order; missing values come last in both directions. */
export interface OrderKey {
  readonly by:
    | { readonly kind: 'field'; readonly name: OrderField }
    | { readonly kind: 'metric'; readonly name: string }
    | { readonly kind: 'relevance' };
  readonly direction: Direction;
}

/** At most this many keys may be given; `id` is always appended, in the direction of the last. */
export const MAX_ORDER_KEYS = 3;

/**
 * Where a page ended: the value of every order key of its last article, `id` included, in a text form
 * that loses nothing. Null is a missing value.
 */
export type CursorValues = readonly (string | number | boolean | null)[];

export type CountMode = 'none' | 'capped' | 'exact' | 'estimate';

export const PAGE_SIZE = { default: 20, max: 100 } as const;
export const MAX_SKIP = 10_000;
export const CAPPED_COUNT = 1_000;

/** A question about articles, checked. `orderBy` ends with `id`. */
export interface ArticleQuery {
  /** The one that the names of filter and order were checked against. */
  readonly registry: Registry;
  readonly filter?: Filter;
  /** Words to search for, ANDed with the filter. */
  readonly text?: string;
  readonly orderBy: readonly OrderKey[];
  readonly pageSize: number;
  readonly after?: CursorValues;
  readonly skip: number;
  readonly count: CountMode;
  /** What relative times count from. */
  readonly now: Timestamp;
  /** Tells how the page was found. Costs 1 call more. */
  readonly explain?: boolean;
  /** Sorts however many articles it takes; without, a query that would sort more than 100,000 is refused. */
  readonly allowSlow?: boolean;
}

/** How a page was found. */
export interface QueryPlan {
  /** `index_order`, `topic_rank`, `fulltext_rank`, `fulltext_filter` or `filter_sort`. */
  readonly planClass: string;
  readonly indexes: readonly string[];
  /** Rows that were looked at, in tables and indexes. */
  readonly rowsRead: number;
  readonly sql: string;
}

export interface Total {
  readonly size: number;
  readonly kind: 'exact' | 'at_least' | 'estimate';
}

/** One page of results; `next` is absent exactly when nothing follows. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: CursorValues;
  readonly total?: Total;
}
