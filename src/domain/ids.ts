/** Article ids: chosen by the caller or UUIDv7. `batch` and `query` are taken by routes. */
const ARTICLE_ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;
const RESERVED_IDS: ReadonlySet<string> = new Set(['batch', 'query']);

/** Names of output kinds, projections, relations and metrics. */
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

export const ARTICLE_ID_RULE =
  '1 to 128 of A-Z a-z 0-9 . _ ~ -, beginning with a letter or digit; not "batch" or "query"';
export const NAME_RULE = '1 to 64 of a-z 0-9 _ -, beginning with a letter';
export const KEY_RULE = '1 to 256 characters, none of them a control character';
export const RUN_ID_RULE = '1 to 128 visible ASCII characters';

export function isArticleId(text: string): boolean {
  return ARTICLE_ID.test(text) && !RESERVED_IDS.has(text);
}

export function isName(text: string): boolean {
  return NAME.test(text);
}

export function isRunId(text: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(text);
}

/** Source and topic keys: 1 to 256 code points, no control characters, well-formed. */
export function isKey(text: string): boolean {
  return isPlainText(text, 256) && text !== '' && !/\p{Cc}/u.test(text);
}

/** Whether PostgreSQL can hold the text: no NUL, no lone surrogate, at most `max` code points. */
export function isPlainText(text: string, max: number): boolean {
  return !text.includes('\0') && text.isWellFormed() && countCodePoints(text, max) <= max;
}

/** Code points in `text`; stops counting once past `stopAfter`. */
export function countCodePoints(text: string, stopAfter = Number.POSITIVE_INFINITY): number {
  if (text.length <= stopAfter && !/[\ud800-\udfff]/.test(text)) return text.length;
  let count = 0;
  for (const _ of text) if (++count > stopAfter) break;
  return count;
}
