import type { Bound } from './engine.ts';

/**
 * Messages of PostgreSQL's protocol 3.0 from client to server, put together to be sent as one: `pg` and
 * PGlite make one of each, which costs a write or a copy more for every one of them.
 */

/** Type and length of a message. */
const HEAD = 5;

/** Ends what went before: commits it, unless it stands in a transaction. */
export const SYNC = message('S', '');

/** Describe and Execute of the unnamed portal, with all of its rows. */
const DESCRIBE_AND_EXECUTE = Buffer.concat([message('D', 'P\0'), message('E', '\0\0\0\0\0')]);

/** A statement without parameters, in the simple protocol. */
export function queryMessage(sql: string): Buffer {
  return message('Q', `${sql}\0`);
}

/** A statement with its parameters bound by type, up to its execution, and the messages that follow it. */
export function statementMessages(
  sql: string,
  bound: readonly Bound[],
  following?: Buffer,
): Buffer {
  const sqlLength = Buffer.byteLength(sql);
  let valuesLength = 0;
  for (const { text } of bound) valuesLength += 4 + (text === null ? 0 : Buffer.byteLength(text));
  const parseLength = HEAD + 1 + sqlLength + 1 + 2 + 4 * bound.length;
  const bindLength = HEAD + 2 + 2 + 2 + valuesLength + 2;
  const executeAt = parseLength + bindLength;
  const followingAt = executeAt + DESCRIBE_AND_EXECUTE.length;
  const to = Buffer.allocUnsafe(followingAt + (following?.length ?? 0));
  writeParse(to, parseLength, sql, bound);
  writeBind(to, parseLength, bindLength, bound);
  to.set(DESCRIBE_AND_EXECUTE, executeAt);
  if (following) to.set(following, followingAt);
  return to;
}

/** Of the unnamed statement. */
function writeParse(to: Buffer, length: number, sql: string, bound: readonly Bound[]): void {
  let at = writeHead(to, 0, 'P', length);
  to[at++] = 0;
  at += to.write(sql, at);
  to[at++] = 0;
  at = to.writeUInt16BE(bound.length, at);
  for (const { oid } of bound) at = to.writeUInt32BE(oid, at);
}

/** Of the unnamed statement to the unnamed portal; parameters and results in text. */
function writeBind(to: Buffer, start: number, length: number, bound: readonly Bound[]): void {
  let at = writeHead(to, start, 'B', length);
  at = to.writeUInt32BE(0, at);
  at = to.writeUInt16BE(bound.length, at);
  for (const { text } of bound) {
    const valueAt = at + 4;
    const valueLength = text === null ? 0 : to.write(text, valueAt);
    to.writeInt32BE(text === null ? -1 : valueLength, at);
    at = valueAt + valueLength;
  }
  to.writeUInt16BE(0, at);
}

function message(type: string, body: string): Buffer {
  const length = HEAD + Buffer.byteLength(body);
  const to = Buffer.allocUnsafe(length);
  to.write(body, writeHead(to, 0, type, length));
  return to;
}

/** The length that PostgreSQL is told does not count the type. */
function writeHead(to: Buffer, at: number, type: string, length: number): number {
  to[at] = type.charCodeAt(0);
  return to.writeUInt32BE(length - 1, at + 1);
}
