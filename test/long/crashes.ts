import { callSites, siteRecorder } from '../campaign/call-sites.ts';
import { type Campaign, enumerate } from '../campaign/crashes.ts';

const SCENARIOS = ['outputs', 'articles', 'projections', 'reads', 'reconcile'];

/** Of these scenarios the environment changes only whether Aurora sleeps. */
const SHORT = new Set(['reads', 'reconcile']);

/**
 * Plays every history of the crash campaign on the stores in memory: at every store call a crash before it, a
 * crash after it or a lost answer, all single ones and all pairs, over all environments. A number plays
 * every nth pair only; `local` plays samples on the local AWS servers. Throws when anything is violated.
 */
export async function run([how = '1', count = '5000']: readonly string[]): Promise<void> {
  if (how === 'local') {
    const { playSamples } = await import('../campaign/crashes-local.ts');
    report('local AWS servers', await playSamples(Number(count), tell));
    return;
  }
  const everyNth = Number(how);
  const recorder = siteRecorder();
  const scenarios: Campaign[] = [];
  for (const scenario of SCENARIOS) {
    const sites = { depth: 'singles', scenarios: [scenario], at: recorder.at } as const;
    await enumerate({ ...sites, patterns: SHORT.has(scenario) ? [0, 1] : [4, 127] });
    const patterns = SHORT.has(scenario) ? { patterns: [0, 1] } : {};
    const quick = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    const campaign = await enumerate({
      depth: 'pairs',
      scenarios: [scenario],
      everyNth,
      progress: tell,
      ...patterns,
    });
    Error.stackTraceLimit = quick;
    scenarios.push(campaign);
    report(scenario, campaign);
  }
  const sites = callSites();
  for (const site of sites) {
    process.stdout.write(`${recorder.seen.has(site) ? 'hit    ' : 'NOT HIT'} ${site}\n`);
  }
  const missed = sites.filter((site) => !recorder.seen.has(site));
  const histories = scenarios.reduce((sum, one) => sum + one.histories, 0);
  const calls = scenarios.reduce((sum, one) => sum + one.calls, 0);
  const pairs = everyNth === 1 ? 'all pairs' : `every ${everyNth}th pair`;
  process.stdout.write(
    `all single faults, ${pairs}: ${histories} histories, ${calls} store calls, ${sites.length - missed.length} of ${sites.length} call sites hit\n`,
  );
  if (missed.length > 0) throw new Error(`Never reached: ${missed.join('; ')}`);
}

function tell(done: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done}  `);
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
