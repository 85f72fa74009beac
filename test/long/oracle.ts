import { COLUMN_TYPES, type Database } from '../../src/aurora/index.ts';
import { QUESTIONS_PER_CORPUS, runCampaign } from '../aurora/oracle/campaign.ts';
import { openShelf } from '../aurora/oracle/load.ts';
import { startAurora } from '../support/aurora.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';

const QUESTIONS = 50_000;
const CORPORA_PER_LINE = 100;

/**
 * Random lists against the brute-force reading of the contract: `oracle [questions] [seed]`. On PostgreSQL
 * where it is installed, else on PGlite. Throws at the first difference, with what repeats it.
 */
export async function run([
  questions = String(QUESTIONS),
  seed = String(Date.now() % 1_000_000_000),
]: readonly string[]): Promise<void> {
  const programs = findPostgres();
  const postgres = programs ? await startPostgres(programs) : undefined;
  if (postgres) process.env.TEST_DATABASE_URL = postgres.url;
  try {
    const corpora = Math.ceil(Number(questions) / QUESTIONS_PER_CORPUS);
    process.stdout.write(
      `seed ${seed}: ${corpora * QUESTIONS_PER_CORPUS} questions on ${postgres ? 'PostgreSQL' : 'PGlite'}\n`,
    );
    const started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
    try {
      const shelf = await openShelf(started.aurora, () => started.ctx());
      for (let from = 0; from < corpora; from += CORPORA_PER_LINE) {
        const some = Math.min(CORPORA_PER_LINE, corpora - from);
        await runCampaign(shelf, () => started.ctx(), { seed: Number(seed), from, corpora: some });
        process.stdout.write(`${(from + some) * QUESTIONS_PER_CORPUS} without a difference\n`);
      }
    } finally {
      await started.close();
    }
  } finally {
    await postgres?.stop();
  }
}
