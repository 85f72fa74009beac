import fc from 'fast-check';
import { loadModule } from 'libpg-query';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  COLUMN_TYPES,
  createAurora,
  type Database,
  findStatement,
} from '../../../src/aurora/index.ts';
import type { ArticleQuery } from '../../../src/domain/index.ts';
import { onPostgres, startAurora, type TestAurora } from '../../support/aurora.ts';
import { seededRandom, TestClock } from '../../support/clock.ts';
import { questions, toQuery } from './check.ts';
import { openShelf, type Shelf } from './load.ts';
import { touchedBy } from './sql-tree.ts';

const SEED = Number(process.env.ORACLE_SEED ?? 20_240_117);
const STATEMENTS = 2_000;

/** All that a list may read. What a statement defines itself (its CTEs, their columns) is not counted. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  article: [
    ...[
      'key',
      'ctid',
      'id',
      'url',
      'title',
      'description',
      'language',
      'section',
      'source_key',
      'authors',
    ],
    ...['published_at', 'ingested_at', 'updated_at', 'rev', 'attributes', 'deleted_at'],
  ],
  article_topic: ['article_key', 'topic_key', 'weight'],
  topic: ['key', 'name', 'type'],
  article_search: ['article_key', 'words'],
  ai_output: [
    ...['article_key', 'kind', 'dead', 'version', 'name', 'model', 'run_id', 'produced_at'],
    'size_bytes',
  ],
  topic_rank: ['topic_key', 'article_key', 'article_id', 'published_at', 'r1', 'r2', 'r3', 'r4'],
  article_metric: ['article_key', 'projection', 'article_id', 'n', 't', 'k', 'b'],
  article_metrics: [
    ...['article_key', 'article_id'],
    ...slots('n', 24),
    ...slots('t', 4),
    ...slots('k', 8),
    ...slots('b', 4),
  ],
  metric_presence: ['article_key', 'held', 'article_id', 'published_at'],
  output_presence: ['article_key', 'kinds', 'article_id', 'published_at'],
  registry: ['revision'],
  text_language: ['language', 'config'],
  pg_class: ['reltuples', 'oid'],
};

/** Functions of PostgreSQL and of the migrations that it may call. */
const FUNCTIONS: ReadonlySet<string> = new Set([
  ...['any_tsquery', 'array_agg', 'article_documents', 'articles_without', 'ceil', 'count', 'fold'],
  ...['greatest', 'jsonb_array_elements', 'jsonb_array_elements_text', 'jsonb_build_array'],
  ...['jsonb_strip_nulls', 'jsonb_typeof'],
  ...['languages_in_use', 'octet_length', 'patterns_without', 'patterns_without_kind', 'round'],
  ...['row_number', 'sum'],
  ...['to_jsonb', 'ts_rank', 'unnest', 'utc_text', 'websearch_to_tsquery'],
]);

/** Texts that stand in it: none is a caller's. */
const CONSTANTS: ReadonlySet<string> = new Set([
  ...['', '1 second', '[]', 'array', 'article', 'attributes', 'boolean', 'null', 'number'],
  ...['string', '{}'],
]);

/** Columns that stand without their table, where there is but one. */
const BARE = ['language', 'config', 'reltuples', 'oid', 'revision'];

function slots(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${letter}${String(n + 1).padStart(2, '0')}`);
}

// The same text on both engines, and none of it is run.
describe.skipIf(onPostgres)('the statement of a list', () => {
  let started: TestAurora<Database>;
  let shelf: Shelf;
  // Compiles to PostgreSQL's own parameters, and connects to nothing.
  const builder = createAurora<Database>({
    target: { connection: 'direct', connectionString: 'postgres://nobody@127.0.0.1:1/none' },
    columnTypes: COLUMN_TYPES,
    clock: new TestClock(),
    random: seededRandom(1),
  });
  beforeAll(async () => {
    await loadModule();
    started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
    shelf = await openShelf(started.aurora, () => started.ctx());
  });
  afterAll(() => started?.close());

  const queries = (): fc.Arbitrary<ArticleQuery> =>
    fc
      .tuple(questions, fc.constantFrom('none', 'capped', 'exact', 'estimate' as const))
      .map(([question, count]) => ({ ...toQuery(shelf, question), count: count as 'none' }));

  it(`is one SELECT over columns of an allow-list, with nothing of the caller's in its text, ${STATEMENTS} times, seed ${SEED}`, {
    timeout: 120_000,
  }, () => {
    const isAllowed = (name: string): boolean => {
      const [tables, column] = name.split('.');
      if (column === undefined) return BARE.includes(name);
      return (tables ?? '').split('|').some((table) => COLUMNS[table]?.includes(column));
    };
    const strange = new Set<string>();
    fc.assert(
      fc.property(queries(), (query) => {
        const { sql } = findStatement(query).compile(builder.db);
        const touched = touchedBy(sql);
        expect(touched.count).toBe(1);
        expect([...touched.statements]).toEqual(['SelectStmt']);
        for (const name of touched.functions) if (!FUNCTIONS.has(name)) strange.add(name);
        for (const text of touched.constants) if (!CONSTANTS.has(text)) strange.add(text);
        for (const name of touched.columns) if (!isAllowed(name)) strange.add(name);
        for (const name of touched.tables) if (!(name in COLUMNS)) strange.add(name);
      }),
      { seed: SEED, numRuns: STATEMENTS },
    );
    expect([...strange].sort()).toEqual([]);
  });
});
