import { MAX_RESULT_BYTES, rowOctets } from './limits.ts';

/** A parameter as it is bound: PostgreSQL's text form and its type's OID (0: unknown). */
export interface Bound {
  readonly oid: number;
  readonly text: string | null;
}

/** A result's column as PostgreSQL's protocol describes it; 0 for a table or column number means an expression. */
export interface Column {
  readonly name: string;
  readonly oid: number;
  readonly typeModifier: number;
  readonly tableOid: number;
  readonly columnNumber: number;
}

/** A result as PostgreSQL's text protocol has it. `columns` is empty for statements without rows. */
export interface RawResult {
  readonly columns: readonly Column[];
  /** Cut where the result is larger than the service allows. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Size of the whole result, cut or not. */
  readonly octets: number;
  readonly affected: number;
  readonly command: string;
}

export interface QueryOptions {
  readonly timeoutMs: number;
  /** Lets the statement run on after the time-out; the caller is told of it all the same. */
  readonly runsOn?: boolean;
  /** The call's last statement: the session is cleared right behind it, in the same round trip. */
  readonly last?: boolean;
}

/** One database session. Calls on it come one after the other. */
export interface Session {
  /** The server's process that carries the session. */
  readonly connectionId: number;
  /**
   * Runs one statement.
   * Errors: what PostgreSQL said, `StatementTimeout`, `ConnectionLost`.
   */
  query(sql: string, parameters: readonly Bound[], options: QueryOptions): Promise<RawResult>;
  /** Whether a transaction is open, be it failed and waiting for its end; as of the last statement. */
  inTransaction(): boolean;
  /** Gives it back once nothing runs in it any more, with nothing of its state left behind. */
  release(): Promise<void>;
}

/** A PostgreSQL that sessions can be had of. `single`: there is only one, and who has it owns it. */
export interface Engine {
  readonly kind: 'pglite' | 'postgres';
  readonly single: boolean;
  /** Errors: `NoSession` when all are taken, `ConnectionLost` when there is no database to reach. */
  session(): Promise<Session>;
  close(): Promise<void>;
}

/** The statement took longer than the call may; it is cancelled unless it `runsOn`. */
export class StatementTimeout extends Error {
  readonly connectionId: number;
  constructor(connectionId: number) {
    super('canceling statement due to statement timeout');
    this.connectionId = connectionId;
  }
}

/** The database cannot be reached, or went away. */
export class ConnectionLost extends Error {}

/** Every session is taken, and none came free in time. */
export class NoSession extends Error {}

/** Gathers a result from the protocol's messages, and keeps no more of it than may be answered. */
export class ResultSink implements RawResult {
  columns: Column[] = [];
  rows: (readonly (string | null)[])[] = [];
  octets = 0;
  affected = 0;
  command = '';

  describe(columns: Column[]): void {
    this.columns = columns;
  }

  row(cells: readonly (string | null)[]): void {
    this.octets += rowOctets(cells.length);
    for (const cell of cells) if (cell !== null) this.octets += Buffer.byteLength(cell);
    if (this.octets <= MAX_RESULT_BYTES) this.rows.push(cells);
  }

  /** `tag` is such as `INSERT 0 3` or `CREATE TABLE`. */
  complete(tag: string): void {
    this.command = tag.replace(/[ \d]+$/, '');
    this.affected = Number(/\d+$/.exec(tag)?.[0] ?? 0);
  }
}
