import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FunctionName } from '../../src/cli/bundle.ts';
import { type SecretStore, startSecretStore } from '../fakes/secret-store.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { unzip } from './unzip.ts';

const HOST = fileURLToPath(new URL('lambda-host.mjs', import.meta.url));

/** A function out of its zip, in a process of its own. */
export interface ZippedFunction {
  /** Where an HTTP request becomes an API Gateway event. */
  readonly url: string;
  /** Calls the handler with an event. Rejects with what the handler throws. */
  invoke(event: unknown): Promise<unknown>;
  /** What it logged so far. */
  logged(): string;
  close(): Promise<void>;
}

/** What stands around the functions: the service whose stand-ins they use, who signs, where secrets are. */
export interface Surroundings {
  readonly issuer: Issuer;
  readonly secrets: SecretStore;
  /** Variables as the template sets them. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Surroundings over the stand-ins of a running local service. */
export async function surround(serviceUrl: string): Promise<Surroundings> {
  const [issuer, secrets, answer] = await Promise.all([
    startIssuer(),
    startSecretStore('s'.repeat(64)),
    fetch(`${serviceUrl}/__local/endpoints`),
  ]);
  const endpoints = (await answer.json()) as Record<string, string>;
  return {
    issuer,
    secrets,
    env: {
      AWS_REGION: endpoints.region ?? '',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_RDS_DATA: endpoints.dataApi ?? '',
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb ?? '',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      AURORA_CLUSTER_ARN: endpoints.resourceArn ?? '',
      AURORA_SECRET_ARN: endpoints.secretArn ?? '',
      AURORA_DATABASE: endpoints.database ?? '',
      AURORA_AUTO_PAUSE_SECONDS: '0',
      TABLE_NAME: endpoints.table ?? '',
      PAGE_TOKEN_SECRET_ARN: secrets.arn,
      AUTH_ISSUER: issuer.issuer,
      AUTH_AUDIENCE: issuer.audience,
      AUTH_JWKS_URL: issuer.jwksUrl,
      NODE_OPTIONS: '--enable-source-maps',
      SERVICE_NAME: 'tandem-test',
    },
    async close() {
      await Promise.all([issuer.close(), secrets.close()]);
    },
  };
}

/** Unzips a function and starts it under `node`, in the environment that the template gives it. */
export async function startZipped(
  zip: string,
  name: FunctionName,
  env: Readonly<Record<string, string>>,
  node = process.execPath,
): Promise<ZippedFunction> {
  const folder = await mkdtemp(join(tmpdir(), `tandem-${name}-`));
  await unzip(zip, folder);
  const started = await startModule(join(folder, `dist/lambda/${name}/index.mjs`), name, env, node);
  return {
    ...started,
    async close() {
      await started.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a function out of its bundle, as `startZipped` does. */
export async function startModule(
  module: string,
  name: FunctionName,
  env: Readonly<Record<string, string>>,
  node = process.execPath,
): Promise<ZippedFunction> {
  const child = spawn(node, [HOST, module], {
    env: { PATH: process.env.PATH ?? '', AWS_LAMBDA_FUNCTION_NAME: `tandem-test-${name}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let logged = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    logged += text;
  });
  const url = await addressOf(child, () => logged);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    logged += text;
  });
  return {
    url,
    async invoke(event) {
      const response = await fetch(`${url}/__invoke`, {
        method: 'POST',
        body: JSON.stringify(event),
      });
      const result: unknown = await response.json();
      if (response.status !== 200) throw new Error(JSON.stringify(result));
      return result;
    },
    logged: () => logged,
    async close() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

function addressOf(child: ChildProcess, errors: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (status) => reject(new Error(`It ended with ${status}:\n${errors()}`)));
    if (child.stdout) {
      createInterface({ input: child.stdout }).once('line', (line) => {
        if (line.startsWith('{"url"')) resolve((JSON.parse(line) as { url: string }).url);
        else reject(new Error(`It logged before it was asked anything: ${line}`));
      });
    }
  });
}

/** One address for both: the stand-ins' control under `/__local/`, all else at the function, with a good token where none is sent. */
export async function startFront(
  zipped: ZippedFunction,
  service: { readonly url: string },
  issuer: Issuer,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    const isControl = incoming.url?.startsWith('/__local/') ?? false;
    const headers = { ...incoming.headers };
    if (!isControl && headers.authorization === undefined) {
      headers.authorization = `Bearer ${issuer.token()}`;
    }
    const target = new URL(isControl ? service.url : zipped.url);
    const forwarded = httpRequest(
      {
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        headers,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
