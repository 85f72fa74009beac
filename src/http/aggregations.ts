import {
  type AggregationQuery,
  DEFAULT_GROUP_ORDER,
  GROUP_LIMIT,
  type Group,
  parseCompute,
  parseFilter,
  parseGroupBy,
  parseGroupOrder,
  printColumn,
  printTimestamp,
  type Registry,
  type Timestamp,
  timestampFromMs,
} from '../domain/index.ts';
import { json } from './json-answer.ts';
import { readSearch } from './list-query.ts';
import type { QueryParameters } from './query-parameters.ts';
import type { Exchange, Services } from './route.ts';
import { withRegistry } from './with-registry.ts';

/** Parameters of an aggregation. */
export const AGGREGATION_PARAMETERS = [
  'filter',
  'q',
  'groupBy',
  'compute',
  'orderBy',
  'limit',
] as const;

/** `GET /v1/aggregations` */
export async function aggregate({ ctx, query }: Exchange, services: Services): Promise<Response> {
  const { tandem, clock } = services;
  return withRegistry(ctx, services, async (registry) => {
    const asked = readAggregation(query, registry, timestampFromMs(clock.now()));
    const groups = await tandem.aggregations.run(ctx, asked);
    return json(200, { groups: groups.map((group) => printGroup(group, asked)) });
  });
}

/** Reads the query string of an aggregation. Errors: `invalid`. */
function readAggregation(
  query: QueryParameters,
  registry: Registry,
  now: Timestamp,
): AggregationQuery {
  const filter = parseFilter(query.text('filter') ?? '', registry);
  const text = readSearch(query.text('q'));
  const columns = parseCompute(query.text('compute') ?? '', registry);
  const limit = query.integer('limit', { min: 1 }) ?? GROUP_LIMIT.default;
  return {
    registry,
    groupBy: parseGroupBy(query.text('groupBy') ?? ''),
    columns,
    orderBy: parseGroupOrder(query.text('orderBy') ?? '', columns) ?? DEFAULT_GROUP_ORDER,
    limit: Math.min(limit, GROUP_LIMIT.max),
    now,
    ...(filter === undefined ? {} : { filter }),
    ...(text === undefined ? {} : { text }),
  };
}

/** `key` is null without `groupBy`, one value with one name, a list with two. */
function printGroup({ key, count, values }: Group, { columns }: AggregationQuery): object {
  const computed = columns.map((column, index) => {
    const value = values[index] ?? null;
    const isTime = column.type === 'time' && typeof value === 'string';
    return [printColumn(column), isTime ? printTimestamp(value as Timestamp) : value] as const;
  });
  return { key: key.length > 1 ? key : (key[0] ?? null), count, ...Object.fromEntries(computed) };
}
