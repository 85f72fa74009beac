import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLUMN_TYPES, type Database } from '../../../src/aurora/index.ts';
import {
  type ArticleQuery,
  type CursorValues,
  type Filter,
  type OrderKey,
  parseFilter,
  parseOrderBy,
  timestampFromMs,
} from '../../../src/domain/index.ts';
import { startAurora, type TestAurora } from '../../support/aurora.ts';
import { ENGINES } from '../../support/engines.ts';
import { corpus } from './corpus.ts';
import { answer } from './evaluate.ts';
import { openShelf, type Shelf } from './load.ts';
import type { Ask, Stored } from './model.ts';
import { isMover, Movers } from './movers.ts';
import { orders, SORTABLE } from './questions.ts';
import { NOW_MS } from './vocabulary.ts';
import { askText, orderText } from './written.ts';

const SEED = Number(process.env.ORACLE_SEED ?? 20_240_116);
/** Of both engines together, where there are two. */
const WALKS = 30;

const WITHOUT_NOTE: Ask = { op: '=', field: ['ai', 'note'], value: { type: 'null' } };

/** What is asked for: everything, a topic, what has a metric or has none, what has no output, words. */
const FILTERS: readonly (Ask | undefined)[] = [
  undefined,
  { op: ':', field: ['topics'], value: { type: 'string', value: 'k1' } },
  { op: 'present', field: ['metrics', 'number-slot'] },
  { op: '=', field: ['metrics', 'number-over'], value: { type: 'null' } },
  WITHOUT_NOTE,
  { op: '!=', field: ['language'], value: { type: 'string', value: 'en' } },
  { op: 'text', query: '11 or 22' },
];

describe('pages, while other articles come, change and go', () => {
  let started: TestAurora<Database>;
  let shelf: Shelf;
  let articles: readonly Stored[];
  beforeAll(async () => {
    started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
    shelf = await openShelf(started.aurora, () => started.ctx());
    articles = fc.sample(corpus, { seed: SEED, numRuns: 1 })[0] ?? [];
    await shelf.load(articles);
  });
  afterAll(() => started?.close());

  /** Ids of all pages, in the order in which a reader meets them, with a write before each page. */
  async function walk(
    filter: Ask | undefined,
    orderBy: string,
    pageSize: number,
    movers: Movers,
  ): Promise<readonly string[]> {
    const { registry, store } = shelf;
    const query: ArticleQuery = {
      ...(filter ? { filter: parseFilter(askText(filter), registry) as Filter } : {}),
      orderBy: parseOrderBy(orderBy, registry) as readonly OrderKey[],
      pageSize,
      skip: 0,
      count: 'none',
      now: timestampFromMs(NOW_MS),
      registry,
    };
    const seen: string[] = [];
    let after: CursorValues | undefined;
    do {
      await movers.move();
      const { entries, more } = await store.find(started.ctx(), {
        ...query,
        ...(after ? { after } : {}),
      });
      seen.push(...entries.map(({ article }) => article.id));
      after = more ? entries.at(-1)?.cursor : undefined;
    } while (after);
    return seen;
  }

  /** The unchanged ones among them must be those that fit, each once. */
  function demandEachOnce(seen: readonly string[], filter: Ask | undefined): void {
    const unchanged = seen.filter((id) => !isMover(id));
    const wanted = answer(articles, filter, [], NOW_MS).map(({ id }) => id);
    expect([...unchanged].sort()).toEqual([...wanted].sort());
  }

  it.each(SORTABLE.flatMap((name) => [name, `${name} desc`]))(
    'show each unchanged article once, by %s',
    async (orderBy) => {
      const movers = new Movers(shelf, () => started.ctx(), SEED);
      demandEachOnce(await walk(undefined, orderBy, 9, movers), undefined);
    },
  );

  it.each(['id', 'id desc', 'publishedAt', 'publishedAt desc'])(
    'show each unchanged article without an output once, by %s',
    async (orderBy) => {
      const movers = new Movers(shelf, () => started.ctx(), SEED);
      demandEachOnce(await walk(WITHOUT_NOTE, orderBy, 5, movers), WITHOUT_NOTE);
    },
  );

  it('show each unchanged article once, best match first', async () => {
    const movers = new Movers(shelf, () => started.ctx(), SEED);
    const words = FILTERS.at(-1);
    for (const orderBy of ['relevance desc', 'relevance', 'relevance desc, publishedAt']) {
      demandEachOnce(await walk(words, orderBy, 3, movers), words);
    }
  });

  it(`show each unchanged article once, by ${WALKS / ENGINES.count} random orders, seed ${SEED + ENGINES.mine}`, async () => {
    const movers = new Movers(shelf, () => started.ctx(), SEED + 1);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FILTERS),
        orders,
        fc.integer({ min: 3, max: 12 }),
        async (filter, order, pageSize) => {
          demandEachOnce(await walk(filter, orderText(order), pageSize, movers), filter);
        },
      ),
      { seed: SEED + ENGINES.mine, numRuns: WALKS / ENGINES.count },
    );
  }, 120_000);
});
