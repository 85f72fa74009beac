import type pg from 'pg';

/** What PostgreSQL says that it did for one statement. */
export interface Plan {
  /** Pages touched, in memory or not, by the whole statement; functions it calls included. */
  readonly buffers: number;
  /** Indexes walked. */
  readonly indexes: readonly string[];
  /** Tables read from end to end, of those that grow with the articles. */
  readonly scans: readonly string[];
  /** The most rows that were sorted at once. */
  readonly sorted: number;
  /** The most rows that one node looked at, kept or thrown away. */
  readonly looked: number;
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly Node[];
}

/** These stay small, whatever the number of articles. */
const SMALL = new Set(['registry', 'projection', 'source', 'pg_class']);

export async function explain(
  db: pg.Client,
  sql: string,
  parameters: readonly unknown[],
): Promise<Plan> {
  const { rows } = await db.query<{ 'QUERY PLAN': [{ readonly Plan: Node }] }>(
    `explain (analyze, buffers, format json) ${sql}`,
    [...parameters],
  );
  const root = rows[0]?.['QUERY PLAN'][0].Plan;
  if (!root) throw new Error('no plan');
  const nodes = [...walk(root)];
  return {
    buffers: (root['Shared Hit Blocks'] ?? 0) + (root['Shared Read Blocks'] ?? 0),
    indexes: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))],
    scans: nodes
      .filter((node) => node['Node Type'] === 'Seq Scan' && node['Actual Loops'] > 0)
      .map((node) => node['Relation Name'] ?? '?')
      .filter((table) => !SMALL.has(table)),
    sorted: largest(
      nodes.filter((node) => node['Node Type'] === 'Sort').map((node) => inputOf(node)),
    ),
    looked: largest(
      nodes
        .filter((node) => node['Relation Name'] !== undefined)
        .map(
          (node) =>
            (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
        ),
    ),
  };
}

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const child of node.Plans ?? []) yield* walk(child);
}

/** A sort under a limit tells only what it gave; what it took is its child's. */
function inputOf(node: Node): number {
  return largest((node.Plans ?? []).map((child) => child['Actual Rows'] * child['Actual Loops']));
}

function largest(numbers: readonly number[]): number {
  return Math.max(0, ...numbers);
}
