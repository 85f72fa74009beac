import { Command, InvalidArgumentError } from 'commander';
import { parseTimestamp, type Timestamp } from '../domain/index.ts';
import { systemClock, systemRandom } from '../lambda/system.ts';
import { type Client, createClient } from './client.ts';
import { addCost } from './cost/command.ts';
import { addDoctor } from './doctor/command.ts';
import { runExport } from './export.ts';
import { runImport } from './import/import.ts';
import { startProgress } from './import/progress.ts';
import { openSources } from './import/sources.ts';
import { runMigrate } from './migrate.ts';
import { runReconcile } from './reconcile.ts';
import { showReconcile } from './reconcile-progress.ts';

const DEFAULT_URL = 'http://127.0.0.1:3000';

/** Requests in flight at most: undici opens a socket for each. */
const MAX_CONCURRENCY = 64;

/** Differences told one by one; beyond them the count is enough. */
const MOST_SHOWN = 100;

interface ReconcileFlags {
  readonly apply: boolean;
  readonly since?: Timestamp;
  readonly url?: string;
  readonly rate: number;
}

// The AWS SDK prints a notice about Node 20 for every process; no command is asked for that.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const program = new Command('tandem')
  .description('Works on a running Tandem service. TANDEM_TOKEN is sent as the bearer token.')
  .showHelpAfterError('(--help shows what there is)');

program
  .command('import')
  .description('brings articles and AI outputs in: NDJSON files in any order, - for standard input')
  .argument('<file...>', 'one JSON object a line')
  .option('--url <url>', 'address of the service', parseUrl, DEFAULT_URL)
  .option('--concurrency <n>', 'requests in flight', parseConcurrency, 8)
  .action(async (files: string[], options: { url: string; concurrency: number }) => {
    const progress = startProgress({ clock: systemClock, out: process.stderr });
    try {
      const tally = await runImport({
        sources: await openSources(files, process.stdin),
        client: connect(options.url, (reason) => progress.trouble(reason)),
        clock: systemClock,
        concurrency: options.concurrency,
        watch: progress,
      });
      await progress.stop();
      for (const line of tally.summary()) process.stdout.write(`${line}\n`);
      if (tally.failed > 0) process.exitCode = 1;
    } finally {
      await progress.stop();
    }
  });

program
  .command('export')
  .description('writes articles with their AI outputs to standard output, as import reads them')
  .option('--url <url>', 'address of the service', parseUrl, DEFAULT_URL)
  .option('--filter <filter>', 'which articles, such as \'language = "en"\'')
  .option('--include <kinds>', 'which kinds of AI outputs (all)')
  .action(async (options: { url: string; filter?: string; include?: string }) => {
    const { filter, include } = options;
    await runExport({
      client: connect(options.url, (reason) => {
        process.stderr.write(`waiting for the service: ${reason}\n`);
      }),
      ...(filter === undefined ? {} : { filter }),
      ...(include === undefined ? {} : { include }),
      out: process.stdout,
    });
  });

program
  .command('migrate')
  .description('brings the database up to date, at the AURORA_* variables of this process')
  .action(async () => {
    const { applied, already } = await runMigrate(process.env);
    for (const name of applied) process.stdout.write(`applied ${name}\n`);
    process.stdout.write(`${applied.length} applied, ${already.length} already there\n`);
  });

addDoctor(program);
addCost(program, (url) =>
  connect(parseUrl(url), (reason) => {
    process.stderr.write(`waiting for the service: ${reason}\n`);
  }),
);
program
  .command('reconcile')
  .description(
    'compares what the two stores have of every article, at the variables of this process',
  )
  .option('--apply', 'mends what differs', false)
  .option(
    '--since <time>',
    'only articles written from then on, as 2026-01-31T12:00:00Z',
    parseTime,
  )
  .option('--url <url>', 'the stores of a local process at this address', parseUrl)
  .option('--rate <n>', 'articles a second at most', parseRate, 500)
  .action(async (options: ReconcileFlags) => {
    const watch = showReconcile(systemClock, process.stderr);
    const { articles, outputs, found, repaired } = await runReconcile(process.env, {
      ...options,
      watch,
    });
    for (const { articleId, what, kind } of found.slice(0, MOST_SHOWN)) {
      process.stdout.write(`${what} ${articleId}${kind === undefined ? '' : ` ${kind}`}\n`);
    }
    const counts = `${articles} articles and ${outputs} outputs compared`;
    process.stdout.write(`${counts}, ${found.length} differences, ${repaired} mended\n`);
    if (found.length > repaired) process.exitCode = 1;
  });

function connect(url: string, onTrouble: (reason: string) => void): Client {
  const token = process.env.TANDEM_TOKEN;
  return createClient({
    baseUrl: url,
    ...(token === undefined || token === '' ? {} : { token }),
    clock: systemClock,
    random: systemRandom,
    onTrouble,
  });
}

function parseUrl(value: string): string {
  const protocol = URL.canParse(value) ? new URL(value).protocol : '';
  if (protocol === 'http:' || protocol === 'https:') return value;
  throw new InvalidArgumentError('Must be an http or https address.');
}

function parseTime(value: string): Timestamp {
  const time = parseTimestamp(value);
  if (time !== undefined) return time;
  throw new InvalidArgumentError('Must be a time with its offset, as 2026-01-31T12:00:00Z.');
}

function parseRate(value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Must be a whole number from 1 to 999999.');
}

function parseConcurrency(value: string): number {
  const number = /^\d{1,3}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= 1 && number <= MAX_CONCURRENCY) return number;
  throw new InvalidArgumentError(`Must be a whole number from 1 to ${MAX_CONCURRENCY}.`);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`tandem: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
// Standard input may still be open, and nobody waits for it any more.
if (process.exitCode) process.exit();
