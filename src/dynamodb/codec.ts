import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import {
  brotliCompress,
  brotliCompressSync,
  brotliDecompress,
  brotliDecompressSync,
  constants,
} from 'node:zlib';
import { ASYNC_BYTES, SMALL_BYTES, TEXT_BYTES, TINY_BYTES } from './limits.ts';

/**
 * How bytes are stored: as they are, or as brotli. Written beside the bytes, so that others can come
 * (zstd, once every Node has it) while what is stored stays readable.
 */
export type Codec = 'plain' | 'br';

export interface Encoded {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

/** Stored bytes that do not yield the text that was stored; `message` says why. */
export class CorruptError extends Error {
  override readonly name = 'CorruptError';
}

/**
 * Quality 4: on real outputs (5 KB to 330 KB of JSON) as small as gzip 6, at two thirds of its time; 5
 * saves a tenth more bytes for half as much time again, 11 takes 100 ms for 100 KB. Small texts are worth
 * it: a summary of 1,000 bytes becomes 486 instead of 522; 11 would make 396 of it, in 3 ms.
 */
const QUALITY = 4;
const SMALL_QUALITY = 5;

const compressAsync = promisify(brotliCompress);
const decompressAsync = promisify(brotliDecompress);

/** Compresses, where that makes it smaller. */
export async function encode(text: Uint8Array): Promise<Encoded> {
  if (text.byteLength < TINY_BYTES) return { codec: 'plain', bytes: text };
  const options = {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: text.byteLength < SMALL_BYTES ? SMALL_QUALITY : QUALITY,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.byteLength,
    },
  };
  const bytes =
    text.byteLength < ASYNC_BYTES
      ? brotliCompressSync(text, options)
      : await compressAsync(text, options);
  return bytes.byteLength < text.byteLength
    ? { codec: 'br', bytes }
    : { codec: 'plain', bytes: text };
}

/** What stored bytes must turn out to be; a text without a digest is told by its size alone. */
interface Expected {
  readonly sizeBytes: number;
  readonly sha256?: string;
}

/**
 * The text that was encoded, as UTF-8; at once where it is small. Never inflates more than `sizeBytes`.
 * Errors: `CorruptError`, thrown at once or rejected with.
 */
export function decode(
  codec: string,
  bytes: Uint8Array,
  expected: Expected,
): Uint8Array | Promise<Uint8Array> {
  const text = inflate(codec, bytes, expected.sizeBytes);
  return text instanceof Uint8Array
    ? verified(text, expected)
    : text.then((large) => verified(large, expected));
}

function verified(text: Uint8Array, { sizeBytes, sha256 }: Expected): Uint8Array {
  if (text.byteLength !== sizeBytes) {
    throw new CorruptError(`${text.byteLength} bytes instead of ${sizeBytes}`);
  }
  if (sha256 !== undefined && sha256Of(text) !== sha256) {
    throw new CorruptError('the digest is another');
  }
  return text;
}

/** UTF-8 as a string. */
export function utf8Text({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
}

/** Lower-case hex. */
export function sha256Of(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** Least that zlib takes as the size of a piece of its output. */
const MIN_PIECE_BYTES = 64;

function inflate(
  codec: string,
  bytes: Uint8Array,
  sizeBytes: number,
): Uint8Array | Promise<Uint8Array> {
  if (!(sizeBytes >= 0 && sizeBytes <= TEXT_BYTES)) {
    throw new CorruptError(`${sizeBytes} is no size of a text`);
  }
  if (codec === 'plain') return bytes;
  if (codec !== 'br') throw new CorruptError(`the codec "${codec}" is unknown`);
  const maxOutputLength = Math.max(1, sizeBytes);
  if (sizeBytes >= ASYNC_BYTES) return decompressAsync(bytes, { maxOutputLength }).catch(damaged);
  try {
    // One piece that holds all of it, where zlib would allocate 16 KB for each text; and a byte more, since a
    // piece that is full makes it ask for another one.
    const chunkSize = Math.max(MIN_PIECE_BYTES, sizeBytes + 1);
    return brotliDecompressSync(bytes, { maxOutputLength, chunkSize });
  } catch (cause) {
    return damaged(cause);
  }
}

function damaged(cause: unknown): never {
  throw new CorruptError('the compressed bytes are damaged', { cause });
}
