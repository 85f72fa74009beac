import { serialize } from 'pg-protocol';
import type { Bound } from './engine.ts';

/** Ends what went before: commits it, unless it stands in a transaction. */
export const SYNC = serialize.sync();

/** Of the unnamed portal, with all of its rows. */
const DESCRIBE_AND_EXECUTE = Buffer.concat([
  serialize.describe({ type: 'P' }),
  serialize.execute(),
]);

/** A statement without parameters, in the simple protocol. */
export function queryMessage(sql: string): Buffer {
  return serialize.query(sql);
}

/**
 * A statement with its parameters bound by type, up to its execution, and the messages that follow it: put
 * together to be sent as one, since each costs a write or a copy by itself.
 */
export function statementMessages(
  sql: string,
  bound: readonly Bound[],
  following: Buffer = Buffer.alloc(0),
): Buffer {
  return Buffer.concat([
    serialize.parse({ text: sql, types: bound.map(({ oid }) => oid) }),
    serialize.bind({ values: bound.map(({ text }) => text) }),
    DESCRIBE_AND_EXECUTE,
    following,
  ]);
}
