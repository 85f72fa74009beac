import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Template } from '../deploy/template/template.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SERVERLESS = join(ROOT, 'node_modules/serverless/bin/serverless.js');

/** Packaging writes into `dist`, of which there is one: test files take turns. */
const LOCK = join(tmpdir(), `tandem-package-${createHash('sha256').update(ROOT).digest('hex')}`);
const STALE_MS = 120_000;

export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Runs the `serverless` command of the project, alone among all tests. */
export async function runServerless(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  await lock();
  try {
    return await run(args, env);
  } finally {
    await rm(LOCK, { recursive: true, force: true });
  }
}

/** What `serverless package` makes. */
export interface Package {
  readonly template: Template;
  /** Where the zip of a function is. */
  zip(name: string): string;
  remove(): Promise<void>;
}

/** Packages a stage as a deploy does. Fails with what the command printed. */
export async function packageStage(
  stage: string,
  params: Readonly<Record<string, string>> = {},
): Promise<Package> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-package-'));
  const given = Object.entries(params).map(([name, value]) => `--param=${name}=${value}`);
  const { status, output } = await runServerless([
    'package',
    ...['--stage', stage, '--package', folder],
    ...given,
  ]);
  if (status !== 0) throw new Error(`serverless package ended with ${status}:\n${output}`);
  const text = await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8');
  return {
    template: JSON.parse(text) as Template,
    zip: (name) => join(folder, `${name}.zip`),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function lock(): Promise<void> {
  for (;;) {
    try {
      await mkdir(LOCK);
      return;
    } catch {
      const found = await stat(LOCK).catch(() => undefined);
      if (found && Date.now() - found.mtimeMs > STALE_MS) {
        await rm(LOCK, { recursive: true, force: true });
      }
      await delay(100);
    }
  }
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SERVERLESS, ...args], {
      cwd: ROOT,
      // Nothing of the machine's own account, and nothing told to anybody.
      env: {
        ...process.env,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        SLS_INTERACTIVE_SETUP_ENABLE: '0',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}
