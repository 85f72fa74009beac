/**
 * What the service allows. `UG` is the Aurora user guide, `API` the Data API reference, as read in 2026.
 */

/** A result: 1 MiB of PostgreSQL's octets (UG data-api.limitations). */
export const MAX_RESULT_BYTES = 1_048_576;

/** A request with its headers and JSON notation: 4 MiB (API_BatchExecuteStatement). */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/** `formattedRecords`: 10 MB of text (UG data-api, quotas). */
export const MAX_FORMATTED_BYTES = 10_000_000;

/** A call: 45 s, then its statement is cancelled (UG data-api.limitations). */
export const STATEMENT_TIMEOUT_MS = 45_000;

/** A transaction that no call used for so long is rolled back (API_BeginTransaction). */
export const TRANSACTION_IDLE_MS = 3 * 60_000;

/** A transaction this old is rolled back (API_BeginTransaction). */
export const TRANSACTION_AGE_MS = 24 * 3_600_000;

/** Characters of an ARN, a database's name and a transaction's id (API_ExecuteStatement). */
export const ARN_LENGTH = { min: 11, max: 100 };
export const DATABASE_LENGTH = { min: 0, max: 64 };
export const TRANSACTION_ID_LENGTH = { min: 0, max: 192 };

/** Characters of a statement (API_ExecuteStatement). */
export const SQL_LENGTH = { min: 0, max: 65_536 };

/**
 * What a result weighs before its values: rows × (2 + 4 × columns), as PostgreSQL's protocol frames them.
 * Calibrated by sbalmt/ez4 (pgclient, result-size tests, 2026-09).
 */
export function rowOctets(columns: number): number {
  return 2 + 4 * columns;
}
