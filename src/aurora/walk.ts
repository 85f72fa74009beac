import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { ArticleQuery, CursorValues, Filter, OrderKey } from '../domain/index.ts';
import { FALSE } from './literal-sql.ts';
import { fewWithout, patternsWithoutMetric } from './metric-presence.ts';
import { cursorSql, isAfter, type KeySql, orderSql } from './order-sql.ts';
import { inPresence, type Patterns, presenceKey } from './presence.ts';

/** More rows than this are not sorted for one page. */
export const MAX_SORTED_ROWS = 100_000;

/** Where the rows of a walk come from. */
export interface Source {
  readonly from: RawBuilder<unknown>;
  readonly conditions: readonly RawBuilder<unknown>[];
  /** Whether these are all live articles. */
  readonly isWhole?: boolean;
  /** The articles' key where it is not `article.key`. */
  readonly key?: RawBuilder<unknown>;
}

/** A key in SQL, by the columns of the table whose index leads the walk. */
export type KeyOf = (key: OrderKey, leading: OrderKey) => KeySql;

/** One of the selects that follow each other in a walk. */
interface Branch {
  /**
   * Where the leading key alone does not give the order, the rows to sort: those of a page by that key, and
   * all that have the same value as the last of them. One more than may be sorted, where there are so many.
   */
  readonly tied: RawBuilder<unknown> | undefined;
  /** Ordered and limited. `table` holds the rows of `tied`; none is read unless `few` holds. */
  readonly select: (
    ties?: {
      readonly table?: RawBuilder<unknown>;
      readonly few?: RawBuilder<unknown> | undefined;
    },
    columns?: boolean,
  ) => RawBuilder<unknown>;
}

/**
 * Rows in an order that an index has: those with a value of the leading key first, then, only once those
 * are too few, those without, in the order of the keys that are left.
 */
export class Walk {
  readonly #query: ArticleQuery;
  readonly #source: Source;
  readonly #keyOf: KeyOf;
  readonly #wanted: number;
  readonly #absences = new Map<number, RawBuilder<unknown>>();

  constructor(query: ArticleQuery, source: Source, keyOf: KeyOf) {
    this.#query = query;
    this.#source = source;
    this.#keyOf = keyOf;
    this.#wanted = query.skip + query.pageSize + 1;
  }

