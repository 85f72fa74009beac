import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  aggregateStatement,
  COLUMN_TYPES,
  createArticleStore,
  type Database,
} from '../../src/aurora/index.ts';
import {
  type AggregateColumn,
  type AggregationQuery,
  type Article,
  type ArticleInput,
  type Context,
  EMPTY_OBJECT,
  GROUPINGS,
  type GroupOrder,
  MEASURES,
  type ProjectedResult,
  type Registry,
  timestampFromMs,
} from '../../src/domain/index.ts';
import {
  defineMetrics,
  freshPrefix,
  groupsOf,
  type Hold,
  matched,
  projectAll,
  putAll,
} from '../contract/article-store/builders.ts';
import { aggregateOver } from '../fakes/aggregate.ts';
import { startAurora } from '../support/aurora.ts';

/** Questions asked of each corpus, and corpora: what is compared is their product. */
const QUESTIONS = 25;
const CORPORA = 16;

const KIND = 'checked';
/** `extreme` has all that a double can be; by the others groups are sorted, too. */
const METRICS = {
  plain: 'number',
  extreme: 'number',
  overflowing: 'number',
  word: 'string',
  flag: 'boolean',
  moment: 'time',
} as const;

/** Number metrics made first, so that `overflowing` finds no column of its own. */
const FILLERS = Object.fromEntries(
  Array.from({ length: 22 }, (_, index) => [`filler-${index}`, 'number'] as const),
);

type Value = number | string | boolean;

const text = fc.constantFrom('a', 'B', 'b', 'ß', '\uffee', '🦊', '%', '');
const moment = fc
  .integer({ min: Date.UTC(2020, 11, 20), max: Date.UTC(2021, 0, 20) })
  .map(timestampFromMs);
const decimal = fc.integer({ min: -5_000, max: 5_000 }).map((digits) => digits / 1_000);
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1.7976931348623157e308, -1.7976931348623157e308, 5e-324, 0.1),
);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });

const article = fc.record({
  language: optional(fc.constantFrom('en', 'de', 'en-GB')),
  section: optional(text),
  source: optional(fc.constantFrom('s1', 's2', 'S')),
  authors: fc.array(fc.constantFrom('Ann', 'Bo', '🦊'), { maxLength: 3 }),
  topics: fc.uniqueArray(fc.constantFrom('t1', 't2', 't3'), { maxLength: 3 }),
  projected: fc.uniqueArray(fc.constantFrom('t2', 't3', 't4'), { maxLength: 2 }),
  publishedAt: optional(moment),
  metrics: fc.record({
    plain: optional(decimal),
    extreme: optional(double),
    overflowing: optional(decimal),
    word: optional(text.filter((word) => word !== '')),
    flag: optional(fc.boolean()),
    moment: optional(moment),
  }),
});

const columns: readonly AggregateColumn[] = Object.entries(METRICS).flatMap(([metric, type]) =>
  MEASURES.filter((measure) => type === 'number' || measure === 'min' || measure === 'max').map(
    (measure) => ({ measure, metric, type }),
  ),
);

const question = fc
  .record({
    groupBy: fc.uniqueArray(fc.constantFrom(...GROUPINGS), { maxLength: 2 }),
    columns: fc.uniqueArray(fc.constantFrom(...columns), {
      maxLength: 5,
      selector: ({ measure, metric }) => `${measure} ${metric}`,
    }),
    limit: fc.constantFrom(1, 3, 20, 100),
  })
  .chain((asked) => {
    // What is beyond a double's digits sorts by them, which the plain way cannot see.
    const sortable = asked.columns.flatMap(({ metric }, column) =>
      metric === 'extreme' ? [] : [{ column }],
    );
    const by = fc.constantFrom<GroupOrder['by']>('key', 'count', ...sortable);
    const direction = fc.constantFrom<GroupOrder['direction']>('asc', 'desc');
    return fc
      .uniqueArray(fc.record({ by, direction }), {
        maxLength: 3,
        selector: (key) => JSON.stringify(key.by),
      })
      .map((orderBy) => ({ ...asked, orderBy }));
  });

