import { type RawBuilder, type SqlBool, sql } from 'kysely';
import {
  type Field,
  type Filter,
  fieldsOf,
  type Registry,
  type Timestamp,
} from '../domain/index.ts';
import { joinMetrics, type MetricColumns } from './field-sql.ts';
import { type FilterScope, filterToSql } from './filter-sql.ts';
import { matchesText, type TextSearch, TextSearches } from './text-search.ts';

/** What is asked of articles, whatever is then done with those that are found. */
export interface Question {
  readonly filter?: Filter;
  /** Words to search for, ANDed with the filter. */
  readonly text?: string;
  readonly now: Timestamp;
  /** The one that the filter's names were checked against. */
  readonly registry: Registry;
}

/** A question in SQL, to be put together with what a statement makes of it. */
export class QuestionSql {
  readonly #texts = new TextSearches();
  readonly metrics: MetricColumns;
  /** Terms that all have to hold; the words of `text` are not among them. */
  readonly terms: readonly Filter[];
  /** Words that every article found has. */
  readonly searches: readonly TextSearch[];
  readonly #now: Timestamp;
  readonly #usesMetrics: boolean;

  /** `metrics` names those that the statement needs beside the filter's. Errors: `conflict` (`registry_changed`). */
  constructor(question: Question, metrics: readonly string[] = []) {
    const { filter, text, registry, now } = question;
    const terms = filter === undefined ? [] : filter.type === 'and' ? filter.terms : [filter];
    const named = [...metrics, ...(filter ? fieldsOf(filter).flatMap(metricName) : [])];
    this.metrics = joinMetrics(named, registry);
    this.#usesMetrics = named.length > 0;
    this.#now = now;
    this.terms = terms.filter(({ type }) => type !== 'text');
    const words = terms.flatMap((term) => (term.type === 'text' ? [term.query] : []));
    this.searches = (text === undefined ? words : [text, ...words]).map((one) =>
      this.#texts.of(one),
    );
  }

  /** `article`, or a sample of it, with the joins that conditions and metrics need: what stands behind FROM. */
  from(sample: RawBuilder<unknown> = sql``): RawBuilder<unknown> {
    return sql`article${sample}${this.metrics.joins}`;
  }

  /** Conditions on `article`: live, and all that was asked; `but` leaves one of the terms or searches out. */
  where({
    indexed = true,
    but,
  }: {
    readonly indexed?: boolean;
    readonly but?: Filter | TextSearch;
  } = {}): RawBuilder<SqlBool> {
    const scope: FilterScope = {
      now: this.#now,
      metrics: this.metrics,
      texts: this.#texts,
      indexed,
    };
    const conditions = [
      sql<SqlBool>`article.deleted_at is null`,
      ...this.terms.filter((term) => term !== but).map((term) => filterToSql(term, scope)),
      ...this.searches
        .filter((search) => search !== but)
        .map((search) => matchesText(search, { indexed })),
    ];
    return sql<SqlBool>`${sql.join(conditions, sql` and `)}`;
  }

  /** Whether it finds every live article. */
  get asksForAll(): boolean {
    return this.terms.length === 0 && this.searches.length === 0;
  }

  /** The term that says by itself which articles it finds, where there is but one. */
  get soleTerm(): Filter | undefined {
    return this.terms.length === 1 && this.searches.length === 0 ? this.terms[0] : undefined;
  }

  /** The search for these words. */
  search(words: string): TextSearch {
    return this.#texts.of(words);
  }

  /** Common table expressions that the conditions refer to. Complete only once all conditions are made. */
  get ctes(): readonly RawBuilder<unknown>[] {
    return this.#texts.ctes;
  }

  /**
   * The registry's revision as the statement saw it, null where it depends on none. A statement that
   * answers with another one than it was made for read the wrong columns.
   */
  get revision(): RawBuilder<unknown> {
    return this.#usesMetrics ? sql`(select revision from registry)` : sql`null::int8`;
  }
}

/** `with a as (…), b as (…)`. */
export function withSql(ctes: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return ctes.length === 0 ? sql`` : sql`with ${sql.join(ctes)}`;
}

function metricName(field: Field): string[] {
  return field.kind === 'metric' ? [field.name] : [];
}
