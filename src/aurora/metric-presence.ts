import { type RawBuilder, sql } from 'kysely';
import type { Patterns } from './presence.ts';

/** Up to this many articles without a metric are looked up and sorted; of more, one is met often enough on a walk. */
const MAX_WITHOUT = 2_000;

/** A column of the pool: what stands for it in `metric_presence.held` (0070_metric_presence.sql). */
export function presenceBit(column: string): number {
  const first = FIRST_BITS[column.charAt(0)];
  if (first === undefined) throw new Error(`"${column}" is no column of the pool`);
  return 2 ** (first + Number(column.slice(1)) - 1);
}

const FIRST_BITS: Readonly<Record<string, number>> = { n: 0, t: 24, k: 28, b: 36 };

/** Articles without a metric, one by one: `isFew` says whether all are known, `isWithout` that `article` is one of them. */
export function fewWithout(bit: number): {
  readonly cte: RawBuilder<unknown>;
  readonly isFew: RawBuilder<unknown>;
  readonly isWithout: RawBuilder<unknown>;
} {
  const table = sql.id(`without_${bit}`);
  const call = sql`articles_without(${sql.lit(bit)}, ${sql.lit(MAX_WITHOUT + 1)})`;
  return {
    cte: sql`${table} (key) as materialized (select * from ${call})`,
    isFew: sql`(select count(*) <= ${sql.lit(MAX_WITHOUT)} from ${table})`,
    isWithout: sql`article.key in (select key from ${table})`,
  };
}

/** The patterns of metrics without one of them. */
export function patternsWithoutMetric(bit: number): Patterns {
  const table = sql.id(`patterns_without_${bit}`);
  const patterns = sql`(select held from ${table})`;
  return {
    cte: sql`${table} (held) as materialized (select patterns_without(${sql.lit(bit)}))`,
    areFew: sql`${patterns} is not null`,
    from: sql`unnest(${patterns}) as pattern (held)`,
    table: sql`metric_presence as presence`,
    isOne: sql`presence.held = pattern.held`,
  };
}
