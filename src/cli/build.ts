import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildFunctions } from './build-functions.ts';
import { bundleBareClients, bundleClient } from './bundle.ts';

// `npm run build`: the bundles as they deploy, and whether they keep to their budgets.

/**
 * How much longer than the AWS SDK's two clients alone the API may take to load: they are most of a cold
 * start, and this is what is ours. A ratio, as machines and their load differ.
 */
const LOAD_RATIO = 1.6;

/** Fresh processes timed of each, in turns; the fastest stands for all, since load only adds. */
const LOADS = 9;

/** On a busy machine it takes more of them until each side has had a quiet moment. */
const SERIES = 5;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const scratch = await mkdtemp(join(tmpdir(), 'tandem-build-'));
try {
  const built = await buildFunctions(say);
  await bundleClient();
  const api = built.find(({ bundle }) => bundle.name === 'api')?.bundle.file ?? '';
  const bare = await bundleBareClients(scratch);
  const ours: number[] = [];
  const clients: number[] = [];
  for (let series = 1; ; series++) {
    for (let load = 0; load < LOADS; load++) {
      ours.push(timeLoadMs(api));
      clients.push(timeLoadMs(bare));
    }
    const [least, leastBare] = [Math.min(...ours), Math.min(...clients)];
    const ratio = least / leastBare;
    say(
      `api loads in ${least.toFixed(0)} ms, both SDK clients alone in ${leastBare.toFixed(0)} ms: ${ratio.toFixed(2)} times (budget ${LOAD_RATIO}; least of ${ours.length} fresh processes)`,
    );
    if (ratio <= LOAD_RATIO) break;
    if (series === SERIES) throw new Error('The api bundle loads too slowly.');
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}

/** Milliseconds from the `import` of a bundle to its end, in a process of its own. */
function timeLoadMs(file: string): number {
  const script = `
    const begin = performance.now();
    await import(${JSON.stringify(pathToFileURL(file).href)});
    process.stdout.write(String(performance.now() - begin));
    process.exit(0);`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${file} does not load: ${stderr}`);
  return Number(stdout);
}
