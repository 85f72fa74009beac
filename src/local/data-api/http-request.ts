import type { IncomingMessage } from 'node:http';

/**
 * Reads a request's body, and no more of it than `maxBytes` and one chunk: enough to tell that it is too large.
 * Errors: the client went away.
 */
export function readRequest(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      if (size <= maxBytes) chunks.push(chunk);
      size += chunk.length;
    });
    request.once('end', () => {
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    request.once('error', reject);
    // Every request closes in the end; an error with its stack is made only for one that was cut short.
    request.once('close', () => {
      if (!request.complete) reject(new Error('The client went away.'));
    });
  });
}

/** Two blanks, `HTTP/1.1` and a line's end. */
const REQUEST_LINE = 12;

/** `: ` and a line's end. */
const HEADER_LINE = 4;

/** Size of a request as the service counts it: headers and body. */
export function sizeOf(request: IncomingMessage, body: Buffer): number {
  let size = (request.method?.length ?? 0) + (request.url?.length ?? 0) + REQUEST_LINE;
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const [name, value] = [request.rawHeaders[at], request.rawHeaders[at + 1]];
    size += (name?.length ?? 0) + (value?.length ?? 0) + HEADER_LINE;
  }
  return size + body.length;
}
