import { findStatement } from '../../src/aurora/index.ts';
import {
  type ArticleQuery,
  type Context,
  DEFAULT_ORDER,
  defaultOrder,
  parseFilter,
  parseOrderBy,
  timestampFromMs,
  usesText,
} from '../../src/domain/index.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';
import { printTable, quantile } from '../support/table.ts';
import { type Archive, openArchive } from './queries/archive.ts';
import { CASES, type Case, COSTLY } from './queries/cases.ts';
import { explain, type Plan } from './queries/plan.ts';

const SIZES = [10_000, 100_000, 1_000_000];
const PAGE_SIZE = 20;
const RUNS = 15;

/** The bars: what a page may cost, and how little that may depend on the size, the place and the topic. */
const BARS = {
  buffersPerRow: 50,
  /** More rows sorted than this, and the order was not an index's. */
  sortedRows: 1_000,
  largestToSmallest: 3,
  lastToFirst: 1.5,
  commonToRare: 2,
} as const;

interface Measured {
  readonly rows: number;
  readonly plan: Plan;
  readonly firstMs: number;
  readonly lastMs: number | undefined;
  readonly rareMs: number | undefined;
}

/**
 * Typical lists on PostgreSQL at several sizes (arguments; 10,000, 100,000 and 1,000,000): plans and pages
 * touched of exactly the statements that the store sends, and medians of their times. Throws when a bar
 * is not met.
 */
export async function run(args: readonly string[]): Promise<void> {
  const sizes = args.length === 0 ? SIZES : args.map(Number);
  if (sizes.some((size) => !Number.isInteger(size) || size < 1_000)) {
    throw new Error('Sizes are whole numbers from 1000.');
  }
  const programs = findPostgres();
  if (!programs) {
    process.stdout.write('PostgreSQL: no programs found; nothing was measured.\n');
    return;
  }
  const postgres = await startPostgres(programs);
  const measured = new Map<Case, Map<number, Measured>>();
  try {
    for (const size of sizes) {
      const archive = await openArchive(postgres.url, size);
      try {
        process.stdout.write(`${size} articles in ${archive.secondsToFill} s\n`);
        for (const one of [...CASES, ...COSTLY]) {
          const bySize = measured.get(one) ?? new Map<number, Measured>();
          measured.set(one, bySize.set(size, await measure(archive, one)));
        }
      } finally {
        await archive.close();
      }
    }
  } finally {
    await postgres.stop();
  }
  report(sizes, measured);
}

async function measure(
  archive: Archive,
  one: Case & Partial<(typeof COSTLY)[number]>,
): Promise<Measured> {
  const query = toQuery(archive, one, one.filter);
  const isCostly = (COSTLY as readonly Case[]).includes(one);
  const first: ArticleQuery = {
    ...query,
    skip: one.skip ?? 0,
    allowSlow: isCostly,
    count: one.counted ? 'exact' : 'none',
  };
  const { entries } = await archive.store.find(archive.ctx(), first);
  const { sql, parameters } = compile(archive, first);
  const firstMs = await medianMs(archive, first);
  // Afterwards: by then the session knows the tables, as one that has served requests does.
  const plan = await explain(archive.db, sql, parameters);
  return {
    rows: entries.length,
    plan,
    firstMs,
    lastMs: isCostly ? undefined : await lastPageMs(archive, query),
    rareMs:
      one.rare === undefined ? undefined : await medianMs(archive, toQuery(archive, one, one.rare)),
  };
}

function toQuery({ registry }: Archive, one: Case, written: string | undefined): ArticleQuery {
  const filter = written === undefined ? undefined : parseFilter(written, registry);
  const order = one.orderBy === undefined ? undefined : parseOrderBy(one.orderBy, registry);
  return {
    ...(filter ? { filter } : {}),
    orderBy: order ?? (filter && usesText(filter) ? defaultOrder(true) : DEFAULT_ORDER),
    pageSize: PAGE_SIZE,
    skip: 0,
    count: 'none',
    now: timestampFromMs(Date.UTC(2026, 10, 2)),
    registry,
  };
}

function compile({ aurora }: Archive, query: ArticleQuery) {
  return findStatement(query).compile(aurora.db);
}

