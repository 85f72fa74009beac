import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExactNumber } from './bind.ts';
import type { Engine } from './engine.ts';
import type { Gate } from './gate.ts';
import { Operations } from './operations.ts';
import { PauseModel, type PauseState } from './pause.ts';
import { printJson } from './result.ts';
import { DataApiError, fromSqlFailure, isSqlFailure } from './service-error.ts';
import { Sessions } from './sessions.ts';

const PATHS: Readonly<Record<string, string>> = {
  '/Execute': 'ExecuteStatement',
  '/BatchExecute': 'BatchExecuteStatement',
  '/BeginTransaction': 'BeginTransaction',
  '/CommitTransaction': 'CommitTransaction',
  '/RollbackTransaction': 'RollbackTransaction',
  '/ExecuteSql': 'ExecuteSql',
};

/** 4 MiB: documented size of a request (Aurora user guide, data-api.calling, 2026). */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

export interface DataApiServerOptions {
  readonly engine: Engine;
  readonly resourceArn?: string;
  readonly secretArn?: string;
  readonly database?: string;
  readonly port?: number;
  readonly clock?: { now(): number };
  readonly gate?: Gate;
  readonly pause?: { readonly autoPauseSeconds?: number; readonly resumeSeconds?: number };
  /** How long a call waits for the one session of PGlite (5,000 ms). */
  readonly sessionWaitMs?: number;
}

export interface DataApiServer {
  readonly url: string;
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
  pauseState(): PauseState;
  setPause(change: Parameters<PauseModel['set']>[0]): void;
  close(): Promise<void>;
}

/** Starts a server that speaks the RDS Data API's wire protocol on loopback. */
export async function createDataApiServer(options: DataApiServerOptions): Promise<DataApiServer> {
  const clock = options.clock ?? { now: () => Date.now() };
  const resourceArn =
    options.resourceArn ?? 'arn:aws:rds:us-east-1:123456789012:cluster:tandem-local';
  const secretArn =
    options.secretArn ?? 'arn:aws:secretsmanager:us-east-1:123456789012:secret:tandem-local-abcdef';
  const database = options.database ?? 'tandem';
  const sessions = new Sessions(options.engine, clock, options.sessionWaitMs ?? 5_000);
  const operations = new Operations(sessions, {
    resourceArn,
    secretArn,
    database,
  });
  const pause = new PauseModel({ clock, resourceArn, ...options.pause });

  const server = createServer((request, response) => {
    void serve(request, response);
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = PATHS[request.url ?? ''] ?? 'Unknown';
    const raw = await readAll(request).catch(() => undefined);
    if (raw === undefined) {
      request.socket.destroy();
      return;
    }
    const call = { operation, requestBytes: raw.length };
    const verdict = (await options.gate?.arrive(call)) ?? { kind: 'pass' };
    if (verdict.kind === 'drop') {
      request.socket.destroy();
      options.gate?.answered({ ...call, responseBytes: 0 });
      return;
    }
    let status = 200;
    let type: string | undefined;
    let body: string;
    try {
      if (verdict.kind === 'error') {
        status = verdict.httpStatus;
        type = verdict.name;
        body = JSON.stringify({ message: verdict.message ?? verdict.name });
      } else {
        body = printJson(await answer(request, operation, raw));
      }
    } catch (error) {
      const told = tell(error);
      status = told.httpStatus;
      type = told.type;
      body = JSON.stringify({ message: told.message, ...told.extra });
    }
    if (verdict.kind === 'pass' && verdict.drop === 'after') {
      request.socket.destroy();
      options.gate?.answered({ ...call, responseBytes: 0 });
      return;
    }
    const bytes = Buffer.from(body);
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': bytes.length,
      'x-amzn-requestid': randomUUID(),
      ...(type === undefined ? {} : { 'x-amzn-errortype': type }),
    });
    response.end(bytes);
    options.gate?.answered({ ...call, responseBytes: bytes.length });
  }

  async function answer(
    request: IncomingMessage,
    operation: string,
    raw: Buffer,
  ): Promise<unknown> {
    if (operation === 'Unknown' || request.method !== 'POST') {
      throw new DataApiError('NotFoundException', 'There is no such operation.');
    }
    if (raw.length > MAX_REQUEST_BYTES) {
      throw new DataApiError('BadRequestException', 'The request exceeds the size limit 4 MB.');
    }
    const body = parse(raw.toString('utf8'));
    pause.enter();
    try {
      return await operations.run(operation, body);
    } finally {
      pause.leave();
    }
  }

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
    pauseState: () => pause.state(),
    setPause: (change) => pause.set(change),
    async close() {
      server.closeIdleConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        setTimeout(() => server.closeAllConnections(), 2_000).unref();
      });
      await sessions.close();
    },
  };
}

function tell(error: unknown): DataApiError {
  if (error instanceof DataApiError) return error;
  if (isSqlFailure(error)) return fromSqlFailure(error);
  return new DataApiError('InternalServerErrorException', 'InternalServerError');
}

/** JSON whose integers keep their digits: those past 2^53 would come out rounded. */
function parse(text: string): Readonly<Record<string, unknown>> {
  const careful = /:\s*-?\d{16,}\s*[,}]/.test(text)
    ? text.replace(/("longValue"\s*:\s*)(-?\d{16,})/g, '$1{"digits":"$2"}')
    : text;
  let value: unknown;
  try {
    value = JSON.parse(careful, (key, member: unknown) => {
      const digits = (member as { digits?: unknown } | null)?.digits;
      return key === 'longValue' && typeof digits === 'string' ? new ExactNumber(digits) : member;
    });
  } catch {
    throw new DataApiError('BadRequestException', 'The request is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DataApiError('BadRequestException', 'The request is not a JSON object.');
  }
  return value as Readonly<Record<string, unknown>>;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_REQUEST_BYTES + 1) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
