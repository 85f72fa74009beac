import {
  aggregateStatement,
  COLUMN_TYPES,
  createAurora,
  type Database,
  findStatement,
} from '../aurora/index.ts';
import {
  type ArticleQuery,
  createRegistry,
  DEFAULT_GROUP_ORDER,
  defaultOrder,
  type Projection,
  parseCompute,
  parseFilter,
  parseGroupBy,
  parseGroupOrder,
  parseOrderBy,
  type Timestamp,
} from '../domain/index.ts';
import { systemClock, systemRandom } from '../lambda/system.ts';

const NOW = '2026-01-01T00:00:00.000000Z' as Timestamp;

/** A registry with a metric in columns that topics carry, one in columns that they do not, and one beyond. */
const REGISTRY = createRegistry(7, [
  metric('importance', 'n01/r1', 'number'),
  metric('reviewed', 't01', 'time'),
  metric('rarely-asked', 'overflow', 'number'),
]);

type Statement = ReturnType<typeof findStatement> | ReturnType<typeof aggregateStatement>;

/** The queries whose SQL is kept for review, by the names of their files. */
const QUERIES: Readonly<
  Record<string, Partial<ArticleQuery> & { filtered?: string; order?: string }>
> = {
  newest: {},
  'newest-next-page': { after: ['2025-12-01T08:00:00.000000Z', 'a-17'] },
  'newest-undated-page': { after: [null, 'a-17'] },
  'oldest-counted': { order: 'publishedAt', count: 'capped', skip: 40 },
  'by-title-and-date': { order: 'title, publishedAt desc' },
  'by-metric': { order: 'metrics.importance desc' },
  'by-metric-next-page': { order: 'metrics.importance desc', after: [0.75, 'a-17'] },
  'by-metric-and-date': { order: 'metrics.importance desc, publishedAt desc' },
  'by-overflow-metric': { order: 'metrics.rarely-asked' },
  'metrics-filtered': {
    filtered: 'metrics.importance >= 0.5 AND NOT metrics.reviewed < now-7d',
    order: 'metrics.importance desc',
  },
  'source-newest': { filtered: 'source = "harbour-post" AND language != "en"' },
  'topic-newest': { filtered: 'topics:"ferry" AND publishedAt > now-30d' },
  'topic-by-metric': { filtered: 'topics:"ferry"', order: 'metrics.importance desc' },
  'topics-newest': { filtered: 'topics:("ferry","harbour")' },
  'lists-attributes-outputs': {
    filtered:
      'authors:"Ann Lee" AND attributes.desk.name = "city" AND attributes.words > 300 AND ai.summary.model != "m-1" AND topics.any(type="person" AND weight>0.5)',
  },
  'without-output': { filtered: 'ai.summary = null' },
  'without-output-next-page': {
    filtered: 'NOT ai.summary:*',
    after: ['2025-12-01T08:00:00.000000Z', 'a-17'],
  },
  'search-best': { text: 'ferry "new harbour" -train' },
  'search-newest': { text: 'ferry', order: 'publishedAt desc' },
  'search-exact-count': { filtered: 'text("ferry") OR title:"ferry"', count: 'exact' },
};

/** Those of groups. */
const GROUPS: Readonly<
  Record<string, { groupBy: string; compute?: string; filtered?: string; order?: string }>
> = {
  'groups-by-source-and-month': { groupBy: 'source,month' },
  'groups-by-topic-of-metrics': {
    groupBy: 'topics',
    compute: 'avg(metrics.importance),p95(metrics.importance),max(metrics.reviewed)',
    filtered: 'language = "en" AND metrics.importance > 0.1',
    order: 'avg(metrics.importance) desc',
  },
  'metrics-of-all': { groupBy: '', compute: 'p50(metrics.importance),sum(metrics.rarely-asked)' },
};

/** The SQL of each main query with its parameters, by the name of its file. */
export function mainQueries(): ReadonlyMap<string, string> {
  // Nothing is connected: the statements are only put together.
  const aurora = createAurora<Database>({
    target: {
      connection: 'data-api',
      resourceArn: 'cluster',
      secretArn: 'secret',
      database: 'tandem',
      region: 'us-east-1',
    },
    columnTypes: COLUMN_TYPES,
    clock: systemClock,
    random: systemRandom,
  });
  const print = (statement: Statement, asked: readonly unknown[]): string => {
    const { sql, parameters } = statement.compile(aurora.db);
    const heading = asked.filter(Boolean).join('; ');
    return [`-- ${heading}`, ...parameters.map(comment), '', layOut(sql), ''].join('\n');
  };
  const lists = Object.entries(QUERIES).map(([name, { filtered, order, ...members }]) => {
    const filter = parseFilter(filtered ?? '', REGISTRY);
    const orderBy = parseOrderBy(order ?? '', REGISTRY) ?? defaultOrder(members.text !== undefined);
    const statement = findStatement({
      registry: REGISTRY,
      orderBy,
      pageSize: 20,
      skip: 0,
      count: 'none',
      now: NOW,
      ...(filter ? { filter } : {}),
      ...members,
    });
    const asked = [filtered, members.text && `q: ${members.text}`, order && `order by ${order}`];
    return [
      `${name}.sql`,
      print(statement, asked.some(Boolean) ? asked : ['newest first']),
    ] as const;
  });
  const groups = Object.entries(GROUPS).map(([name, { groupBy, compute, filtered, order }]) => {
    const filter = parseFilter(filtered ?? '', REGISTRY);
    const columns = compute ? parseCompute(compute, REGISTRY) : [];
    const statement = aggregateStatement({
      registry: REGISTRY,
      groupBy: groupBy === '' ? [] : parseGroupBy(groupBy),
      columns,
      orderBy: parseGroupOrder(order ?? '', columns) ?? DEFAULT_GROUP_ORDER,
      limit: 20,
      now: NOW,
      ...(filter ? { filter } : {}),
    });
    const asked = [
      filtered,
      groupBy && `group by ${groupBy}`,
      compute && `compute ${compute}`,
      order && `order by ${order}`,
    ];
    return [`${name}.sql`, print(statement, asked)] as const;
  });
  return new Map([...lists, ...groups]);
}

/** Without the indents of the code that it stands in. */
function layOut(sql: string): string {
  return sql
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

function comment(parameter: unknown): string {
  const { name, value } = parameter as { readonly name: string; readonly value: object };
  const [shown] = 'isNull' in value ? [null] : Object.values(value);
  return `-- :${name} = ${JSON.stringify(shown)}`;
}

function metric(name: string, storage: string, valueType: 'number' | 'time'): Projection {
  const definition = {
    kind: 'quality',
    target: { type: 'metric', valueType },
    select: ['$'],
  } as const;
  return {
    name,
    definition,
    revision: 1,
    state: 'active',
    storage,
    createdAt: NOW,
    updatedAt: NOW,
  };
}
