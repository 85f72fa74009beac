import type { Timestamp } from './time.ts';

/** Fields that are columns of an article. */
export type ScalarField =
  | 'id'
  | 'url'
  | 'title'
  | 'description'
  | 'language'
  | 'section'
  | 'source'
  | 'publishedAt'
  | 'ingestedAt'
  | 'updatedAt'
  | 'rev';

export type TopicMember = 'key' | 'name' | 'type' | 'weight';

export type OutputMember = 'model' | 'version' | 'producedAt' | 'sizeBytes' | 'name' | 'runId';

/** What a term asks about, after checking: the name is known and its type is settled. */
export type Field =
  | { readonly kind: 'scalar'; readonly name: ScalarField }
  | { readonly kind: 'list'; readonly name: 'authors' | 'topics' }
  | { readonly kind: 'attribute'; readonly path: readonly string[] }
  | { readonly kind: 'metric'; readonly name: string }
  | { readonly kind: 'output'; readonly output: string; readonly member?: OutputMember }
  /** A member of the topic that `topics.any(…)` looks at. */
  | { readonly kind: 'topic'; readonly member: TopicMember };

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | ':';

/**
 * A checked literal. Numbers keep their text, so that no digit is lost. A pattern is a string with `*`:
 * its parts are matched in order with anything between them. A relative time counts from the query's `now`.
 */
export type Literal =
  | { readonly type: 'null' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'number'; readonly text: string }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'pattern'; readonly parts: readonly string[] }
  | { readonly type: 'time'; readonly value: Timestamp }
  | { readonly type: 'relative'; readonly offsetSeconds: number };

/** The one form of a filter: parser and JSON reader make it, planner and printer take it. */
export type Filter =
  | { readonly type: 'and'; readonly terms: readonly Filter[] }
  | { readonly type: 'or'; readonly terms: readonly Filter[] }
  | { readonly type: 'not'; readonly term: Filter }
  | {
      readonly type: 'compare';
      readonly field: Field;
      readonly op: Operator;
      readonly value: Literal;
    }
  | { readonly type: 'present'; readonly field: Field }
  | { readonly type: 'in'; readonly field: Field; readonly values: readonly Literal[] }
  /** One and the same topic meets `where`, whose fields are of kind `topic`. */
  | { readonly type: 'any'; readonly field: 'topics'; readonly where: Filter }
  | { readonly type: 'text'; readonly query: string };

/** Type of the values of a metric, or of a field. */
export type ValueType = 'string' | 'number' | 'boolean' | 'time';

/** What names a filter may use now: asked for each check, since metrics come and go at run time. */
export interface FieldRegistry {
  /** Type of a metric; undefined when there is none of that name. */
  metric(name: string): ValueType | undefined;
  /** Names to suggest from. */
  readonly metricNames: readonly string[];
}

export const NO_METRICS: FieldRegistry = { metric: () => undefined, metricNames: [] };

/** Limits of the filter language; a filter past one of them is refused with its position. */
export const FILTER_LIMITS = { maxBytes: 4096, maxDepth: 16, maxTerms: 64 } as const;
