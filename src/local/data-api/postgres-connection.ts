import type { Duplex } from 'node:stream';
import pg from 'pg';
import { DatabaseError, parse } from 'pg-protocol';
import { type BackendMessage, takeIn } from './backend.ts';
import { ConnectionLost, type RawResult, ResultSink } from './engine.ts';

/** How long the server may take to let a connection in. */
const CONNECT_MS = 5_000;

/** What is said up to one ReadyForQuery. */
interface Answer {
  readonly sink: ResultSink;
  error: DatabaseError | undefined;
}

interface Expected extends Answer {
  readonly resolve: (result: RawResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One connection. `pg` opens it, with all there is of encryption and passwords, and ends it; between, the
 * socket is spoken to in whole messages, and what is sent in one write is answered in order.
 */
export class PostgresConnection {
  /** The server's process. */
  readonly processId: number;
  /** `I` outside of a transaction, `T` in one, `E` in one that failed. */
  status = 'I';
  /** It broke, or was closed. */
  isLost = false;
  private readonly client: pg.Client;
  private readonly socket: Duplex;
  private readonly expected: Expected[] = [];
  /** What a server says unasked, such as before it shuts down. */
  private readonly stray: Answer = { sink: new ResultSink(), error: undefined };

  /** Errors: what PostgreSQL said, `ConnectionLost`. */
  static async open(config: pg.ClientConfig): Promise<PostgresConnection> {
    const client = new pg.Client({ ...config, connectionTimeoutMillis: CONNECT_MS });
    // Told by the socket as well.
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      client.end().catch(() => undefined);
      throw lostOr(error as Error);
    }
    return new PostgresConnection(client);
  }

  private constructor(client: pg.Client) {
    this.client = client;
    this.processId = (client as unknown as { processID?: number }).processID ?? 0;
    this.socket = client.connection.stream;
    this.socket.removeAllListeners('data');
    void parse(this.socket, (message) => this.take(message as BackendMessage | DatabaseError));
    this.socket.once('error', (error) => this.lose(error.message));
    this.socket.once('close', () => this.lose('The connection was closed.'));
  }

  /** Sends messages that end with a Sync or a simple query. Errors: what PostgreSQL said, `ConnectionLost`. */
  send(messages: Uint8Array): Promise<RawResult> {
    if (!this.isLost) this.socket.write(messages);
    return this.next();
  }

  /** The answer behind the one that was asked for last: where messages hold more than one Sync or query. */
  next(): Promise<RawResult> {
    return new Promise((resolve, reject) => {
      if (this.isLost) reject(new ConnectionLost('The connection was closed.'));
      else this.expected.push({ sink: new ResultSink(), error: undefined, resolve, reject });
    });
  }

  /** Does not wait for what runs. */
  async close(): Promise<void> {
    this.isLost = true;
    const ended = this.client.end().catch(() => undefined);
    if (this.expected.length > 0) this.socket.destroy();
    await ended;
  }

  private take(message: BackendMessage | DatabaseError): void {
    const answer = this.expected[0] ?? this.stray;
    if (message instanceof DatabaseError) {
      answer.error ??= message;
    } else if (message.name === 'readyForQuery') {
      this.settle(message.status);
    } else if (message.name === 'copyInResponse') {
      this.socket.destroy(new Error('PostgreSQL waits for rows to copy.'));
    } else {
      takeIn(answer.sink, message);
    }
  }

  private settle(status: string): void {
    this.status = status;
    const done = this.expected.shift();
    if (!done) return;
    if (done.error) done.reject(done.error);
    else done.resolve(done.sink);
  }

  private lose(reason: string): void {
    this.isLost = true;
    for (const { error, reject } of this.expected.splice(0)) {
      reject(error ?? new ConnectionLost(reason));
    }
  }
}

/** PostgreSQL's errors have a severity; what has none is the connection's, some of which have a code only. */
function lostOr(error: Error & { readonly severity?: string; readonly code?: string }): Error {
  if (error.severity !== undefined) return error;
  return new ConnectionLost(error.message || (error.code ?? 'no reason'), { cause: error });
}
