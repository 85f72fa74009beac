import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

/** A load of POST requests, as a client outside of the server's process makes it. */
export interface HttpLoad {
  readonly url: string;
  /** Sent in turn; an answer counts when its status is 200 and its body holds the text wanted. */
  readonly requests: readonly { readonly body: string; readonly wanted: string }[];
  /** Connections that are kept, each with one request at a time. */
  readonly callers: number;
}

/** A process that sends one load whenever it is told to. */
export interface LoadGenerator {
  readonly pid: number;
  /** Sends for so long; answers the requests a second that succeeded. Errors: the first that did not. */
  run(ms: number): Promise<number>;
  stop(): Promise<unknown>;
}

/**
 * Starts a generator in a process of its own. It speaks HTTP/1.1 over plain sockets, so that what it takes
 * of the machine is little beside the server: requests are put together beforehand, and of an answer it
 * reads the status, the length and the body.
 */
export function startLoad(load: HttpLoad): LoadGenerator {
  const child = fork(fileURLToPath(import.meta.url), { execArgv: ['--import', 'tsx'] });
  child.send(load);
  return {
    pid: child.pid ?? 0,
    run(ms) {
      return new Promise((resolve, reject) => {
        const ended = (status: number | null): void =>
          reject(new Error(`The load generator ended with ${status}.`));
        child.once('exit', ended);
        child.once('message', (answer: number | string) => {
          child.off('exit', ended);
          if (typeof answer === 'number') resolve(answer);
          else reject(new Error(answer));
        });
        child.send(ms);
      });
    },
    stop() {
      child.kill();
      return once(child, 'exit');
    },
  };
}

const HEAD_END = '\r\n\r\n';

/** Takes the answers of one connection apart. Speaks of bodies with a `content-length` alone. */
class AnswerReader {
  private received: Buffer = Buffer.alloc(0);

  /** The body of the answer that ended with these bytes, if one did. Errors: a status other than 200. */
  take(bytes: Buffer): string | undefined {
    this.received = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0) return undefined;
    const head = this.received.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) throw new Error(`An answer without content-length: ${head}`);
    const bodyAt = headEnd + HEAD_END.length;
    const end = bodyAt + Number(length);
    if (this.received.length < end) return undefined;
    if (this.received.length > end) throw new Error('More than one answer to one request.');
    const body = this.received.toString('utf8', bodyAt, end);
    if (!/^HTTP\/1\.[01] 200 /.test(head)) throw new Error(`The server answered ${head}\n${body}`);
    this.received = Buffer.alloc(0);
    return body;
  }
}

/** A connection that is kept, with one request at a time on it. */
class Connection {
  private readonly socket: Socket;
  private readonly answers = new AnswerReader();
  private done: { resolve(body: string): void; reject(error: Error): void } | undefined;

  constructor({ hostname, port }: URL) {
    this.socket = createConnection({ host: hostname, port: Number(port), noDelay: true });
    this.socket.on('data', (bytes) => this.receive(bytes));
    this.socket.once('error', (error) => this.done?.reject(error));
    this.socket.once('close', () => this.done?.reject(new Error('The server hung up.')));
  }

  /** Sends a whole request; answers its body. */
  send(request: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      this.done = { resolve, reject };
      this.socket.write(request);
    });
  }

  private receive(bytes: Buffer): void {
    try {
      const body = this.answers.take(bytes);
      if (body !== undefined) this.done?.resolve(body);
    } catch (error) {
      this.done?.reject(error as Error);
    }
  }
}

function serveLoad({ url, requests, callers }: HttpLoad): void {
  const target = new URL(url);
  const prepared = requests.map(({ body, wanted }) => ({ bytes: requestOf(target, body), wanted }));
  const connections = Array.from({ length: callers }, () => new Connection(target));
  const callUntil = async (
    endMs: number,
    connection: Connection,
    first: number,
  ): Promise<number> => {
    let count = 0;
    for (let n = first; performance.now() < endMs; n += callers, count++) {
      const { bytes, wanted } = prepared[n % prepared.length] as (typeof prepared)[number];
      const answer = await connection.send(bytes);
      if (!answer.includes(wanted)) throw new Error(`Not ${wanted} in ${answer}`);
    }
    return count;
  };
  process.on('message', async (ms: number) => {
    const endMs = performance.now() + ms;
    await Promise.all(connections.map((connection, at) => callUntil(endMs, connection, at))).then(
      (counts) => process.send?.(counts.reduce((sum, count) => sum + count, 0) / (ms / 1000)),
      (error: Error) => process.send?.(error.message),
    );
  });
}

function requestOf({ host, pathname }: URL, body: string): Buffer {
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}${HEAD_END}${body}`);
}

if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once('message', (load: HttpLoad) => serveLoad(load));
}
