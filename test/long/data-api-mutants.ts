import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CONFORMANCE } from '../local/data-api/conformance/index.ts';
import { SHORT_MS, type Subjects } from '../local/data-api/conformance/row.ts';
import { MUTANTS, type Mutant } from '../local/data-api/mutants.ts';
import { type DataApiModule, Subject } from '../local/data-api/subject.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';
import { printTable } from '../support/table.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SERVER = join(ROOT, 'src/local/data-api');
/** Within the project, so that the copies find its packages; ignored by its tools. */
const COPIES = join(ROOT, '.cache/data-api-mutants');

/** A row that takes longer than this has caught its mutant as well. */
const ROW_MS = 20_000;

/**
 * Plants faults in copies of the local Data API server, one at a time, and runs the conformance table
 * against each until a row fails. Throws when a fault is not caught, when one cannot be planted any more,
 * or when the unharmed copy fails. `argv` may name the engines: `pglite`, `postgres`.
 */
export async function run(argv: readonly string[] = []): Promise<void> {
  const programs = findPostgres();
  const wanted = (name: string): boolean => argv.length === 0 || argv.includes(name);
  const own =
    wanted('postgres') && !process.env.TEST_DATABASE_URL && programs
      ? await startPostgres(programs)
      : undefined;
  const url = process.env.TEST_DATABASE_URL ?? own?.url;
  const engines: [name: string, url: string | undefined][] = [
    ...(wanted('pglite') ? [['PGlite', undefined] as [string, undefined]] : []),
    ...(wanted('postgres') && url ? [['PostgreSQL', url] as [string, string]] : []),
  ];
  if (!url) process.stdout.write('PostgreSQL: no programs found; on PGlite only.\n');
  const rows: string[][] = [];
  let missed = 0;
  try {
    for (const mutant of [undefined, ...MUTANTS]) {
      const folder = copyWith(mutant, rows.length);
      const module = (await import(pathToFileURL(join(folder, 'index.ts')).href)) as DataApiModule;
      const outcomes: string[] = [];
      for (const [name, engineUrl] of engines) {
        const hidden = mutant?.onlyPostgres === true && name === 'PGlite';
        const catcher = hidden ? 'not to be told here' : await firstFailure(module, engineUrl);
        if ((mutant === undefined) !== (catcher === undefined)) missed++;
        outcomes.push(catcher ?? (mutant ? 'NOT CAUGHT' : 'all rows hold'));
      }
      rows.push([mutant?.name ?? '(unharmed)', ...outcomes]);
    }
  } finally {
    rmSync(COPIES, { recursive: true, force: true });
    await own?.stop();
  }
  printTable(['fault', ...engines.map(([name]) => `caught on ${name} by`)], rows);
  process.stdout.write(`${MUTANTS.length} faults planted, ${missed} missed.\n`);
  if (missed > 0) throw new Error('The conformance table misses faults.');
}

/** A copy of the server with one fault in it. Errors: a text to be replaced that does not stand there once. */
function copyWith(mutant: Mutant | undefined, index: number): string {
  const folder = join(COPIES, String(index));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(COPIES, { recursive: true });
  cpSync(SERVER, folder, { recursive: true });
  for (const [file, sound, faulty] of mutant?.patches ?? []) {
    const path = join(folder, file);
    const parts = readFileSync(path, 'utf8').split(sound);
    if (parts.length !== 2) {
      throw new Error(`"${mutant?.name}": ${file} has ${parts.length - 1} times ${sound}`);
    }
    writeFileSync(path, parts.join(faulty));
  }
  return folder;
}

/** The name of the first row that fails; undefined when all hold. */
async function firstFailure(
  module: DataApiModule,
  url: string | undefined,
): Promise<string | undefined> {
  const subjects: Subjects = {
    api: await Subject.start(module, url),
    hasty: await Subject.start(module, url, { statementTimeoutMs: SHORT_MS }),
  };
  try {
    for (const row of Object.values(CONFORMANCE).flat()) {
      const behave = url ? row.run : (row.onPglite ?? row.run);
      try {
        await inTime(behave(subjects));
      } catch {
        return row.name;
      }
    }
    return undefined;
  } finally {
    await Promise.all([subjects.api.close(), subjects.hasty.close()]);
  }
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), ROW_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
