/**
 * Aurora PostgreSQL, over the RDS Data API or a direct connection. Hides Kysely, the vendor's dialect and
 * its defects, the wake-up of a sleeping cluster, retries, limits and vendor errors. Promises exact values,
 * an answer or a `ServiceError` before the caller's deadline, and that nothing is sent twice unless that
 * does no harm.
 */

export { aggregateStatement } from './aggregate.ts';
export { createArticleStore } from './article-store.ts';
export type {
  Aurora,
  AuroraOptions,
  CallOptions,
  DataApiOptions,
  DirectOptions,
  Query,
  Result,
} from './aurora.ts';
export { type ClusterControl, type ClusterDescription, createClusterControl } from './cluster.ts';
export { createAurora } from './create-aurora.ts';
export { findStatement } from './find-articles.ts';
export { type Migration, type MigrationResult, migrate } from './migrator.ts';
export { askPauseBlockers, type PauseBlockers } from './pause-blockers.ts';
export { createResumeTimes, type ResumeTimes } from './resume-times.ts';
export { COLUMN_TYPES, type Database } from './schema.ts';
export { constraintOf, sqlState } from './sql-error.ts';
