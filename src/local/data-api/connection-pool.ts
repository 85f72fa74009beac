import { ConnectionLost, NoSession } from './engine.ts';
import type { PostgresConnection } from './postgres-connection.ts';
import { Turns } from './turns.ts';

/** How long a call waits for a connection when all are taken. */
const WAIT_MS = 5_000;

/** A connection that was not used for so long is closed, so that the server has it for others. */
const IDLE_MS = 10_000;
const SWEEP_MS = 2_000;

/** Keeps connections open for calls to come. What was given back last is taken first: its caches are warm. */
export class ConnectionPool {
  private readonly open: () => Promise<PostgresConnection>;
  private readonly turns: Turns;
  private readonly sweep: NodeJS.Timeout;
  private readonly all = new Set<PostgresConnection>();
  /** The longest unused first. */
  private readonly idle: { readonly connection: PostgresConnection; readonly sinceMs: number }[] =
    [];

  private isClosed = false;

  constructor(max: number, open: () => Promise<PostgresConnection>) {
    this.open = open;
    this.turns = new Turns(max, WAIT_MS, () => new NoSession(`All ${max} connections are taken.`));
    this.sweep = setInterval(() => this.closeUnused(), SWEEP_MS).unref();
  }

  /** Errors: `NoSession` when all are taken; those of opening one. */
  async take(): Promise<PostgresConnection> {
    await this.turns.take();
    for (let next = this.idle.pop(); next; next = this.idle.pop()) {
      if (!next.connection.isLost) return next.connection;
      this.all.delete(next.connection);
    }
    try {
      const connection = await this.open();
      this.all.add(connection);
      if (!this.isClosed) return connection;
      await this.discard(connection);
      throw new ConnectionLost('The engine was closed.');
    } catch (error) {
      this.turns.give();
      throw error;
    }
  }

  /** Gives a connection back; one of no more use is closed. */
  give(connection: PostgresConnection, isUsable: boolean): void {
    if (isUsable && !connection.isLost) {
      this.idle.push({ connection, sinceMs: performance.now() });
    } else {
      void this.discard(connection);
    }
    this.turns.give();
  }

  /** Closes all of them, whether in use or not. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.sweep);
    await Promise.all([...this.all].map((connection) => this.discard(connection)));
  }

  private closeUnused(): void {
    const unusedSinceMs = performance.now() - IDLE_MS;
    while (this.idle[0] && this.idle[0].sinceMs < unusedSinceMs) {
      void this.discard(this.idle.shift()?.connection as PostgresConnection);
    }
  }

  private async discard(connection: PostgresConnection): Promise<void> {
    this.all.delete(connection);
    await connection.close();
  }
}
