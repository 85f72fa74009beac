import type {
  AiOutputInfo,
  AiOutputStore,
  Clock,
  Context,
  JsonText,
  OutputHead,
} from '../domain/index.ts';
import { JsonUtf8, ServiceError } from '../domain/index.ts';
import type { Batches } from './batch.ts';
import type { Calls } from './calls.ts';
import { unavailable } from './errors.ts';
import { HEAD_ATTRIBUTES, headItem, parseHead, writerOf } from './head-item.ts';
import type { Item } from './item.ts';
import {
  articlePk,
  chunkPrefix,
  chunkRange,
  MAX_VERSION,
  versionKey,
  versionRange,
} from './keys.ts';
import type { Texts } from './texts.ts';

type Versions = Pick<
  AiOutputStore,
  | 'stageOutput'
  | 'loadOutput'
  | 'loadOutputs'
  | 'keepVersion'
  | 'getVersion'
  | 'listVersions'
  | 'removeVersions'
>;

/** Old versions of outputs, and the texts of all versions. */
export function createVersions(parts: {
  readonly calls: Calls;
  readonly batches: Batches;
  readonly texts: Texts;
  readonly clock: Clock;
}): Versions {
  const { calls, batches, texts, clock } = parts;

  async function loadKept(ctx: Context, op: string, info: AiOutputInfo): Promise<JsonText> {
    const kept = await store.getVersion(ctx, info.articleId, info.kind, info.version);
    if (!kept) throw unavailable(op, new Error('The version is gone'));
    return store.loadOutput(ctx, kept);
  }

  const store: Versions = {
    stageOutput(ctx, articleId, kind, version, output) {
      return texts.stage(
        ctx,
        'dynamodb.stageOutput',
        {
          pk: articlePk(articleId),
          prefix: chunkPrefix(kind, version),
          beside: { storedAtMs: clock.now() },
        },
        Buffer.from(output.text, 'utf8'),
      );
    },

    loadOutput(ctx, head) {
      const op = 'dynamodb.loadOutput';
      const { info, content } = head;
      if (head.dead) {
        return Promise.reject(new ServiceError('internal', op, 'A deleted output has no text.'));
      }
      // One that came from a list: its text is in its item.
      if (!content.inline && !content.chunks) return loadKept(ctx, op, info);
      return texts
        .load(ctx, op, articlePk(info.articleId), content, info)
        .then((utf8) => new JsonUtf8(utf8));
    },

    async loadOutputs(ctx, heads) {
      const op = 'dynamodb.loadOutputs';
      const loaded = await texts.loadMany(
        ctx,
        op,
        heads.map(({ info, content }) => ({
          pk: articlePk(info.articleId),
          content,
          expected: info,
        })),
      );
      return loaded.map((text) => (text instanceof Uint8Array ? new JsonUtf8(text) : text));
    },

    async keepVersion(ctx, head) {
      const { articleId, kind, version } = head.info;
      const item = headItem(versionKey(articleId, kind, version), head, writerOf(head));
      await calls.put(ctx, 'dynamodb.keepVersion', item);
    },

    async getVersion(ctx, articleId, kind, version) {
      if (version > MAX_VERSION) return undefined;
      const key = versionKey(articleId, kind, version);
      // Kept just before its successor became the head, which a reader may have seen already.
      const item = await calls.get(ctx, 'dynamodb.getVersion', key, { consistent: true });
      return item && parseHead(item);
    },

    async listVersions(ctx, articleId, kind, { before, limit }) {
      const heads: OutputHead[] = [];
      if (before <= 1 || limit <= 0) return heads;
      const pages = batches.pages(ctx, 'dynamodb.listVersions', {
        pk: articlePk(articleId),
        between: versionRange(kind, before - 1),
        newestFirst: true,
        consistent: true,
        attributes: HEAD_ATTRIBUTES,
        limit,
      });
      for await (const items of pages) {
        heads.push(...items.map(parseHead));
        if (heads.length >= limit) break;
      }
      return heads.slice(0, limit);
    },

    async removeVersions(ctx, articleId, kind, upTo) {
      const op = 'dynamodb.removeVersions';
      const pk = articlePk(articleId);
      await Promise.all(
        [versionRange(kind, upTo), chunkRange(kind, upTo)].map(async (between) => {
          const query = { pk, between, consistent: true, attributes: ['sk'] };
          for await (const items of batches.pages(ctx, op, query)) {
            await batches.write(ctx, op, items.map(removalIn(pk)));
          }
        }),
      );
    },
  };
  return store;
}

function removalIn(pk: string): (item: Item) => { readonly remove: { pk: string; sk: string } } {
  return (item) => ({ remove: { pk, sk: String(item.sk) } });
}
