import pg from 'pg';
import {
  type Aurora,
  COLUMN_TYPES,
  createArticleStore,
  createAurora,
  type Database,
  migrate,
} from '../../../src/aurora/index.ts';
import type { ArticleStore, Context, Registry } from '../../../src/domain/index.ts';
import { newId, systemClock, systemRandom } from '../../../src/lambda/system.ts';
import { readMigrations } from '../../support/aurora.ts';
import { aContext } from '../../support/clock.ts';
import { createDatabase } from '../../support/postgres.ts';
import { generate, METRICS, OVERFLOW_METRIC, type Slots } from './generate.ts';

/** Number metrics that fit into the pool; what is registered beyond it overflows. */
const NUMBER_SLOTS = 24;

/** A database with so many articles, and the store over it. */
export interface Archive {
  readonly articles: number;
  readonly db: pg.Client;
  readonly aurora: Aurora<Database>;
  readonly store: ArticleStore;
  readonly registry: Registry;
  readonly secondsToFill: number;
  ctx(): Context;
  close(): Promise<void>;
}

export async function openArchive(server: string, articles: number): Promise<Archive> {
  const url = await createDatabase(server);
  const aurora = createAurora<Database>({
    target: { connection: 'direct', connectionString: url },
    columnTypes: COLUMN_TYPES,
    clock: systemClock,
    random: systemRandom,
  });
  const ctx = (): Context => aContext(systemClock, { deadlineMs: Date.now() + 600_000 });
  await migrate(aurora, ctx(), readMigrations(), { clock: systemClock, newId });
  const store = createArticleStore(aurora);
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  const startMs = performance.now();
  await generate(db, articles, await registerMetrics(store, db, ctx));
  await db.query("update projection set state = 'active'");
  return {
    articles,
    db,
    aurora,
    store,
    registry: await store.readRegistry(ctx()),
    secondsToFill: Math.round((performance.now() - startMs) / 1_000),
    ctx,
    async close() {
      await aurora.close();
      await db.end();
    },
  };
}

/** Fills the pool: an archive that has been in use for years has metrics that nobody asks for any more. */
async function registerMetrics(
  store: ArticleStore,
  db: pg.Client,
  ctx: () => Context,
): Promise<Slots> {
  const put = (name: string, valueType: (typeof METRICS)[keyof typeof METRICS]): Promise<unknown> =>
    store.putProjection(ctx(), name, {
      kind: name,
      target: { type: 'metric', valueType },
      select: ['$'],
    });
  for (const [name, type] of Object.entries(METRICS)) await put(name, type);
  const numbers = Object.values(METRICS).filter((type) => type === 'number').length;
  for (let n = numbers; n < NUMBER_SLOTS; n++) await put(`unused-${n}`, 'number');
  await put(OVERFLOW_METRIC, 'number');
  const { rows } = await db.query<{ name: string; slot: string | null; rank_slot: string | null }>(
    'select name, slot, rank_slot from projection',
  );
  if (rows.find(({ name }) => name === OVERFLOW_METRIC)?.slot !== null) {
    throw new Error(`${OVERFLOW_METRIC} was to find no free slot`);
  }
  return new Map(
    rows.map(({ name, slot, rank_slot }) => [
      name,
      { ...(slot ? { slot } : {}), ...(rank_slot ? { rankSlot: rank_slot } : {}) },
    ]),
  );
}
