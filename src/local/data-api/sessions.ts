import { randomBytes } from 'node:crypto';
import {
  type Bound,
  type Engine,
  type QueryOptions,
  type RawResult,
  type Session,
  StatementTimeout,
} from './engine.ts';
import { STATEMENT_TIMEOUT_MS, TRANSACTION_AGE_MS, TRANSACTION_IDLE_MS } from './limits.ts';
import { DataApiError } from './service-error.ts';
import { Turns } from './turns.ts';

/** How often transactions that nobody asks for any more are looked for, so that their locks go with them. */
const SWEEP_MS = 1_000;

/** How many ended transactions are remembered for the reason they are not found. */
const REMEMBERED = 1_000;

/** Why a transaction is not found (UG data-api.troubleshooting). */
const EXPIRED = 'Transaction may be expired.';
const ENDED = 'One previous call resulted in a termination of your transaction.';
const ABORTED = 'Transaction has been aborted due to an error from a previous call.';

interface Transaction {
  readonly session: Session;
  readonly startedAt: number;
  usedAt: number;
  running: boolean;
}

/** A session for the length of one call. */
export interface Lease {
  query(sql: string, bound: readonly Bound[], options: QueryOptions): Promise<RawResult>;
}

/** Hands out sessions: one for each transaction, one for each call beside them. */
export class Sessions {
  private readonly engine: Engine;
  private readonly clock: { now(): number };
  private readonly turns: Turns | undefined;
  private readonly open = new Map<string, Transaction>();
  private readonly gone = new Map<string, string>();
  private readonly sweep: NodeJS.Timeout;
  private readonly releases = new Set<Promise<void>>();

  constructor(engine: Engine, clock: { now(): number }, waitMs: number) {
    this.engine = engine;
    this.clock = clock;
    this.turns = engine.single ? new Turns(1, waitMs, tooLate) : undefined;
    this.sweep = setInterval(() => this.expire(), SWEEP_MS).unref();
  }

  async begin(): Promise<string> {
    const session = await this.take();
    try {
      await session.query('BEGIN', [], { timeoutMs: STATEMENT_TIMEOUT_MS });
    } catch (error) {
      this.give(session);
      throw error;
    }
    const id = randomBytes(96).toString('base64');
    const now = this.clock.now();
    this.open.set(id, { session, startedAt: now, usedAt: now, running: false });
    return id;
  }

  /** Errors: `TransactionNotFoundException`, also for the commit of a transaction in which a statement failed. */
  async end(id: string, verb: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const { session } = this.find(id);
    this.forget(id, ENDED);
    try {
      const { command } = await session.query(verb, [], { timeoutMs: STATEMENT_TIMEOUT_MS });
      // What PostgreSQL makes of the commit of a transaction in which a statement failed.
      if (verb === 'COMMIT' && command === 'ROLLBACK') throw notFound(id, ABORTED);
    } finally {
      this.give(session);
    }
  }

  /** Runs work in a transaction, or in a session of its own. */
  async use<T>(id: string | undefined, work: (lease: Lease) => Promise<T>): Promise<T> {
    this.expire();
    if (id === undefined) {
      const session = await this.take();
      try {
        return await work(session);
      } finally {
        this.give(session);
      }
    }
    const transaction = this.find(id);
    const { session } = transaction;
    transaction.running = true;
    try {
      // What belongs to the transaction stays until it ends: nothing in it is the last.
      return await work({
        query: (sql, bound, options) => session.query(sql, bound, { ...options, last: false }),
      });
    } catch (error) {
      if (error instanceof StatementTimeout) await this.abort(id, transaction, ABORTED);
      throw error;
    } finally {
      transaction.running = false;
      transaction.usedAt = this.clock.now();
      // A COMMIT or ROLLBACK sent as a statement: what follows must not go on without a transaction.
      if (this.open.has(id) && !session.inTransaction()) {
        this.forget(id, ENDED);
        this.give(session);
      }
    }
  }

  /** Until when transactions keep the cluster awake, if nobody uses them again; undefined without any. */
  busyUntil(): number | undefined {
    this.expire();
    let until: number | undefined;
    for (const transaction of this.open.values()) {
      until = Math.max(until ?? 0, deadOf(transaction));
    }
    return until;
  }

  /** Ends every transaction, as a cluster does that goes away. */
  async abortAll(): Promise<void> {
    for (const [id, transaction] of this.open) await this.abort(id, transaction, ABORTED);
  }

  async close(): Promise<void> {
    clearInterval(this.sweep);
    await this.abortAll();
    await Promise.all(this.releases);
    await this.engine.close();
  }

  private find(id: string): Transaction {
    this.expire();
    const transaction = this.open.get(id);
    if (!transaction) throw notFound(id, this.gone.get(id) ?? EXPIRED);
    if (transaction.running) {
      throw new DataApiError('DatabaseErrorException', 'Transaction is still running a query');
    }
    return transaction;
  }

  private expire(): void {
    const now = this.clock.now();
    for (const [id, transaction] of this.open) {
      if (!transaction.running && now >= deadOf(transaction)) {
        void this.abort(id, transaction, EXPIRED);
      }
    }
  }

  private async abort(id: string, { session }: Transaction, reason: string): Promise<void> {
    this.forget(id, reason);
    // Behind a statement that was cancelled there may be none left to roll back.
    await session.query('ROLLBACK', [], { timeoutMs: STATEMENT_TIMEOUT_MS }).catch(() => undefined);
    this.give(session);
  }

  private forget(id: string, reason: string): void {
    this.open.delete(id);
    this.gone.set(id, reason);
    if (this.gone.size > REMEMBERED) this.gone.delete(this.gone.keys().next().value as string);
  }

  private async take(): Promise<Session> {
    await this.turns?.take();
    try {
      return await this.engine.session();
    } catch (error) {
      this.turns?.give();
      throw error;
    }
  }

  /** Gives a session back. The call does not wait for it: the next one may. */
  private give(session: Session): void {
    const release = session
      .release()
      .catch(() => undefined)
      .finally(() => {
        this.releases.delete(release);
        this.turns?.give();
      });
    this.releases.add(release);
  }
}

function tooLate(): DataApiError {
  return new DataApiError(
    'DatabaseUnavailableException',
    'Another transaction is open, and this engine has one session: end it, or use PostgreSQL behind the server.',
  );
}

function deadOf({ usedAt, startedAt }: Transaction): number {
  return Math.min(usedAt + TRANSACTION_IDLE_MS, startedAt + TRANSACTION_AGE_MS);
}

function notFound(id: string, reason: string): DataApiError {
  return new DataApiError(
    'TransactionNotFoundException',
    `Transaction ${id} is not found. ${reason}`,
  );
}
