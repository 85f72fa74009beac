import { type RawBuilder, sql } from 'kysely';
import {
  type Article,
  type ArticleQuery,
  type ArticleStore,
  CAPPED_COUNT,
  type CursorValues,
  type Filter,
  invalid,
  type OrderField,
  type OrderKey,
  type Total,
} from '../domain/index.ts';
import { readAnswer, toArticle } from './article-row.ts';
import type { Aurora } from './aurora.ts';
import { filterToSql, matchesText, relevanceOf } from './filter-sql.ts';
import type { Database } from './schema.ts';

/** Bytes of documents in one result: the service refuses results over 1 MiB (limits.ts); rows have an envelope. */
const PAGE_BYTES = 900 * 1024;

const COLUMNS: Readonly<
  Record<
    OrderField,
    {
      readonly ref: RawBuilder<unknown>;
      readonly cast: RawBuilder<unknown>;
      readonly nullable: boolean;
    }
  >
> = {
  id: { ref: sql.ref('article.id'), cast: sql`::text`, nullable: false },
  title: { ref: sql.ref('article.title'), cast: sql`::text`, nullable: false },
  publishedAt: { ref: sql.ref('article.published_at'), cast: sql`::timestamptz`, nullable: true },
  ingestedAt: { ref: sql.ref('article.ingested_at'), cast: sql`::timestamptz`, nullable: false },
  updatedAt: { ref: sql.ref('article.updated_at'), cast: sql`::timestamptz`, nullable: false },
  rev: { ref: sql.ref('article.rev'), cast: sql`::int8`, nullable: false },
};

interface Key {
  readonly ref: RawBuilder<unknown>;
  readonly cast: RawBuilder<unknown>;
  readonly nullable: boolean;
  readonly descending: boolean;
}

interface Row {
  readonly document: string;
  readonly cursor: string;
  readonly more: boolean;
  readonly total: number | null;
}