  plan(name: string): {
    /** Common table expressions that `rows` needs. */
    readonly ctes: readonly RawBuilder<unknown>[];
    readonly rows: RawBuilder<unknown>;
    /** Whether it would have sorted too much, and did not; asks how many rows `picked` has. */
    readonly costly: RawBuilder<SqlBool>;
  } {
    const tied: RawBuilder<unknown>[] = [];
    const guards: RawBuilder<unknown>[] = [];
    const branches = this.branches().map((branch, index) => {
      if (this.#query.allowSlow || !branch.tied) return branch.select();
      const table = sql.id(`${name}_tied_${index}`);
      tied.push(sql`${table} as materialized (${branch.tied})`);
      const few = sql`(select count(*) <= ${MAX_SORTED_ROWS} from ${table})`;
      // Branches behind the first are looked at only where those before did not fill the page.
      guards.push(
        index === 0
          ? sql`not ${few}`
          : sql`(select count(*) from picked) <= ${this.#query.pageSize} and not ${few}`,
      );
      return branch.select({ table, few });
    });
    return {
      ctes: [...this.ctes, ...tied],
      rows: sql`${sql.join(
        branches,
        sql`
        union all `,
      )}`,
      costly: guards.length === 0 ? FALSE : sql<SqlBool>`(${sql.join(guards, sql` or `)})`,
    };
  }

  /** Common table expressions that the branches need. Complete once these are made. */
  get ctes(): readonly RawBuilder<unknown>[] {
    return [...this.#absences.values()];
  }

  /** The selects of a walk, each ordered and limited. */
  branches(): readonly Branch[] {
    const { orderBy, after } = this.#query;
    return this.#from(orderBy, after, []);
  }

  #from(
    order: readonly OrderKey[],
    after: CursorValues | undefined,
    absent: readonly RawBuilder<unknown>[],
  ): readonly Branch[] {
    const [leading, ...rest] = order;
    if (!leading) return [];
    const keys = order.map((key) => this.#keyOf(key, leading));
    const lead = keys[0] as KeySql;
    const there = { ...lead, nullable: false };
    const missing = absent.length;
    const branch = (conditions: readonly RawBuilder<unknown>[], behind: CursorValues | undefined) =>
      this.#branch([there, ...keys.slice(1)], [...absent, ...conditions], behind, missing);
    if (leading.by.kind === 'field' && leading.by.name === 'title') {
      // No index holds the longest titles: those are sorted, and merged into the others.
      const short = branch([sql`octet_length(article.title) <= 2000`], after);
      const long = branch([sql`octet_length(article.title) > 2000`], after);
      return [{ ...short, select: merging(short, long, keys, missing, this.#wanted) }];
    }
    if (!lead.nullable) return [branch([], after)];
    const isMissing = after !== undefined && after[0] === null;
    const present = isMissing ? [] : [branch([sql`${lead.ref} is not null`], after)];
    if (this.#query.filter && demandsPresence(this.#query.filter, leading)) return present;
    const behind = isMissing ? after.slice(1) : undefined;
    const isNull = lead.missing ?? sql`${lead.ref} is null`;
    const { presenceBit } = lead;
    if (presenceBit === undefined) {
      return [...present, ...this.#from(rest, behind, [...absent, isNull])];
    }
    // Met by the way only where they are neither few nor together in an index: a walk over articles that
    // nearly all have the metric would come to an end only with the last of them.
    const { isSought, select } =
      this.#source.isWhole && missing === 0 && inPresence(rest)
        ? this.#byPattern(rest, behind, presenceBit)
        : this.#fewWithout(rest, behind, presenceBit, absent);
    const many = sql`not (${isSought}) and ${isNull}`;
    return [
      ...present,
      { tied: undefined, select },
      ...this.#from(rest, behind, [...absent, many]),
    ];
  }

  /** Articles without a metric, looked up and sorted where they are few enough for that. */
  #fewWithout(
    order: readonly OrderKey[],
    after: CursorValues | undefined,
    bit: number,
    absent: readonly RawBuilder<unknown>[],
  ): Absence {
    const { cte, isFew, isWithout } = fewWithout(bit);
    this.#absences.set(bit, cte);
    const keys = order.map((key) => this.#keyOf(key, key));
    const conditions = [...absent, sql`${isFew} and ${isWithout}`];
    const { select } = this.#branch(keys, conditions, after, absent.length + 1);
    return { isSought: isFew, select };
  }

  /** Articles without a metric in an order that each pattern of presence has, where the patterns are few enough. */
  #byPattern(order: readonly OrderKey[], after: CursorValues | undefined, bit: number): Absence {
    const patterns = patternsWithoutMetric(bit);
    this.#absences.set(bit, patterns.cte);
    const { filter: _, text: __, after: ___, ...query } = this.#query;
    const rest = { ...query, orderBy: order, ...(after ? { after } : {}) };
    const cursor = sql`(jsonb_build_array(null) || merged.cursor::jsonb)::text`;
    const rows = walkPatterns(rest, patterns, cursor);
    return { isSought: patterns.areFew, select: () => rows };
  }

  #branch(
    keys: readonly KeySql[],
    conditions: readonly RawBuilder<unknown>[],
    after: CursorValues | undefined,
    missing: number,
  ): Branch {
    const lead = keys[0] as KeySql;
    const { from, conditions: always, key: articleKey = sql`article.key` } = this.#source;
    const where = sql.join(
      [...always, ...conditions, ...(after ? [isAfter(keys, after)] : [])],
      sql` and `,
    );
    // With their types: branches that are merged first would take them for text.
    const nulls = this.#query.orderBy
      .slice(0, missing)
      .map((key) => sql`null::${sql.raw(this.#keyOf(key, key).type)}`);
    const columnsOf = (of: readonly KeySql[]): RawBuilder<unknown> =>
      sql.join(
        [...nulls, ...of.map(({ ref }) => ref)].map((ref, n) => sql`${ref} as ${sql.id(`k${n}`)}`),
      );
    const wanted = this.#wanted;
    const read = (
      of: readonly KeySql[],
      key: RawBuilder<unknown>,
      rows: RawBuilder<unknown>,
      columns: boolean,
    ): RawBuilder<unknown> => {
      const values = sql.join([...nulls, ...of.map(cursorSql)]);
      return sql`(select ${key}, jsonb_build_array(${values})::text as cursor${columns ? sql`, ${columnsOf(of)}` : sql``}
          from ${rows} order by ${orderSql(of)} limit ${wanted})`;
    };
    return {
      tied: givesOrder(keys)
        ? undefined
        : sql`select * from (select ${articleKey}, ${columnsOf(keys)} from ${from} where ${where}
            order by ${orderSql([lead])} fetch first (${wanted}) rows with ties) as first limit ${MAX_SORTED_ROWS + 1}`,
      select({ table, few } = {}, columns = false) {
        if (table) {
          const named = keys.map((key, n) => ({ ...key, ref: sql.ref(`tied.k${n + missing}`) }));
          return read(named, sql`tied.key`, sql`${table} as tied where ${few}`, columns);
        }
        const gate = few ? sql` and ${few}` : sql``;
        return read(keys, articleKey, sql`${from} where ${where}${gate}`, columns);
      },
    };
  }
}

/**
 * Articles of some patterns in an order that each of them has (`inPresence`): the first of each, merged.
 * `cursor` tells what to make of theirs.
 */
export function walkPatterns(
  query: ArticleQuery,
  { from, table, isOne }: Patterns,
  cursor: RawBuilder<unknown> = sql`merged.cursor`,
): RawBuilder<unknown> {
  const wanted = query.skip + query.pageSize + 1;
  const source = { from: table, conditions: [isOne], key: sql`presence.article_key as key` };
  const branches = new Walk(query, source, presenceKey)
    .branches()
    .map(({ select }) => select(undefined, true));
  const merged = query.orderBy.map((key, n) => ({
    ...presenceKey(key),
    ref: sql.ref(`merged.k${n}`),
  }));
  return sql`(select merged.key, ${cursor} as cursor
        from ${from} cross join lateral (select * from (${sql.join(
          branches,
          sql` union all `,
        )}) as own limit ${wanted}) as merged
        order by ${orderSql(merged)} limit ${wanted})`;
}

/** Rows without a metric; others than those sought are to be met on a walk. */
interface Absence {
  readonly isSought: RawBuilder<unknown>;
  readonly select: Branch['select'];
}

/** The first rows of two branches together. */
function merging(
  short: Branch,
  long: Branch,
  keys: readonly KeySql[],
  missing: number,
  wanted: number,
): Branch['select'] {
  const named = keys.map((key, n) => ({ ...key, ref: sql.ref(`merged.k${n + missing}`) }));
  return (ties, columns = false) => {
    const shown = columns ? sql`merged.*` : sql`merged.key, merged.cursor`;
    const rows = [short.select(ties, true), long.select(ties && { few: ties.few }, true)];
    return sql`(select ${shown} from (${sql.join(rows, sql` union all `)}) as merged
      order by ${orderSql(named)} limit ${wanted})`;
  };
}

/** Whether an index on the first key, with `id` as its tie-break, has the whole order. */
function givesOrder(keys: readonly KeySql[]): boolean {
  const [first, second] = keys;
  return keys.length === 1 || (keys.length === 2 && first?.descending === second?.descending);
}

/** Whether a filter lets through only articles that have a value of the key. */
function demandsPresence(filter: Filter, { by }: OrderKey): boolean {
  switch (filter.type) {
    case 'and':
      return filter.terms.some((term) => demandsPresence(term, { by, direction: 'asc' }));
    case 'present':
    case 'compare':
    case 'in': {
      if (filter.type === 'compare' && (filter.op === '!=' || filter.value.type === 'null'))
        return false;
      const { field } = filter;
      return by.kind === 'metric'
        ? field.kind === 'metric' && field.name === by.name
        : by.kind === 'field' && field.kind === 'scalar' && field.name === by.name;
    }
    default:
      return false;
  }
}
