import type { Column, ResultSink } from './engine.ts';

/**
 * Messages of PostgreSQL's protocol 3.0 from server to client, read into the result they belong to. `pg`
 * makes an object and an event of every one of them.
 */

/** What PostgreSQL refused a statement with. */
export class PostgresError extends Error {
  readonly severity: string;
  readonly code: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly position: string | undefined;

  /** By the letters that the protocol has for them. */
  constructor(fields: ReadonlyMap<string, string>) {
    super(fields.get('M'));
    this.severity = fields.get('S') ?? 'ERROR';
    this.code = fields.get('C') ?? '';
    this.detail = fields.get('D');
    this.hint = fields.get('H');
    this.position = fields.get('P');
  }
}

/** Takes in what PostgreSQL says up to one ReadyForQuery. */
export interface Answer {
  readonly sink: ResultSink;
  error: PostgresError | undefined;
}

/** `I` outside of a transaction, `T` in one, `E` in one that failed. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** Type and length of a message. */
const HEAD = 5;

/** Types of messages, by their letter. */
const ROW_DESCRIPTION = 0x54;
const DATA_ROW = 0x44;
const COMMAND_COMPLETE = 0x43;
const EMPTY_QUERY = 0x49;
const ERROR = 0x45;
const READY_FOR_QUERY = 0x5a;
const COPY_IN = 0x47;

/** Takes a connection's bytes apart. */
export class BackendReader {
  private readonly answer: () => Answer;
  private readonly ready: (status: TransactionStatus) => void;
  /** A message that is not whole yet, as it came, and how much of it there has to be to go on. */
  private parts: Buffer[] = [];
  private partsLength = 0;
  private wanted = HEAD;

  /** `answer` takes in what comes up to `ready`. */
  constructor(answer: () => Answer, ready: (status: TransactionStatus) => void) {
    this.answer = answer;
    this.ready = ready;
  }

  /** Errors: one for a message that no statement of the Data API is answered with. */
  take(chunk: Buffer): void {
    let bytes = chunk;
    if (this.partsLength > 0) {
      this.parts.push(chunk);
      this.partsLength += chunk.length;
      if (this.partsLength < this.wanted) return;
      bytes = Buffer.concat(this.parts);
    }
    const rest = bytes.subarray(this.readAll(bytes));
    this.parts = rest.length > 0 ? [rest] : [];
    this.partsLength = rest.length;
    this.wanted = rest.length < HEAD ? HEAD : 1 + rest.readUInt32BE(1);
  }

  /** Reads the whole messages of `bytes`; answers where they end. */
  private readAll(bytes: Buffer): number {
    let at = 0;
    while (at + HEAD <= bytes.length) {
      const end = at + 1 + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      this.read(bytes, at + HEAD, end, bytes[at] as number);
      at = end;
    }
    return at;
  }

  private read(bytes: Buffer, at: number, end: number, type: number): void {
    switch (type) {
      case ROW_DESCRIPTION:
        this.answer().sink.describe(columnsOf(bytes, at));
        break;
      case DATA_ROW:
        this.answer().sink.row(cellsOf(bytes, at));
        break;
      case COMMAND_COMPLETE:
        this.answer().sink.complete(bytes.toString('latin1', at, end - 1));
        break;
      case EMPTY_QUERY:
        this.answer().sink.complete('');
        break;
      case ERROR:
        this.answer().error ??= errorOf(bytes, at);
        break;
      case READY_FOR_QUERY:
        this.ready(String.fromCharCode(bytes[at] as number) as TransactionStatus);
        break;
      case COPY_IN:
        throw new Error('PostgreSQL waits for rows to copy.');
    }
  }
}

function columnsOf(bytes: Buffer, start: number): Column[] {
  const columns: Column[] = new Array(bytes.readUInt16BE(start));
  let at = start + 2;
  for (let column = 0; column < columns.length; column++) {
    const nameEnd = bytes.indexOf(0, at);
    const name = bytes.toString('utf8', at, nameEnd);
    at = nameEnd + 1;
    columns[column] = {
      name,
      tableOid: bytes.readUInt32BE(at),
      columnNumber: bytes.readInt16BE(at + 4),
      oid: bytes.readUInt32BE(at + 6),
      typeModifier: bytes.readInt32BE(at + 12),
    };
    at += 18;
  }
  return columns;
}

function cellsOf(bytes: Buffer, start: number): (string | null)[] {
  const cells: (string | null)[] = new Array(bytes.readUInt16BE(start));
  let at = start + 2;
  for (let cell = 0; cell < cells.length; cell++) {
    const length = bytes.readInt32BE(at);
    at += 4;
    cells[cell] = length < 0 ? null : bytes.toString('utf8', at, at + length);
    at += Math.max(0, length);
  }
  return cells;
}

function errorOf(bytes: Buffer, start: number): PostgresError {
  const fields = new Map<string, string>();
  for (let at = start; bytes[at] !== 0; ) {
    const end = bytes.indexOf(0, at);
    fields.set(String.fromCharCode(bytes[at] as number), bytes.toString('utf8', at + 1, end));
    at = end + 1;
  }
  return new PostgresError(fields);
}
