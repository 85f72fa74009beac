import type { Column, ResultSink } from './engine.ts';

/** What PostgreSQL's protocol describes of a column, by the names that `pg-protocol` and PGlite have for it. */
interface Field {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

/** A message of the server, read by either of them. */
export type BackendMessage =
  | { readonly name: 'rowDescription'; readonly fields: readonly Field[] }
  | { readonly name: 'dataRow'; readonly fields: readonly (string | null)[] }
  | { readonly name: 'commandComplete'; readonly text: string }
  | { readonly name: 'readyForQuery'; readonly status: string }
  | { readonly name: 'emptyQuery' | 'copyInResponse' | 'error' };

/** Takes into a result what a message says of it; others say nothing of it. */
export function takeIn(sink: ResultSink, message: BackendMessage): void {
  switch (message.name) {
    case 'rowDescription':
      sink.describe(message.fields.map(toColumn));
      break;
    case 'dataRow':
      sink.row(message.fields);
      break;
    case 'commandComplete':
      sink.complete(message.text);
      break;
    case 'emptyQuery':
      sink.complete('');
      break;
  }
}

function toColumn(field: Field): Column {
  return {
    name: field.name,
    oid: field.dataTypeID,
    typeModifier: field.dataTypeModifier,
    tableOid: field.tableID,
    columnNumber: field.columnID,
  };
}
