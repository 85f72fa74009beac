import { sql } from 'kysely';
import type { Filter } from '../domain/index.ts';
import { outputSql } from './field-sql.ts';
import type { Patterns } from './presence.ts';

/** The kind of which an article that a filter finds has no output, where the filter says only that. */
export function missingKind(filter: Filter): string | undefined {
  if (filter.type !== 'not' || filter.term.type !== 'present') return undefined;
  const { field } = filter.term;
  if (field.kind !== 'output') return undefined;
  // Of an output that is there some members may be missing.
  const isWhole = field.member === undefined || !outputSql(field.member).nullable;
  return isWhole ? field.output : undefined;
}

/** The patterns of outputs without one of the kind (0072_output_presence.sql). */
export function patternsWithoutOutput(kind: string): Patterns {
  const table = sql.id('patterns_without_output');
  const areFew = sql`not exists (select from ${table} where ${table}.kinds is null)`;
  // No EXISTS, which the planner may answer with a table of all outputs of the kind.
  const output = sql`(select true from ai_output o where o.article_key = presence.article_key
    and o.kind = ${kind}::text and not o.dead)`;
  return {
    cte: sql`${table} (kinds, is_told) as materialized (select * from patterns_without_kind(${kind}::text))`,
    areFew,
    from: sql`(select * from ${table} where ${areFew}) as pattern`,
    table: sql`output_presence as presence`,
    isOne: sql`presence.kinds = pattern.kinds and (pattern.is_told or ${output} is null)`,
  };
}
