import { type RawBuilder, type SqlBool, sql } from 'kysely';
import {
  type ArticleQuery,
  type Filter,
  invalid,
  type OrderKey,
  usesText,
} from '../domain/index.ts';
import { metricStorage, scalarSql } from './field-sql.ts';
import { cursorSql, isAfter, type KeySql, orderSql } from './order-sql.ts';
import { missingKind, patternsWithoutOutput } from './output-presence.ts';
import { inPresence } from './presence.ts';
import type { QuestionSql } from './question.ts';
import { relevanceOf, type TextSearch } from './text-search.ts';
import { type KeyOf, MAX_SORTED_ROWS, type Source, Walk, walkPatterns } from './walk.ts';

/** How a page is found. `EXPLAIN` has the last word on whether an index gave the order. */
export type Route = 'index_order' | 'topic_rank' | 'fulltext_rank' | 'fulltext_filter';

/** Up to this many articles with the words are sorted; of more, one is met often enough on a walk in the wanted order. */
const MAX_TEXT_CANDIDATES = 20_000;

/** How to find the rows of a page, in order, with their cursors. */
export interface PagePlan {
  readonly route: Route;
  /** Common table expressions that `rows` needs. */
  readonly ctes: readonly RawBuilder<unknown>[];
  /** A query that yields `key` and `cursor`, in order, one row more than the page has. */
  readonly rows: RawBuilder<unknown>;
  /** Whether it would have to sort too many rows, which it then does not do. Seen only where the rows of `picked` are too few without. */
  readonly costly: RawBuilder<SqlBool>;
}

/** Plans the page of a list. Errors: `invalid`. */
export function planPage(query: ArticleQuery, question: QuestionSql): PagePlan {
  const leading = query.orderBy[0]?.by;
  if (query.orderBy.some(({ by }) => by.kind === 'relevance')) {
    return planRelevance(query, question);
  }
  const topics = question.terms.find((term) => topicKeys(term) !== undefined);
  if (topics && leading && rankColumn(leading, query) !== undefined) {
    return planTopics(query, question, topics);
  }
  const [search] = question.searches;
  if (search) return planSearch(query, question, search);
  const kind = question.soleTerm && missingKind(question.soleTerm);
  if (kind !== undefined && inPresence(query.orderBy)) return planMissing(query, question, kind);
  return { route: 'index_order', ...planWalk(query, question) };
}

/** Any articles, met on a walk over all that come in the order; `gate` may hold it back. */
function planWalk(
  query: ArticleQuery,
  question: QuestionSql,
  {
    gate,
    indexed = true,
  }: { readonly gate?: RawBuilder<unknown>; readonly indexed?: boolean } = {},
): Omit<PagePlan, 'route'> {
  const conditions = [question.where({ indexed }), ...(gate ? [gate] : [])];
  const source = { from: question.from(), conditions, isWhole: question.asksForAll };
  return new Walk(query, source, (key, lead) => keySql(key, lead, question)).plan('page');
}

/** Articles without an output of a kind, of each pattern of kinds that lacks it; a walk only where these are too many. */
function planMissing(query: ArticleQuery, question: QuestionSql, kind: string): PagePlan {
  const patterns = patternsWithoutOutput(kind);
  const walk = planWalk(query, question, { gate: sql`not (${patterns.areFew})` });
  return {
    route: 'index_order',
    ctes: [patterns.cte, ...walk.ctes],
    rows: sql`${walkPatterns(query, patterns)}
      union all ${walk.rows}`,
    costly: walk.costly,
  };
}

/** The metrics that a query orders by. */
export function orderMetrics(query: ArticleQuery): string[] {
  return query.orderBy.flatMap(({ by }) => (by.kind === 'metric' ? [by.name] : []));
}

const BY_ID: OrderKey = { by: { kind: 'field', name: 'id' }, direction: 'asc' };

