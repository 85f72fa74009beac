import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import {
  brotliCompress,
  brotliDecompress,
  brotliDecompressSync,
  constants,
  gunzipSync,
  gzipSync,
} from 'node:zlib';
import { ASYNC_BYTES, INFLATE_BYTES, TEXT_BYTES, TINY_BYTES } from './limits.ts';

/**
 * How bytes are stored: as they are, as a gzip member, or as brotli. Written beside the bytes, so that
 * others can come (zstd, once every Node has it) while what is stored stays readable.
 */
export type Codec = 'plain' | 'gz' | 'br';

export interface Encoded {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

/** Stored bytes that do not yield the text that was stored; `message` says why. */
export class CorruptError extends Error {
  override readonly name = 'CorruptError';
}

/**
 * Of large texts: on real outputs (5 KB to 330 KB of JSON) as small as gzip 6, at two thirds of its time; 5
 * saves a tenth more bytes for half as much time again, 11 takes 100 ms for 100 KB.
 */
const BROTLI_QUALITY = 4;

const brotli = promisify(brotliCompress);
const unbrotli = promisify(brotliDecompress);

/**
 * Compresses, where that makes it smaller: small texts to gzip members, since many of those are inflated
 * at once, and large ones, of which no page holds many, to brotli.
 */
export async function encode(text: Uint8Array): Promise<Encoded> {
  if (text.byteLength < TINY_BYTES) return { codec: 'plain', bytes: text };
  const encoded: Encoded =
    text.byteLength < ASYNC_BYTES
      ? { codec: 'gz', bytes: gzipSync(text) }
      : {
          codec: 'br',
          bytes: await brotli(text, {
            params: {
              [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
              [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
              [constants.BROTLI_PARAM_SIZE_HINT]: text.byteLength,
            },
          }),
        };
  return encoded.bytes.byteLength < text.byteLength ? encoded : { codec: 'plain', bytes: text };
}

/** What stored bytes must turn out to be; a text without a digest is told by its size alone. */
export interface Expected {
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

/** Bytes that were encoded, and what they must turn out to be. */
export interface Member {
  readonly bytes: Uint8Array;
  readonly expected: Expected;
}

/** Whether this is what `decodeMembers` takes. */
export function isSmallMember(codec: string, { sizeBytes }: Expected): boolean {
  return codec === 'gz' && sizeBytes >= 0 && sizeBytes < ASYNC_BYTES;
}

/**
 * The texts of small gzip members, inflated in one go, or a few: a stream and its memory for each take half as
 * long again. Each is verified by itself; in the place of a text that is not what was stored stands its error.
 */
export function decodeMembers(members: readonly Member[]): readonly (Uint8Array | CorruptError)[] {
  const texts: (Uint8Array | CorruptError)[] = [];
  let group: Member[] = [];
  let sizeBytes = 0;
  for (const member of members) {
    if (sizeBytes + member.expected.sizeBytes > INFLATE_BYTES) {
      texts.push(...decodeGroup(group, sizeBytes));
      group = [];
      sizeBytes = 0;
    }
    group.push(member);
    sizeBytes += member.expected.sizeBytes;
  }
  return group.length === 0 ? texts : texts.concat(decodeGroup(group, sizeBytes));
}

function decodeGroup(
  members: readonly Member[],
  sizeBytes: number,
): readonly (Uint8Array | CorruptError)[] {
  const all = inflateMembers(members, sizeBytes);
  let at = 0;
  return members.map((member) => {
    const from = at;
    at += member.expected.sizeBytes;
    // After damage in one of them the places of the others are not known.
    const text = all?.subarray(from, at);
    return text !== undefined && isAsExpected(text, member.expected) ? text : decodeAlone(member);
  });
}

function inflateMembers(members: readonly Member[], sizeBytes: number): Uint8Array | undefined {
  try {
    return gunzipSync(Buffer.concat(members.map(({ bytes }) => bytes)), limitsOf(sizeBytes));
  } catch {
    return undefined;
  }
}

function decodeAlone({ bytes, expected }: Member): Uint8Array | CorruptError {
  try {
    return verified(gunzipSync(bytes, limitsOf(expected.sizeBytes)), expected);
  } catch (error) {
    return error instanceof CorruptError ? error : damaged(error);
  }
}

function isAsExpected(text: Uint8Array, { sizeBytes, sha256 }: Expected): boolean {
  return text.byteLength === sizeBytes && (sha256 === undefined || sha256Of(text) === sha256);
}

function verified(text: Uint8Array, expected: Expected): Uint8Array {
  const { sizeBytes } = expected;
  if (text.byteLength !== sizeBytes) {
    throw new CorruptError(`${text.byteLength} bytes instead of ${sizeBytes}`);
  }
  if (!isAsExpected(text, expected)) throw new CorruptError('the digest is another');
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

/**
 * One piece that holds all of it, where zlib would allocate 16 KB for each text; and a byte more, since a
 * piece that is full makes it ask for another one.
 */
function limitsOf(sizeBytes: number): { maxOutputLength: number; chunkSize: number } {
  return {
    maxOutputLength: Math.max(1, sizeBytes),
    chunkSize: Math.max(MIN_PIECE_BYTES, sizeBytes + 1),
  };
}

function inflate(
  codec: string,
  bytes: Uint8Array,
  sizeBytes: number,
): Uint8Array | Promise<Uint8Array> {
  if (!(sizeBytes >= 0 && sizeBytes <= TEXT_BYTES)) {
    throw new CorruptError(`${sizeBytes} is no size of a text`);
  }
  if (codec === 'plain') return bytes;
  if (codec !== 'br' && codec !== 'gz') throw new CorruptError(`the codec "${codec}" is unknown`);
  const limits = limitsOf(sizeBytes);
  if (codec === 'br' && sizeBytes >= ASYNC_BYTES) {
    const { maxOutputLength } = limits;
    return unbrotli(bytes, { maxOutputLength }).catch((error: unknown) => {
      throw damaged(error);
    });
  }
  try {
    return codec === 'gz' ? gunzipSync(bytes, limits) : brotliDecompressSync(bytes, limits);
  } catch (error) {
    throw damaged(error);
  }
}

function damaged(cause: unknown): CorruptError {
  return new CorruptError('the compressed bytes are damaged', { cause });
}
