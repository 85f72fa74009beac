import type { Context, ServiceError, StoredContent } from '../domain/index.ts';
import { type Batches, mapLimited } from './batch.ts';
import {
  CorruptError,
  decode,
  decodeMembers,
  encode,
  isSmallMember,
  type Member,
  sha256Of,
} from './codec.ts';
import { isAway, tooLarge, unavailable } from './errors.ts';
import { bytesOf, demanded, type Item, numberOf, stringOf } from './item.ts';
import { chunkSk, type Key } from './keys.ts';
import {
  CHUNK_BYTES,
  CHUNKS_PER_READ,
  INLINE_BYTES,
  INLINE_TEXT_BYTES,
  TEXT_BYTES,
} from './limits.ts';

/** What a text must turn out to be when it is read. */
export interface Expected {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A text to load, and where its chunks are. */
export interface Wanted {
  readonly pk: string;
  readonly content: StoredContent;
  readonly expected: Expected;
}

/**
 * Texts, small or large: compressed, within the item they belong to or in chunks beside it, and verified
 * when read. A chunk's key holds the digest of all that was stored, so that chunks are never changed and
 * two writers never mix theirs.
 */
export interface Texts {
  /**
   * Compresses a text and puts its chunks, if it needs any, under `pk` and keys that begin with `prefix`;
   * `beside` are further attributes of each chunk. Errors: `too_large`. Cost: no call, or 1 per 25 chunks.
   */
  stage(
    ctx: Context,
    op: string,
    place: { readonly pk: string; readonly prefix: string; readonly beside?: Item },
    text: Uint8Array,
  ): Promise<StoredContent>;

  /**
   * The text of `content` in UTF-8. Errors: `unavailable` when a chunk is gone or could not be read, or when what
   * was read is not what was stored, which is observed as a fault. Cost: no call, or 1 per MB at once.
   */
  load(
    ctx: Context,
    op: string,
    pk: string,
    content: StoredContent,
    expected: Expected,
  ): Promise<Uint8Array>;

  /**
   * The texts of many contents, small ones inflated together; in the place of one that is `unavailable`, that
   * error. Cost: as `load`, for those in chunks.
   */
  loadMany(
    ctx: Context,
    op: string,
    wanted: readonly Wanted[],
  ): Promise<readonly (Uint8Array | ServiceError)[]>;

