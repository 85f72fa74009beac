import type { MetricValue } from './article.ts';
import type { ValueType } from './filter-ast.ts';
import type { Timestamp } from './time.ts';

export type MetricValueType = ValueType;

/** A string that is sorted by stands in an index whole: a longer one is a failed result. In UTF-8 bytes. */
export const MAX_METRIC_STRING_BYTES = 1_024;

/** What a projection makes of an output: one value, topics, or relations to other articles. */
export type ProjectionTarget =
  | { readonly type: 'metric'; readonly valueType: MetricValueType }
  | { readonly type: 'topics' }
  | { readonly type: 'relations'; readonly relation: string };

/** A definition as a caller gives it, checked. Paths are JSONPath texts (RFC 9535). */
export interface ProjectionDefinition {
  /** Kind of the AI outputs that it reads. */
  readonly kind: string;
  readonly target: ProjectionTarget;
  readonly description?: string;
  readonly unit?: string;
  /** Of a metric: the first path that yields a value wins. */
  readonly select?: readonly string[];
  /** Multiplies the value of a number metric. */
  readonly scale?: number;
  /** Of topics and relations: each node is one; the paths below are looked up in it. */
  readonly each?: string;
  readonly key?: string;
  readonly label?: string;
  readonly topicType?: string;
  readonly to?: string;
  readonly weight?: string;
  readonly weightScale?: number;
}

/** `retiring`: deleted, its values are being taken away; readers do not see them any more. */
export type ProjectionState = 'backfilling' | 'active' | 'retiring';

/** A projection as the registry has it. */
export interface Projection {
  readonly name: string;
  readonly definition: ProjectionDefinition;
  /** Rises when the definition changes. */
  readonly revision: number;
  readonly state: ProjectionState;
  /** Where the store keeps a metric's values; means nothing outside the store. */
  readonly storage?: string;
  readonly createdAt: Timestamp;
  readonly updatedAt: Timestamp;
}

/** A topic that a projection yields. A name counts only while nobody else has named the topic. */
export interface ProjectedTopic {
  readonly key: string;
  readonly name?: string;
  readonly type?: string;
  /** 0 to 1. */
  readonly weight: number;
}

export interface ProjectedRelation {
  /** Id of the other article, which need not exist yet. */
  readonly to: string;
  /** 0 to 1. */
  readonly weight: number | null;
}

/** What one projection made of one output. Times are `Timestamp` texts. */
export type ProjectedResult = { readonly projection: string } & (
  | { readonly status: 'missed' | 'failed' }
  | { readonly status: 'matched'; readonly value: Exclude<MetricValue, null> }
  | { readonly status: 'matched'; readonly topics: readonly ProjectedTopic[] }
  | { readonly status: 'matched'; readonly relations: readonly ProjectedRelation[] }
);

/** How many of the latest outputs of its kind a projection matched, found nothing in, or failed on. */
export interface Coverage {
  readonly matched: number;
  readonly missed: number;
  readonly failed: number;
}

/** The structure of one output: its paths and the types found at each. */
export interface OutputShape {
  /** Equal for equal structures. */
  readonly hash: string;
  readonly paths: readonly string[];
  readonly types: readonly string[];
}

/** A structure seen among the outputs of a kind, and how many of the latest have it now. */
export interface Shape {
  readonly kind: string;
  readonly paths: readonly string[];
  readonly types: readonly string[];
  readonly count: number;
  /** Models that made the outputs that have it now. */
  readonly models: readonly string[];
  readonly firstSeenAt: Timestamp;
  readonly lastSeenAt: Timestamp;
  /** A live article with such an output; absent when there is none any more. */
  readonly exampleArticleId?: string;
}
