/** A request as it came. */
export interface HttpRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly keepsAlive: boolean;
  /** Cut where it is larger than the reader keeps. */
  readonly body: Buffer;
  /** Size as the service counts it: headers and body, cut or not. */
  readonly sizeBytes: number;
}

/** What is not HTTP/1.1, or more of it than is read: told by its status, and the connection ends. */
export class HttpFault extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Head {
  readonly method: string;
  readonly target: string;
  readonly keepsAlive: boolean;
  readonly expectsContinue: boolean;
  readonly sizeBytes: number;
  /** Undefined when the body comes in chunks. */
  readonly contentLength: number | undefined;
}

/** As many as node:http takes. */
const MAX_HEAD_BYTES = 16 * 1024;

/** A chunk's size with its extensions, or a trailer. */
const MAX_LINE_BYTES = 4 * 1024;

const NOTHING = Buffer.alloc(0);
const LINE_END = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');

const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]+) (\S+) HTTP\/1\.([01])$/;
const HEADER_LINE = /^[!#$%&'*+.^_`|~\w-]+:[^\r\n\0]*$/;

/** Takes a connection's bytes apart into requests (RFC 9112): bodies by length or in chunks. */
export class RequestReader {
  private readonly maxBodyBytes: number;
  /** What was received and not read yet. */
  private rest: Buffer = NOTHING;
  private head: Head | undefined;
  private expectsContinue = false;
  private parts: Buffer[] = [];
  private partsBytes = 0;
  private bodyBytes = 0;
  /** Bytes of the body, or of its chunk, that are still to come. */
  private left = 0;
  /** Where a body in chunks stands. */
  private phase: 'size' | 'data' | 'data end' | 'trailers' = 'data';

  /** Of larger bodies no more than this and what came along is kept. */
  constructor(maxBodyBytes: number) {
    this.maxBodyBytes = maxBodyBytes;
  }

  /** The next request, once it is whole; later ones stay for the next call. Errors: `HttpFault`. */
  take(bytes: Buffer = NOTHING): HttpRequest | undefined {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    if (!this.head) {
      this.head = this.readHead();
      if (!this.head) return undefined;
      this.expectsContinue = this.head.expectsContinue;
      this.left = this.head.contentLength ?? 0;
      this.phase = this.head.contentLength === undefined ? 'size' : 'data';
    }
    if (!this.readBody(this.head.contentLength === undefined)) return undefined;
    const { method, target, keepsAlive, sizeBytes } = this.head;
    const body = this.parts.length === 1 ? (this.parts[0] as Buffer) : Buffer.concat(this.parts);
    const request = { method, target, keepsAlive, body, sizeBytes: sizeBytes + this.bodyBytes };
    this.head = undefined;
    this.parts = [];
    this.partsBytes = this.bodyBytes = 0;
    return request;
  }

  /** Whether the client waits to be told to go on with its body: true once for each request. */
  takeContinue(): boolean {
    const isWaiting = this.head !== undefined && this.expectsContinue && this.bodyBytes === 0;
    this.expectsContinue = false;
    return isWaiting;
  }

  private readHead(): Head | undefined {
    // An empty line before a request is passed over.
    while (this.rest[0] === 0x0d && this.rest[1] === 0x0a) this.rest = this.rest.subarray(2);
    const end = this.rest.indexOf(HEAD_END);
    if (end > MAX_HEAD_BYTES || (end < 0 && this.rest.length > MAX_HEAD_BYTES)) {
      throw new HttpFault(431, 'The headers are too large.');
    }
    if (end < 0) return undefined;
    const head = parseHead(this.rest.toString('latin1', 0, end));
    this.rest = this.rest.subarray(end + HEAD_END.length);
    return head;
  }

  /** Whether the body is whole. */
  private readBody(inChunks: boolean): boolean {
    for (;;) {
      if (this.phase === 'data') {
        this.readData();
        if (this.left > 0) return false;
        if (!inChunks) return true;
        this.phase = 'data end';
      }
      const line = this.readLine();
      if (line === undefined) return false;
      if (this.phase === 'trailers') {
        if (line === '') return true;
      } else if (this.phase === 'data end') {
        if (line !== '') throw new HttpFault(400, 'A chunk is longer than its size.');
        this.phase = 'size';
      } else {
        const size = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
        if (size === undefined) throw new HttpFault(400, 'A chunk without a size.');
        this.left = Number.parseInt(size, 16);
        this.phase = this.left === 0 ? 'trailers' : 'data';
      }
    }
  }

  private readData(): void {
    const isAll = this.rest.length <= this.left;
    const data = isAll ? this.rest : this.rest.subarray(0, this.left);
    if (this.partsBytes <= this.maxBodyBytes && data.length > 0) {
      this.parts.push(data);
      this.partsBytes += data.length;
    }
    this.bodyBytes += data.length;
    this.left -= data.length;
    this.rest = isAll ? NOTHING : this.rest.subarray(data.length);
  }

  private readLine(): string | undefined {
    const end = this.rest.indexOf(LINE_END);
    if (end > MAX_LINE_BYTES || (end < 0 && this.rest.length > MAX_LINE_BYTES)) {
      throw new HttpFault(400, 'A line between chunks is too long.');
    }
    if (end < 0) return undefined;
    const line = this.rest.toString('latin1', 0, end);
    this.rest = this.rest.subarray(end + LINE_END.length);
    return line;
  }
}

function parseHead(text: string): Head {
  const lines = text.split('\r\n');
  const [, method = '', target = '', minor] = REQUEST_LINE.exec(lines[0] as string) ?? [];
  if (minor === undefined) throw new HttpFault(400, 'The request line is not of HTTP/1.1.');
  let contentLength: number | undefined;
  let isChunked = false;
  let hasHost = false;
  let connection = '';
  let expectsContinue = false;
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] as string;
    if (!HEADER_LINE.test(line)) throw new HttpFault(400, 'A header without name and value.');
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, colon).toLowerCase()) {
      case 'content-length':
        if (!/^\d{1,15}$/.test(value) || contentLength !== undefined) {
          throw new HttpFault(400, 'content-length is not one number.');
        }
        contentLength = Number(value);
        break;
      case 'transfer-encoding':
        if (value.toLowerCase() !== 'chunked' || isChunked) {
          throw new HttpFault(501, 'No transfer-encoding but chunked is known.');
        }
        isChunked = true;
        break;
      case 'connection':
        connection += `,${value.toLowerCase()}`;
        break;
      case 'expect':
        expectsContinue = value.toLowerCase() === '100-continue';
        break;
      case 'host':
        hasHost = true;
        break;
    }
  }
  if (minor === '1' && !hasHost) throw new HttpFault(400, 'There is no host.');
  if (isChunked && contentLength !== undefined) {
    throw new HttpFault(400, 'Both content-length and transfer-encoding.');
  }
  return {
    method,
    target,
    keepsAlive: minor === '1' ? !hasWord(connection, 'close') : hasWord(connection, 'keep-alive'),
    expectsContinue,
    // Of the empty line nothing is counted.
    sizeBytes: text.length + LINE_END.length,
    contentLength: isChunked ? undefined : (contentLength ?? 0),
  };
}

function hasWord(list: string, word: string): boolean {
  return list !== '' && list.split(',').some((item) => item.trim() === word);
}
