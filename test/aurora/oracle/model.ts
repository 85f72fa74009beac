/**
 * The test's own model of articles and of questions about them, written from the HTTP contract alone: it
 * shares no code with what it judges.
 */

/** A number as it is written, so that no digit is lost. */
export class Decimal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Free-form JSON. Members in a map: `__proto__` is a name like any other. */
export type Json = null | boolean | string | Decimal | readonly Json[] | ReadonlyMap<string, Json>;

export interface TopicEdge {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly weight: number;
}

export interface Output {
  readonly version: number;
  readonly model?: string;
  readonly name?: string;
  readonly runId?: string;
  readonly producedAt: string;
  readonly sizeBytes: number;
  /** Deleted: nothing of it may be seen. */
  readonly dead: boolean;
}

export type MetricType = 'number' | 'string' | 'boolean' | 'time';

/** An article with all that can be asked about it. Times are UTC with six fraction digits. */
export interface Stored {
  readonly id: string;
  readonly url?: string;
  readonly title: string;
  readonly description?: string;
  readonly language?: string;
  readonly section?: string;
  readonly source?: string;
  readonly authors: readonly string[];
  readonly topics: readonly TopicEdge[];
  /** Topics that a projection yielded from an output that lives. */
  readonly projectedTopics: readonly TopicEdge[];
  readonly publishedAt?: string;
  readonly ingestedAt: string;
  readonly updatedAt: string;
  readonly rev: number;
  readonly attributes: ReadonlyMap<string, Json>;
  readonly metrics: ReadonlyMap<string, number | string | boolean>;
  readonly outputs: ReadonlyMap<string, Output>;
}

/** A literal of a filter. `written` is how it stands in a text. */
export type Literal =
  | { readonly type: 'null' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'number'; readonly text: string }
  | { readonly type: 'string'; readonly value: string }
  /** Parts with anything between them. */
  | { readonly type: 'pattern'; readonly parts: readonly string[] }
  | { readonly type: 'time'; readonly at: string; readonly written: string }
  | { readonly type: 'relative'; readonly seconds: number; readonly written: string };

export const COMPARISONS = ['=', '!=', '<', '<=', '>', '>=', ':'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A filter as the contract's JSON form has it; a field is its path. */
export type Ask =
  | { readonly op: 'and' | 'or'; readonly terms: readonly Ask[] }
  | { readonly op: 'not'; readonly term: Ask }
  | { readonly op: Comparison; readonly field: readonly string[]; readonly value: Literal }
  | { readonly op: 'present'; readonly field: readonly string[] }
  | {
      readonly op: 'in';
      readonly field: readonly string[];
      readonly values: readonly Literal[];
    }
  | { readonly op: 'any'; readonly where: Ask }
  | { readonly op: 'text'; readonly query: string };

export interface SortKey {
  readonly by: string;
  readonly descending: boolean;
}