describe('an aggregation', () => {
  let started: Awaited<ReturnType<typeof startAurora<Database>>>;
  let hold: Hold;
  let registry: Registry;
  beforeAll(async () => {
    started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
    hold = { store: createArticleStore(started.aurora), ctx: () => started.ctx() };
    const { plain, extreme, ...others } = METRICS;
    await defineMetrics(hold, KIND, { plain, extreme });
    await defineMetrics(hold, KIND, FILLERS);
    await hold.store.putProjection(hold.ctx(), 'topics', {
      kind: KIND,
      target: { type: 'topics' },
      each: '$.x',
      key: '$.k',
    });
    registry = await defineMetrics(hold, KIND, others);
  });
  afterAll(() => started?.close());

  /** Stores a corpus; answers with its articles as the store tells them. */
  async function store(
    prefix: string,
    corpus: readonly (typeof article extends fc.Arbitrary<infer T> ? T : never)[],
  ): Promise<Article[]> {
    const inputs = corpus.map(({ metrics: _, projected: __, source, topics, ...members }) => ({
      ...(Object.fromEntries(
        Object.entries(members).filter(([, value]) => value !== undefined),
      ) as Partial<ArticleInput>),
      topics: topics.map((key) => ({ key, weight: 1 })),
      ...(source === undefined ? {} : { source: { key: source } }),
    }));
    const put = await putAll(hold, prefix, inputs);
    const results = put.map(({ id }, index) => {
      const { metrics = {}, projected = [] } = corpus[index] ?? {};
      const values = Object.entries<Value | undefined>(metrics).flatMap(([name, value]) =>
        value === undefined ? [] : [matched(name, value)],
      );
      const topics = projected.map((key) => ({ key, weight: 0.5 }));
      const given: ProjectedResult = { projection: 'topics', status: 'matched', topics };
      return [id, [...values, given]] as const;
    });
    await projectAll(hold, KIND, new Map(results));
    const states = await Promise.all(put.map(({ id }) => hold.store.get(hold.ctx(), id)));
    return states.flatMap((state) => (state.state === 'live' ? [state.article] : []));
  }

  it('says what counting and computing by hand says', { timeout: 180_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(article, { minLength: 1, maxLength: 12 }),
        fc.array(question, { minLength: QUESTIONS, maxLength: QUESTIONS }),
        async (corpus, questions) => {
          const prefix = freshPrefix();
          const articles = await store(prefix, corpus);
          for (const asked of questions) {
            const query: AggregationQuery = groupsOf(prefix, { ...asked, registry });
            const found = await hold.store.aggregate(hold.ctx(), query);
            expect(found).toEqual(aggregateOver(articles, query));
          }
        },
      ),
      { numRuns: CORPORA, endOnFailure: true },
    );
  });

  it('keeps one metric beyond the columns that there are', () => {
    const storage = (name: string) =>
      registry.projections.find((one) => one.name === name)?.storage;
    expect(storage('plain')).toMatch(/^n\d\d/);
    expect(storage('overflowing')).toBe('overflow');
  });

  it('says which limit is too high where the answer would pass that of the store', async () => {
    const names = Array.from({ length: 6 }, (_, index) => `long-${index}`);
    const longs = Object.fromEntries(names.map((name) => [name, 'string'] as const));
    const wide = await defineMetrics(hold, KIND, longs);
    const prefix = freshPrefix();
    const put = await putAll(
      hold,
      prefix,
      Array.from({ length: 100 }, (_, index) => ({ section: `${index}` })),
    );
    const results = names.map((name) => matched(name, 'x'.repeat(1_024)));
    await projectAll(hold, KIND, new Map(put.map(({ id }) => [id, results])));
    const query = (limit: number) =>
      groupsOf(prefix, {
        registry: wide,
        groupBy: ['section'],
        columns: names.flatMap((metric) =>
          (['min', 'max'] as const).map((measure) => ({
            measure,
            metric,
            type: 'string' as const,
          })),
        ),
        limit,
      });
    expect(await hold.store.aggregate(hold.ctx(), query(50))).toHaveLength(50);
    await expect(hold.store.aggregate(hold.ctx(), query(100))).rejects.toMatchObject({
      code: 'invalid',
      faults: [{ parameter: 'limit', code: 'answer_too_large' }],
    });
  });

  it('costs one call, as do lists of topics and sources and all about one source', async () => {
    const { store } = hold;
    const key = freshPrefix();
    for (const ask of [
      (ctx: Context) => store.aggregate(ctx, groupsOf(key, { groupBy: ['topics'] })),
      (ctx: Context) => store.findTopics(ctx, { pageSize: 100 }),
      (ctx: Context) => store.findSources(ctx, { pageSize: 100 }),
      (ctx: Context) => store.getSource(ctx, key),
      (ctx: Context) => store.putSource(ctx, key, { name: 'N', attributes: EMPTY_OBJECT }),
      (ctx: Context) => store.putSource(ctx, key, { name: 'O', attributes: EMPTY_OBJECT }, 1),
    ]) {
      const ctx = started.ctx();
      await ask(ctx);
      expect(ctx.observed.filter(({ kind }) => kind === 'store_call')).toHaveLength(1);
    }
  });

  it('is one statement that holds nothing of what was written', () => {
    const text = "'; drop table article; --";
    const query = groupsOf(freshPrefix(), { registry, columns, groupBy: ['topics'], text });
    const { sql, parameters } = aggregateStatement(query).compile(started.aurora.db);
    expect(sql).not.toContain('drop table');
    expect(JSON.stringify(parameters)).toContain(text);
  });
});
