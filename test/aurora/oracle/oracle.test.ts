import { afterAll, beforeAll, describe, it } from 'vitest';
import { COLUMN_TYPES, type Database } from '../../../src/aurora/index.ts';
import { startAurora, type TestAurora } from '../../support/aurora.ts';
import { ENGINES } from '../../support/engines.ts';
import { QUESTIONS_PER_CORPUS, runCampaign } from './campaign.ts';
import { openShelf, type Shelf } from './load.ts';

/** Its own for each run where the environment says so; a seed that failed is put here to run it again. */
const SEED = Number(process.env.ORACLE_SEED ?? 20_240_115);
/** Of both engines together, where there are two. */
const QUESTIONS = 2_000;
const CORPORA = QUESTIONS / QUESTIONS_PER_CORPUS;

describe('lists, against a brute-force reading of the contract', () => {
  let started: TestAurora<Database>;
  let shelf: Shelf;
  beforeAll(async () => {
    started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
    shelf = await openShelf(started.aurora, () => started.ctx());
  });
  afterAll(() => started?.close());

  const mine = Array.from({ length: CORPORA }, (_, n) => n).filter(
    (n) => n % ENGINES.count === ENGINES.mine,
  );
  it.each(mine)(
    `agree on ${QUESTIONS_PER_CORPUS} random questions, seed ${SEED}, corpus %i of ${CORPORA}`,
    async (from) => {
      const plan = { seed: SEED, from, corpora: 1 };
      await runCampaign(shelf, () => started.ctx(), plan);
    },
    120_000,
  );
});
