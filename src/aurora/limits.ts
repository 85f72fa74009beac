/**
 * Limits of the RDS Data API for Aurora PostgreSQL (Serverless v2 and provisioned), and the settings this
 * folder chose next to them. `UG` is https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/, as of
 * November 2026.
 */

/** Largest result set, in PostgreSQL's own octets, not JSON's. Source: UG data-api.limitations.html. */
export const RESULT_BYTES = 1024 * 1024;

/** What `RESULT_BYTES` counts besides the text of the values. Calibrated by sbalmt/ez4 `libraries/pgclient` against the live service, September 2026. */
export const RESULT_OVERHEAD = { bytesPerRow: 2, bytesPerColumn: 4 } as const;

/** Largest row by the documentation; reads of 500 KiB rows are reported to work, so nothing enforces it here. Source: UG data-api.limitations.html. */
export const ROW_BYTES = 64 * 1024;

/** Largest HTTP request, headers and JSON overhead included. Source: UG data-api.calling.cli.html. */
export const REQUEST_BYTES = 4 * 1024 * 1024;

/** What a signed request's headers take of `REQUEST_BYTES`, at most: a session token alone may be over 1 KB. */
export const REQUEST_HEADER_BYTES = 8 * 1024;

/** After this long the service cancels a statement. Source: UG data-api.limitations.html. */
export const CALL_MS = 45_000;

/** A transaction without a call for this long is rolled back. Source: UG data-api.limitations.html. */
export const TRANSACTION_IDLE_MS = 180_000;

/** Time for the answer to a statement that ran its full `CALL_MS`; less would hide the service's own error behind ours. */
export const ANSWER_MARGIN_MS = 5_000;

/** Time to get a connection within a region; more only delays the retry. */
export const CONNECT_MS = 3_000;

/** Longest wait for a sleeping cluster: API Gateway cuts an HTTP API request at 30 s. */
export const WAKE_WAIT_MS = 28_000;

/** Kept back of a deadline while waiting for the cluster, so that `aurora_asleep` is told rather than `timeout`. */
export const WAKE_RESERVE_MS = 300;

/** Pauses between the wake loop's calls; the last one repeats. A resume is a state flip: longer pauses oversleep it. */
export const WAKE_POLL_MS = [500, 1_000, 2_000] as const;

/** How long one call of the wake loop may hang. */
export const WAKE_PING_MS = 10_000;

/** How long the first call of a process holds back the others until it is known whether the cluster sleeps. */
export const PROBE_MS = 1_000;

/** Typical resume of a cluster paused for less than 24 h. Source: UG aurora-serverless-v2-auto-pause.html. */
export const RESUME_SECONDS = 15;

/** Default of `SecondsUntilAutoPause`. Source: UG aurora-serverless-v2-auto-pause.html. */
export const AUTO_PAUSE_SECONDS = 300;

/** Sends of one call at most, the wake loop aside. */
export const MAX_SENDS = 4;

/** First pause before a repeat, doubled each time; the SDK's own figures (`@smithy/core` 3.x, retry). */
export const RETRY_BASE_MS = 50;

/** First pause after throttling. */
export const THROTTLED_BASE_MS = 500;

/** A rollback may go on this long past the deadline: else the transaction holds its locks for `TRANSACTION_IDLE_MS`. */
export const ROLLBACK_GRACE_MS = 2_000;