/** Finds a page: ids by index first, then their documents, in one statement. */
export function createFind(aurora: Aurora<Database>): Pick<ArticleStore, 'find'> {
  return {
    async find(ctx, query) {
      const rows = await aurora.rows(ctx, 'aurora.find', findStatement(query), {
        repeatable: true,
      });
      const entries = rows
        .filter((row) => row.document !== null)
        .map((row) => ({
          article: toArticle(readAnswer<Article>(row.document, ['attributes'])),
          cursor: JSON.parse(row.cursor) as CursorValues,
        }));
      const size = rows[0]?.total;
      return {
        entries,
        more: rows.some((row) => row.more),
        ...(size === null || size === undefined ? {} : { total: toTotal(query, size) }),
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
  const words = query.text ?? (query.filter && wordsIn(query.filter));
  const keys = query.orderBy.map((key) => toKey(key, words));
  const conditions = [
    sql`article.deleted_at is null`,
    ...(query.filter ? [filterToSql(query.filter, query.now)] : []),
    ...(query.text === undefined ? [] : [matchesText(query.text)]),
  ];
  const where = sql`${sql.join(conditions, sql` and `)}`;
  const after = query.after ? sql` and ${isAfter(keys, query.after)}` : sql``;
  const order = sql.join(keys.map(orderOf));
  const cursor = sql.join(keys.map(({ ref }) => cursorOf(ref)));
  return sql<Row>`
    with page as materialized (
      select article.key, jsonb_build_array(${cursor})::text as cursor,
        row_number() over (order by ${order}) as place
      from article where ${where}${after}
      order by ${order} limit ${query.pageSize + 1} offset ${query.skip}
    ), documents as (
      select page.place, page.cursor, article_document(article)::text as document
      from page join article on article.key = page.key
      where page.place <= ${query.skip + query.pageSize}
    ), measured as (
      select *, sum(octet_length(document)) over (order by place) as bytes from documents
    ), shown as (
      select * from measured where bytes <= ${PAGE_BYTES} or place = (select min(place) from measured)
    ), counted as (select ${total(query, where)} as total)
    select shown.document, shown.cursor, counted.total,
      (select count(*) from page) > (select count(*) from shown) as more
    from counted left join shown on true order by shown.place`;
}

function toKey({ by, direction }: OrderKey, words: string | undefined): Key {
  const descending = direction === 'desc';
  if (by.kind === 'field') return { ...COLUMNS[by.name], descending };
  if (by.kind === 'relevance' && words !== undefined) {
    return { ref: relevanceOf(words), cast: sql`::float4`, nullable: false, descending };
  }
  const [code, detail] =
    by.kind === 'relevance'
      ? ['no_text', 'Nothing is searched for: relevance needs q or text().']
      : ['unsupported_field', `"metrics.${by.name}" cannot be sorted by yet.`];
  throw invalid('aurora.find', detail, [{ parameter: 'orderBy', code, detail }]);
}

/** The first words that a filter searches for. */
function wordsIn(filter: Filter): string | undefined {
  switch (filter.type) {
    case 'and':
    case 'or': {
      for (const term of filter.terms) {
        const words = wordsIn(term);
        if (words !== undefined) return words;
      }
      return undefined;
    }
    case 'not':
      return wordsIn(filter.term);
    default:
      return filter.type === 'text' ? filter.query : undefined;
  }
}

/** A value as the cursor keeps it: times to the microsecond. */
function cursorOf(ref: RawBuilder<unknown>): RawBuilder<unknown> {
  return ref === COLUMNS.publishedAt.ref ||
    ref === COLUMNS.ingestedAt.ref ||
    ref === COLUMNS.updatedAt.ref
    ? sql`utc_text(${ref})`
    : ref;
}

/** Missing values come last in both directions. */
function orderOf({ ref, descending, nullable }: Key): RawBuilder<unknown> {
  if (!descending) return sql`${ref} asc`;
  return nullable ? sql`${ref} desc nulls last` : sql`${ref} desc`;
}

/**
 * Rows behind a cursor. Runs of keys that cannot be missing and go the same way are one row comparison,
 * which an index answers as a range; the others are spelled out.
 */
function isAfter(keys: readonly Key[], after: CursorValues): RawBuilder<unknown> {
  const [first] = keys;
  const uniform = keys.every((key) => !key.nullable && key.descending === first?.descending);
  if (uniform) {
    const refs = sql.join(keys.map(({ ref }) => ref));
    const values = sql.join(keys.map((key, index) => bound(key, after[index])));
    return first?.descending ? sql`(${refs}) < (${values})` : sql`(${refs}) > (${values})`;
  }
  const [key, ...rest] = keys;
  if (!key) return sql`false`;
  const value = after[0];
  const ties = rest.length === 0 ? sql`false` : isAfter(rest, after.slice(1));
  if (value === null) return sql`(${key.ref} is null and ${ties})`;
  const at = bound(key, value);
  const beyond = key.descending ? sql`${key.ref} < ${at}` : sql`${key.ref} > ${at}`;
  const missing = key.nullable ? sql` or ${key.ref} is null` : sql``;
  // The bound by itself lets the index stop the walk; the rest decides the ties.
  const within = key.descending ? sql`${key.ref} <= ${at}` : sql`${key.ref} >= ${at}`;
  return sql`((${within} and (${beyond} or ${ties}))${missing})`;
}

function bound(key: Key, value: CursorValues[number] | undefined): RawBuilder<unknown> {
  return sql`${typeof value === 'number' ? String(value) : (value ?? null)}${key.cast}`;
}

function total(query: ArticleQuery, where: RawBuilder<unknown>): RawBuilder<unknown> {
  switch (query.count) {
    case 'none':
      return sql`null::int8`;
    case 'exact':
      return sql`(select count(*) from article where ${where})`;
    case 'capped':
      return sql`(select count(*) from (select 1 from article where ${where} limit ${CAPPED_COUNT + 1}) as few)`;
    case 'estimate':
      return sql`(select greatest(reltuples, 0)::int8 from pg_class where oid = 'article'::regclass)`;
  }
}
