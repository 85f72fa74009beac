import * as z from 'zod';
import {
  type ArticleInput,
  type ArticlePatch,
  EMPTY_OBJECT,
  type InputFault,
  invalid,
  type JsonTree,
  parseTimestamp,
  printJson,
  ServiceError,
  type SourceInput,
  type Timestamp,
  type TopicInput,
} from '../domain/index.ts';
import { isNull, withoutNulls } from './json-tree.ts';
import { canonicalLanguageTag } from './language-tag.ts';
import { ARTICLE_LIMITS } from './limits.ts';
import { once } from './once.ts';
import { parseShape } from './shape.ts';
import {
  articleId,
  distinct,
  key,
  language,
  plainText,
  rawObject,
  time,
  webUrl,
} from './string-shapes.ts';

const OP = 'http.article';

/** Members that only the server sets. */
const SERVER_SET = ['rev', 'ingestedAt', 'updatedAt', 'metrics', 'aiOutputs', 'degraded'] as const;

const name = () => plainText({ min: 1, max: ARTICLE_LIMITS.name });

const topic = once(() =>
  z.union([
    key(),
    z.strictObject({
      key: key(),
      name: name().exactOptional(),
      type: key().exactOptional(),
      weight: z.number().min(0).max(1).exactOptional(),
    }),
  ]),
);

type TopicShape = z.output<ReturnType<typeof topic>>;

const topics = once(() =>
  z
    .array(topic())
    .max(ARTICLE_LIMITS.topics)
    .check(distinct((one: TopicShape) => (typeof one === 'string' ? one : one.key))),
);

const authors = once(() =>
  z.array(plainText({ min: 1, max: ARTICLE_LIMITS.author })).max(ARTICLE_LIMITS.authors),
);

const title = () => plainText({ min: 1, max: ARTICLE_LIMITS.title });

/** An article as POST and PUT take it, nulls left out. */
export const articleShape = once(() =>
  z.strictObject({
    id: articleId().exactOptional(),
    url: webUrl().exactOptional(),
    title: title(),
    description: plainText({ max: ARTICLE_LIMITS.description }).exactOptional(),
    body: plainText({}).exactOptional(),
    language: language().exactOptional(),
    section: plainText({ max: ARTICLE_LIMITS.section }).exactOptional(),
    source: z
      .union([key(), z.strictObject({ key: key(), name: name().exactOptional() })])
      .exactOptional(),
    authors: authors().exactOptional(),
    topics: topics().exactOptional(),
    publishedAt: time().exactOptional(),
    attributes: rawObject().exactOptional(),
  }),
);

/** A merge patch of an article: every member but `title` may be null, none is needed. */
export const articlePatchShape = once(() =>
  z.strictObject({
    id: articleId().exactOptional(),
    url: webUrl().nullable().exactOptional(),
    title: title().exactOptional(),
    description: plainText({ max: ARTICLE_LIMITS.description }).nullable().exactOptional(),
    body: plainText({}).nullable().exactOptional(),
    language: language().nullable().exactOptional(),
    section: plainText({ max: ARTICLE_LIMITS.section }).nullable().exactOptional(),
    source: z
      .union([
        key(),
        z.strictObject({
          key: key().exactOptional(),
          name: name().nullable().exactOptional(),
        }),
      ])
      .nullable()
      .exactOptional(),
    authors: authors().nullable().exactOptional(),
    topics: topics().nullable().exactOptional(),
    publishedAt: time().nullable().exactOptional(),
    attributes: rawObject().nullable().exactOptional(),
  }),
);

/**
 * Reads a whole article; without `id` in it, or with the same, it gets the one given. Errors: `invalid`,
 * `too_large`. `pointer` is where it stands in the document.
 */
export function readArticle(
  tree: JsonTree,
  id: { readonly fixed: string } | { readonly fallback: () => string } | 'required',
  pointer = '',
): ArticleInput {
  const shape = parseShape(articleShape(), withoutNulls(tree), {
    op: OP,
    pointer,
    serverSet: SERVER_SET,
  });
  const { url, description, body, section } = shape;
  const input: ArticleInput = {
    id: chooseId(shape.id, id, pointer),
    title: shape.title,
    authors: shape.authors ?? [],
    topics: (shape.topics ?? []).map(topicOf),
    attributes: shape.attributes ?? EMPTY_OBJECT,
    ...(url === undefined ? {} : { url }),
    ...(description === undefined ? {} : { description }),
    ...(section === undefined ? {} : { section }),
    ...(shape.language === undefined ? {} : { language: languageOf(shape.language) }),
    ...(shape.source === undefined ? {} : { source: sourceOf(shape.source) }),
    ...(shape.publishedAt === undefined ? {} : { publishedAt: timeOf(shape.publishedAt) }),
  };
  demandSizes(input, body);
  return body === undefined ? input : { ...input, body };
}

