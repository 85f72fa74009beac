import { randomBytes } from 'node:crypto';
import type { Engine, Session } from './engine.ts';
import { DataApiError, isSqlFailure } from './service-error.ts';

interface Clock {
  now(): number;
}

/** Idle time and age after which a transaction is rolled back (API_BeginTransaction, 2026). */
export const TRANSACTION_IDLE_MS = 3 * 60_000;
export const TRANSACTION_AGE_MS = 24 * 3_600_000;

interface Transaction {
  readonly session: Session;
  readonly startedAt: number;
  usedAt: number;
  running: boolean;
}

/**
 * Hands out sessions: one for each transaction, one for each call beside them. On an engine of one
 * session a transaction owns it; calls beside wait in order, and fail after `waitMs`.
 */
export class Sessions {
  private readonly engine: Engine;
  private readonly clock: Clock;
  private readonly waitMs: number;
  private readonly open = new Map<string, Transaction>();
  private readonly ended = new Map<string, string>();
  private queue: (() => void)[] = [];
  private taken = false;

  constructor(engine: Engine, clock: Clock, waitMs: number) {
    this.engine = engine;
    this.clock = clock;
    this.waitMs = waitMs;
  }

  async begin(): Promise<string> {
    const session = await this.take();
    await session.query('BEGIN', []);
    const id = randomBytes(96).toString('base64');
    const now = this.clock.now();
    this.open.set(id, { session, startedAt: now, usedAt: now, running: false });
    return id;
  }

  async end(id: string, verb: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const transaction = await this.find(id);
    this.open.delete(id);
    this.remember(id, 'Transaction may be expired.');
    try {
      await transaction.session.query(verb, []);
    } finally {
      await this.give(transaction.session);
    }
  }

  /** Runs work in a transaction, or in a session of its own. */
  async use<T>(id: string | undefined, work: (session: Session) => Promise<T>): Promise<T> {
    if (id === undefined) {
      const session = await this.take();
      try {
        return await work(session);
      } finally {
        await this.give(session);
      }
    }
    const transaction = await this.find(id);
    if (transaction.running) {
      throw new DataApiError('DatabaseErrorException', 'Transaction is still running a query');
    }
    transaction.running = true;
    try {
      return await work(transaction.session);
    } catch (error) {
      if (isSqlFailure(error) && error.code === '57014') await this.abort(id, transaction);
      throw error;
    } finally {
      transaction.running = false;
      transaction.usedAt = this.clock.now();
    }
  }

  async close(): Promise<void> {
    for (const [id, transaction] of this.open) await this.abort(id, transaction);
    await this.engine.close();
  }

  private async find(id: string): Promise<Transaction> {
    await this.expire();
    const transaction = this.open.get(id);
    if (transaction) return transaction;
    const reason = this.ended.get(id) ?? 'Transaction may be expired.';
    throw new DataApiError(
      'TransactionNotFoundException',
      `Transaction ${id} is not found. ${reason}`,
    );
  }

  private async expire(): Promise<void> {
    const now = this.clock.now();
    for (const [id, transaction] of this.open) {
      const idle = now - transaction.usedAt >= TRANSACTION_IDLE_MS;
      const old = now - transaction.startedAt >= TRANSACTION_AGE_MS;
      if (!transaction.running && (idle || old)) await this.abort(id, transaction);
    }
  }

  private async abort(id: string, transaction: Transaction): Promise<void> {
    this.open.delete(id);
    this.remember(id, 'One previous call resulted in a termination of your transaction.');
    await transaction.session.query('ROLLBACK', []).catch(() => undefined);
    await this.give(transaction.session);
  }

  private remember(id: string, reason: string): void {
    this.ended.set(id, reason);
    if (this.ended.size > 1_000) this.ended.delete(this.ended.keys().next().value as string);
  }

  private async take(): Promise<Session> {
    if (!this.engine.single) return this.engine.session();
    await this.expire();
    if (this.taken) await this.turn();
    this.taken = true;
    return this.engine.session();
  }

  private turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.queue = this.queue.filter((waiting) => waiting !== go);
        reject(
          new DataApiError(
            'DatabaseUnavailableException',
            'Another transaction is open, and this engine has one session: end it, or use PostgreSQL behind the server.',
          ),
        );
      }, this.waitMs);
      this.queue.push(go);
    });
  }

  private async give(session: Session): Promise<void> {
    await session.release().catch(() => undefined);
    if (!this.engine.single) return;
    const next = this.queue.shift();
    if (next) next();
    else this.taken = false;
  }
}
