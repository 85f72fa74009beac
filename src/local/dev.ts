import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { parseApiConfig } from '../lambda/config.ts';
import { ConfigError, EnvReader } from '../lambda/env-reader.ts';
import { systemClock } from '../lambda/system.ts';
import { startRuntime } from './runtime.ts';
import { type LocalConfig, readLocalConfig } from './runtime-config.ts';
import { type FolderLock, LockError, lockFolder } from './runtime-lock.ts';

// `npm start`: the whole service in one process, without AWS.

const HOST = '127.0.0.1';

/** From the signal to the end, requests in flight included; after that the process ends as it is. */
const SHUTDOWN_MS = 4_500;

/** A reason not to start that a person can do something about: told in one line. */
class StartError extends Error {}

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  // The AWS SDK prints a notice about Node 20 for every process; it is not this process's news.
  env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const config = readConfig(env);
  const lock = config.folders && (await lockFolder(config.folders.root));
  const started = startRuntimeLater();
  const server = createAdaptorServer({
    fetch: async (request) => (await started.promise)(request),
  });
  try {
    await listen(server, config.port);
  } catch (error) {
    await lock?.release();
    throw error;
  }
  const runtime = await startRuntime(config, env).catch(async (error: unknown) => {
    await lock?.release();
    throw error;
  });
  started.resolve((request) => runtime.fetch(request));

  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    void systemClock.sleep(SHUTDOWN_MS).then(() => process.exit(0));
    void shutDown(server, () => runtime.close(), lock).finally(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);

  const { port } = server.address() as AddressInfo;
  const ready = { ready: true, url: `http://${HOST}:${port}`, pid: process.pid };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

/** Reads and checks every variable before anything is started, and tells all that is wrong at once. */
function readConfig(env: NodeJS.ProcessEnv): LocalConfig {
  const given = ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL'].some((name) => env[name]);
  if (!given) env.AUTH_OPEN = '1';
  const reader = new EnvReader(env);
  const config = readLocalConfig(reader);
  try {
    // What the stand-ins will set is not there yet.
    parseApiConfig({
      ...env,
      AWS_REGION: 'set',
      AURORA_CLUSTER_ARN: 'set',
      AURORA_SECRET_ARN: 'set',
      AURORA_DATABASE: 'set',
      TABLE_NAME: 'set',
      PAGE_TOKEN_KEYS: 'set'.repeat(20),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const fault of error.faults) reader.fault(fault);
  }
  reader.finish();
  return config;
}

type Server = ReturnType<typeof createAdaptorServer>;

/** Takes the port at once, so that one in use ends the start before anything else was done. */
function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be taken: ${error.code}`;
      reject(new StartError(`Port ${port} ${reason}. Set PORT to another one, or to 0 for any.`));
    });
    server.listen(port, HOST, () => resolve());
  });
}

/** Requests that come while the service starts wait for it. */
function startRuntimeLater(): {
  readonly promise: Promise<(request: Request) => Promise<Response>>;
  resolve(answer: (request: Request) => Promise<Response>): void;
} {
  let resolve: (answer: (request: Request) => Promise<Response>) => void = () => undefined;
  const promise = new Promise<(request: Request) => Promise<Response>>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Lets requests in flight end, then closes the stores. */
async function shutDown(
  server: Server,
  close: () => Promise<void>,
  lock: FolderLock | undefined,
): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    if ('closeIdleConnections' in server) server.closeIdleConnections();
  });
  await close();
  await lock?.release();
}

main(process.env).catch((error: unknown) => {
  const known =
    error instanceof StartError || error instanceof LockError || error instanceof ConfigError;
  const text = known ? error.message : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
});
