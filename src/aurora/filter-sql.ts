import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type {
  Field,
  Filter,
  Literal,
  Operator,
  OutputMember,
  Timestamp,
  TopicMember,
} from '../domain/index.ts';
import { attributeIn, attributePresent, compareAttribute } from './attribute-filter.ts';
import { type FieldSql, type MetricColumns, outputSql, scalarSql } from './field-sql.ts';
import {
  compareSql,
  FALSE,
  isComparison,
  likeSql,
  NO_TIME,
  negate,
  partsOf,
} from './literal-sql.ts';
import { matchesText, type TextSearches } from './text-search.ts';

/** What the conditions of one statement have in common. */
export interface FilterScope {
  /** What relative times count from. */
  readonly now: Timestamp;
  /** The metrics that the filter names; their joins stand in the statement's FROM. */
  readonly metrics: MetricColumns;
  /** Collects the searches; their CTEs stand in the statement's WITH. */
  readonly texts: TextSearches;
  /** Whether the text index is to find what is searched for. */
  readonly indexed: boolean;
}

/**
 * Turns a filter into a condition on `article` that is true or false, never unknown: every comparison is
 * ANDed with the presence of its value, so that NOT means what it says.
 */
export function filterToSql(filter: Filter, scope: FilterScope): RawBuilder<SqlBool> {
  switch (filter.type) {
    case 'and':
    case 'or': {
      const terms = filter.terms.map((term) => filterToSql(term, scope));
      return sql<SqlBool>`(${sql.join(terms, filter.type === 'and' ? sql` and ` : sql` or `)})`;
    }
    case 'not':
      return negate(filterToSql(filter.term, scope));
    case 'present':
      return present(filter.field, scope);
    case 'compare':
      return compare(filter.field, filter.op, filter.value, scope);
    case 'in':
      return oneOf(filter.field, filter.values, scope);
    case 'any':
      return sql<SqlBool>`exists (select from article_topic at join topic t on t.key = at.topic_key
        where at.article_key = article.key and ${filterToSql(filter.where, scope)})`;
    case 'text':
      return matchesText(scope.texts.of(filter.query), scope);
  }
}

function present(field: Field, scope: FilterScope): RawBuilder<SqlBool> {
  switch (field.kind) {
    case 'list':
      return field.name === 'authors'
        ? sql<SqlBool>`(article.authors <> '[]')`
        : hasTopic(sql<SqlBool>`true`);
    case 'attribute':
      return attributePresent(field.path);
    case 'output': {
      const { member } = field;
      const there = member === undefined ? sql<SqlBool>`true` : isThere(outputSql(member));
      return hasOutput(field.output, there);
    }
    default:
      return isThere(columnOf(field, scope));
  }
}

function compare(
  field: Field,
  op: Operator,
  value: Literal,
  scope: FilterScope,
): RawBuilder<SqlBool> {
  if (value.type === 'null') return negate(present(field, scope));
  // Two-valued: what has no value is not equal to anything.
  if (op === '!=') return negate(compare(field, '=', value, scope));
  switch (field.kind) {
    case 'list':
      return op === ':' ? hasElement(field.name, value) : FALSE;
    case 'attribute':
      return compareAttribute(field.path, op, value);
    case 'output': {
      const column = outputSql(field.member as OutputMember);
      return hasOutput(field.output, compareColumn(column, op, value, scope));
    }
    default:
      return compareColumn(columnOf(field, scope), op, value, scope);
  }
}

function oneOf(field: Field, values: readonly Literal[], scope: FilterScope): RawBuilder<SqlBool> {
  if (field.kind === 'attribute') return attributeIn(field.path, values);
  if (field.kind === 'output') {
    const column = outputSql(field.member as OutputMember);
    return hasOutput(field.output, anyOf(values.map((v) => compareColumn(column, '=', v, scope))));
  }
  const op = field.kind === 'list' ? ':' : '=';
  return anyOf(values.map((value) => compare(field, op, value, scope)));
}

function anyOf(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${sql.join(conditions, sql` or `)})`;
}

const TOPIC_MEMBERS: Readonly<Record<TopicMember, FieldSql>> = {
  key: { ref: sql.ref('at.topic_key'), type: 'text', nullable: false },
  name: { ref: sql`(t.name collate "C")`, type: 'text', nullable: false },
  type: { ref: sql.ref('t.type'), type: 'text', nullable: false },
  weight: { ref: sql.ref('at.weight'), type: 'float8', nullable: false },
};

function columnOf(
  field: Exclude<Field, { kind: 'list' | 'attribute' | 'output' }>,
  { metrics }: FilterScope,
): FieldSql {
  switch (field.kind) {
    case 'scalar':
      return scalarSql(field.name);
    case 'metric':
      return metrics.metric(field.name);
    case 'topic':
      return TOPIC_MEMBERS[field.member];
  }
}

function isThere({ ref, nullable }: FieldSql): RawBuilder<SqlBool> {
  return nullable ? sql<SqlBool>`(${ref} is not null)` : sql<SqlBool>`true`;
}

function compareColumn(
  column: FieldSql,
  op: Operator,
  value: Literal,
  { now }: FilterScope,
): RawBuilder<SqlBool> {
  const { ref, type, nullable } = column;
  const condition = compareThere(ref, op, value, type, now);
  return nullable && condition !== FALSE
    ? sql<SqlBool>`(${ref} is not null and ${condition})`
    : condition;
}

function compareThere(
  ref: RawBuilder<unknown>,
  op: Operator,
  value: Literal,
  type: string,
  now: Timestamp,
): RawBuilder<SqlBool> {
  if (op === ':' && type === 'text') {
    return likeSql(ref, ['', ...partsOf(value), ''], { folded: true });
  }
  if (value.type === 'pattern') return likeSql(ref, value.parts);
  return compareSql(ref, isComparison(op) ? op : '=', value, type, now);
}

/** Whether a list has the element, exactly. */
function hasElement(list: 'authors' | 'topics', value: Literal): RawBuilder<SqlBool> {
  if (list === 'topics')
    return hasTopic(compareThere(sql.ref('tr.topic_key'), '=', value, 'text', NO_TIME));
  if (value.type === 'pattern') {
    return sql<SqlBool>`exists (select from jsonb_array_elements_text(article.authors) as e (author)
      where ${likeSql(sql`e.author collate "C"`, value.parts)})`;
  }
  if (value.type !== 'string') return FALSE;
  return sql<SqlBool>`article.authors @> to_jsonb(array[${value.value}::text])`;
}

/** Whether an article has a topic that meets a condition on its edge `tr`. */
function hasTopic(condition: RawBuilder<SqlBool>): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select from topic_rank tr where tr.article_key = article.key and ${condition})`;
}

/** Whether the latest output of a kind is there and meets a condition on its row `o`. */
function hasOutput(kind: string, condition: RawBuilder<SqlBool>): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select from ai_output o where o.article_key = article.key
    and o.kind = ${kind}::text and not o.dead and ${condition})`;
}
