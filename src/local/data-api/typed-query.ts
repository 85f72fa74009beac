import pg from 'pg';
import type { Bound, Column, ResultSink } from './engine.ts';

/** The wire calls of `pg` that carry parameter types, which its own query leaves out. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(message: { text: string; name: string; types: readonly number[] }): void;
  bind(message: { values: readonly (string | null)[]; statement: string; portal: string }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: { portal: string }): void;
  sync(): void;
}

interface FieldMessage {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

/** PostgreSQL's description of a column, as `pg` and PGlite both read it. */
export function toColumn(field: FieldMessage): Column {
  return {
    name: field.name,
    oid: field.dataTypeID,
    typeModifier: field.dataTypeModifier,
    tableOid: field.tableID,
    columnNumber: field.columnID,
  };
}

/** The class as it is at run time: its type names none of the methods that `pg` calls on it. */
const Query = pg.Query as unknown as new (config: { readonly text: string }) => object;

/** A query that binds with explicit types, as the Data API does, and hands over PostgreSQL's texts unread. */
export class TypedQuery extends Query {
  private readonly sql: string;
  private readonly bound: readonly Bound[];
  private readonly sink: ResultSink;
  /** `pg` puts another in its place to be rid of the answer. */
  callback: (error?: Error) => void;

  constructor(
    sql: string,
    bound: readonly Bound[],
    sink: ResultSink,
    callback: (error?: Error) => void,
  ) {
    super({ text: sql });
    this.sql = sql;
    this.bound = bound;
    this.sink = sink;
    this.callback = callback;
  }

  submit(connection: unknown): void {
    const wire = connection as Wire;
    wire.stream.cork();
    wire.parse({ text: this.sql, name: '', types: this.bound.map(({ oid }) => oid) });
    wire.bind({ statement: '', portal: '', values: this.bound.map(({ text }) => text) });
    wire.describe({ type: 'P', name: '' });
    wire.execute({ portal: '' });
    wire.sync();
    // Uncorked when this turn is over: what clears the session behind it goes out in the same packet.
    process.nextTick(() => wire.stream.uncork());
  }

  handleRowDescription(message: { readonly fields: readonly FieldMessage[] }): void {
    this.sink.describe(message.fields.map(toColumn));
  }

  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    this.sink.row(message.fields);
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.sink.complete(message.text);
  }

  handleEmptyQuery(): void {
    this.sink.complete('');
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback();
  }
}
