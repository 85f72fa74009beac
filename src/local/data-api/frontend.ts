import type { Bound } from './engine.ts';

/**
 * Messages of PostgreSQL's protocol 3.0 from client to server, put together to be sent as one: `pg` and
 * PGlite make one of each, which costs a write or a copy more for every one of them.
 */

/** Type and length of a message. */
const HEAD = 5;

const SYNC = message('S', 0, () => undefined);

/** Describe and Execute of the unnamed portal, with all of its rows. */
const DESCRIBE_AND_EXECUTE = Buffer.concat([
  message('D', 2, (to) => to.write('P\0', HEAD, 'latin1')),
  message('E', 5, (to) => to.write('\0\0\0\0\0', HEAD, 'latin1')),
]);

/** A statement with its parameters bound by type, up to its execution; without the Sync that ends it. */
export function statementMessages(sql: string, bound: readonly Bound[]): Buffer {
  return Buffer.concat([parseMessage(sql, bound), bindMessage(bound), DESCRIBE_AND_EXECUTE]);
}

/** Ends what went before: commits it, unless it stands in a transaction. */
export function syncMessage(): Buffer {
  return SYNC;
}

/** A statement without parameters, in the simple protocol. */
export function queryMessage(sql: string): Buffer {
  const length = Buffer.byteLength(sql) + 1;
  return message('Q', length, (to) => to.write(`${sql}\0`, HEAD));
}

function parseMessage(sql: string, bound: readonly Bound[]): Buffer {
  const sqlLength = Buffer.byteLength(sql) + 1;
  return message('P', 1 + sqlLength + 2 + 4 * bound.length, (to) => {
    let at = HEAD + 1;
    to[HEAD] = 0;
    at += to.write(`${sql}\0`, at);
    at = to.writeUInt16BE(bound.length, at);
    for (const { oid } of bound) at = to.writeUInt32BE(oid, at);
  });
}

function bindMessage(bound: readonly Bound[]): Buffer {
  const lengths = bound.map(({ text }) => (text === null ? -1 : Buffer.byteLength(text)));
  const values = lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), 0);
  return message('B', 2 + 2 + 2 + values + 2, (to) => {
    // Unnamed portal and statement; parameters and results in text.
    to.fill(0, HEAD, HEAD + 4);
    let at = to.writeUInt16BE(bound.length, HEAD + 4);
    bound.forEach(({ text }, index) => {
      at = to.writeInt32BE(lengths[index] as number, at);
      if (text !== null) at += to.write(text, at);
    });
    to.writeUInt16BE(0, at);
  });
}

function message(type: string, length: number, fill: (to: Buffer) => void): Buffer {
  const to = Buffer.allocUnsafe(1 + 4 + length);
  to.write(type, 0, 'latin1');
  to.writeUInt32BE(4 + length, 1);
  fill(to);
  return to;
}
