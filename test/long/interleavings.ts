import fc from 'fast-check';
import { COMMANDS_PER_RUN, interleavings } from '../campaign/interleavings.ts';

const RUNS = 100_000;
const RUNS_AT_A_TIME = 500;

/**
 * Plays random courses of two writers, two drains, a reader and a deleter, any of which may die, in random
 * orders of all their store calls. Prints the seed; throws the shrunk counter-example of the first that
 * violates the protocol.
 */
export async function run([runs = String(RUNS), seed = '1']: readonly string[]): Promise<void> {
  Error.stackTraceLimit = 0;
  process.stdout.write(`seed ${seed}\n`);
  let done = 0;
  const beganMs = performance.now();
  for (let part = 0; done < Number(runs); part++) {
    const numRuns = Math.min(RUNS_AT_A_TIME, Number(runs) - done);
    await fc.assert(interleavings, { numRuns, seed: Number(seed) * 1_000_003 + part });
    done += numRuns;
    const rate = Math.round(done / ((performance.now() - beganMs) / 1_000));
    const told = `${done} of ${runs}, ${rate}/s`;
    if (process.stderr.isTTY) process.stderr.write(`\r${told}  `);
    else if (part % 10 === 9) process.stderr.write(`${told}\n`);
  }
  process.stdout.write(`${done} runs of ${COMMANDS_PER_RUN} commands, 0 violations\n`);
}
