import type { KindSettings, OutputKeeping, StoredPart } from '../domain/index.ts';
import type { Batches } from './batch.ts';
import type { Calls } from './calls.ts';
import { HEAD_ATTRIBUTES, parseHead } from './head-item.ts';
import { demanded, type Item, numberOf, stringOf } from './item.ts';
import {
  articleIdOf,
  bodyShaOf,
  chunkOf,
  HEADS,
  isPartSk,
  type Key,
  KINDS,
  kindKey,
  META,
  NOTES,
  noteKey,
  PARTS,
} from './keys.ts';

/** Settings of kinds, the sweeper's walk over all that is stored, and notes between its runs. */
export function createKeeping(parts: {
  readonly calls: Calls;
  readonly batches: Batches;
}): OutputKeeping {
  const { calls, batches } = parts;

  return {
    async putKind(ctx, { kind, ...settings }) {
      await calls.put(ctx, 'dynamodb.putKind', { ...kindKey(kind), ...settings });
    },

    async readKinds(ctx) {
      const kinds: KindSettings[] = [];
      const query = { pk: KINDS, consistent: true };
      for await (const items of batches.pages(ctx, 'dynamodb.readKinds', query)) {
        kinds.push(...items.map(parseKind));
      }
      return kinds;
    },

    async scanParts(ctx, after) {
      const op = 'dynamodb.scanParts';
      const { items, next } = await calls.scan(
        ctx,
        op,
        { beginsWith: PARTS, attributes: [...HEAD_ATTRIBUTES, 'storedAtMs'] },
        after === undefined ? undefined : (JSON.parse(after) as Record<string, unknown>),
      );
      const found: StoredPart[] = [];
      for (const item of items) {
        try {
          const part = parsePart(item);
          if (part) found.push(part);
        } catch (error) {
          // One that cannot be understood is left where it is: nobody can tell what it belongs to.
          ctx.observe({ kind: 'fault', op, error });
        }
      }
      return { parts: found, ...(next ? { next: JSON.stringify(next) } : {}) };
    },

    async scanArticles(ctx, after) {
      const { items, next } = await calls.scan(
        ctx,
        'dynamodb.scanArticles',
        { beginsWith: [META, HEADS], attributes: ['pk', 'sk'] },
        after === undefined ? undefined : (JSON.parse(after) as Record<string, unknown>),
      );
      const ids = new Set(items.flatMap((item) => articleIdOf(stringOf(item, 'pk') ?? '') ?? []));
      return { articleIds: [...ids], ...(next ? { next: JSON.stringify(next) } : {}) };
    },

    async removePart(ctx, part) {
      const op = 'dynamodb.removePart';
      const key = JSON.parse(part.key) as Key;
      await calls.remove(
        ctx,
        op,
        key,
        part.type === 'version'
          ? { text: '#provenance = :seal', values: { ':seal': part.seal } }
          : {
              text: 'attribute_not_exists(#storedAtMs) OR #storedAtMs <= :seen',
              values: { ':seen': part.storedAtMs },
            },
      );
    },

    async readNote(ctx, name) {
      const item = await calls.get(ctx, 'dynamodb.readNote', noteKey(name), { consistent: true });
      return item && stringOf(item, 'text');
    },

    async putNote(ctx, name, text) {
      await calls.put(ctx, 'dynamodb.putNote', { ...noteKey(name), text });
    },
  };
}

/** Names of the notes that a batch of the table's stream says were written. Never throws. */
export function notesFromRecords(records: readonly unknown[]): string[] {
  return records.flatMap((record) => {
    const keys = (record as { dynamodb?: { Keys?: Record<string, { S?: unknown }> } } | null)
      ?.dynamodb?.Keys;
    const name = keys?.pk?.S === NOTES ? keys.sk?.S : undefined;
    return typeof name === 'string' ? [name] : [];
  });
}

function parseKind(item: Item): KindSettings {
  const keepVersions = numberOf(item, 'keepVersions');
  const keepDays = numberOf(item, 'keepDays');
  const description = stringOf(item, 'description');
  return {
    kind: demanded(stringOf(item, 'sk'), item, 'sk'),
    ...(keepVersions === undefined ? {} : { keepVersions }),
    ...(keepDays === undefined ? {} : { keepDays }),
    ...(description === undefined ? {} : { description }),
  };
}

/** The part that an item is; undefined for any other item. Errors: `internal`. */
function parsePart(item: Item): StoredPart | undefined {
  const pk = stringOf(item, 'pk') ?? '';
  const sk = stringOf(item, 'sk') ?? '';
  const articleId = articleIdOf(pk);
  if (articleId === undefined || !isPartSk(sk)) return undefined;
  const key = JSON.stringify({ pk, sk });
  const storedAtMs = numberOf(item, 'storedAtMs') ?? 0;
  const chunk = chunkOf(sk);
  if (chunk) return { type: 'chunk', articleId, key, storedAtMs, ...chunk };
  if (sk.startsWith('BODY#')) {
    return { type: 'body', articleId, key, storedAtMs, sha256: bodyShaOf(sk) };
  }
  const { info } = parseHead(item);
  return {
    type: 'version',
    articleId,
    key,
    storedAtMs: Date.parse(info.storedAt),
    kind: info.kind,
    version: info.version,
    storedAt: info.storedAt,
    seal: demanded(stringOf(item, 'provenance'), item, 'provenance'),
  };
}
