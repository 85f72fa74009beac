import { spawn, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageStage } from '../support/packaged.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the template asks for. */
const LAMBDA_NODE = '24';

/**
 * Runs the whole HTTP contract suite through the packaged zip: each request becomes an API Gateway event
 * for the unzipped handler, over the local stand-ins. First on this Node, then on the one that Lambda has;
 * `zip 20` or `zip 24` runs one of them, and more arguments go to vitest.
 */
export async function run([only, ...rest]: readonly string[]): Promise<void> {
  const made = await packageStage('dev');
  try {
    const here = process.versions.node.split('.')[0] ?? '';
    for (const version of new Set([here, LAMBDA_NODE])) {
      if (only !== undefined && only !== version) continue;
      const node = version === here ? process.execPath : findNode(version);
      process.stdout.write(`on Node ${version} (${node})\n`);
      const status = await runContract(dirname(made.zip('api')), node, rest);
      if (status !== 0)
        throw new Error(`The contract does not hold through the zip on ${version}.`);
    }
  } finally {
    await made.remove();
  }
}

/** Another Node, out of the registry. */
function findNode(version: string): string {
  const found = spawnSync(
    'npx',
    ['-y', '-p', `node@${version}`, '--', 'node', '-p', 'process.execPath'],
    { encoding: 'utf8', cwd: ROOT },
  );
  if (found.status !== 0) throw new Error(`There is no Node ${version}: ${found.stderr}`);
  return found.stdout.trim();
}

function runContract(zips: string, node: string, rest: readonly string[]): Promise<number | null> {
  const child = spawn(
    'npx',
    [
      ...['vitest', 'run', '--config', 'test/vitest.config.ts', '--project', 'pglite'],
      ...(rest.length > 0 ? rest : ['contract.test.ts']),
    ],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, TANDEM_ZIPS: zips, TANDEM_ZIP_NODE: node },
    },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}
