import { type Article, JsonText, type JsonTree, readJson } from '../domain/index.ts';

/** Reads an answer that a function printed as JSON; the value at each raw path stays the text it is. */
export function readAnswer<T>(text: string, ...raw: readonly (readonly string[])[]): T {
  return withoutNulls(readJson(text, { raw, maxRawDepth: 1_000 })) as T;
}

/** An article as `article_document` prints it, which is the caller's to give away. */
export function toArticle(document: unknown): Article {
  if ((document as { readonly bodySha256?: unknown }).bodySha256 === undefined) {
    return document as Article;
  }
  const { bodySha256, bodySize, ...members } = document as Record<string, unknown>;
  return {
    ...(members as unknown as Article),
    ...(typeof bodySha256 === 'string'
      ? { body: { sha256: bodySha256, sizeBytes: Number(bodySize) } }
      : {}),
  };
}

/** SQL builds objects with nulls where there is nothing; here absent is absent. */
function withoutNulls(value: JsonTree): unknown {
  if (value === null || typeof value !== 'object' || value instanceof JsonText) return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  const members: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== null) members[name] = withoutNulls(member);
  }
  return members;
}
