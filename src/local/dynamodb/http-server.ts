import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { awsError, toWireError } from './aws-error.ts';
import type { Engine } from './engine.ts';
import type { Gate } from './gate.ts';
import { operationOf, parseInput, readBody } from './http-request.ts';

/** What a browser or a load balancer's probe gets from AWS; the blank at the end is theirs. */
const HEALTHY = 'healthy: dynamodb.local ';
/** Longer than an SDK keeps a socket it does not use, so that no request meets a socket being closed. */
const KEEP_ALIVE_MS = 120_000;

/** A request held up by an injected latency must not hold up the end of the process. */
const CLOSE_GRACE_MS = 3_000;

export interface HttpServer {
  readonly url: string;
  /** Accepts nothing more and resolves when the requests in flight have been answered, or cut after 3 s. */
  close(): Promise<void>;
}

/** Puts the engine behind HTTP on 127.0.0.1. Errors: those of `listen`, such as `EADDRINUSE`. */
export async function listen(engine: Engine, gate: Gate, port: number): Promise<HttpServer> {
  let requests = 0;
  let closing = false;
  const server = createServer((request, response) => {
    requests += 1;
    const requestId = requestIdOf(requests, port);
    response.setHeader('x-amzn-RequestId', requestId);
    response.once('finish', () => {
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
    handle(engine, gate, request, response).catch(() => request.socket.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    close() {
      closing = true;
      return closeServer(server);
    },
  };
}

async function handle(
  engine: Engine,
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (request.method === 'GET') {
    send(response, 200, HEALTHY, 'text/plain');
    return;
  }
  if (body === undefined) {
    send(response, 413, '', 'text/plain');
    return;
  }
  if (request.method !== 'POST' || !isJson(request)) {
    send(response, 404, '<UnknownOperationException/>\n', 'text/plain');
    return;
  }

  const call = { operation: operationOf(request), requestBytes: body.length };
  const verdict = await gate.arrive(call);
  if (verdict.kind === 'drop') {
    request.socket.destroy();
    gate.answered({ ...call, responseBytes: 0 });
    return;
  }
  const { status, answer } =
    verdict.kind === 'error'
      ? refusal(awsError(verdict.name, verdict.message, verdict.httpStatus))
      : await carryOut(engine, request, body, verdict.unprocessed ?? 0);
  if (verdict.kind === 'pass' && verdict.drop === 'after') {
    request.socket.destroy();
    gate.answered({ ...call, responseBytes: 0 });
    return;
  }
  const sent = send(response, status, JSON.stringify(answer), contentType(request));
  gate.answered({ ...call, responseBytes: sent });
}

async function carryOut(
  engine: Engine,
  request: IncomingMessage,
  body: Buffer,
  unprocessedShare: number,
): Promise<{ status: number; answer: unknown }> {
  try {
    const input = parseInput(request, body, (operation) => engine.has(operation));
    const output = await engine.call(operationOf(request), input, unprocessedShare);
    return { status: 200, answer: output };
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): { status: number; answer: unknown } {
  const { statusCode, body } = toWireError(error);
  return { status: statusCode, answer: body };
}

/** Writes the answer and returns its size; the checksum is that of what is sent. */
function send(response: ServerResponse, status: number, text: string, type: string): number {
  const bytes = Buffer.from(text, 'utf8');
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': bytes.length,
    'x-amz-crc32': crc32(bytes),
  });
  response.end(bytes);
  return bytes.length;
}

function isJson(request: IncomingMessage): boolean {
  const type = mediaType(request);
  return type === 'application/x-amz-json-1.0' || type === 'application/json';
}

function contentType(request: IncomingMessage): string {
  const type = mediaType(request);
  return type === 'application/x-amz-json-1.0' ? type : 'application/json';
}

function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

/** As long and as opaque as AWS's ids, but the same in every run. */
function requestIdOf(count: number, port: number): string {
  return createHash('sha512')
    .update(`${port} ${count}`)
    .digest('base64')
    .toUpperCase()
    .replaceAll(/[+/]/g, '0')
    .slice(0, 52);
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const impatience = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(impatience);
}
