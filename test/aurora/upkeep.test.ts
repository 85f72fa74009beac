import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COLUMN_TYPES, createArticleStore, type Database } from '../../src/aurora/index.ts';
import {
  type ArticleStore,
  EMPTY_OBJECT,
  JsonText,
  type ProjectionDefinition,
} from '../../src/domain/index.ts';
import { createTandem, type Tandem } from '../../src/facade/index.ts';
import { createFakeAiOutputStore } from '../fakes/ai-output-store.ts';
import { startAurora } from '../support/aurora.ts';
import { aContext, seededRandom, TestClock } from '../support/clock.ts';

const METRIC: ProjectionDefinition = {
  kind: 'k',
  target: { type: 'metric', valueType: 'number' },
  select: ['$.n'],
};

/** More than a call of the upkeep takes. */
const ARTICLES = 230;

let started: Awaited<ReturnType<typeof startAurora<Database>>>;
let store: ArticleStore;
let clock: TestClock;
/** A process of its own over the same stores. */
let aProcess: () => Tandem;

beforeAll(async () => {
  started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
  store = createArticleStore(started.aurora);
  clock = new TestClock();
  const outputs = createFakeAiOutputStore({ clock });
  // Aurora's calls are made under the machine's clock.
  const articles = new Proxy(store, {
    get(target, property) {
      const method = Reflect.get(target, property) as (...args: unknown[]) => unknown;
      return (_: unknown, ...args: unknown[]) => method(started.ctx(), ...args);
    },
  });
  aProcess = () =>
    createTandem({
      articles,
      outputs,
      clock,
      random: seededRandom(1),
      auroraState: () => 'awake',
      isSurelyAwake: async () => true,
    });
  const ids = Array.from({ length: ARTICLES }, (_, at) => `a${at}`);
  for (let from = 0; from < ARTICLES; from += 100) {
    const writes = ids.slice(from, from + 100).map((id) => ({
      input: { id, title: 'T', authors: [], topics: [], attributes: EMPTY_OBJECT },
    }));
    await store.putMany(started.ctx(), writes);
  }
  const { maintenance, outputs: written } = aProcess();
  await maintenance.relay(aCtx(), 1_000);
  await written.putMany(
    aCtx(),
    ids.map((articleId, at) => ({
      articleId,
      kind: 'k',
      output: new JsonText(`{"n":${at}}`),
    })),
    {},
  );
  await maintenance.drain(aCtx(), { limit: 1_000, wake: true });
});
afterAll(() => started?.close());

beforeEach(async () => {
  const { projections } = await store.readRegistry(started.ctx());
  for (const { name } of projections) await store.deleteProjection(started.ctx(), name);
  await tend();
});

const aCtx = () => aContext(clock, { deadlineMs: clock.now() + 3_600_000 });

const rows = <R>(query: ReturnType<typeof sql<R>>): Promise<R[]> =>
  started.aurora.rows(started.ctx(), 'test', query);

/** Upkeep until nothing is left, each call by a process that knows nothing of the ones before. */
async function tend(): Promise<number> {
  for (let calls = 1; calls < 50; calls += 1) {
    if (!(await aProcess().maintenance.tendProjections(aCtx())).left) return calls;
  }
  throw new Error('There is no end to it');
}

describe('upkeep by one process after the other', () => {
  it.each([
    ['another process', () => aProcess()],
    ['the same process', (one: Tandem) => one],
  ])('empties the column that a metric of another kind has left, by %s', async (_, next) => {
    const counts = () =>
      rows(sql`select count(n01)::int4 as n01, count(n02)::int4 as n02 from article_metrics`);
    await store.putProjection(started.ctx(), 'm', METRIC);
    await tend();
    expect(await counts()).toEqual([{ n01: ARTICLES, n02: 0 }]);
    await store.putProjection(started.ctx(), 'm', { ...METRIC, kind: 'other' });
    const one = aProcess();
    await one.maintenance.tendProjections(aCtx());
    expect(await counts()).toEqual([{ n01: ARTICLES - 200, n02: 0 }]);
    const then = next(one);
    for (let left = true; left; ) ({ left } = await then.maintenance.tendProjections(aCtx()));
    expect(await counts()).toEqual([{ n01: 0, n02: 0 }]);
    expect(await rows(sql`select name, slot, rank_slot from projection`)).toEqual([
      { name: 'm', slot: 'n02', rank_slot: 'r2' },
    ]);
    expect(await store.readRegistry(started.ctx())).toMatchObject({ pending: false });
  });

  it('goes on moving a metric into a column that came free', async () => {
    for (let at = 1; at <= 24; at += 1) {
      const other = { ...METRIC, kind: `other-${at}` };
      await store.putProjection(started.ctx(), `other-${at}`, other);
    }
    await store.putProjection(started.ctx(), 'm', METRIC);
    await tend();
    const stored = () =>
      rows(sql`select p.slot, p.next_slot, (select count(*)::int4 from article_metric) as narrow
        from projection p where p.name = 'm'`);
    expect(await stored()).toEqual([{ slot: null, next_slot: null, narrow: ARTICLES }]);
    await store.deleteProjection(started.ctx(), 'other-3');
    await store.clearRetired(started.ctx(), 10);
    await store.promoteMetrics(started.ctx(), 10);
    expect(await stored()).toEqual([{ slot: null, next_slot: 'n03', narrow: ARTICLES }]);
    await tend();
    expect(await stored()).toEqual([{ slot: 'n03', next_slot: null, narrow: 0 }]);
    expect(await store.get(started.ctx(), 'a7')).toMatchObject({
      article: { metrics: { m: 7 } },
    });
    const idle = aProcess();
    await idle.maintenance.tendProjections(aCtx());
    started.wire.resetCalls();
    expect(await idle.maintenance.tendProjections(aCtx())).toMatchObject({ left: false });
    expect(started.wire.calls()).toEqual({ 'data-api': {}, dynamodb: {} });
  });
});
