import pg from 'pg';
import {
  type Bound,
  ConnectionLost,
  type Engine,
  NoSession,
  type QueryOptions,
  type RawResult,
  ResultSink,
  type Session,
  StatementTimeout,
} from './engine.ts';
import { queryMessage, statementMessages, syncMessage } from './frontend.ts';
import { RawQuery } from './raw-query.ts';

/** Connections to the server at most, unless told otherwise; PostgreSQL's own default is 100 for everybody. */
const MAX_CONNECTIONS = 80;

/** How long a call waits for a connection when all are taken. */
const CONNECTION_WAIT_MS = 5_000;

/** Takes back settings, temporary tables, prepared statements, advisory locks and sequences' last values. */
const CLEAR = queryMessage('DISCARD ALL');

const NOTHING = Buffer.alloc(0);

/** A real PostgreSQL, every transaction on a connection of its own. */
export function postgresEngine(options: {
  readonly connectionString: string;
  readonly maxConnections?: number;
}): Engine {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.maxConnections ?? MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECTION_WAIT_MS,
    // What DISCARD ALL resets a session to.
    options: '-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex',
  });
  // An idle connection that breaks is replaced; one in use tells its own query.
  pool.on('error', () => undefined);
  return {
    kind: 'postgres',
    single: false,
    async session() {
      try {
        return new PostgresSession(await pool.connect(), options.connectionString);
      } catch (error) {
        throw lostOr(error, (text) =>
          /timeout exceeded/.test(text) ? new NoSession(text) : undefined,
        );
      }
    },
    close: () => pool.end(),
  };
}

class PostgresSession implements Session {
  readonly connectionId: number;
  private readonly client: pg.PoolClient;
  private readonly connectionString: string;
  /** What was sent and is not answered yet. `pg` takes one query after the other. */
  private pending: Promise<unknown> | undefined;
  private isClear = true;
  /** A cancellation may come too late and meet another statement: such a connection is not used again. */
  private isCancelled = false;
  private isUnclear = false;

  constructor(client: pg.PoolClient, connectionString: string) {
    this.client = client;
    this.connectionString = connectionString;
    this.connectionId = (client as unknown as { processID?: number }).processID ?? 0;
  }

  async query(
    sql: string,
    parameters: readonly Bound[],
    options: QueryOptions,
  ): Promise<RawResult> {
    await this.pending;
    const isLast = options.last === true;
    const messages = [statementMessages(sql, parameters), syncMessage()];
    const result = this.send(Buffer.concat(isLast ? [...messages, CLEAR] : messages));
    const sent = isLast ? [result, this.cleared(NOTHING)] : [result];
    const pending = Promise.allSettled(sent).then(() => {
      if (this.pending === pending) this.pending = undefined;
    });
    this.pending = pending;
    this.isClear = isLast;
    return this.inTime(result, options);
  }

  inTransaction(): boolean {
    return this.client.getTransactionStatus() !== 'I';
  }

  async release(): Promise<void> {
    await this.pending;
    if (!this.isClear && !this.isCancelled) await this.cleared(CLEAR);
    this.client.release(this.isCancelled || this.isUnclear || this.inTransaction());
  }

  private send(messages: Uint8Array): Promise<RawResult> {
    return new Promise((resolve, reject) => {
      const sink = new ResultSink();
      this.client.query(
        new RawQuery(messages, sink, (error) => {
          if (error) reject(lostOr(error));
          else resolve(sink);
        }),
      );
    });
  }

  /** Takes in the answer to `CLEAR`, sent now or along with the statement before. */
  private async cleared(messages: Uint8Array): Promise<void> {
    await this.send(messages).catch(() => {
      this.isUnclear = true;
    });
  }

  private inTime(result: Promise<RawResult>, options: QueryOptions): Promise<RawResult> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new StatementTimeout(this.connectionId));
        if (!options.runsOn) void this.cancel();
      }, options.timeoutMs);
      result.then(resolve, reject).finally(() => clearTimeout(timer));
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

/** PostgreSQL's errors have a severity; what has none is the connection's. */
function lostOr(error: unknown, known?: (text: string) => Error | undefined): unknown {
  const { severity, message } = error as { severity?: unknown; message: string };
  if (severity !== undefined) return error;
  return known?.(message) ?? new ConnectionLost(message, { cause: error });
}
