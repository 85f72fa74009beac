import { type RawBuilder, sql } from 'kysely';
import type { OrderKey } from '../domain/index.ts';
import type { KeySql } from './order-sql.ts';

/**
 * Articles that lack something, by what each of them has of its sort: a pattern. Those of one pattern stand
 * together in an index, in the orders that `inPresence` knows.
 */
export interface Patterns {
  /** A common table expression that the others refer to. */
  readonly cte: RawBuilder<unknown>;
  /** Whether they are few enough to go through. */
  readonly areFew: RawBuilder<unknown>;
  /** A table `pattern` with a row for each of them, empty where they are too many. */
  readonly from: RawBuilder<unknown>;
  /** A table `presence` with a row for each live article. */
  readonly table: RawBuilder<unknown>;
  /** Which rows of `presence` are of a row of `pattern`, and lack what is asked for. */
  readonly isOne: RawBuilder<unknown>;
}

/** Whether an index has the order within a pattern. */
export function inPresence([first, second]: readonly OrderKey[]): boolean {
  if (first?.by.kind !== 'field') return false;
  if (first.by.name === 'id') return true;
  const isById = second?.by.kind === 'field' && second.by.name === 'id';
  return first.by.name === 'publishedAt' && isById && first.direction === second.direction;
}

/** A key of such an order. */
export function presenceKey({ by, direction }: OrderKey): KeySql {
  const isId = by.kind === 'field' && by.name === 'id';
  return {
    ref: sql.ref(isId ? 'presence.article_id' : 'presence.published_at'),
    type: isId ? 'text' : 'timestamptz',
    nullable: !isId,
    descending: direction === 'desc',
  };
}
