import { type RawBuilder, sql } from 'kysely';
import {
  type ArticleQuery,
  type ArticleStore,
  CAPPED_COUNT,
  type CursorValues,
  JsonText,
  registryChanged,
  type Total,
} from '../domain/index.ts';
import { toArticle } from './article-row.ts';
import type { Aurora } from './aurora.ts';
import { explain } from './explain.ts';
import { orderMetrics, type PagePlan, planPage, tooCostly } from './page-plan.ts';
import { QuestionSql, withSql } from './question.ts';
import type { Database } from './schema.ts';
import { totalSql } from './total.ts';

/** Bytes of documents in one result: the service refuses results over 1 MiB (limits.ts); rows have an envelope. */
const PAGE_BYTES = 900 * 1024;

interface Row {
  /** Without its attributes, which stay the text they are, and without nulls. */
  readonly document: string | null;
  readonly attributes: string;
  readonly cursor: string;
  readonly more: boolean;
  readonly total: number | null;
  readonly costly: boolean;
  readonly revision: number | null;
}

/** Finds a page: ids by index first, then their documents, in one statement. */
export function createFind(aurora: Aurora<Database>): Pick<ArticleStore, 'find'> {
  return {
    async find(ctx, query) {
      const { statement, route } = planFind(query);
      const rows = await aurora.rows(ctx, 'aurora.find', statement, { repeatable: true });
      const [first] = rows;
      const revision = first?.revision ?? null;
      if (revision !== null && revision !== query.registry.revision) {
        throw registryChanged('aurora.find');
      }
      if (first?.costly) throw tooCostly();
      const entries = rows.flatMap(({ document, attributes, cursor }) =>
        document === null
          ? []
          : {
              article: toArticle(
                Object.assign(JSON.parse(document), { attributes: new JsonText(attributes) }),
              ),
              cursor: JSON.parse(cursor) as CursorValues,
            },
      );
      const size = first?.total ?? null;
      return {
        entries,
        more: rows.some((row) => row.more),
        ...(size === null ? {} : { total: toTotal(query, size) }),
        ...(query.explain ? { plan: await explain(aurora, ctx, statement, route) } : {}),
      };
    },
  };
}

function toTotal({ count }: ArticleQuery, size: number): Total {
  if (count === 'estimate') return { size, kind: 'estimate' };
  if (count === 'capped' && size > CAPPED_COUNT) return { size: CAPPED_COUNT, kind: 'at_least' };
  return { size, kind: 'exact' };
}

/** The statement of a list. Exported for review: `npm run sql` prints it for the main queries. */
export function findStatement(query: ArticleQuery): RawBuilder<Row> {
  return planFind(query).statement;
}

function planFind(query: ArticleQuery): {
  readonly statement: RawBuilder<Row>;
  readonly route: PagePlan['route'];
} {
  const question = new QuestionSql(query, orderMetrics(query));
  const plan = planPage(query, question);
  const counted = totalSql(query.count, question);
  const statement = sql<Row>`${withSql([
    ...question.ctes,
    ...plan.ctes,
    sql`picked as materialized (
      select found.key, found.cursor, row_number() over () as place
      from (select * from (${plan.rows}) as walked limit ${query.pageSize + 1} offset ${query.skip}) as found
    )`,
    // Materialized: in line, each document would be made twice and more.
    sql`documents as materialized (
      select picked.place, picked.cursor,
        jsonb_strip_nulls(made.document - 'attributes')::text as document,
        (made.document -> 'attributes')::text as attributes
      from article_documents((
          select array_agg(article order by picked.place)
          from picked join article on article.key = picked.key where picked.place <= ${query.pageSize}
        )) as made join picked on picked.place = made.place
    )`,
    sql`measured as (
      select *, sum(octet_length(document) + octet_length(attributes)) over (order by place) as bytes
      from documents
    )`,
    sql`shown as (select * from measured where bytes <= ${PAGE_BYTES} or place = 1)`,
    sql`counted as (
      select ${counted} as total, ${plan.costly} as costly, ${question.revision} as revision
    )`,
  ])}
    select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
      (select count(*) from picked) > (select count(*) from shown) as more
    from counted left join shown on true order by shown.place`;
  return { statement, route: plan.route };
}