/** Of the statement as the store sends it, planned anew each time, as the Data API does. */
async function medianMs(archive: Archive, query: ArticleQuery): Promise<number> {
  const { sql, parameters } = compile(archive, query);
  const samples: number[] = [];
  for (let run = -2; run < RUNS; run++) {
    const startMs = performance.now();
    await archive.db.query(sql, [...parameters]);
    if (run >= 0) samples.push(performance.now() - startMs);
  }
  return quantile(samples, 0.5);
}

/** The page that a reader of all pages comes to in the end. */
async function lastPageMs(archive: Archive, query: ArticleQuery): Promise<number | undefined> {
  const ctx: Context = archive.ctx();
  const counted = await archive.store.find(ctx, { ...query, pageSize: 1, count: 'exact' });
  const size = counted.total?.size ?? 0;
  if (size <= 2 * PAGE_SIZE) return undefined;
  const before = await archive.store.find(ctx, {
    ...query,
    pageSize: 1,
    skip: size - PAGE_SIZE - 1,
    // Stepping there at once is what a reader of all pages never does.
    allowSlow: true,
  });
  const after = before.entries[0]?.cursor;
  if (!after) throw new Error('no article stands before the last page');
  const last = await archive.store.find(ctx, { ...query, after });
  if (last.entries.length !== PAGE_SIZE || last.more) throw new Error('this is not the last page');
  return medianMs(archive, { ...query, after });
}

function report(
  sizes: readonly number[],
  measured: ReadonlyMap<Case, ReadonlyMap<number, Measured>>,
): void {
  const [smallest = 0] = sizes;
  const largest = sizes.at(-1) ?? 0;
  const failures: string[] = [];
  const bar = (name: string, value: number | undefined, limit: number): string => {
    if (value === undefined) return '-';
    const met = value <= limit;
    if (!met) failures.push(`${name}: ${round(value)} instead of ${limit}`);
    return `${round(value)}${met ? '' : ' !'}`;
  };
  const rows = CASES.map((one) => {
    const bySize = measured.get(one);
    const at = (size: number): Measured => {
      const found = bySize?.get(size);
      if (!found) throw new Error(`${one.name} was not measured at ${size}`);
      return found;
    };
    const all = sizes.map(at);
    const worst = Math.max(
      ...all.map(({ plan, rows: shown }) => plan.buffers / Math.max(1, shown)),
    );
    const scans = all.flatMap(({ plan }) => plan.scans);
    if (scans.length > 0) failures.push(`${one.name}: reads all of ${scans.join(', ')}`);
    const { firstMs, lastMs, rareMs, plan } = at(largest);
    return [
      one.name,
      bar(`${one.name}, buffers a row`, worst, BARS.buffersPerRow),
      bar(
        `${one.name}, rows sorted`,
        Math.max(...all.map((each) => each.plan.sorted)),
        BARS.sortedRows,
      ),
      ...all.map((each) => round(each.firstMs)),
      bar(
        `${one.name}, ${largest} to ${smallest}`,
        firstMs / at(smallest).firstMs,
        BARS.largestToSmallest,
      ),
      bar(`${one.name}, last page to first`, lastMs && lastMs / firstMs, BARS.lastToFirst),
      bar(`${one.name}, common topic to rare`, rareMs && firstMs / rareMs, BARS.commonToRare),
      plan.indexes.filter((index) => !index.endsWith('_pkey')).join(' '),
    ];
  });
  const times = sizes.map((size) => `ms at ${size}`);
  process.stdout.write(
    `\nPages of ${PAGE_SIZE}; medians of ${RUNS}; ! marks a bar that is not met.\n\n`,
  );
  printTable(
    [
      'list',
      'buffers/row',
      'sorted',
      ...times,
      'growth',
      'last/first',
      'common/rare',
      `indexes at ${largest}`,
    ],
    rows,
  );
  process.stdout.write(
    '\nWithout a bar: what grows with the matches or the pages stepped over.\n\n',
  );
  printTable(
    ['list', 'rows looked at', 'buffers', ...times],
    COSTLY.map((one) => {
      const all = sizes.map((size) => measured.get(one)?.get(size));
      const last = all.at(-1);
      return [
        one.name,
        last?.plan.looked ?? 0,
        last?.plan.buffers ?? 0,
        ...all.map((each) => round(each?.firstMs ?? 0)),
      ];
    }),
  );
  if (failures.length > 0) throw new Error(`Bars not met:\n${failures.join('\n')}`);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
