/**
 * The language of Tandem: articles, relations, AI outputs, queries, and the two ports behind which the
 * stores stand. Pure: no I/O, no packages, no clock of its own. Everything else speaks in these types;
 * this folder knows nothing of anything else.
 */
export type {
  AiOutputBlock,
  AiOutputInfo,
  AiOutputInput,
  Include,
  Producer,
  Usage,
} from './ai-output.ts';
export type {
  AiOutputStore,
  ArticleCopyState,
  IdempotencyState,
  Intent,
  OutputHead,
  OutputRead,
  StoredContent,
} from './ai-output-store.ts';
export type {
  Article,
  ArticleInput,
  ArticlePatch,
  BodyRef,
  MetricValue,
  Source,
  SourceInput,
  Topic,
  TopicInput,
} from './article.ts';
export type {
  ArticleOutcome,
  ArticleState,
  ArticleStore,
  ArticleWrite,
  CatalogueEntry,
  DeleteOutcome,
  IdempotencyKey,
  OutboxEntry,
  RelatedArticle,
  RelationOutcome,
} from './article-store.ts';
export { IDEMPOTENCY_HOURS, TOMBSTONE_DAYS } from './article-store.ts';
export { type Breaker, type CallOutcome, createBreaker } from './breaker.ts';
export type {
  AuroraState,
  Clock,
  Context,
  NewId,
  Observation,
  Observe,
  Random,
  Store,
} from './context.ts';
export type { ErrorCode, InputFault, ServiceErrorOptions } from './errors.ts';
export { invalid, isServiceError, ServiceError } from './errors.ts';
export type { ArticleMember, FieldMask, MemberPath } from './field-mask.ts';
export {
  ARTICLE_MEMBERS,
  parseFields,
  printFields,
  USUAL_FIELDS,
  wantedPaths,
  wants,
} from './field-mask.ts';
export { fieldsOf, parseFilter, usesText } from './filter.ts';
export type {
  Field,
  FieldRegistry,
  Filter,
  Literal,
  Operator,
  OutputMember,
  ScalarField,
  TopicMember,
  ValueType,
} from './filter-ast.ts';
export { FILTER_LIMITS, NO_METRICS } from './filter-ast.ts';
export type { FieldType } from './filter-fields.ts';
export { fieldType } from './filter-fields.ts';
export { readJsonFilter } from './filter-json.ts';
export { printField, printFilter } from './filter-print.ts';
export type { TextSource } from './filter-syntax.ts';
export {
  ARTICLE_ID_RULE,
  countCodePoints,
  isArticleId,
  isKey,
  isName,
  isPlainText,
  isRunId,
  NAME_RULE,
  RUN_ID_RULE,
} from './ids.ts';
export type { BadText } from './json-checks.ts';
export { canonicalJson, findBadText, jsonDepth } from './json-checks.ts';
export type { JsonTree, ReadJsonOptions } from './json-reader.ts';
export { JSON_LIMITS, pointerSegment, readJson, scanJson } from './json-reader.ts';
export { EMPTY_OBJECT, JsonText, printJson } from './json-text.ts';
export { nearest } from './nearest.ts';
export { DEFAULT_ORDER, defaultOrder, parseOrderBy, printOrderBy } from './order-by.ts';
export type { OutputKeeping, StoredPart } from './output-keeping.ts';
export type { KindSettings } from './output-kind.ts';
export { isRetained } from './output-kind.ts';
export { outputShape } from './output-shape.ts';
export type {
  Coverage,
  MetricValueType,
  OutputShape,
  ProjectedRelation,
  ProjectedResult,
  ProjectedTopic,
  Projection,
  ProjectionDefinition,
  ProjectionState,
  ProjectionTarget,
  Shape,
} from './projection.ts';
export { MAX_METRIC_STRING_BYTES } from './projection.ts';
export type { DefinitionParts } from './projection-check.ts';
export { readDefinition } from './projection-check.ts';
export type { ProjectionEvaluator, Yield } from './projection-evaluator.ts';
export { compileProjection, PROJECTION_LIMITS } from './projection-evaluator.ts';
export type {
  BackfillBatch,
  OutputFact,
  ProjectionStore,
  ProjectionVerdict,
} from './projection-store.ts';
export type {
  ArticleQuery,
  CountMode,
  CursorValues,
  Direction,
  OrderField,
  OrderKey,
  Page,
  QueryPlan,
  Total,
} from './query.ts';
export { CAPPED_COUNT, MAX_ORDER_KEYS, MAX_SKIP, ORDER_FIELDS, PAGE_SIZE } from './query.ts';
export type { Registry } from './registry.ts';
export { createRegistry, isRegistryChanged, NO_REGISTRY, registryChanged } from './registry.ts';
export type {
  RelatedReason,
  Relation,
  RelationDirection,
  RelationInput,
  RelationOrigin,
} from './relation.ts';
export { RELATION_ORIGINS, SYMMETRIC_RELATIONS } from './relation.ts';
export type { Timestamp } from './time.ts';
export { parseDate, parseTimestamp, printTimestamp, timestampFromMs } from './time.ts';
export { isWebUrl, MAX_URL_LENGTH, normaliseUrl } from './url.ts';
