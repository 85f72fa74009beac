/**
 * The one file that knows kysely-data-api. Its defects in version 2.0.0, with kysely 0.28.17, and how they
 * are met; each has a test in `test/aurora/kysely-data-api.test.ts` that fails when it is gone.
 *
 * - values: bigint as a double, integers beyond 2^53 rounded, NaN let through, Date cut to milliseconds,
 *   objects of the form `{ value: { … } }` sent as they are: `DataApiQueryCompiler` checks every value.
 * - results: `timestamp` read in the zone of the process, timestamptz cut to milliseconds, json parsed,
 *   an unknown field or `{ arrayValue: {} }` read as null, `columnMetadata: []` as no rows written: the
 *   client (`data-api-client.ts`) answers with decoded values, and without type names.
 * - `transaction().setIsolationLevel()` and `setAccessMode()` are ignored: said in the first statement here.
 * - a failing rollback hides the error that led to it: its own error is dropped here.
 * - the id of an ended transaction is sent with later statements: a fresh connection takes over here.
 * - `numUpdatedOrDeletedRows` makes kysely print a warning: left out here.
 */
import type {
  BeginTransactionRequest,
  BeginTransactionResponse,
  CommitTransactionRequest,
  CommitTransactionResponse,
  ExecuteStatementRequest,
  ExecuteStatementResponse,
  RDSData,
  RollbackTransactionRequest,
  RollbackTransactionResponse,
} from '@aws-sdk/client-rds-data';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { DataApiDialect } from 'kysely-data-api';
import type { ColumnTypes } from './column-types.ts';
import { DataApiQueryCompiler } from './query-compiler.ts';

/** What the package's driver calls; any object with these serves it. */
export interface DataApiClient {
  executeStatement(input: ExecuteStatementRequest): Promise<ExecuteStatementResponse>;
  beginTransaction(input: BeginTransactionRequest): Promise<BeginTransactionResponse>;
  commitTransaction(input: CommitTransactionRequest): Promise<CommitTransactionResponse>;
  rollbackTransaction(input: RollbackTransactionRequest): Promise<RollbackTransactionResponse>;
}

export interface DialectOptions {
  readonly client: DataApiClient;
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
  readonly columnTypes: ColumnTypes;
}

/** The Data API under Kysely, without the package's defects. */
export class CheckedDataApiDialect extends DataApiDialect {
  readonly #columnTypes: ColumnTypes;

  constructor({ client, resourceArn, secretArn, database, columnTypes }: DialectOptions) {
    // The package asks for the whole class and uses four of its methods.
    super({
      mode: 'postgres',
      driver: { client: client as unknown as RDSData, resourceArn, secretArn, database },
    });
    this.#columnTypes = columnTypes;
  }

  override createQueryCompiler(): QueryCompiler {
    return new DataApiQueryCompiler(this.#columnTypes);
  }

  override createDriver(): Driver {
    return new CheckedDriver(super.createDriver());
  }
}

class CheckedDriver implements Driver {
  readonly #inner: Driver;

  constructor(inner: Driver) {
    this.#inner = inner;
  }

  init(): Promise<void> {
    return this.#inner.init();
  }

  async acquireConnection(): Promise<CheckedConnection> {
    return new CheckedConnection(await this.#inner.acquireConnection());
  }

  async beginTransaction(connection: CheckedConnection, settings: TransactionSettings) {
    await this.#inner.beginTransaction(connection.inner, settings);
    const { isolationLevel, accessMode } = settings;
    const modes = [isolationLevel && `isolation level ${isolationLevel}`, accessMode].filter(
      Boolean,
    );
    if (modes.length === 0) return;
    try {
      await connection.executeQuery(CompiledQuery.raw(`set transaction ${modes.join(', ')}`));
    } catch (error) {
      // Kysely rolls back only what has begun for it.
      await this.rollbackTransaction(connection);
      throw error;
    }
  }

  async commitTransaction(connection: CheckedConnection) {
    await this.#inner.commitTransaction(connection.inner);
    connection.inner = await this.#inner.acquireConnection();
  }

  async rollbackTransaction(connection: CheckedConnection) {
    try {
      await this.#inner.rollbackTransaction(connection.inner);
    } catch {
      // The service gives up a transaction by itself; the error that led here is the one to tell.
    }
    connection.inner = await this.#inner.acquireConnection();
  }

  async releaseConnection(connection: CheckedConnection) {
    await this.#inner.releaseConnection(connection.inner);
  }

  destroy(): Promise<void> {
    return this.#inner.destroy();
  }
}

class CheckedConnection implements DatabaseConnection {
  inner: DatabaseConnection;

  constructor(inner: DatabaseConnection) {
    this.inner = inner;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, numAffectedRows } = await this.inner.executeQuery<R>(query);
    return numAffectedRows === undefined ? { rows } : { rows, numAffectedRows };
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize);
  }
}
