/**
 * Joins the two stores per request, and keeps them one truth: the write protocol (outbox, intents, drain,
 * relay), what to answer while a store is away. Knows the ports, not what stands behind them.
 */
export { ANSWER_BYTES, LIST_BLOCK_BYTES, MAX_BATCH_ARTICLES, MAX_BATCH_OUTPUTS } from './limits.ts';
export type { RegistrySource } from './registry-source.ts';
export { REGISTRY_NOTE } from './registry-source.ts';
export { RUNS_NOTE } from './runs.ts';
export type {
  Aggregations,
  ArticleAnswer,
  Articles,
  ArticleView,
  Degraded,
  ExportLine,
  ExportPosition,
  Idempotency,
  Kinds,
  KindView,
  ListAnswer,
  OutputGuard,
  OutputMatch,
  Outputs,
  ProjectedPreview,
  Projections,
  ProjectionView,
  PutOutput,
  Relations,
  Runs,
  Tandem,
  Vocabulary,
  Wanted,
} from './service.ts';
export type { ServiceStatus, Status, StatusSettings } from './status.ts';
export { createStatus } from './status.ts';
export type { TandemParts } from './tandem.ts';
export { createTandem } from './tandem.ts';
export type { DailyRun, Difference, Maintenance, Reconciler } from './upkeep.ts';
export { UNDER_WAY_MS } from './upkeep.ts';
