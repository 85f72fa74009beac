import fc from 'fast-check';
import type { Context } from '../../../src/domain/index.ts';
import { checkQuestion, questions } from './check.ts';
import { corpus } from './corpus.ts';
import type { Shelf } from './load.ts';

/** Questions asked of one corpus: loading one costs as much as a few dozen of them. */
export const QUESTIONS_PER_CORPUS = 100;

/**
 * Random corpora, and random questions of each. Everything follows from `seed` and the corpus's number,
 * which a failure names beside the smallest question that shows it.
 */
export async function runCampaign(
  shelf: Shelf,
  ctx: () => Context,
  plan: { readonly seed: number; readonly from: number; readonly corpora: number },
): Promise<void> {
  for (let n = plan.from; n < plan.from + plan.corpora; n++) {
    const seed = plan.seed + n;
    const [articles = []] = fc.sample(corpus, { seed, numRuns: 1 });
    await shelf.load(articles);
    try {
      await fc.assert(
        fc.asyncProperty(questions, (question) => checkQuestion(shelf, articles, question, ctx)),
        { seed, numRuns: QUESTIONS_PER_CORPUS },
      );
    } catch (error) {
      throw new Error(`corpus ${n} of seed ${plan.seed}`, { cause: error });
    }
  }
}
