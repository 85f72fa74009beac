import { STATUS_CODES } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type HttpFault, type HttpRequest, RequestReader } from './http-request.ts';

/** Longer than clients keep idle connections: none is cut while a client sends on it. */
const KEEP_ALIVE_MS = 120_000;

/** How long calls in flight may take when the server closes. */
const CLOSE_WAIT_MS = 2_000;

const KEEP_ALIVE = `Connection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_MS / 1000}`;

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

export interface HttpAnswer {
  readonly status: number;
  /** Of printable ASCII. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a request ends: by one of the two. */
export interface Reply {
  /** Answers; tells the body's size. */
  send(answer: HttpAnswer): number;
  /** Cuts the connection without an answer. */
  cut(): void;
}

/**
 * An HTTP/1.1 server for short requests that are read whole and answered by one write. `node:http` makes
 * two streams for each, which is a sixth of what a short call costs the server (`npm run bench -- data-api`).
 */
export class HttpServer {
  private readonly server: Server;
  private readonly connections = new Set<Connection>();

  constructor(maxBodyBytes: number, serve: (request: HttpRequest, reply: Reply) => void) {
    // A client may end its side behind a request and wait for the answer.
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const connection = new Connection(socket, new RequestReader(maxBodyBytes), serve);
      this.connections.add(connection);
      socket.once('close', () => this.connections.delete(connection));
    });
  }

  /** Listens on loopback; answers the port. */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes nothing more, and gives what is being answered a moment to end. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of this.connections) connection.endSoon();
    const late = setTimeout(() => {
      for (const connection of this.connections) connection.cut();
    }, CLOSE_WAIT_MS);
    await closed;
    clearTimeout(late);
  }
}

/** A connection: its requests are answered one after the other, also when they come in one go. */
class Connection implements Reply {
  private readonly socket: Socket;
  private readonly reader: RequestReader;
  private readonly serve: (request: HttpRequest, reply: Reply) => void;
  /** The request that is being answered. */
  private current: HttpRequest | undefined;
  /** What came in meanwhile; no more is read until it is taken. */
  private waiting: Buffer | undefined;
  private isLast = false;
  /** The client sends no more, and may wait for answers. */
  private isHalfClosed = false;

  constructor(
    socket: Socket,
    reader: RequestReader,
    serve: (request: HttpRequest, reply: Reply) => void,
  ) {
    this.socket = socket;
    this.reader = reader;
    this.serve = serve;
    socket.setTimeout(KEEP_ALIVE_MS, () => {
      if (!this.current) this.cut();
    });
    socket.on('error', () => this.cut());
    socket.on('end', () => {
      this.isHalfClosed = true;
      if (!this.current) socket.destroySoon();
    });
    socket.on('data', (bytes: Buffer) => {
      if (this.current) {
        this.waiting = this.waiting ? Buffer.concat([this.waiting, bytes]) : bytes;
        socket.pause();
      } else {
        this.read(bytes);
      }
    });
  }

  send({ status, headers, body }: HttpAnswer): number {
    const size = Buffer.byteLength(body);
    const keepsAlive = this.current?.keepsAlive === true && !this.isLast;
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
    head += `content-length: ${size}\r\nDate: ${dateText()}\r\n`;
    head += `${keepsAlive ? KEEP_ALIVE : 'Connection: close'}\r\n\r\n`;
    const isBare = this.current?.method === 'HEAD';
    this.current = undefined;
    if (!this.socket.writable) return size;
    // ASCII, as most answers are, need not be encoded.
    const encoding = size === body.length ? 'latin1' : 'utf8';
    this.socket.write(isBare ? head : head + body, encoding);
    if (keepsAlive) this.readOn();
    else this.socket.destroySoon();
    return size;
  }

  cut(): void {
    this.socket.destroy();
  }

  /** Ends once what is being answered is. */
  endSoon(): void {
    this.isLast = true;
    if (!this.current) this.socket.destroySoon();
  }

  private readOn(): void {
    const bytes = this.waiting;
    if (bytes) {
      this.waiting = undefined;
      this.socket.resume();
    }
    this.read(bytes);
  }

  private read(bytes: Buffer | undefined): void {
    try {
      this.current = this.reader.take(bytes);
    } catch (error) {
      this.refuse(error as HttpFault);
      return;
    }
    if (this.current) this.serve(this.current, this);
    else if (this.isHalfClosed) this.socket.destroySoon();
    else if (this.reader.takeContinue()) this.socket.write(CONTINUE);
  }

  private refuse({ status, message }: HttpFault): void {
    this.isLast = true;
    this.socket.removeAllListeners('data').resume();
    this.send({ status, headers: {}, body: message });
  }
}

let dateSecond = 0;
let date = '';

/** The time of the machine, put into words once a second. */
function dateText(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    date = new Date(second * 1000).toUTCString();
  }
  return date;
}
