import {
  type Article,
  type ArticleCopyState,
  JsonText,
  type Timestamp,
  TOMBSTONE_DAYS,
  timestampFromMs,
} from '../domain/index.ts';
import { decode, encode, utf8Text } from './codec.ts';
import { bytesOf, demanded, type Item, numberOf, stringOf } from './item.ts';
import { metaKey } from './keys.ts';

/** Attributes that tell the state of an article, without the article. */
export const MARK_ATTRIBUTES = ['state', 'expiresAt', 'deletingSince', 'deletingBy'] as const;

/** What an article's item says of it, at a moment. */
export type ArticleMark =
  | { readonly article: 'live' | 'deleted' | 'unknown' }
  | { readonly article: 'deleting'; readonly deletingSince: Timestamp };

const DAY_SECONDS = 86_400;

/** The copy of an article as an item. */
export async function copyItem(article: Article, nowMs: number): Promise<Item> {
  const document = Buffer.from(printDocument(article), 'utf8');
  const { codec, bytes } = await encode(document);
  return {
    ...metaKey(article.id),
    state: 'live',
    stamp: article.stamp,
    copiedAt: timestampFromMs(nowMs),
    codec,
    sizeBytes: document.byteLength,
    document: bytes,
  };
}

export function tombstoneItem(articleId: string, nowMs: number): Item {
  return {
    ...metaKey(articleId),
    state: 'deleted',
    deletedAt: timestampFromMs(nowMs),
    expiresAt: secondsOf(nowMs) + TOMBSTONE_DAYS * DAY_SECONDS,
  };
}

/** An expired item may still be there for days: TTL removes it in its own time. */
export function isExpired(item: Item, nowMs: number): boolean {
  const expiresAt = numberOf(item, 'expiresAt');
  return expiresAt !== undefined && expiresAt <= secondsOf(nowMs);
}

/** Epoch seconds, in which DynamoDB's time to live counts. */
export function secondsOf(ms: number): number {
  return Math.floor(ms / 1000);
}

export function parseMark(item: Item | undefined, nowMs: number): ArticleMark {
  if (item === undefined || isExpired(item, nowMs)) return { article: 'unknown' };
  if (stringOf(item, 'state') === 'deleted') return { article: 'deleted' };
  const deletingSince = noteOf(item);
  return deletingSince === undefined ? { article: 'live' } : { article: 'deleting', deletingSince };
}

/** The state that an item holds. Errors: `CorruptError`, `SyntaxError` and `internal` where the copy is no article. */
export async function parseCopy(item: Item | undefined, nowMs: number): Promise<ArticleCopyState> {
  const mark = parseMark(item, nowMs);
  if (item === undefined || mark.article === 'unknown') return { state: 'unknown' };
  if (mark.article === 'deleted') return { state: 'deleted' };
  const bytes = await decode(
    demanded(stringOf(item, 'codec'), item, 'codec'),
    demanded(bytesOf(item, 'document'), item, 'document'),
    { sizeBytes: demanded(numberOf(item, 'sizeBytes'), item, 'sizeBytes') },
  );
  return {
    state: 'live',
    article: parseDocument(utf8Text(bytes)),
    copiedAt: demanded(stringOf(item, 'copiedAt'), item, 'copiedAt') as Timestamp,
    ...('deletingSince' in mark ? { deletingSince: mark.deletingSince } : {}),
  };
}

/** When the latest of the deletes under way began. Each is noted by its request, so that none takes away another's note. */
function noteOf(item: Item): Timestamp | undefined {
  if (!(item.deletingBy instanceof Set)) return undefined;
  return stringOf(item, 'deletingSince') as Timestamp | undefined;
}

/** A line of JSON, and after it the attributes as the text they came as. */
function printDocument({ attributes, ...article }: Article): string {
  return `${JSON.stringify(article)}\n${attributes.text}`;
}

function parseDocument(text: string): Article {
  const end = text.indexOf('\n');
  // Printed by the function above, and its size has been checked.
  const article = JSON.parse(text.slice(0, end)) as Omit<Article, 'attributes'>;
  return { ...article, attributes: new JsonText(text.slice(end + 1)) };
}
