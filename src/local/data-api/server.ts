import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Cluster } from './cluster.ts';
import type { Engine } from './engine.ts';
import type { Gate, Verdict } from './gate.ts';
import type { HttpRequest } from './http-request.ts';
import { type HttpAnswer, HttpServer, type Reply } from './http-server.ts';
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

const PASS: Verdict = { kind: 'pass' };

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

  async function answer({ method, body, sizeBytes }: HttpRequest, operation: string) {
    if (operation === 'Unknown' || method !== 'POST') {
      throw new DataApiError('UnknownOperationException', 'There is no such operation.');
    }
    if (sizeBytes > MAX_REQUEST_BYTES) {
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

  async function serve(request: HttpRequest, reply: Reply): Promise<void> {
    const operation = PATHS[request.target] ?? 'Unknown';
    const call = { operation, requestBytes: request.body.length };
    const verdict = options.gate ? await options.gate.arrive(call) : PASS;
    const told =
      verdict.kind === 'drop'
        ? undefined
        : verdict.kind === 'error'
          ? injected(verdict)
          : await answer(request, operation).then(ok, failed);
    let responseBytes = 0;
    if (told === undefined || (verdict.kind === 'pass' && verdict.drop === 'after')) reply.cut();
    else responseBytes = reply.send(told);
    options.gate?.answered({ ...call, responseBytes });
  }

  const server = new HttpServer(MAX_REQUEST_BYTES, (request, reply) => void serve(request, reply));
  const port = await server.listen(options.port ?? 0);
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
      await server.close();
      await sessions.close();
    },
  };
}

function ok(body: string): HttpAnswer {
  return told(200, undefined, body);
}

function failed(error: unknown): HttpAnswer {
  const { httpStatus, type, message, extra } = toServiceError(error);
  return told(httpStatus, type, JSON.stringify({ message, ...extra }));
}

function injected(error: Verdict & { readonly kind: 'error' }): HttpAnswer {
  return told(
    error.httpStatus,
    error.name,
    JSON.stringify({ message: error.message ?? error.name }),
  );
}

/** `type`: the error's class. */
function told(status: number, type: string | undefined, body: string): HttpAnswer {
  const headers = { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID() };
  if (type === undefined) return { status, headers, body };
  const printable = type.replace(/[^\x20-\x7e]/g, '?');
  return { status, headers: { ...headers, 'x-amzn-errortype': printable }, body };
}
