import { PostgresDialect, type PostgresPoolClient, type QueryCompiler } from 'kysely';
import type { Clock } from '../domain/index.ts';
import type { DirectOptions } from './aurora.ts';
import type { Caller, Scope } from './caller.ts';
import type { ColumnTypes } from './column-types.ts';
import { decodeResult, type RawResult } from './decode-rows.ts';
import { type Lease, openPool } from './direct-pool.ts';
import { connectionLost } from './errors.ts';
import { DirectQueryCompiler } from './query-compiler.ts';
import type { Transport } from './transport.ts';

type Statement = {
  readonly text: string;
  readonly values: readonly unknown[];
};

/**
 * The way over PostgreSQL's own protocol: one connection for the process, opened by the first call. For
 * deployments inside the VPC, and to compare the Data API with.
 */
export function createDirect(
  options: DirectOptions,
  columnTypes: ColumnTypes,
  clock: Clock,
): Transport {
  const pool = openPool(options, clock);
  return {
    statement: 'Query',
    dialect: (caller, scope) =>
      new DirectDialect(columnTypes, () => new BoundClient(pool.lease, caller, scope)),
    async ping(signal) {
      const lease = await pool.lease(signal);
      await send(lease, { text: 'select 1', values: [] }, signal).finally(lease.release);
    },
    close: pool.close,
  };
}

class DirectDialect extends PostgresDialect {
  readonly #columnTypes: ColumnTypes;

  constructor(columnTypes: ColumnTypes, newClient: () => BoundClient) {
    const connect = async (): Promise<PostgresPoolClient> =>
      newClient() as unknown as PostgresPoolClient;
    super({ pool: { connect, end: async () => undefined } });
    this.#columnTypes = columnTypes;
  }

  override createQueryCompiler(): QueryCompiler {
    return new DirectQueryCompiler(this.#columnTypes);
  }
}

/** What Kysely takes for a client of the pool: connects with its first query, under its caller's deadline. */
class BoundClient {
  readonly #newLease: (signal: AbortSignal) => Promise<Lease>;
  readonly #caller: Caller;
  readonly #scope: Scope;
  #lease: Lease | undefined;
  #inTransaction = false;

  constructor(newLease: (signal: AbortSignal) => Promise<Lease>, caller: Caller, scope: Scope) {
    this.#newLease = newLease;
    this.#caller = caller;
    this.#scope = scope;
  }

  async query(text: string, values: readonly unknown[]): Promise<unknown> {
    if (text === 'rollback') return this.#rollback();
    const inTransaction = this.#inTransaction;
    const result = await this.#caller.call(
      this.#scope,
      { operation: 'Query', inTransaction },
      (signal) => this.#send({ text, values }, signal, inTransaction),
    );
    if (/^(begin|start transaction)\b/.test(text)) this.#inTransaction = true;
    if (text === 'commit') this.#inTransaction = false;
    return result;
  }

  release(): void {
    this.#lease?.release();
    this.#lease = undefined;
  }

  /** Never throws, so that the error that led to it is the one told. A connection that does not roll back is closed. */
  async #rollback(): Promise<unknown> {
    this.#inTransaction = false;
    const lease = this.#lease;
    if (lease) {
      const scope = this.#caller.inGrace(this.#scope);
      const call = { operation: 'Query', inTransaction: true };
      await this.#caller
        .call(scope, call, (signal) => send(lease, { text: 'rollback', values: [] }, signal))
        .catch(() => this.#drop());
    }
    return { command: 'ROLLBACK', rowCount: 0, rows: [] };
  }

  async #send(statement: Statement, signal: AbortSignal, inTransaction: boolean): Promise<unknown> {
    if (!this.#lease) {
      // Another connection would not be in the transaction.
      if (inTransaction) throw connectionLost(this.#scope.op);
      this.#lease = await this.#newLease(signal);
    }
    const lease = this.#lease;
    try {
      return await send(lease, statement, signal);
    } catch (error) {
      // Only after an error of the statement itself can another one be sent.
      const { severity } = error as { severity?: unknown };
      if (severity !== 'ERROR' || lease.isBroken()) this.#drop();
      throw error;
    }
  }

  #drop(): void {
    this.#lease?.close();
    this.#lease = undefined;
  }
}

/** One statement; a connection whose answer nobody waits for any more is closed. */
async function send(
  lease: Lease,
  { text, values }: Statement,
  signal: AbortSignal,
): Promise<unknown> {
  const onAbort = (): void => lease.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    // Extended, as the Data API: one statement at a time, and values as PostgreSQL prints them.
    const raw = await lease.client.query({
      text,
      values: [...values],
      rowMode: 'array',
      queryMode: 'extended',
      types: { getTypeParser: () => (value: unknown) => value },
    } as never);
    return decodeResult(raw as unknown as RawResult);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
