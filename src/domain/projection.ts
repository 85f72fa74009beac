import type { MetricValue } from './article.ts';
import type { ValueType } from './filter-ast.ts';
import type { Timestamp } from './time.ts';

/** Type of the values of a metric. */
export type MetricValueType = ValueType;

/** What a projection makes of an output. */
export type ProjectionTarget =
  | { readonly type: 'metric'; readonly valueType: MetricValueType }
  | { readonly type: 'topics' }
  | { readonly type: 'relations'; readonly relation: string };

/** A definition as a caller gives it, checked. Paths are JSONPath texts (RFC 9535). */
export interface ProjectionDefinition {
  /** Kind of AI output that it reads. */
  readonly kind: string;
  readonly target: ProjectionTarget;
  readonly description?: string;
  /** Of a metric. */
  readonly unit?: string;
  /** Of a metric: the first path that yields a value wins. */
  readonly select?: readonly string[];
  /** Of a metric of numbers: multiplies. */
  readonly scale?: number;
  /** Of topics and relations: yields the elements, which the paths below are asked of. */
  readonly each?: string;
  readonly key?: string;
  readonly label?: string;
  readonly topicType?: string;
  readonly to?: string;
  readonly weight?: string;
  readonly weightScale?: number;
}

export type ProjectionState = 'backfilling' | 'active' | 'retiring';

/** A projection as the registry has it. `storage` is opaque outside aurora/. */
export interface Projection {
  readonly name: string;
  readonly definition: ProjectionDefinition;
  /** Rises when the definition changes. */
  readonly revision: number;
  readonly state: ProjectionState;
  readonly storage?: string;
  readonly createdAt: Timestamp;
  readonly updatedAt: Timestamp;
}

export interface ProjectedTopic {
  readonly key: string;
  readonly name?: string;
  readonly type?: string;
  /** 0 to 1. */
  readonly weight: number;
}

export interface ProjectedRelation {
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
