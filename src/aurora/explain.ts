import type { CompiledQuery } from 'kysely';
import type { Context, QueryPlan } from '../domain/index.ts';
import type { Aurora, Query } from './aurora.ts';
import type { Database } from './schema.ts';

/** What is used of a node of `EXPLAIN (ANALYZE, FORMAT JSON)`. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Subplan Name'?: string;
  readonly 'CTE Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Runs a statement once more to see how it is run. `route` is what it was planned as. Cost: 1 call. */
export async function explain(
  aurora: Aurora<Database>,
  ctx: Context,
  query: Query<unknown>,
  route: string,
): Promise<QueryPlan> {
  const compiled: CompiledQuery<unknown> = 'compile' in query ? query.compile(aurora.db) : query;
  const [row] = await aurora.rows<{ 'QUERY PLAN': string }>(
    ctx,
    'aurora.explain',
    {
      ...compiled,
      sql: `explain (analyze, buffers off, timing off, format json) ${compiled.sql}`,
    } as CompiledQuery<{ 'QUERY PLAN': string }>,
    { repeatable: true },
  );
  const [root] = JSON.parse(row?.['QUERY PLAN'] ?? '[]') as { readonly Plan: PlanNode }[];
  const nodes = root ? nodesOf(root.Plan, false) : [];
  const indexes = nodes.flatMap(({ node }) => node['Index Name'] ?? []);
  const sorts = nodes.some(({ node, inPage }) => inPage && sortsWhatItFound(node));
  return {
    planClass: sorts && route !== 'fulltext_rank' ? 'filter_sort' : route,
    indexes: [...new Set(indexes)].sort(),
    rowsRead: Math.round(nodes.reduce((sum, { node }) => sum + rowsRead(node), 0)),
    sql: compiled.sql,
  };
}

/** All nodes that ran, and whether they were for finding the rows of the page. */
function nodesOf(
  node: PlanNode,
  inPage: boolean,
): readonly { readonly node: PlanNode; readonly inPage: boolean }[] {
  if (node['Actual Loops'] === 0) return [];
  const name = node['Subplan Name'];
  const within =
    name === undefined
      ? inPage
      : /^CTE (?:picked|page_tied_\d+)$/.test(name) || (inPage && !name.startsWith('CTE'));
  return [
    { node, inPage: within },
    ...(node.Plans ?? []).flatMap((child) => nodesOf(child, within)),
  ];
}

/**
 * Whether a node puts rows in order because no index had them so, and not to merge the first of several walks
 * or to order the few that a walk found alike.
 */
function sortsWhatItFound({
  'Node Type': type,
  'Actual Rows': rows,
  Plans = [],
}: PlanNode): boolean {
  if (type !== 'Sort' || rows === 0) return false;
  return !Plans.some(hasLimit);
}

function hasLimit({ 'Node Type': type, 'CTE Name': cte, Plans = [] }: PlanNode): boolean {
  return type === 'Limit' || cte?.startsWith('page_tied_') || Plans.some(hasLimit);
}

/** Rows that a scan of a table or of an index for a bitmap looked at. */
function rowsRead(node: PlanNode): number {
  const isScan = node['Relation Name'] !== undefined || node['Node Type'] === 'Bitmap Index Scan';
  if (!isScan) return 0;
  const each =
    (node['Actual Rows'] ?? 0) +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0);
  return each * (node['Actual Loops'] ?? 1);
}
