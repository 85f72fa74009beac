import {
  type Article,
  type Clock,
  type Context,
  JsonText,
  PAGE_COPY_HOURS,
  PAGE_COPY_REFRESH_MS,
  type PageCopy,
  type PageCopyNote,
  type PageCopyStore,
  type PageQuestion,
} from '../domain/index.ts';
import { isExpired, MARK_ATTRIBUTES, parseMark, secondsOf } from './article-item.ts';
import { type Batches, mapLimited } from './batch.ts';
import type { Calls } from './calls.ts';
import { decode, encode, utf8Text } from './codec.ts';
import { bytesOf, demanded, type Item, numberOf, stringOf } from './item.ts';
import { metaKey, PAGE_SHARDS, pageKey } from './keys.ts';
import { PAGE_COPY_BYTES, TEXT_BYTES } from './limits.ts';

/** Of what was stored by another release nothing is read: its queries and articles may have another shape. */
const FORMAT = 1;

/** First pages of lists: one item each, gone after a day. */
export function createPageCopies(parts: {
  readonly calls: Calls;
  readonly batches: Batches;
  readonly clock: Clock;
}): PageCopyStore {
  const { calls, batches, clock } = parts;

  return {
    async putPage(ctx, key, page) {
      const document = Buffer.from(printPage(page), 'utf8');
      if (document.byteLength > TEXT_BYTES) return 'too_large';
      const { codec, bytes } = await encode(document);
      if (bytes.byteLength > PAGE_COPY_BYTES) return 'too_large';
      const { copiedAtMs, askedAtMs, query } = page;
      const put = await calls.put(
        ctx,
        'dynamodb.putPage',
        {
          ...pageKey(key),
          format: FORMAT,
          copiedAtMs,
          askedAtMs,
          query: JSON.stringify(query),
          codec,
          sizeBytes: document.byteLength,
          document: bytes,
          expiresAt: secondsOf(copiedAtMs) + PAGE_COPY_HOURS * 3_600,
        },
        {
          text: 'attribute_not_exists(#pk) OR #copiedAtMs <= :before OR #format <> :format',
          values: { ':before': copiedAtMs - PAGE_COPY_REFRESH_MS, ':format': FORMAT },
        },
      );
      return put.done ? 'kept' : 'young';
    },

    async getPage(ctx, key) {
      const op = 'dynamodb.getPage';
      const item = await calls.get(ctx, op, pageKey(key), { consistent: true });
      if (item === undefined || !holds(item, clock.now())) return undefined;
      try {
        return await parsePage(item);
      } catch (error) {
        // Only a copy: the list is answered as one that nobody asked for before.
        ctx.observe({ kind: 'fault', op, error });
        return undefined;
      }
    },

    async listPages(ctx) {
      const attributes = ['sk', 'format', 'copiedAtMs', 'askedAtMs', 'query', 'expiresAt'];
      const notes = await mapLimited(PAGE_SHARDS, async (pk) => {
        const found: PageCopyNote[] = [];
        for await (const items of batches.pages(ctx, 'dynamodb.listPages', { pk, attributes })) {
          for (const item of items) if (holds(item, clock.now())) found.push(noteOf(item));
        }
        return found;
      });
      return notes.flat();
    },

    async readMarks(ctx: Context, ids) {
      const found = await batches.read(ctx, 'dynamodb.readMarks', ids.map(metaKey), {
        consistent: true,
        attributes: ['pk', 'sk', ...MARK_ATTRIBUTES],
      });
      const nowMs = clock.now();
      return new Map(
        ids.map((id) => {
          const key = metaKey(id);
          if (found.unread(key)) return [id, 'unavailable'];
          return [id, parseMark(found.item(key), nowMs).article];
        }),
      );
    },
  };
}

function holds(item: Item, nowMs: number): boolean {
  return numberOf(item, 'format') === FORMAT && !isExpired(item, nowMs);
}

function noteOf(item: Item): PageCopyNote {
  return {
    key: demanded(stringOf(item, 'sk'), item, 'sk'),
    query: JSON.parse(demanded(stringOf(item, 'query'), item, 'query')) as PageQuestion,
    copiedAtMs: demanded(numberOf(item, 'copiedAtMs'), item, 'copiedAtMs'),
    askedAtMs: demanded(numberOf(item, 'askedAtMs'), item, 'askedAtMs'),
  };
}

type StoredEntry = {
  readonly article: Omit<Article, 'attributes'> & { readonly attributes: string };
  readonly cursor: PageCopy['entries'][number]['cursor'];
};

/** Attributes as a string each, so that their text comes back as it was. */
function printPage({ entries, more, total }: PageCopy): string {
  const stored: StoredEntry[] = entries.map(({ article, cursor }) => ({
    article: { ...article, attributes: article.attributes.text },
    cursor,
  }));
  return JSON.stringify({ entries: stored, more, total });
}

async function parsePage(item: Item): Promise<PageCopy> {
  const bytes = await decode(
    demanded(stringOf(item, 'codec'), item, 'codec'),
    demanded(bytesOf(item, 'document'), item, 'document'),
    { sizeBytes: demanded(numberOf(item, 'sizeBytes'), item, 'sizeBytes') },
  );
  // Printed by the function above, and its size has been checked.
  const { entries, more, total } = JSON.parse(utf8Text(bytes)) as Pick<
    PageCopy,
    'more' | 'total'
  > & {
    readonly entries: readonly StoredEntry[];
  };
  const { query, copiedAtMs, askedAtMs } = noteOf(item);
  return {
    query,
    copiedAtMs,
    askedAtMs,
    more,
    ...(total === undefined ? {} : { total }),
    entries: entries.map(({ article, cursor }) => ({
      article: { ...article, attributes: new JsonText(article.attributes) },
      cursor,
    })),
  };
}
