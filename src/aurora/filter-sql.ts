import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import {
  type Field,
  type Filter,
  invalid,
  type Literal,
  type Operator,
  type ScalarField,
  type Timestamp,
} from '../domain/index.ts';

/** Column and type of each field that this store can filter by. */
const COLUMNS: Readonly<Record<ScalarField, { readonly column: string; readonly type: string }>> = {
  id: { column: 'id', type: 'text' },
  url: { column: 'url', type: 'text' },
  title: { column: 'title', type: 'text' },
  description: { column: 'description', type: 'text' },
  language: { column: 'language', type: 'text' },
  section: { column: 'section', type: 'text' },
  source: { column: 'source_key', type: 'text' },
  publishedAt: { column: 'published_at', type: 'timestamptz' },
  ingestedAt: { column: 'ingested_at', type: 'timestamptz' },
  updatedAt: { column: 'updated_at', type: 'timestamptz' },
  rev: { column: 'rev', type: 'numeric' },
};

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<', '<=', '>', '>=']);

/**
 * Turns a filter into a condition that is true or false, never unknown: every comparison is ANDed with
 * the presence of its value, so that NOT means what it says. Errors: `invalid` for fields that cannot be
 * asked about here.
 */
export function filterToSql(filter: Filter, now: Timestamp): Expression<SqlBool> {
  switch (filter.type) {
    case 'and':
    case 'or': {
      const terms = filter.terms.map((term) => filterToSql(term, now));
      return sql<SqlBool>`(${sql.join(terms, filter.type === 'and' ? sql` and ` : sql` or `)})`;
    }
    case 'not':
      return sql<SqlBool>`not ${filterToSql(filter.term, now)}`;
    case 'present':
      return sql<SqlBool>`(${columnOf(filter.field).ref} is not null)`;
    case 'in': {
      const terms = filter.values.map((value) => compare(filter.field, '=', value, now));
      return sql<SqlBool>`(${sql.join(terms, sql` or `)})`;
    }
    case 'compare':
      return compare(filter.field, filter.op, filter.value, now);
    case 'any':
      throw unsupported('topics.any');
    case 'text':
      return matchesText(filter.query);
  }
}

/**
 * Whether an article holds the words: words, "phrases", `or` and `-not`, as `websearch_to_tsquery` reads
 * them, stemmed as the article's own language is.
 */
export function matchesText(query: string): Expression<SqlBool> {
  return sql<SqlBool>`exists (select from article_search s where s.article_key = article.key
    and s.words @@ websearch_to_tsquery(text_config(article.language), ${query}))`;
}

/** How well an article fits the words; 0 where it does not. */
export function relevanceOf(query: string): RawBuilder<unknown> {
  return sql`coalesce((select ts_rank(s.words, websearch_to_tsquery(text_config(article.language), ${query}))
    from article_search s where s.article_key = article.key), 0)`;
}

function columnOf(field: Field): { readonly ref: RawBuilder<unknown>; readonly type: string } {
  if (field.kind !== 'scalar') throw unsupported(nameOf(field));
  const { column, type } = COLUMNS[field.name];
  return { ref: sql`${sql.ref(`article.${column}`)}`, type };
}

function compare(field: Field, op: Operator, value: Literal, now: Timestamp): Expression<SqlBool> {
  const { ref, type } = columnOf(field);
  if (op === '!=') return sql<SqlBool>`not ${compare(field, '=', value, now)}`;
  if (value.type === 'null') return sql<SqlBool>`(${ref} is null)`;
  if (op === ':' && (value.type === 'string' || value.type === 'pattern')) {
    const pattern = like(value.type === 'string' ? [value.value] : value.parts);
    return sql<SqlBool>`(${ref} is not null and fold(${ref}) like fold(${`%${pattern}%`}))`;
  }
  if (value.type === 'pattern') {
    return sql<SqlBool>`(${ref} is not null and ${ref} like ${like(value.parts)})`;
  }
  const operator = COMPARISONS.has(op) ? op : '=';
  const bound = bind(value, type, now);
  return sql<SqlBool>`(${ref} is not null and ${ref} ${OPERATORS[operator as keyof typeof OPERATORS]} ${bound})`;
}

const OPERATORS = {
  '=': sql`=`,
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
} as const;

function bind(value: Literal, type: string, now: Timestamp): RawBuilder<unknown> {
  switch (value.type) {
    case 'string':
      return sql`${value.value}::text`;
    case 'number':
      return sql`${value.text}::numeric`;
    case 'boolean':
      return sql`${value.value}`;
    case 'time':
      return sql`${value.value}::timestamptz`;
    case 'relative':
      return sql`(${now}::timestamptz + ${String(value.offsetSeconds)}::numeric * interval '1 second')`;
    default:
      throw invalid('aurora.find', `A ${value.type} cannot be compared with a ${type}.`, []);
  }
}

/** A LIKE pattern whose parts are plain text with anything between them. */
function like(parts: readonly string[]): string {
  return parts.map((part) => part.replace(/[\\%_]/g, '\\$&')).join('%');
}

function nameOf(field: Field): string {
  switch (field.kind) {
    case 'scalar':
    case 'list':
      return field.name;
    case 'attribute':
      return `attributes.${field.path.join('.')}`;
    case 'metric':
      return `metrics.${field.name}`;
    case 'output':
      return `ai.${field.output}`;
    case 'topic':
      return field.member;
  }
}

function unsupported(name: string): Error {
  return invalid('aurora.find', `"${name}" cannot be filtered by yet.`, [
    {
      parameter: 'filter',
      code: 'unsupported_field',
      detail: `"${name}" cannot be filtered by yet.`,
    },
  ]);
}
