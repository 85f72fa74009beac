/**
 * The language of Tandem: articles, relations, AI outputs, queries, and the two ports behind which the
 * stores stand. Pure: no I/O, no packages, no clock of its own. Everything else speaks in these types;
 * this folder knows nothing of anything else.
 */
export type {
  AggregateColumn,
  AggregationQuery,
  AggregationStore,
  Group,
  Grouping,
  GroupOrder,
  Measure,
} from './aggregation.ts';
export {
  GROUP_LIMIT,
  GROUPINGS,
  MAX_COLUMNS,
  MAX_GROUPINGS,
  MEASURES,
} from './aggregation.ts';
export {
  DEFAULT_GROUP_ORDER,
  parseCompute,
  parseGroupBy,
  parseGroupOrder,
  printColumn,
} from './aggregation-names.ts';
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
  ShownHead,
  StoredContent,
  TakesBack,
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
export { MET_ASLEEP, ROUTED } from './context.ts';
export type { Consumption, Cost } from './cost.ts';
export { awakeSeconds, costOf, dataApiUnits, sumUse } from './cost.ts';
export { underDeadline } from './deadline.ts';
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
  KEY_RULE,
  NAME_RULE,
  RUN_ID_RULE,
} from './ids.ts';
export type { BadText } from './json-checks.ts';
export { canonicalJson, findBadText, jsonDepth } from './json-checks.ts';
export type { JsonTree, ReadJsonOptions } from './json-reader.ts';
export { JSON_LIMITS, pointerSegment, readJson, scanJson } from './json-reader.ts';
export { EMPTY_OBJECT, JsonText, JsonUtf8, printJson, printJsonParts } from './json-text.ts';
export type {
  AuroraNotes,
  ClusterCapacity,
  DayUse,
  HeldFloor,
  Ledger,
  Use,
  UseOfDay,
} from './ledger.ts';
export { LEDGER_DAYS, NO_USE } from './ledger.ts';
export { nearest } from './nearest.ts';
export { DEFAULT_ORDER, defaultOrder, parseOrderBy, printOrderBy } from './order-by.ts';
export type { OutputKeeping, StoredPart } from './output-keeping.ts';
export type { KindSettings } from './output-kind.ts';
export { isRetained } from './output-kind.ts';
export { outputShape, tellNewShape } from './output-shape.ts';
export type {
  ArticleMark,
  PageCopy,
  PageCopyNote,
  PageCopyStore,
  PageQuestion,
} from './page-copy.ts';
export { PAGE_COPY_HOURS, PAGE_COPY_REFRESH_MS } from './page-copy.ts';
export type { Prices } from './prices.ts';
export { MONTH_HOURS, PRICES, PRICES_AS_OF, PricesError, parsePrices } from './prices.ts';
export type {
  Coverage,
  CoverageOf,
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
export type { RevertBatch, RevertDone, Run, RunStore } from './run-store.ts';
export type { ClusterFacts, ClusterPlan, SimulationResult, Traffic } from './simulate.ts';
export { simulate } from './simulate.ts';
export type { Timestamp } from './time.ts';
export { parseDate, parseTimestamp, printTimestamp, timestampFromMs } from './time.ts';
export { isWebUrl, MAX_URL_LENGTH, normaliseUrl } from './url.ts';
export type {
  KeyQuery,
  KnownSource,
  KnownTopic,
  SourceOutcome,
  SourceProfile,
  VocabularyStore,
} from './vocabulary.ts';
export type { AutoDecision, AutoHour, AutoOptions } from './warm-auto.ts';
export { AUTO_DAYS, decideAuto, scheduleOf } from './warm-auto.ts';
export type { WarmPlan, WarmPlanInput } from './warm-plan.ts';
export { pingSpacingSeconds, planWarmth } from './warm-plan.ts';
export type { Span, WarmSchedule, WarmWindow, WarmWindows } from './warm-windows.ts';
export {
  ALWAYS_WARM,
  createWarmSchedule,
  NEVER_WARM,
  parseWarmWindows,
  secondsWithin,
  WarmWindowsError,
} from './warm-windows.ts';
