import type { MetricValue } from './article.ts';
import type { Context } from './context.ts';
import type { Filter, ValueType } from './filter-ast.ts';
import type { JsonText } from './json-text.ts';
import type { Direction } from './query.ts';
import type { Registry } from './registry.ts';
import type { Timestamp } from './time.ts';

/** What articles can be grouped by. The last three are of `publishedAt`, in UTC. */
export const GROUPINGS = [
  'source',
  'language',
  'section',
  'topics',
  'authors',
  'day',
  'week',
  'month',
] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Names in one `groupBy`. */
export const MAX_GROUPINGS = 2;

/** What can be computed of a metric; `p50` and `p95` interpolate between neighbours. */
export const MEASURES = ['avg', 'min', 'max', 'sum', 'p50', 'p95'] as const;
export type Measure = (typeof MEASURES)[number];

/** Columns in one `compute`, `count` apart: an answer has 100 groups, and the store's result an end. */
export const MAX_COLUMNS = 20;

/** One computed column. `type` is that of the metric's values; `avg`, `sum` and percentiles are of numbers alone. */
export interface AggregateColumn {
  readonly measure: Measure;
  readonly metric: string;
  readonly type: ValueType;
}

/** A key of the order of groups; `column` is an index into `columns`. Missing values come last in both directions. */
export interface GroupOrder {
  readonly by: 'key' | 'count' | { readonly column: number };
  readonly direction: Direction;
}

/** Groups in an answer: more than `max` asked for becomes `max`. */
export const GROUP_LIMIT = { default: 20, max: 100 } as const;

/** A question about groups of articles, checked. */
export interface AggregationQuery {
  /** The one that the names of filter and columns were checked against. */
  readonly registry: Registry;
  readonly filter?: Filter;
  /** Words to search for, ANDed with the filter. */
  readonly text?: string;
  /** None, one or two; none makes one group of everything. */
  readonly groupBy: readonly Grouping[];
  readonly columns: readonly AggregateColumn[];
  /** Ties that are left go by key. */
  readonly orderBy: readonly GroupOrder[];
  readonly limit: number;
  /** What relative times count from. */
  readonly now: Timestamp;
}

/** One group of articles. */
export interface Group {
  /** One element for each name of `groupBy`; null where articles lack it. Days are `2024-01-15`, weeks `2024-W03`, months `2024-01`. */
  readonly key: readonly (string | null)[];
  readonly count: number;
  /**
   * One for each column, null where no article of the group has the metric. A number beyond what a double
   * holds comes as its digits; a time as `Timestamp`.
   */
  readonly values: readonly (MetricValue | JsonText)[];
}

/** The part of the article store that answers about groups. */
export interface AggregationStore {
  /**
   * Groups of the live articles that match. An article counts once in each group: under every topic or
   * author it has, under null where it has none. Sums and averages are those of the decimal numbers as
   * printed, whatever the order they are added in. Cost: 1 call. Errors: `conflict` (`registry_changed`)
   * where a metric is named and the registry is not the present one.
   */
  aggregate(ctx: Context, query: AggregationQuery): Promise<readonly Group[]>;
}
