import type { Writable } from 'node:stream';
import type pg from 'pg';
import type { Column, ResultSink } from './engine.ts';

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

/** A query that sends messages made elsewhere, and hands over PostgreSQL's texts unread. */
export class RawQuery implements pg.Submittable {
  private readonly messages: Uint8Array;
  private readonly sink: ResultSink;
  /** `pg` puts another in its place to be rid of the answer. */
  callback: (error?: Error) => void;

  /** `messages` end with one Sync, or are none where an earlier query sent them along. */
  constructor(messages: Uint8Array, sink: ResultSink, callback: (error?: Error) => void) {
    this.messages = messages;
    this.sink = sink;
    this.callback = callback;
  }

  submit(connection: unknown): void {
    (connection as { readonly stream: Writable }).stream.write(this.messages);
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