/** A key by the table whose index leads: each has the article's id as its tie-break. */
function keySql({ by, direction }: OrderKey, leading: OrderKey, { metrics }: QuestionSql): KeySql {
  const descending = direction === 'desc';
  if (by.kind === 'metric') return { ...metrics.metric(by.name), descending };
  if (by.kind !== 'field') throw new Error('relevance has no index');
  if (by.name !== 'id' || leading.by.kind !== 'metric') {
    return { ...scalarSql(by.name), descending };
  }
  const ref = metrics.idBeside(leading.by.name);
  return { ref, type: 'text', nullable: false, descending };
}

/** The topics of which a term demands one; undefined where it says something else. */
function topicKeys(term: Filter): readonly string[] | undefined {
  if (term.type !== 'compare' && term.type !== 'in') return undefined;
  if (term.field.kind !== 'list' || term.field.name !== 'topics') return undefined;
  if (term.type === 'compare' && term.op !== ':') return undefined;
  const literals = term.type === 'in' ? term.values : [term.value];
  const keys = literals.flatMap((one) => (one.type === 'string' ? [one.value] : []));
  return keys.length === literals.length ? [...new Set(keys)] : undefined;
}

/** The column of topic_rank that has the key's values; undefined where none has. */
function rankColumn(by: OrderKey['by'], { registry }: ArticleQuery): string | undefined {
  if (by.kind === 'metric') {
    const storage = metricStorage(by.name, registry);
    return storage.kind === 'slot' ? storage.rank : undefined;
  }
  if (by.kind !== 'field') return undefined;
  if (by.name === 'id') return 'article_id';
  return by.name === 'publishedAt' ? 'published_at' : undefined;
}

/** Articles of a topic in an order that its edges carry; of several topics, the first of each, merged. */
function planTopics(query: ArticleQuery, question: QuestionSql, term: Filter): PagePlan {
  const keys = topicKeys(term) ?? [];
  const several = keys.length > 1;
  const topic = several ? sql`wanted.topic_key` : sql`${keys[0] ?? ''}::text`;
  const source: Source = {
    from: sql`topic_rank tr join ${question.from()} on article.key = tr.article_key`,
    conditions: [sql`tr.topic_key = ${topic}`, question.where({ but: term })],
  };
  const rankedKey: KeyOf = (key, leading) => {
    const column = rankColumn(key.by, query);
    if (column === undefined) return keySql(key, leading, question);
    // An edge knows the id, the date and some metrics: whatever it knows is read from it.
    const { missing: _, ...plain } = plainKey(key, question);
    return { ...plain, ref: sql.ref(`tr.${column}`) };
  };
  const keyOf: KeyOf = (key, leading) => {
    // Of several topics the planner does not know which is a rare one, that a walk is soon through.
    const { presenceBit, ...own } = rankedKey(key, leading);
    return several || presenceBit === undefined ? own : { ...own, presenceBit };
  };
  const walk = new Walk(query, source, keyOf);
  if (!several) return { route: 'topic_rank', ...walk.plan('page') };
  const wanted = query.skip + query.pageSize + 1;
  if (!query.allowSlow && wanted * keys.length > MAX_SORTED_ROWS) throw tooCostly();
  const branches = walk.branches().map(({ select }) => select(undefined, true));
  const order = orderSql(
    query.orderBy.map((key, n) => ({ ...keyOf(key, key), ref: sql.ref(`merged.k${n}`) })),
  );
  const list = sql.join(keys.map((key) => sql`(${key}::text)`));
  return {
    route: 'topic_rank',
    ctes: [],
    rows: sql`(select merged.key, merged.cursor from (
      select distinct on (each.key) each.* from (values ${list}) as wanted (topic_key)
        cross join lateral (select * from (${sql.join(
          branches,
          sql`
        union all `,
        )}) as own limit ${wanted}) as each
    ) as merged order by ${order} limit ${wanted})`,
    costly: sql`false`,
  };
}

/** A key by the article's own columns. */
function plainKey(key: OrderKey, question: QuestionSql): KeySql {
  return keySql(key, BY_ID, question);
}

/**
 * Articles with words, in another order than their relevance. Few are found by the text index and sorted;
 * where there are many, a walk in the wanted order meets them soon. Which of the two is seen as it runs.
 */
