import { type RawBuilder, sql } from 'kysely';
import {
  type AggregateColumn,
  type AggregationQuery,
  type AggregationStore,
  type Group,
  type Grouping,
  type GroupOrder,
  isServiceError,
  JsonText,
  type MetricValue,
  registryChanged,
  ServiceError,
} from '../domain/index.ts';
import type { Aurora } from './aurora.ts';
import { QuestionSql, withSql } from './question.ts';
import type { Database } from './schema.ts';

/** How articles are grouped by a name: what brings the values in, the value, and how it is told. */
interface GroupSource {
  readonly value: RawBuilder<unknown>;
  /** Brings in the elements of a list, each once; without any the value is null. */
  readonly join?: RawBuilder<unknown>;
  /** Pattern of `to_char` for an instant; texts are told as they are. */
  readonly pattern?: string;
}

const GROUPS: Readonly<Record<Grouping, GroupSource>> = {
  source: { value: sql.ref('article.source_key') },
  language: { value: sql.ref('article.language') },
  section: { value: sql.ref('article.section') },
  topics: {
    value: sql.ref('edge.topic_key'),
    join: sql`left join topic_rank edge on edge.article_key = article.key`,
  },
  authors: {
    value: sql`author.name collate "C"`,
    join: sql`left join lateral (
      select distinct name from jsonb_array_elements_text(article.authors) each(name)) author on true`,
  },
  day: { value: truncated('day'), pattern: 'YYYY-MM-DD' },
  week: { value: truncated('week'), pattern: 'IYYY-"W"IW' },
  month: { value: truncated('month'), pattern: 'YYYY-MM' },
};

function truncated(unit: string): RawBuilder<unknown> {
  return sql`date_trunc(${sql.lit(unit)}, article.published_at at time zone 'UTC')`;
}

/** `revision` is the registry's where the statement depends on it; `count` is null in a row that only tells it. */
type Row = { readonly revision: number | null; readonly count: number | null } & {
  readonly [name: string]: string | null | number;
};

const OP = 'aurora.aggregate';

/** Long keys and strings in many groups and columns may pass the 1 MiB of a result (limits.ts). */
function tooMuch(cause: ServiceError): ServiceError {
  const detail = 'is too high for an answer with keys and strings as long as these';
  return new ServiceError('invalid', OP, `limit ${detail}: ask for fewer groups or columns.`, {
    faults: [{ parameter: 'limit', code: 'answer_too_large', detail }],
    cause,
  });
}

/** Groups articles and computes over their metrics, in one statement. */
export function createAggregate(aurora: Aurora<Database>): AggregationStore {
  return {
    async aggregate(ctx, query) {
      const rows = await aurora
        .rows(ctx, OP, aggregateStatement(query), { repeatable: true })
        .catch((error: unknown) => {
          throw isServiceError(error, 'too_large') ? tooMuch(error) : error;
        });
      const revision = rows[0]?.revision ?? null;
      if (revision !== null && revision !== query.registry.revision) {
        throw registryChanged(OP);
      }
      return rows.flatMap((row): Group[] => {
        if (row.count === null) return [];
        const key = query.groupBy.map((_, index) => row[`k${index}`] as string | null);
        const values = query.columns.map((column, index) =>
          toValue(column, row[`v${index}`] as string | null),
        );
        return [{ key, count: row.count, values }];
      });
    },
  };
}

