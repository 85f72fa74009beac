import {
  type AggregateColumn,
  type AggregationQuery,
  type Article,
  type Group,
  type Grouping,
  type GroupOrder,
  JsonText,
  type MetricValue,
} from '../../src/domain/index.ts';
import { compareValues } from './filter-evaluator.ts';

type Part = string | null;

/** What an aggregation says where these are the articles that match: the slow and plain way. */
export function aggregateOver(articles: readonly Article[], query: AggregationQuery): Group[] {
  const { groupBy, columns, limit } = query;
  const members = new Map<string, { key: readonly Part[]; articles: Article[] }>();
  if (groupBy.length === 0) members.set('[]', { key: [], articles: [] });
  for (const article of articles) {
    let keys: Part[][] = [[]];
    for (const name of groupBy) {
      keys = keys.flatMap((key) => partsOf(name, article).map((part) => [...key, part]));
    }
    for (const key of keys) {
      const name = JSON.stringify(key);
      const group = members.get(name) ?? { key, articles: [] };
      members.set(name, group);
      group.articles.push(article);
    }
  }
  return [...members.values()]
    .map(({ key, articles: own }) => ({
      key,
      count: own.length,
      values: columns.map((column) => computedOf(column, own)),
    }))
    .sort((a, b) => compareGroups(a, b, query.orderBy))
    .slice(0, limit);
}

function partsOf(name: Grouping, article: Article): Part[] {
  const { publishedAt } = article;
  switch (name) {
    case 'source':
      return [article.source?.key ?? null];
    case 'language':
    case 'section':
      return [article[name] ?? null];
    case 'topics':
      return distinctOrNull(article.topics.map(({ key }) => key));
    case 'authors':
      return distinctOrNull(article.authors);
    case 'day':
      return [publishedAt?.slice(0, 10) ?? null];
    case 'month':
      return [publishedAt?.slice(0, 7) ?? null];
    case 'week':
      return [publishedAt === undefined ? null : isoWeek(publishedAt.slice(0, 10))];
  }
}

function distinctOrNull(values: readonly string[]): Part[] {
  return values.length === 0 ? [null] : [...new Set(values)];
}

/** ISO 8601: the week belongs to the year that its Thursday is in. */
function isoWeek(date: string): string {
  const thursday = new Date(`${date}T00:00:00Z`);
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const year = thursday.getUTCFullYear();
  const first = new Date(0);
  first.setUTCFullYear(year, 0, 1);
  const week = Math.floor((thursday.getTime() - first.getTime()) / (7 * 86_400_000)) + 1;
  return `${String(year).padStart(4, '0')}-W${String(week).padStart(2, '0')}`;
}

function computedOf({ measure, metric }: AggregateColumn, articles: readonly Article[]) {
  const values = articles
    .map((article) => article.metrics[metric] ?? null)
    .filter((value): value is Exclude<MetricValue, null> => value !== null)
    .sort(compareMetrics);
  const [first] = values;
  const last = values.at(-1);
  if (first === undefined || last === undefined) return null;
  if (measure === 'min') return first;
  if (measure === 'max') return last;
  const decimals = values.map((value) => toDecimal(Number(value)));
  switch (measure) {
    case 'sum':
      return toNumber(sumOf(decimals));
    case 'avg':
      return toNumber(sumOf(decimals), BigInt(values.length));
    case 'p50':
      return percentile(decimals, 50n);
    case 'p95':
      return percentile(decimals, 95n);
  }
}

/** A number as `digits` times ten to the power of `-SCALE`: doubles have no finer decimal than this, as printed. */
const SCALE = 345n;

function toDecimal(value: number): bigint {
  const [, sign, whole = '0', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const power = SCALE + BigInt(exponent) - BigInt(fraction.length);
  return BigInt(`${sign}${whole}${fraction}`) * 10n ** power;
}

function sumOf(decimals: readonly bigint[]): bigint {
  return decimals.reduce((total, value) => total + value, 0n);
}

function percentile(sorted: readonly bigint[], percent: bigint): number | JsonText {
  const place = percent * BigInt(sorted.length - 1);
  const low = sorted[Number(place / 100n)] ?? 0n;
  const high = sorted[Number((place + 99n) / 100n)] ?? low;
  return toNumber(low * 100n + (high - low) * (place % 100n), 100n);
}

/** The nearest double, or the digits of what is beyond all doubles. */
function toNumber(decimal: bigint, divisor = 1n): number | JsonText {
  const precise = (decimal * 10n ** 40n) / divisor;
  const number = Number(`${precise}e-${SCALE + 40n}`);
  if (Number.isFinite(number)) return number;
  return new JsonText(String(decimal / divisor / 10n ** SCALE));
}

function compareMetrics(a: Exclude<MetricValue, null>, b: Exclude<MetricValue, null>): number {
  return compareValues(
    typeof a === 'boolean' ? Number(a) : a,
    typeof b === 'boolean' ? Number(b) : b,
  );
}

function compareGroups(a: Group, b: Group, orderBy: readonly GroupOrder[]): number {
  for (const { by, direction } of [...orderBy, { by: 'key', direction: 'asc' } as const]) {
    const order =
      by === 'key'
        ? compareKeys(a.key, b.key, direction)
        : compareNullable(columnOf(a, by), columnOf(b, by), direction);
    if (order !== 0) return order;
  }
  return 0;
}

function columnOf(group: Group, by: 'count' | { readonly column: number }) {
  return by === 'count' ? group.count : (group.values[by.column] ?? null);
}

function compareKeys(a: readonly Part[], b: readonly Part[], direction: 'asc' | 'desc'): number {
  for (const [index, part] of a.entries()) {
    const order = compareNullable(part, b[index] ?? null, direction);
    if (order !== 0) return order;
  }
  return 0;
}

/** Missing values come last in both directions. */
function compareNullable(
  a: MetricValue | JsonText,
  b: MetricValue | JsonText,
  direction: 'asc' | 'desc',
): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const order =
    a instanceof JsonText || b instanceof JsonText
      ? Number(wholeOf(a) - wholeOf(b) > 0n) - Number(wholeOf(a) - wholeOf(b) < 0n)
      : compareMetrics(a, b);
  return direction === 'asc' ? order : -order;
}

function wholeOf(value: Exclude<MetricValue, null> | JsonText): bigint {
  return BigInt(value instanceof JsonText ? value.text : Math.trunc(Number(value)));
}
