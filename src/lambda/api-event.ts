import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/**
 * Longest answer of a function: 6 MB as JSON, less what stands around the body.
 * Source: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, 2026-11.
 */
const RESULT_BYTES = 6 * 1024 * 1024 - 32 * 1024;

/** Answers below this are not worth the time to compress: the gateway's clients are near. */
const COMPRESS_FROM_BYTES = 128 * 1024;

const TEXT =
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)\b|application\/(?:x-ndjson|yaml|javascript)\b)/i;

const gzipAsync = promisify(gzip);

/**
 * Makes a request of an API Gateway event (payload format 2.0). Done here rather than by `hono/aws-lambda`
 * (deprecated, and it takes NDJSON for binary): the query string stays raw, so that a parameter given
 * twice stays two, and headers keep what is not ASCII.
 */
export function toRequest(event: APIGatewayProxyEventV2): Request {
  const { method } = event.requestContext.http;
  const path = event.rawPath.replace(/[?#]/g, encodeURIComponent);
  const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`;
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers)) {
    if (value !== undefined) headers.append(name, toHeaderValue(value));
  }
  if (event.cookies !== undefined) headers.set('cookie', toHeaderValue(event.cookies.join('; ')));
  const hasBody = event.body !== undefined && method !== 'GET' && method !== 'HEAD';
  return new Request(`https://${event.requestContext.domainName}${path}${query}`, {
    method,
    headers,
    ...(hasBody
      ? { body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8') }
      : {}),
  });
}

/**
 * Makes a result of a response. A large answer is compressed where the client takes that: as JSON inside
 * JSON every quote counts twice, so that 5 MB of it may not pass a function's limit otherwise.
 */
export async function toResult(
  response: Response,
  acceptEncoding: string | undefined,
): Promise<APIGatewayProxyStructuredResultV2> {
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    if (name !== 'set-cookie') headers[name] = value;
  });
  const cookies = response.headers.getSetCookie();
  const base = {
    statusCode: response.status,
    headers,
    ...(cookies.length > 0 ? { cookies } : {}),
  };
  const bytes = Buffer.from(await response.arrayBuffer());
  const isText =
    TEXT.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined;
  if (!isText && bytes.length > 0) {
    return { ...base, body: bytes.toString('base64'), isBase64Encoded: true };
  }
  if (bytes.length >= COMPRESS_FROM_BYTES) {
    headers.vary = [headers.vary, 'accept-encoding'].filter(Boolean).join(', ');
    if (takesGzip(acceptEncoding)) {
      delete headers['content-length'];
      headers['content-encoding'] = 'gzip';
      const packed = await gzipAsync(bytes, { level: 1 });
      return { ...base, body: packed.toString('base64'), isBase64Encoded: true };
    }
  }
  const body = bytes.toString('utf8');
  if (bytes.length * 2 > RESULT_BYTES && Buffer.byteLength(JSON.stringify(body)) > RESULT_BYTES) {
    return tooLargeUncompressed(headers['x-request-id']);
  }
  return { ...base, body, isBase64Encoded: false };
}

function takesGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '')
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .some((part) => /^(?:gzip|\*)(?:\s*;\s*q=(?:0?\.[0-9]*[1-9][0-9]*|1(?:\.0*)?))?$/.test(part));
}

/** What is not Latin-1 cannot stand in a header; it goes on as its UTF-8 bytes, as any server gets it. */
function toHeaderValue(value: string): string {
  const line = value.replaceAll('\0', ' ').replaceAll('\r', ' ').replaceAll('\n', ' ');
  const isLatin1 = [...line].every((char) => char.charCodeAt(0) <= 0xff);
  return isLatin1 ? line : Buffer.from(line, 'utf8').toString('latin1');
}

function tooLargeUncompressed(requestId: string | undefined): APIGatewayProxyStructuredResultV2 {
  const problem = {
    type: 'about:blank',
    title: 'Not Acceptable',
    status: 406,
    detail: 'The answer is too large to be sent uncompressed; send "Accept-Encoding: gzip".',
    code: 'compression_needed',
  };
  return {
    statusCode: 406,
    headers: {
      'content-type': 'application/problem+json',
      ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
    },
    body: JSON.stringify(problem),
    isBase64Encoded: false,
  };
}