  /** The text of `content` in UTF-8, whose chunks have been read; undefined when one of them is not there. Errors: as `load`. */
  assemble(
    ctx: Context,
    op: string,
    content: StoredContent,
    expected: Expected,
    chunks: (sk: string) => Item | undefined,
  ): Promise<Uint8Array | undefined>;
}

export function createTexts(batches: Batches): Texts {
  function decoded(
    ctx: Context,
    op: string,
    content: StoredContent,
    expected: Expected,
    bytes: Uint8Array,
  ): Promise<Uint8Array> {
    const failed = (error: unknown): Promise<never> =>
      Promise.reject(error instanceof CorruptError ? unreadable(ctx, op, error) : error);
    try {
      const text = decode(content.codec, bytes, expected);
      return text instanceof Uint8Array ? Promise.resolve(text) : text.catch(failed);
    } catch (error) {
      return failed(error);
    }
  }

  async function assemble(
    ctx: Context,
    op: string,
    content: StoredContent,
    expected: Expected,
    chunks: (sk: string) => Item | undefined,
  ): Promise<Uint8Array | undefined> {
    if (content.inline) return decoded(ctx, op, content, expected, content.inline);
    const parts: Uint8Array[] = [];
    for (const sk of chunkSks(content)) {
      const item = chunks(sk);
      if (item === undefined) return undefined;
      parts.push(demanded(bytesOf(item, 'content'), item, 'content'));
    }
    return decoded(ctx, op, content, expected, Buffer.concat(parts));
  }

  async function loadChunks(
    ctx: Context,
    op: string,
    pk: string,
    content: StoredContent,
    expected: Expected,
  ): Promise<Uint8Array> {
    const keys = chunkSks(content).map((sk): Key => ({ pk, sk }));
    // First the cheap read; a chunk that it does not see yet is there for a consistent one.
    for (const consistent of [false, true]) {
      const found = await batches.read(ctx, op, keys, { consistent, perCall: CHUNKS_PER_READ });
      for (const key of keys) {
        const error = found.unread(key);
        if (error) throw error;
      }
      const text = await assemble(ctx, op, content, expected, (sk) => found.item({ pk, sk }));
      if (text !== undefined) return text;
    }
    // Removed since the item that names them was read, or a lost one: nobody can tell which.
    ctx.observe({ kind: 'event', name: 'text_without_chunks', data: { pk } });
    throw unavailable(op, new Error('The chunks of this text are gone'));
  }

  function load(
    ctx: Context,
    op: string,
    pk: string,
    content: StoredContent,
    expected: Expected,
  ): Promise<Uint8Array> {
    if (content.inline) return decoded(ctx, op, content, expected, content.inline);
    return loadChunks(ctx, op, pk, content, expected);
  }

  return {
    assemble,

    async stage(ctx, op, { pk, prefix, beside }, text) {
      if (text.byteLength > TEXT_BYTES) throw tooLarge(op, 'A text', text.byteLength);
      const { codec, bytes } = await encode(text);
      const storedBytes = bytes.byteLength;
      if (storedBytes <= INLINE_BYTES && text.byteLength <= INLINE_TEXT_BYTES) {
        return { codec, inline: bytes, storedBytes };
      }
      const key = `${prefix}#${sha256Of(bytes).slice(0, 32)}`;
      const count = Math.ceil(storedBytes / CHUNK_BYTES);
      await batches.write(
        ctx,
        op,
        Array.from({ length: count }, (_, index) => {
          const from = index * CHUNK_BYTES;
          const part = bytes.subarray(from, from + CHUNK_BYTES);
          return { put: { pk, sk: chunkSk(key, index), content: part, ...beside } };
        }),
      );
      return { codec, chunks: { count, key }, storedBytes };
    },

    load,

    async loadMany(ctx, op, wanted) {
      const texts: (Uint8Array | ServiceError)[] = new Array(wanted.length);
      const members: Member[] = [];
      const places: number[] = [];
      const others: number[] = [];
      wanted.forEach(({ content, expected }, place) => {
        if (content.inline && isSmallMember(content.codec, expected)) {
          members.push({ bytes: content.inline, expected });
          places.push(place);
        } else {
          others.push(place);
        }
      });
      decodeMembers(members).forEach((text, index) => {
        texts[places[index] as number] =
          text instanceof CorruptError ? unreadable(ctx, op, text) : text;
      });
      await mapLimited(others, async (place) => {
        const { pk, content, expected } = wanted[place] as Wanted;
        texts[place] = await load(ctx, op, pk, content, expected).catch((error: unknown) => {
          if (isAway(error)) return error;
          throw error;
        });
      });
      return texts;
    },
  };
}

function unreadable(ctx: Context, op: string, error: CorruptError): ServiceError {
  ctx.observe({ kind: 'fault', op, error });
  return unavailable(op, error);
}

/** A content as attributes of the item it belongs to. */
export function contentAttributes(content: StoredContent): Item {
  const { codec, inline, chunks, storedBytes } = content;
  return {
    codec,
    storedBytes,
    ...(inline ? { content: inline } : {}),
    ...(chunks ? { chunkKey: chunks.key, chunkCount: chunks.count } : {}),
  };
}

/** Attributes that tell of a content, but the content itself. */
export const CONTENT_ATTRIBUTES = ['codec', 'storedBytes', 'chunkKey', 'chunkCount'] as const;

export function parseContent(item: Item): StoredContent {
  const codec = demanded(stringOf(item, 'codec'), item, 'codec');
  const storedBytes = demanded(numberOf(item, 'storedBytes'), item, 'storedBytes');
  const inline = bytesOf(item, 'content');
  if (inline) return { codec, storedBytes, inline };
  const key = stringOf(item, 'chunkKey');
  const count = numberOf(item, 'chunkCount');
  if (key === undefined || count === undefined) return { codec, storedBytes };
  return { codec, storedBytes, chunks: { key, count } };
}

function chunkSks({ chunks }: StoredContent): string[] {
  return Array.from({ length: chunks?.count ?? 0 }, (_, index) =>
    chunkSk(chunks?.key ?? '', index),
  );
}
