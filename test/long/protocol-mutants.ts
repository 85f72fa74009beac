import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MUTANTS, type Mutant } from '../campaign/mutants.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the campaigns are made of, and run on. */
const PARTS = [
  ...['src/domain', 'src/facade', 'src/lambda/upkeep.ts'],
  ...['test/campaign', 'test/fakes', 'test/support/clock.ts'],
];

type Crashes = typeof import('../campaign/crashes.ts');
type Interleavings = typeof import('../campaign/interleavings.ts');

/** Histories and runs that a mutant has to survive to count as unseen: the rarest shows in one run of some 4,000. */
const PATTERNS = [0, 1, 4, 12, 13, 14, 15, 31, 77, 111, 127];
const RUNS = 20_000;

/**
 * Plants each fault of the two models in a copy of the code and plays both campaigns on it until one of
 * them sees it. Prints a table; throws when a fault stays unseen, or when anything is seen without one.
 */
export async function run([wanted]: readonly string[]): Promise<void> {
  Error.stackTraceLimit = 5;
  const folder = mkdtempSync(join(tmpdir(), 'tandem-protocol-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const unseen: string[] = [];
  try {
    const none = await judge(copyOf(folder, 'untouched'), 'outputs');
    if (none.by !== undefined) throw new Error(`Seen without a fault: ${none.violation}`);
    const chosen = MUTANTS.filter(({ name }) => wanted === undefined || name.includes(wanted));
    process.stdout.write('| mutant | caught by | after | what it violates |\n|---|---|---|---|\n');
    for (const [index, mutant] of chosen.entries()) {
      const { by, after, violation } = await judge(copyOf(folder, `m${index}`, mutant), undefined);
      if (by === undefined) unseen.push(mutant.name);
      process.stdout.write(`| ${mutant.name} | ${by ?? 'UNSEEN'} | ${after} | ${violation} |\n`);
    }
    process.stdout.write(`${chosen.length - unseen.length} of ${chosen.length} caught\n`);
    if (unseen.length > 0) throw new Error(`Unseen: ${unseen.join('; ')}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Plays the campaigns on a copy: the crashes first, one scenario after the other, then the interleavings. */
async function judge(
  copy: string,
  only: string | undefined,
): Promise<{ by?: string; after: number; violation: string }> {
  const load = (file: string) => import(pathToFileURL(join(copy, 'test/campaign', file)).href);
  const { enumerate } = (await load('crashes.ts')) as Crashes;
  let after = 0;
  for (const scenario of only === undefined ? ['outputs', 'articles'] : [only]) {
    const { histories, examples } = await enumerate({
      depth: 'singles',
      scenarios: [scenario],
      patterns: only === undefined ? PATTERNS : [15, 127],
      enough: ({ violating }) => violating > 0,
    });
    after += histories;
    const [first] = examples;
    if (first) return { by: 'crashes', after, violation: `${first.violation} (${first.replay})` };
  }
  const { default: fc } = await import('fast-check');
  const { interleavings } = (await load('interleavings.ts')) as Interleavings;
  const numRuns = only === undefined ? RUNS : 50;
  const details = await fc.check(interleavings, { numRuns, seed: 1, endOnFailure: true });
  after = details.numRuns;
  if (!details.failed) return { after, violation: '' };
  const [violation = ''] = String((details.errorInstance as Error | null)?.message).split('\n');
  return { by: 'interleavings', after, violation };
}

/** A copy of the parts, with a fault in it where one is given; returns where it lies. */
function copyOf(folder: string, name: string, mutant?: Mutant): string {
  const copy = join(folder, name);
  for (const part of PARTS) {
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  }
  if (mutant) {
    const path = join(copy, mutant.file);
    const parts = readFileSync(path, 'utf8').split(mutant.find);
    if (parts.length !== 2) {
      throw new Error(`"${mutant.find}" stands ${parts.length - 1} times in ${mutant.file}`);
    }
    writeFileSync(path, parts.join(mutant.replace));
  }
  return copy;
}
