import { createHmac, timingSafeEqual } from 'node:crypto';
import { type InputFault, invalid, type ServiceError } from '../domain/index.ts';

/** First byte of every token. A change of what tokens hold takes another. */
const VERSION = 1;
const MAC_BYTES = 32;

/** The `code` of a problem with a page token. */
export const PAGE_TOKEN_INVALID = 'page_token_invalid';

/** Longer ones were not made here: the longest order values are a title and a metric of text. */
const MAX_TOKEN_LENGTH = 16_384;

/** Makes and opens page tokens: opaque, signed, and good for one question only. */
export interface PageTokens {
  /** `question` is what the token shall be good for, in one canonical text; `position` any JSON value. */
  issue(question: string, position: unknown): string;
  /** What the token holds. Errors: `invalid` (reason `page_token_invalid`) for one altered, made for another question or under another key. */
  open(question: string, token: string, place: TokenPlace): unknown;
}

/**
 * Gives the secrets that sign page tokens: the first signs, all verify. `newest` is asked for after a token
 * that none of them fits, since it may be signed by a newer one. Rejects with `unavailable`.
 */
export type LoadTokenKeys = (demand: 'usual' | 'newest') => Promise<readonly string[]>;

/** Where the token was given. */
export type TokenPlace = { readonly parameter: string } | { readonly pointer: string };

/** The first key signs; all verify, so that a new key can come before the old one goes. */
export function createPageTokens(keys: readonly string[]): PageTokens {
  const [signing] = keys;
  if (signing === undefined) throw new Error('Page tokens need a key to be signed with.');

  return {
    issue(question, position) {
      const content = Buffer.from(JSON.stringify(position), 'utf8');
      const mac = sign(signing, question, content);
      return Buffer.concat([Buffer.of(VERSION), mac, content]).toString('base64url');
    },

    open(question, token, place) {
      const bytes = token.length > MAX_TOKEN_LENGTH ? undefined : decode(token);
      if (bytes === undefined || bytes[0] !== VERSION || bytes.length <= MAC_BYTES + 1) {
        throw refuse(place);
      }
      const mac = bytes.subarray(1, MAC_BYTES + 1);
      const content = bytes.subarray(MAC_BYTES + 1);
      // Every key is tried, whichever fits: the time taken tells nothing.
      const fits = keys.filter((key) => timingSafeEqual(sign(key, question, content), mac));
      if (fits.length === 0) throw refuse(place);
      return JSON.parse(content.toString('utf8'));
    },
  };
}

/** For routes without pages: to ask for a token there is a fault of ours. */
export const NO_TOKENS: PageTokens = { issue: refuseTokens, open: refuseTokens };

function refuseTokens(): never {
  throw new Error('A route gives or takes page tokens and does not name pageToken in its query.');
}

function sign(key: string, question: string, content: Uint8Array): Buffer {
  const text = Buffer.from(question, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.byteLength);
  return createHmac('sha256', key)
    .update(Buffer.of(VERSION))
    .update(length)
    .update(text)
    .update(content)
    .digest();
}

/** Undefined unless it is exactly what encoding the bytes gives: other spellings of a token are none. */
function decode(token: string): Buffer | undefined {
  const bytes = Buffer.from(token, 'base64url');
  return bytes.toString('base64url') === token ? bytes : undefined;
}

function refuse(place: TokenPlace): ServiceError {
  const fault: InputFault = {
    ...place,
    code: PAGE_TOKEN_INVALID,
    detail: 'is none that was given out for this very query',
  };
  return invalid(
    'http.page_token',
    'The page token was not made for this query, or was altered. Begin with the first page.',
    [fault],
    PAGE_TOKEN_INVALID,
  );
}
