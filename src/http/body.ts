import { invalid, ServiceError } from '../domain/index.ts';
import { MAX_BODY_BYTES } from './limits.ts';
import { Refusal } from './problem.ts';

export const JSON_TYPE = 'application/json';
export const MERGE_PATCH_TYPE = 'application/merge-patch+json';
export const NDJSON_TYPE = 'application/x-ndjson';

/** A body as it came, and the text it is in UTF-8. */
export interface ReceivedBody {
  readonly bytes: Uint8Array;
  readonly text: string;
}

export const NO_BODY: ReceivedBody = { bytes: new Uint8Array(), text: '' };

const OP = 'http.body';

/**
 * Reads a body of the media type `takes`. Errors: `unsupported_media_type`, `too_large` as soon as that
 * shows, `invalid` for an empty one and for one that is not UTF-8.
 */
export async function readBody(request: Request, takes: string): Promise<ReceivedBody> {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== '') {
    throw new Refusal('unsupported_media_type', 'A body is taken without a content encoding.', {
      'accept-encoding': 'identity',
    });
  }
  const type = request.headers.get('content-type');
  if (type !== null) demandType(type, takes);
  if (Number(request.headers.get('content-length')) > MAX_BODY_BYTES) throw tooLarge();
  const bytes = await readBytes(request);
  if (bytes.byteLength === 0) {
    const detail = 'A body is needed here.';
    throw invalid(OP, detail, [{ pointer: '', code: 'required', detail }], 'body_required');
  }
  if (type === null) throw wrongType(takes);
  try {
    // A byte order mark stays in the text, where JSON does not allow one.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { bytes, text };
  } catch {
    const detail = 'The body is not UTF-8.';
    throw invalid(OP, detail, [{ pointer: '', code: 'invalid_utf8', detail }], 'invalid_utf8');
  }
}

function demandType(header: string, takes: string): void {
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim());
  if (type.toLowerCase() !== takes) throw wrongType(takes);
  for (const parameter of parameters) {
    const [, charset] = /^charset\s*=\s*"?([^"]*)"?$/i.exec(parameter) ?? [];
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw wrongType(takes);
  }
}

function wrongType(takes: string): Refusal {
  return new Refusal('unsupported_media_type', `The body must be ${takes} in UTF-8.`, {
    accept: takes,
    ...(takes === MERGE_PATCH_TYPE ? { 'accept-patch': takes } : {}),
  });
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (request.body === null) return NO_BODY.bytes;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new ServiceError('invalid', OP, 'The body ended before it was whole.', {
        reason: 'body_incomplete',
        cause,
      });
    });
    if (done) break;
    size += value.byteLength;
    if (size > MAX_BODY_BYTES) {
      // What else comes is not read; whether the sender hears of it is for the server below.
      reader.cancel().catch(() => undefined);
      throw tooLarge();
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks, size);
}

function tooLarge(): ServiceError {
  return new ServiceError('too_large', OP, `A body may have at most ${MAX_BODY_BYTES} bytes.`);
}
