import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { fc, test } from '@fast-check/vitest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  HttpFault,
  type HttpRequest,
  RequestReader,
} from '../../../src/local/data-api/http-request.ts';
import { HttpServer, type Reply } from '../../../src/local/data-api/http-server.ts';

const MAX_BODY_BYTES = 1_000;

const LENGTH = 'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello';
const CHUNKS =
  'POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n' +
  '3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: 1\r\n\r\n';
const BARE = 'GET /c HTTP/1.1\r\nhost:h\r\n\r\n';

/** Everything read from bytes that come in pieces of these lengths, the last as often as it takes. */
function read(bytes: Buffer, lengths: readonly number[]): (readonly [string, string, number])[] {
  const reader = new RequestReader(MAX_BODY_BYTES);
  const found: HttpRequest[] = [];
  let piece = 0;
  for (let at = 0; at < bytes.length; piece++) {
    const length = lengths[Math.min(piece, lengths.length - 1)] ?? bytes.length;
    let one = reader.take(bytes.subarray(at, at + length));
    at += length;
    for (; one; one = reader.take()) found.push(one);
  }
  return found.map(({ target, body, sizeBytes }) => [target, body.toString(), sizeBytes]);
}

describe('a reader of HTTP requests', () => {
  test.prop([fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })])(
    'reads the same requests however their bytes are cut',
    (lengths) => {
      const bytes = Buffer.from(`${LENGTH}\r\n${CHUNKS}${BARE}${LENGTH}`);
      expect(read(bytes, lengths)).toEqual([
        ['/a', 'hello', LENGTH.length - 2],
        ['/b', 'hello', CHUNKS.indexOf('\r\n\r\n') + 2 + 5],
        ['/c', '', BARE.length - 2],
        ['/a', 'hello', LENGTH.length - 2],
      ]);
    },
  );

  it('counts a body that is too large, and keeps little more of it than it may have', () => {
    const reader = new RequestReader(MAX_BODY_BYTES);
    const head = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n';
    reader.take(Buffer.from(head));
    let found: HttpRequest | undefined;
    for (let sent = 0; sent < 100_000; sent += 500) found = reader.take(Buffer.alloc(500));
    expect(found?.sizeBytes).toBe(head.length - 2 + 100_000);
    expect(found?.body.length).toBe(1_500);
  });

  it.each([
    ['no request line', 'hello\r\n\r\n', 400],
    ['another version', 'POST / HTTP/2.0\r\nHost: h\r\n\r\n', 400],
    ['no host', 'POST / HTTP/1.1\r\n\r\n', 400],
    ['a header without a colon', 'POST / HTTP/1.1\r\nHost: h\r\nx\r\n\r\n', 400],
    ['a folded header', 'POST / HTTP/1.1\r\nHost: h\r\nx: 1\r\n 2\r\n\r\n', 400],
    ['a blank before a colon', 'POST / HTTP/1.1\r\nHost : h\r\n\r\n', 400],
    ['a bare line feed', 'POST / HTTP/1.1\r\nHost: h\nx: 1\r\n\r\n', 400],
    ['a length that is no number', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n', 400],
    ['two lengths', `POST / HTTP/1.1\r\nHost: h${'\r\nContent-Length: 5'.repeat(2)}\r\n\r\n`, 400],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['another encoding', 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n', 501],
    ['a chunk without a size', `${CHUNKS.slice(0, CHUNKS.indexOf('3;'))}x\r\n`, 400],
    ['a chunk longer than its size', CHUNKS.replace('3;', '2;'), 400],
    ['headers without end', `POST / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}`, 431],
    ['headers too large', `POST / HTTP/1.1\r\nHost: h\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('refuses %s', (_, text, status) => {
    try {
      read(Buffer.from(text), []);
    } catch (error) {
      expect(error).toBeInstanceOf(HttpFault);
      expect((error as HttpFault).status).toBe(status);
      return;
    }
    expect.unreachable();
  });
});

describe('an HTTP server', () => {
  let server: HttpServer;
  let port: number;
  /** Requests that are not answered yet, where a test answers them itself. */
  let held: Reply[] | undefined;

  beforeEach(async () => {
    held = undefined;
    server = new HttpServer(MAX_BODY_BYTES, ({ target, body }, reply) => {
      if (held) held.push(reply);
      else reply.send({ status: 200, headers: { 'x-target': target }, body: `${target} ${body}` });
    });
    port = await server.listen(0);
  });
  afterEach(() => server.close());

  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };

  it('answers requests that come in one go in their order, the last to a client that ended its side', async () => {
    const socket = await open();
    socket.end(LENGTH + CHUNKS + BARE);
    const answers = (await textOf(socket)).split('HTTP/1.1 200 OK\r\n').slice(1);
    expect(answers.map((answer) => answer.split('\r\n\r\n')[1])).toEqual([
      '/a hello',
      '/b hello',
      '/c ',
    ]);
  });

  it('keeps a connection unless the client or its version does not', async () => {
    for (const [head, keeps] of [
      ['HTTP/1.1\r\nHost: h', true],
      ['HTTP/1.1\r\nHost: h\r\nConnection: Close', false],
      ['HTTP/1.0', false],
      ['HTTP/1.0\r\nConnection: keep-alive', true],
    ] as const) {
      const socket = await open();
      socket.write(`GET / ${head}\r\n\r\n`);
      const [answer] = await once(socket, 'data');
      expect(String(answer)).toContain(`Connection: ${keeps ? 'keep-alive' : 'close'}\r\n`);
      if (!keeps) await once(socket, 'close');
      socket.destroy();
    }
  });

  it('tells a client to go on that waits for it, once', async () => {
    const socket = await open();
    socket.write(
      'POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n',
    );
    const [first] = await once(socket, 'data');
    expect(String(first)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('he');
    socket.end('llo');
    expect(await textOf(socket)).toMatch(/^HTTP\/1.1 200 OK[\s\S]*\/a hello$/);
  });

  it('tells what is wrong with a request, and ends', async () => {
    const socket = await open();
    socket.write(`${LENGTH}hello\r\n\r\n`);
    expect(await textOf(socket)).toMatch(
      /helloHTTP\/1.1 400 Bad Request\r\n[\s\S]*Connection: close/,
    );
  });

  it.each([
    ['POST', '/ žluť 😀', 13],
    ['HEAD', '', 2],
  ])('answers %s in UTF-8, with a body unless it is HEAD', async (method, body, length) => {
    const sent = request({ port, method, path: '/' });
    sent.end(method === 'POST' ? 'žluť 😀' : undefined);
    const [answer] = await once(sent, 'response');
    expect(await textOf(answer)).toBe(body);
    expect(answer.headers['content-length']).toBe(String(length));
  });

  it('survives a client that goes away before it is answered', async () => {
    held = [];
    const socket = await open();
    socket.write(LENGTH);
    while (held.length === 0) await new Promise(setImmediate);
    socket.destroy();
    await new Promise(setImmediate);
    held[0]?.send({ status: 200, headers: {}, body: '' });
    held = undefined;
    const next = await open();
    next.end(LENGTH);
    expect(await textOf(next)).toContain('/a hello');
  });

  it('closes idle connections at once, and others when they are answered', async () => {
    const idle = await open();
    held = [];
    const busy = await open();
    busy.write(LENGTH);
    while (held.length === 0) await new Promise(setImmediate);
    const closed = server.close();
    await once(idle, 'close');
    held[0]?.send({ status: 200, headers: {}, body: 'last' });
    expect(await textOf(busy)).toMatch(/Connection: close\r\n\r\nlast$/);
    await closed;
  });
});
