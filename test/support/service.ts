import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createDatabase } from './postgres.ts';
import { startFront, startZipped, surround } from './zipped.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The real process, started as `npm start` starts it. */
export interface Service {
  readonly url: string;
  readonly pid: number;
  /** Lines of its log so far, as they came on standard output. */
  readonly log: readonly string[];
  /** Ends it as a supervisor does; answers the exit status. */
  stop(): Promise<number | null>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
}

/** Starts the service on a free port, without the sample, in memory unless `env` says otherwise; on PostgreSQL where the run has one, in a database of its own. */
export async function startService(env: Record<string, string> = {}): Promise<Service> {
  const server = process.env.TEST_DATABASE_URL;
  const database =
    server && !env.DATABASE_URL ? { DATABASE_URL: await createDatabase(server) } : {};
  const child = launch({ ...database, ...env });
  const log: string[] = [];
  const ready = await firstLine(child, log);
  const { url, pid } = JSON.parse(ready) as { url: string; pid: number };
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const zipped = await answerFromZip(url);
  return {
    url: zipped?.url ?? url,
    pid,
    log,
    async stop() {
      await zipped?.close();
      child.kill('SIGTERM');
      return (await exited)[0];
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Where the run names zips, requests are answered by the packaged function over the process's stand-ins. */
async function answerFromZip(
  url: string,
): Promise<{ readonly url: string; close(): Promise<void> } | undefined> {
  const { TANDEM_ZIPS: folder, TANDEM_ZIP_NODE: node } = process.env;
  if (folder === undefined) return undefined;
  const surroundings = await surround(url);
  const api = await startZipped(join(folder, 'api.zip'), 'api', surroundings.env, node);
  const front = await startFront(api, { url }, surroundings.issuer);
  return {
    url: front.url,
    async close() {
      await front.close();
      await api.close();
      await surroundings.close();
    },
  };
}

/** Starts the process and hands it over as it is, for tests of how it ends. */
export function launch(env: Record<string, string>): ChildProcess {
  const { DATABASE_URL: _, ...inherited } = process.env;
  return spawn(process.execPath, ['--import', 'tsx', 'src/local/dev.ts'], {
    cwd: ROOT,
    env: {
      ...inherited,
      PORT: '0',
      DATA_DIR: 'memory',
      SAMPLE: '0',
      LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The line that says ready; those that follow go into `log`. */
function firstLine(child: ChildProcess, log: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4_000);
    });
    child.once('exit', (status) =>
      reject(new Error(`The service ended with ${status}:\n${errors}`)),
    );
    if (!child.stdout) return;
    const lines = createInterface({ input: child.stdout });
    lines.once('line', (ready) => {
      lines.on('line', (line) => log.push(line));
      resolve(ready);
    });
  });
}
