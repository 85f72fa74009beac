import { createHash } from 'node:crypto';
import { type ArticlePatch, type ArticleWrite, normaliseUrl, printJson } from '../domain/index.ts';

/** The JSON that `write_article` takes for a whole article. */
export function payloadOf({ input, bodySha256, bodySizeBytes }: ArticleWrite): string {
  const { id, body, url, ...content } = input;
  return printJson({
    id,
    ...(url === undefined ? {} : { urlKey: urlKey(url) }),
    ...(body === undefined ? {} : { bodyText: searchable(body) }),
    content: { ...content, url, bodySha256, bodySize: bodySizeBytes },
  });
}

/** The JSON that `write_article` takes for a patch: null takes a member away. */
export function patchPayload(
  id: string,
  { body, ...content }: ArticlePatch,
  stored: { readonly sha256: string; readonly sizeBytes: number } | undefined,
): string {
  const bodyMembers =
    body === null
      ? { bodySha256: null, bodySize: null }
      : { bodySha256: stored?.sha256, bodySize: stored?.sizeBytes };
  return printJson({
    id,
    ...(typeof content.url === 'string' ? { urlKey: urlKey(content.url) } : {}),
    ...(typeof body === 'string' ? { bodyText: searchable(body) } : {}),
    content: { ...content, ...bodyMembers },
  });
}

/** What makes a url unique, in a length that an index can hold. */
function urlKey(url: string): string {
  return createHash('sha256').update(normaliseUrl(url)).digest('hex');
}

/**
 * The words of a text without what would only swell the request: quotes, backslashes and control
 * characters are escaped twice on their way, and none is part of a word.
 */
function searchable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u001f\u007f"\\]+/g, ' ');
}
