/** What a line of an import is. `key` names what must keep its order: one article, or one kind of output of one article. */
export type ImportRecord =
  | { readonly type: 'article'; readonly key: string; readonly text: string }
  | {
      readonly type: 'output';
      readonly key: string;
      readonly text: string;
      readonly articleId: string;
      readonly kind: string;
    };

/**
 * Tells an article input (it has a `title`) from an AI output (it has `articleId` and `kind`). Answers with
 * what is wrong where it is neither. The text is kept as it came: what is sent is what was read.
 */
export function parseRecord(text: string): ImportRecord | { readonly fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { fault: `not JSON: ${error instanceof Error ? error.message : 'unreadable'}` };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fault: 'not a JSON object' };
  }
  const { title, id, articleId, kind } = value as { [name: string]: unknown };
  if (title !== undefined) {
    if (typeof id === 'string') return { type: 'article', key: id, text };
    return { fault: 'an article without "id"' };
  }
  if (typeof articleId === 'string' && typeof kind === 'string') {
    return { type: 'output', key: `${articleId}#${kind}`, text, articleId, kind };
  }
  return { fault: 'neither an article ("title") nor an AI output ("articleId" and "kind")' };
}