/** Reads a merge patch of the article `id`. Errors: as `readArticle`. */
export function readArticlePatch(tree: JsonTree, id: string): ArticlePatch {
  const { id: named, ...shape } = parseShape(articlePatchShape(), rawNulls(tree), {
    op: OP,
    serverSet: SERVER_SET,
  });
  if (named !== undefined) chooseId(named, { fixed: id }, '');
  const { body, source, topics: given, language: tag, publishedAt, ...rest } = shape;
  const patch: ArticlePatch = {
    ...rest,
    ...(source === undefined ? {} : { source: source === null ? null : sourcePatchOf(source) }),
    ...(given === undefined ? {} : { topics: given === null ? null : given.map(topicOf) }),
    ...(tag === undefined ? {} : { language: tag === null ? null : languageOf(tag) }),
    ...(publishedAt === undefined
      ? {}
      : { publishedAt: publishedAt === null ? null : timeOf(publishedAt) }),
  };
  demandSizes(patch, body ?? undefined);
  return body === undefined ? patch : { ...patch, body };
}

/** A raw member that is null, as a plain null. */
function rawNulls(tree: JsonTree): JsonTree {
  if (tree === null || typeof tree !== 'object' || !('attributes' in tree)) return tree;
  const { attributes } = tree as { readonly attributes: JsonTree };
  return isNull(attributes) ? Object.assign(Object.create(null), tree, { attributes: null }) : tree;
}

function chooseId(
  given: string | undefined,
  rule: { readonly fixed: string } | { readonly fallback: () => string } | 'required',
  pointer: string,
): string {
  const refuse = (fault: InputFault): ServiceError =>
    invalid(OP, `${fault.pointer} ${fault.detail}.`, [fault]);
  if (rule === 'required') {
    if (given !== undefined) return given;
    throw refuse({ pointer: `${pointer}/id`, code: 'required', detail: 'is required' });
  }
  if ('fallback' in rule) return given ?? rule.fallback();
  if (given === undefined || given === rule.fixed) return rule.fixed;
  throw refuse({
    pointer: `${pointer}/id`,
    code: 'id_mismatch',
    detail: 'is not the id in the path',
    suggestion: rule.fixed,
  });
}

function topicOf(shape: TopicShape): TopicInput {
  if (typeof shape === 'string') return { key: shape, weight: 1 };
  return { ...shape, weight: shape.weight ?? 1 };
}

function sourceOf(shape: string | SourceInput): SourceInput {
  return typeof shape === 'string' ? { key: shape } : shape;
}

/** A name of null leaves the key's name alone: it belongs to the key, and to other articles too. */
function sourcePatchOf(
  shape: string | { readonly key?: string; readonly name?: string | null },
): NonNullable<ArticlePatch['source']> {
  if (typeof shape === 'string') return { key: shape };
  const { key: own, name: told } = shape;
  return { ...(own === undefined ? {} : { key: own }), ...(told ? { name: told } : {}) };
}

function languageOf(tag: string): string {
  return canonicalLanguageTag(tag) ?? tag;
}

function timeOf(text: string): Timestamp {
  return parseTimestamp(text) as Timestamp;
}

function demandSizes(metadata: object, body: string | undefined): void {
  if (body !== undefined && Buffer.byteLength(body) > ARTICLE_LIMITS.bodyBytes) {
    throw tooLarge(`The body may have at most ${ARTICLE_LIMITS.bodyBytes} bytes of UTF-8.`, 'body');
  }
  if (Buffer.byteLength(printJson(metadata)) > ARTICLE_LIMITS.metadataBytes) {
    const bytes = ARTICLE_LIMITS.metadataBytes;
    throw tooLarge(`Everything but the body may have at most ${bytes} bytes of JSON.`, 'metadata');
  }
}

function tooLarge(message: string, part: 'body' | 'metadata'): ServiceError {
  return new ServiceError('too_large', OP, message, { reason: `${part}_too_large` });
}
