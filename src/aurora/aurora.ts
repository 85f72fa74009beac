import type { CompiledQuery, Kysely, QueryExecutorProvider, Transaction } from 'kysely';
import type { AuroraState, Clock, Context, Observe, Random } from '../domain/index.ts';
import type { ColumnTypes } from './column-types.ts';
import type { ResumeTimes } from './resume-times.ts';

/** Anything Kysely can turn into SQL: a query builder, a `sql` template, or a query compiled before. */
export type Query<R> =
  | CompiledQuery<R>
  | { compile(provider: QueryExecutorProvider): CompiledQuery<R> };

export interface CallOptions {
  /**
   * The statement may run twice with the same end, so that it is sent again after a lost answer. False
   * when absent: then it is sent again only after errors that say that it did not run.
   */
  readonly repeatable?: boolean;
}

export interface Result<R> {
  readonly rows: R[];
  /** Rows written by a statement without RETURNING; 0 for any other. */
  readonly affected: number;
}

/**
 * One connection to Aurora, over the Data API or direct: statements are built by `db`, run by `rows`.
 *
 * Values come back the same on both: int2, int4 and int8 as exact numbers (an int8 outside 2^53 is an
 * error: select it as text), float as number, boolean, numeric as text, timestamptz as text
 * `YYYY-MM-DDTHH:MM:SS.ffffffZ`, timestamp the same without `Z`, date as `YYYY-MM-DD`, json and jsonb as
 * text, bytea as Uint8Array, one-dimensional arrays as arrays of these, anything else as text.
 *
 * Errors of every call: `unavailable` (`aurora_asleep` with `retryAfterSeconds`, else
 * `aurora_unavailable`), `throttled`, `timeout`, `too_large` (`aurora_request_too_large`,
 * `aurora_result_too_large`), `invalid` for values PostgreSQL cannot hold, `conflict` for a broken
 * constraint, `internal`. `sqlState` and `constraintOf` tell which error of PostgreSQL it was.
 */
export interface Aurora<DB = unknown> {
  /** Builds and compiles statements; running one on it is an error, since it has no context. */
  readonly db: Kysely<DB>;

  /** Runs one statement and answers with its rows. `op` names the operation in errors, such as `aurora.find`. Cost: 1 call. */
  rows<R>(ctx: Context, op: string, query: Query<R>, options?: CallOptions): Promise<R[]>;

  /** Runs one statement and tells how many rows it wrote. Cost: 1 call. */
  run<R>(ctx: Context, op: string, query: Query<R>, options?: CallOptions): Promise<Result<R>>;

  /** Runs `work` in one transaction, committed when it resolves. Nothing in it is sent twice. Cost: 2 calls and 1 per statement. */
  transaction<T>(ctx: Context, op: string, work: (tx: Transaction<DB>) => Promise<T>): Promise<T>;

  /** Runs `select 1`. Cost: 1 call. */
  ping(ctx: Context): Promise<void>;

  /** What is known of the cluster, without asking it. */
  state(): AuroraState;

  /** Takes in what somebody else knows of the cluster: that it paused, or that what was known holds no longer. */
  learn(state: 'asleep' | 'unknown'): void;

  /** Epoch milliseconds of the last answer of the database; undefined before the first. */
  lastSuccessMs(): number | undefined;

  /** Closes sockets and ends the wake loop. */
  close(): Promise<void>;
}

/** Where Aurora is, over the Data API. */
export interface DataApiOptions {
  readonly connection: 'data-api';
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
  readonly region: string;
  /** Another endpoint than AWS's, such as the local server's url. */
  readonly endpoint?: string;
  /** Static credentials; the SDK's default chain when absent. */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** Where Aurora is, over PostgreSQL's own protocol. */
export interface DirectOptions {
  readonly connection: 'direct';
  /** `postgres://user:password@host:port/database`. */
  readonly connectionString: string;
  /** Certificate of the authority that signed the server's, PEM; without it TLS is used as the connection string says. */
  readonly sslCa?: string;
}

export interface AuroraOptions {
  readonly target: DataApiOptions | DirectOptions;
  /** Types of the columns that need a cast; see `COLUMN_TYPES` in schema.ts. */
  readonly columnTypes: ColumnTypes;
  readonly clock: Clock;
  readonly random: Random;
  /** How long resumes took; 15 s for the first guess when absent. */
  readonly resumeTimes?: ResumeTimes;
  /** The cluster's `SecondsUntilAutoPause`: after that long without an answer nothing is known of it. 300 when absent. */
  readonly autoPauseSeconds?: number;
  /** Told of the wake loop's own calls and of the states; the context that began the loop when absent. */
  readonly observe?: Observe;
}
