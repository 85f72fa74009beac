import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** One search: its words as each language that articles are in stems them. */
export interface TextSearch {
  /** `name as materialized (…)`, to stand in the statement's WITH. */
  readonly cte: RawBuilder<unknown>;
  /** Of rows `s` of article_search: words that any of the languages has; an index answers it. */
  readonly mayMatch: RawBuilder<SqlBool>;
  /** Of rows `s` and `article`: words that the article's own language has. */
  readonly matches: RawBuilder<SqlBool>;
  /** Of rows `s` and `article` that match. */
  readonly rank: RawBuilder<unknown>;
}

/**
 * The searches of one statement. Words, "phrases", `or` and `-not` are read as `websearch_to_tsquery`
 * reads them.
 */
export class TextSearches {
  readonly #searches = new Map<string, TextSearch>();

  /** The search for these words; the same one for the same words. */
  of(words: string): TextSearch {
    const known = this.#searches.get(words);
    if (known) return known;
    const search = createSearch(`words_${this.#searches.size}`, words);
    this.#searches.set(words, search);
    return search;
  }

  /** Common table expressions of all searches asked for so far. */
  get ctes(): readonly RawBuilder<unknown>[] {
    return [...this.#searches.values()].map(({ cte }) => cte);
  }
}

function createSearch(name: string, words: string): TextSearch {
  const table = sql.id(name);
  const query = sql`websearch_to_tsquery(config::regconfig, ${words})`;
  const own = sql`from ${table} as w where w.language = coalesce(article.language, '')`;
  return {
    cte: sql`${table} as materialized (select language, ${query} as query from text_language)`,
    mayMatch: sql<SqlBool>`s.words @@ (select any_tsquery(array_agg(distinct query)) from ${table})`,
    matches: sql<SqlBool>`exists (select ${own} and s.words @@ w.query)`,
    rank: sql`ts_rank(s.words, (select w.query ${own}))`,
  };
}

/**
 * Whether an article holds the words. `indexed` lets the text index find it; without, each article is
 * looked up by itself, for walks in another order.
 */
export function matchesText(
  { mayMatch, matches }: TextSearch,
  { indexed }: { readonly indexed: boolean },
): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select from article_search s where s.article_key = article.key
    and ${indexed ? sql`${mayMatch} and ` : sql``}${matches})`;
}

/** How well an article fits the words; 0 where it does not. */
export function relevanceOf({ matches, rank }: TextSearch): RawBuilder<unknown> {
  return sql`coalesce((select ${rank} from article_search s
    where s.article_key = article.key and ${matches}), 0)`;
}