function planSearch(query: ArticleQuery, question: QuestionSql, search: TextSearch): PagePlan {
  const keys = query.orderBy.map((key) => plainKey(key, question));
  const wanted = query.skip + query.pageSize + 1;
  const few = sql`(select count(*) <= ${MAX_TEXT_CANDIDATES} from candidates)`;
  const walk = planWalk(query, question, { gate: sql`not ${few}`, indexed: false });
  const after = query.after ? sql` and ${isAfter(keys, query.after)}` : sql``;
  return {
    route: 'fulltext_filter',
    ctes: [
      sql`candidates as materialized (select s.article_key from article_search s
        where ${search.mayMatch} limit ${MAX_TEXT_CANDIDATES + 1})`,
      ...walk.ctes,
    ],
    rows: sql`(select article.key, jsonb_build_array(${sql.join(keys.map(cursorSql))})::text as cursor
      from candidates join ${question.from()} on article.key = candidates.article_key
      where ${question.where({ indexed: false })} and ${few}${after} order by ${orderSql(keys)} limit ${wanted})
      union all ${walk.rows}`,
    costly: walk.costly,
  };
}

/** All that match, counted, ranked and sorted: no index knows how well an article fits. */
function planRelevance(query: ArticleQuery, question: QuestionSql): PagePlan {
  const words = query.text ?? (query.filter && wordsIn(query.filter));
  if (words === undefined) {
    const detail = 'Nothing is searched for: relevance needs q or text().';
    throw invalid('aurora.find', detail, [{ parameter: 'orderBy', code: 'no_text', detail }]);
  }
  const search = question.search(words);
  const demanded = question.searches.includes(search);
  const rank: KeySql = {
    ref: demanded ? search.rank : relevanceOf(search),
    type: 'float4',
    nullable: false,
    descending: false,
  };
  const keys = query.orderBy.map(
    (key): KeySql =>
      key.by.kind === 'relevance'
        ? { ...rank, descending: key.direction === 'desc' }
        : plainKey(key, question),
  );
  const named = keys.map((key, n) => ({ ...key, ref: sql.ref(`matched.k${n}`) }));
  const columns = sql.join(keys.map(({ ref }, n) => sql`${ref} as ${sql.id(`k${n}`)}`));
  const found = demanded
    ? sql`article_search s join ${question.from()} on article.key = s.article_key
        where ${search.mayMatch} and ${search.matches} and ${question.where({ indexed: false, but: search })}`
    : sql`${question.from()} where ${question.where()}`;
  const atMost = query.allowSlow ? sql`` : sql` limit ${MAX_SORTED_ROWS + 1}`;
  const costly = query.allowSlow
    ? sql<SqlBool>`false`
    : sql<SqlBool>`((select count(*) from matched) > ${MAX_SORTED_ROWS})`;
  const after = query.after ? sql` and ${isAfter(named, query.after)}` : sql``;
  return {
    route: 'fulltext_rank',
    ctes: [sql`matched as materialized (select article.key, ${columns} from ${found}${atMost})`],
    rows: sql`(select matched.key, jsonb_build_array(${sql.join(named.map(cursorSql))})::text as cursor
      from matched where not ${costly}${after} order by ${orderSql(named)} limit ${query.skip + query.pageSize + 1})`,
    costly,
  };
}

/** The first words that a filter searches for. */
function wordsIn(filter: Filter): string | undefined {
  switch (filter.type) {
    case 'and':
    case 'or': {
      const term = filter.terms.find((one) => usesText(one));
      return term && wordsIn(term);
    }
    case 'not':
      return wordsIn(filter.term);
    default:
      return filter.type === 'text' ? filter.query : undefined;
  }
}

/** The error of a query that would have to sort too many articles. */
export function tooCostly(): Error {
  const detail =
    `More than ${MAX_SORTED_ROWS.toLocaleString('en')} articles would have to be sorted. ` +
    'Narrow the filter, or order by one key alone; allowSlow=true asks for it all the same.';
  return invalid(
    'aurora.find',
    detail,
    [{ parameter: 'orderBy', code: 'query_too_costly', detail }],
    'query_too_costly',
  );
}
