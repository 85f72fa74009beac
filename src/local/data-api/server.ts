import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Cluster } from './cluster.ts';
import type { Engine } from './engine.ts';
import type { Gate, Verdict } from './gate.ts';
import { readRequest, sizeOf } from './http-request.ts';
import { MAX_REQUEST_BYTES, STATEMENT_TIMEOUT_MS } from './limits.ts';
import { Operations } from './operations.ts';
import { PauseModel, type PauseOptions, type PauseState } from './pause.ts';
import { parseRequest } from './request.ts';
import { DataApiError, toServiceError } from './service-error.ts';
import { Sessions } from './sessions.ts';

const PATHS: Readonly<Record<string, string>> = {
  '/Execute': 'ExecuteStatement',
  '/BatchExecute': 'BatchExecuteStatement',
  '/BeginTransaction': 'BeginTransaction',
  '/CommitTransaction': 'CommitTransaction',
  '/RollbackTransaction': 'RollbackTransaction',
  '/ExecuteSql': 'ExecuteSql',
};

/** Longer than clients keep idle connections: none is cut while a client sends on it. */
const KEEP_ALIVE_MS = 120_000;

/** How long calls in flight may take when the server closes. */
const CLOSE_WAIT_MS = 2_000;

export interface DataApiServerOptions {
  readonly engine: Engine;
  readonly resourceArn?: string;
  readonly secretArn?: string;
  readonly database?: string;
  /** The user whom the secret names (`postgres`). */
  readonly username?: string;
  /** A free one, unless given. */
  readonly port?: number;
  /** Dates transactions and pauses; time-outs of statements go by the machine's clock. */
  readonly clock?: { now(): number };
  readonly gate?: Gate;
  readonly pause?: PauseOptions;
  /** How long a call waits for the one session of PGlite (5,000 ms). */
  readonly sessionWaitMs?: number;
  /** How long a call may take (45,000 ms, as on AWS). */
  readonly statementTimeoutMs?: number;
}

export interface DataApiServer {
  readonly url: string;
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
  /** How long a call may take. */
  readonly statementTimeoutMs: number;
  pauseState(): PauseState;
  /** Transactions do not survive that the cluster is put to sleep. */
  setPause(change: Parameters<PauseModel['set']>[0]): void;
  /** As `EnableHttpEndpoint` and `DisableHttpEndpoint` of RDS. */
  setHttpEndpoint(enabled: boolean): void;
  close(): Promise<void>;
}

/** Starts a server that speaks the RDS Data API's wire protocol on loopback. */
export async function createDataApiServer(options: DataApiServerOptions): Promise<DataApiServer> {
  const clock = options.clock ?? { now: () => Date.now() };
  const settings = {
    resourceArn: options.resourceArn ?? 'arn:aws:rds:us-east-1:123456789012:cluster:tandem-local',
    secretArn:
      options.secretArn ??
      'arn:aws:secretsmanager:us-east-1:123456789012:secret:tandem-local-abcdef',
    database: options.database ?? 'tandem',
    username: options.username ?? 'postgres',
  };
  const cluster = new Cluster(settings);
  const sessions = new Sessions(options.engine, clock, options.sessionWaitMs ?? 5_000);
  const timeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const operations = new Operations(sessions, cluster, timeoutMs);
  const { resourceArn, secretArn, database } = settings;
  const busyUntil = (): number | undefined => sessions.busyUntil();
  const pause = new PauseModel({ clock, resourceArn, busyUntil, ...options.pause });

  async function answer(request: IncomingMessage, operation: string, body: Buffer) {
    if (operation === 'Unknown' || request.method !== 'POST') {
      throw new DataApiError('UnknownOperationException', 'There is no such operation.');
    }
    if (sizeOf(request, body) > MAX_REQUEST_BYTES) {
      throw new DataApiError('BadRequestException', 'The request exceeds the size limit 4 MB.');
    }
    if (operation === 'ExecuteSql') {
      throw new DataApiError('BadRequestException', 'ExecuteSql is not supported.');
    }
    const run = operations.prepare(operation, parseRequest(operation, body.toString('utf8')));
    const coldMs = pause.enter();
    try {
      if (coldMs > 0) await delay(coldMs);
      return await run();
    } finally {
      pause.leave();
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = PATHS[request.url ?? ''] ?? 'Unknown';
    const body = await readRequest(request, MAX_REQUEST_BYTES).catch(() => undefined);
    if (body === undefined) {
      request.socket.destroy();
      return;
    }
    const call = { operation, requestBytes: body.length };
    const verdict: Verdict = (await options.gate?.arrive(call)) ?? { kind: 'pass' };
    const told =
      verdict.kind === 'drop'
        ? undefined
        : verdict.kind === 'error'
          ? injected(verdict)
          : await answer(request, operation, body).then(ok, failed);
    const isCut = told === undefined || (verdict.kind === 'pass' && verdict.drop === 'after');
    const bytes = isCut ? undefined : write(response, told);
    if (isCut) request.socket.destroy();
    options.gate?.answered({ ...call, responseBytes: bytes ?? 0 });
  }

  const server = createServer((request, response) => void serve(request, response));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    resourceArn,
    secretArn,
    database,
    statementTimeoutMs: timeoutMs,
    pauseState: () => pause.state(),
    setPause(change) {
      if (change.state === 'asleep') void sessions.abortAll();
      pause.set(change);
    },
    setHttpEndpoint(enabled) {
      cluster.httpEndpointEnabled = enabled;
    },
    async close() {
      server.closeIdleConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        setTimeout(() => server.closeAllConnections(), CLOSE_WAIT_MS).unref();
      });
      await sessions.close();
    },
  };
}

interface Told {
  readonly status: number;
  /** The error's class. */
  readonly type?: string;
  readonly body: string;
}

function ok(body: string): Told {
  return { status: 200, body };
}

function failed(error: unknown): Told {
  const { httpStatus, type, message, extra } = toServiceError(error);
  return { status: httpStatus, type, body: JSON.stringify({ message, ...extra }) };
}

function injected(error: Verdict & { readonly kind: 'error' }): Told {
  const body = JSON.stringify({ message: error.message ?? error.name });
  return { status: error.httpStatus, type: error.name, body };
}

/** Writes the answer; returns its size. */
function write(response: ServerResponse, { status, type, body }: Told): number {
  const bytes = Buffer.byteLength(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes,
    'x-amzn-requestid': randomUUID(),
    ...(type === undefined ? {} : { 'x-amzn-errortype': type }),
  });
  response.end(body);
  return bytes;
}