/** The statement of an aggregation: a row for each article and group, then the groups, then the best of them. */
export function aggregateStatement(query: AggregationQuery): RawBuilder<Row> {
  const { groupBy, columns } = query;
  const groups = groupBy.map((name) => GROUPS[name]);
  const metrics = [...new Set(columns.map(({ metric }) => metric))];
  const question = new QuestionSql(query, metrics);
  const joins = groups.flatMap(({ join }) => (join ? [join] : []));
  const picked = [
    ...groups.map(({ value }, index) => sql`${value} as ${named('g', index)}`),
    ...metrics.map(
      (metric, index) => sql`${question.metrics.metric(metric).ref} as ${named('m', index)}`,
    ),
  ];
  const computed = columns.map(
    (column, index) =>
      sql`, ${computedOf(column, named('m', metrics.indexOf(column.metric)))} as ${named('c', index)}`,
  );
  const keys = groups.map((_, index) => named('g', index));
  const told = [
    ...groups.map(
      ({ pattern }, index) => sql`${tellKey(named('g', index), pattern)} as ${named('k', index)}`,
    ),
    sql`count`,
    ...columns.map(
      (column, index) => sql`${tellValue(named('c', index), column)} as ${named('v', index)}`,
    ),
  ];
  const member = sql`member as (
      select ${sql.join(picked.length > 0 ? picked : [sql`true as any_article`])}
      from ${question.from()} ${sql.join(joins, sql` `)}
      where ${question.where()}
    )`;
  const grouped = sql`grouped as (
      select ${sql.join([...keys, sql`count(*) as count`])}${sql.join(computed, sql``)}
      from member ${keys.length > 0 ? sql`group by ${sql.join(keys)}` : sql``}
    )`;
  const best = sql`best as (
      select *, row_number() over (order by ${sql.join(orderOf(query.orderBy, keys))}) as place
      from grouped order by place limit ${query.limit}
    )`;
  return sql<Row>`${withSql([...question.ctes, member, grouped, best])}
    select guard.revision, ${sql.join(told)}
    from (select ${question.revision} as revision) guard left join best on true order by place`;
}

function named(letter: string, index: number): RawBuilder<unknown> {
  return sql.raw(`${letter}${index}`);
}

/**
 * Numbers are added up as the decimals that they are printed as: 0.1 and 0.2 make 0.3, in any order, and
 * no sum overflows.
 */
function computedOf({ measure, type }: AggregateColumn, value: RawBuilder<unknown>) {
  const total = sql`sum(${value}::text::numeric)`;
  switch (measure) {
    case 'avg':
      // More digits than a double has, whatever the size: avg() keeps 16, and the last one shows.
      return sql`round(${total}, scale(${total}) + 30) / nullif(count(${value}), 0)`;
    case 'sum':
      return total;
    case 'min':
      return type === 'boolean' ? sql`bool_and(${value})` : sql`min(${value})`;
    case 'max':
      return type === 'boolean' ? sql`bool_or(${value})` : sql`max(${value})`;
    case 'p50':
      return percentile(value, '0.5');
    case 'p95':
      return percentile(value, '0.95');
  }
}

function percentile(value: RawBuilder<unknown>, fraction: string): RawBuilder<unknown> {
  const sorted = sql`array_agg(${value} order by ${value}) filter (where ${value} is not null)`;
  return sql`percentile_of(${sorted}, ${sql.raw(fraction)})`;
}

function tellKey(value: RawBuilder<unknown>, pattern: string | undefined): RawBuilder<unknown> {
  return pattern === undefined ? value : sql`to_char(${value}, ${sql.lit(pattern)})`;
}

function tellValue(value: RawBuilder<unknown>, { type }: AggregateColumn): RawBuilder<unknown> {
  return type === 'time' ? sql`utc_text(${value})` : sql`${value}::text`;
}

/** Ties go by key; what is missing comes last in both directions. */
function orderOf(
  orderBy: readonly GroupOrder[],
  keys: readonly RawBuilder<unknown>[],
): readonly RawBuilder<unknown>[] {
  const order = orderBy.flatMap(({ by, direction }) => {
    const refs = by === 'key' ? keys : [by === 'count' ? sql`count` : named('c', by.column)];
    return refs.map((ref) => sql`${ref} ${sql.raw(direction)} nulls last`);
  });
  return [...order, ...keys.map((ref) => sql`${ref} asc nulls last`), sql`count`];
}

function toValue({ type }: AggregateColumn, text: string | null): MetricValue | JsonText {
  if (text === null) return null;
  if (type === 'boolean') return text === 'true';
  if (type !== 'number') return text;
  const number = Number(text);
  return Number.isFinite(number) ? number : new JsonText(text.replace(/\..*$/, ''));
}
