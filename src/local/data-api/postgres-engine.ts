import pg from 'pg';
import { ConnectionPool } from './connection-pool.ts';
import {
  type Bound,
  type Engine,
  type QueryOptions,
  type RawResult,
  type Session,
  StatementTimeout,
} from './engine.ts';
import { queryMessage, SYNC, statementMessages } from './frontend.ts';
import { PostgresConnection } from './postgres-connection.ts';

/** Connections to the server at most, unless told otherwise; PostgreSQL's own default is 100 for everybody. */
const MAX_CONNECTIONS = 80;

/** Takes back settings, temporary tables, prepared statements, advisory locks and sequences' last values. */
const CLEAR = queryMessage('DISCARD ALL');

const SYNC_AND_CLEAR = Buffer.concat([SYNC, CLEAR]);

/** A real PostgreSQL, every transaction on a connection of its own. */
export function postgresEngine(options: {
  readonly connectionString: string;
  readonly maxConnections?: number;
}): Engine {
  const { connectionString } = options;
  const pool = new ConnectionPool(options.maxConnections ?? MAX_CONNECTIONS, () =>
    PostgresConnection.open({
      connectionString,
      // What DISCARD ALL resets a session to.
      options: '-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex',
    }),
  );
  return {
    kind: 'postgres',
    single: false,
    session: async () => new PostgresSession(await pool.take(), pool, connectionString),
    close: () => pool.close(),
  };
}

class PostgresSession implements Session {
  readonly connectionId: number;
  private readonly connection: PostgresConnection;
  private readonly pool: ConnectionPool;
  private readonly connectionString: string;
  /** Settles when all that was sent is answered. */
  private answered: Promise<unknown> | undefined;
  private isClear = true;
  /** A cancellation may come too late and meet another statement: such a connection is not used again. */
  private isCancelled = false;
  private isUnclear = false;

  constructor(connection: PostgresConnection, pool: ConnectionPool, connectionString: string) {
    this.connection = connection;
    this.pool = pool;
    this.connectionString = connectionString;
    this.connectionId = connection.processId;
  }

  async query(
    sql: string,
    parameters: readonly Bound[],
    options: QueryOptions,
  ): Promise<RawResult> {
    const isLast = options.last === true;
    const result = this.connection.send(
      statementMessages(sql, parameters, isLast ? SYNC_AND_CLEAR : SYNC),
    );
    this.answered = isLast ? this.cleared(this.connection.next()) : result;
    this.isClear = isLast;
    return this.inTime(result, options);
  }

  inTransaction(): boolean {
    return this.connection.status !== 'I';
  }

  async release(): Promise<void> {
    await this.answered?.catch(() => undefined);
    if (!this.isClear && !this.isCancelled) await this.cleared(this.connection.send(CLEAR));
    const isUsable = !this.isCancelled && !this.isUnclear && !this.inTransaction();
    this.pool.give(this.connection, isUsable);
  }

  /** Takes in the answer to `CLEAR`. */
  private async cleared(answer: Promise<unknown>): Promise<void> {
    try {
      await answer;
    } catch {
      this.isUnclear = true;
    }
  }

  private inTime(result: Promise<RawResult>, options: QueryOptions): Promise<RawResult> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new StatementTimeout(this.connectionId));
        if (!options.runsOn) void this.cancel();
      }, options.timeoutMs);
      result.then(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        (error) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }

  /** Asks the server to stop what runs. */
  private async cancel(): Promise<void> {
    this.isCancelled = true;
    const other = new pg.Client({ connectionString: this.connectionString });
    await other
      .connect()
      .then(() => other.query('select pg_cancel_backend($1)', [this.connectionId]))
      .catch(() => undefined)
      .finally(() => other.end().catch(() => undefined));
  }
}
