import { callSites, reasonApart, siteRecorder } from '../campaign/call-sites.ts';
import { type Campaign, enumerate, SCENARIO_NAMES } from '../campaign/crashes.ts';
import { importBundled } from '../support/bundled.ts';
import { findPostgres, startPostgres } from '../support/postgres.ts';

/** Environments in which a scenario reaches every place of the code that it reaches at all. */
const TELLING = [0, 1, 4, 127];

/**
 * Plays every history of the crash campaign on the stores in memory: at every store call a crash before it, a
 * crash after it or a lost answer, all single ones and all pairs, over all environments. A number plays
 * every nth pair only; `2/4` the second of four parts, to be run apart, and a name behind it one scenario of
 * that part; `local 5000` samples on the local AWS servers, of which Aurora is a PostgreSQL where one is
 * installed. Throws when anything is violated.
 */
export async function run([how = '1', which = '', only]: readonly string[]): Promise<void> {
  if (how === 'local') return playLocally(Number(which || '5000'));
  const everyNth = Number(how);
  const [part = 1, parts = 1] = which === '' ? [] : which.split('/').map(Number);
  const seen = await findSites();
  Error.stackTraceLimit = 0;
  const bundled = await importBundled<typeof import('../campaign/crashes.ts')>(
    new URL('../campaign/crashes.ts', import.meta.url),
    'crashes',
  );
  const courses: { scenario: string; pattern: number; faults: number }[] = [];
  for (const scenario of SCENARIO_NAMES) {
    for (const course of await bundled.coursesOf(scenario)) courses.push({ scenario, ...course });
  }
  const mine = courses.filter(
    ({ scenario }, index) =>
      index % parts === part - 1 && (only === undefined || scenario === only),
  );
  const meter = createMeter(mine.reduce((sum, { faults }) => sum + faults ** 2, 0));
  let [histories, calls] = [0, 0];
  for (const scenario of SCENARIO_NAMES) {
    const sum = { histories: 0, calls: 0, violating: 0, examples: [] as Campaign['examples'] };
    for (const { pattern, faults } of mine.filter((course) => course.scenario === scenario)) {
      const campaign = await bundled.enumerate({
        depth: 'pairs',
        scenarios: [scenario],
        patterns: [pattern],
        everyNth,
        progress: meter.tick,
      });
      sum.histories += campaign.histories;
      sum.calls += campaign.calls;
      sum.violating += campaign.violating;
      sum.examples = [...sum.examples, ...campaign.examples].slice(0, 5);
      meter.done(faults ** 2);
    }
    report(scenario, sum);
    histories += sum.histories;
    calls += sum.calls;
  }
  const pairs = everyNth === 1 ? 'all pairs' : `every ${everyNth}th pair`;
  const ofParts = parts === 1 ? '' : `, part ${part} of ${parts}`;
  process.stdout.write(
    `all single faults, ${pairs}${ofParts}: ${mine.length} courses, ${histories} histories, ${calls} store calls, ${meter.told()}\n`,
  );
  reportSites(seen);
}

/** Where the code calls a store in any of the histories with one fault, told by its sources. */
async function findSites(): Promise<ReadonlySet<string>> {
  const { at, seen } = siteRecorder();
  await enumerate({ depth: 'singles', patterns: TELLING, at });
  return seen;
}

async function playLocally(count: number): Promise<void> {
  const { playSamples } = await import('../campaign/crashes-local.ts');
  const programs = process.env.TEST_DATABASE_URL ? undefined : findPostgres();
  const postgres = programs ? await startPostgres(programs) : undefined;
  if (postgres) process.env.TEST_DATABASE_URL = postgres.url;
  try {
    const meter = createMeter(count);
    const campaign = await playSamples(count, (histories) => {
      meter.tick();
      meter.done(1);
      if (histories === count) process.stdout.write(`${meter.told()}\n`);
    });
    report(`local AWS servers, ${postgres ? 'PostgreSQL' : 'PGlite'}`, campaign);
  } finally {
    await postgres?.stop();
  }
}

function reportSites(seen: ReadonlySet<string>): void {
  const sites = callSites();
  const missed = sites.filter((site) => !seen.has(site));
  for (const site of sites) {
    const told = seen.has(site) ? 'hit      ' : reasonApart(site) ? 'left out ' : 'NOT HIT  ';
    process.stdout.write(
      `${told}${site}${seen.has(site) ? '' : `: ${reasonApart(site) ?? '?'}`}\n`,
    );
  }
  process.stdout.write(`${sites.length - missed.length} of ${sites.length} call sites hit\n`);
  const lost = missed.filter((site) => reasonApart(site) === undefined);
  if (lost.length > 0) throw new Error(`Never reached: ${lost.join('; ')}`);
}

function report(name: string, { histories, calls, violating, examples }: Campaign): void {
  process.stdout.write(
    `${name}: ${histories} histories, ${calls} store calls, ${violating} violations\n`,
  );
  for (const { replay, violation } of examples) {
    process.stdout.write(`  ${replay}\n    ${violation}\n`);
  }
  if (violating > 0) throw new Error(`${violating} histories violate the protocol`);
}

/** Tells now and then how fast histories are played, and how long the rest will take. */
function createMeter(total: number): { tick(): void; done(weight: number): void; told(): string } {
  const everyMs = process.stderr.isTTY ? 1_000 : 60_000;
  const beganMs = performance.now();
  let [histories, weight, toldMs] = [0, 0, beganMs];
  const told = (): string => {
    const seconds = (performance.now() - beganMs) / 1_000;
    const left = weight === 0 ? '?' : Math.ceil((seconds * (total / weight - 1)) / 60);
    const rate = Math.round((10 * histories) / seconds) / 10;
    return `${histories} histories, ${rate}/s, ${Math.round((100 * weight) / total)} %, ${left} min left`;
  };
  return {
    tick() {
      histories++;
      if (performance.now() - toldMs < everyMs) return;
      toldMs = performance.now();
      process.stderr.write(process.stderr.isTTY ? `\r${told()}  ` : `${told()}\n`);
    },
    done(more) {
      weight += more;
    },
    told,
  };
}
