import { createHash } from 'node:crypto';
import {
  type AiOutputStore,
  type Article,
  type ArticleCopyState,
  type Clock,
  type Context,
  type Intent,
  JsonText,
  type OutputHead,
  type OutputRead,
  ServiceError,
  type StoredContent,
  type Timestamp,
  TOMBSTONE_DAYS,
  timestampFromMs,
} from '../../src/domain/index.ts';
import { fakeIdempotency } from './idempotency.ts';
import { fakeKeeping } from './keeping.ts';

import { createFakePageCopies } from './page-copies.ts';

const HOUR_MS = 3_600_000;
const SHARDS = 16;
const MAX_TEXT_BYTES = 6 * 1024 * 1024;
const INLINE_BYTES = 256 * 1024;
const CHUNK_BYTES = 1024 * 1024;

type Mark =
  | {
      state: 'live';
      article: Article;
      copiedAt: Timestamp;
      notes: Set<string>;
      since: Timestamp | undefined;
    }
  | { state: 'deleted'; expiresAtMs: number };

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The port kept in memory, for tests of what stands on it. Passes the same contract as the real one. */
export function createFakeAiOutputStore({
  clock,
  inlineBytes = INLINE_BYTES,
}: {
  readonly clock: Clock;
  /** Longer texts are placed in chunks. */
  readonly inlineBytes?: number;
}): AiOutputStore {
  const marks = new Map<string, Mark>();
  const heads = new Map<string, Map<string, OutputHead>>();
  const versions = new Map<string, Map<string, Map<number, OutputHead>>>();
  const bodies = new Map<string, Map<string, { text: string; storedAtMs: number }>>();
  /** By article, then by their keys. */
  const chunks = new Map<string, Map<string, { bytes: Buffer; storedAtMs: number }>>();
  const intents = new Map<string, Intent>();

  function check(ctx: Context, op: string): void {
    if (ctx.signal.aborted || clock.now() >= ctx.deadlineMs) {
      throw new ServiceError('timeout', `fake.${op}`, 'The time is up.');
    }
  }

  function isLate(ctx: Context): boolean {
    return ctx.signal.aborted || clock.now() >= ctx.deadlineMs;
  }

  function markOf(id: string): Mark | undefined {
    const mark = marks.get(id);
    return mark?.state === 'deleted' && mark.expiresAtMs <= clock.now() ? undefined : mark;
  }

  function oldOf(articleId: string, kind: string): Map<number, OutputHead> {
    const ofArticle = inMap(versions, articleId, () => new Map<string, Map<number, OutputHead>>());
    return inMap(ofArticle, kind, () => new Map<number, OutputHead>());
  }

  function readOf(head: OutputHead | undefined): OutputRead {
    return head === undefined || head.dead ? { status: 'missing' } : { status: 'found', head };
  }

  function outputsOf(id: string, kinds: 'all' | readonly string[]): Map<string, OutputRead> {
    const own = heads.get(id);
    const reads = (kinds === 'all' ? [...(own?.keys() ?? [])].sort() : kinds).map(
      (kind) => [kind, readOf(own?.get(kind))] as const,
    );
    return new Map(reads.filter(([, { status }]) => kinds !== 'all' || status === 'found'));
  }

  function unavailable(kinds: readonly string[]): Map<string, OutputRead> {
    return new Map(kinds.map((kind) => [kind, { status: 'unavailable' }]));
  }

  function textOf(articleId: string, content: StoredContent): string | undefined {
    if (content.inline) return Buffer.from(content.inline).toString('utf8');
    const { key, count } = content.chunks ?? { key: '', count: 0 };
    const parts = Array.from({ length: count }, (_, index) =>
      chunks.get(articleId)?.get(`${key}#${index}`),
    );
    if (count === 0 || parts.includes(undefined)) return undefined;
    return Buffer.concat(parts.map((part) => part?.bytes ?? Buffer.alloc(0))).toString('utf8');
  }

  const store: AiOutputStore = {
    ...createFakePageCopies({
      clock,
      check,
      markOf: (id) => {
        const mark = markOf(id);
        if (mark?.state !== 'live') return mark?.state ?? 'unknown';
        return mark.notes.size > 0 && mark.since !== undefined ? 'deleting' : 'live';
      },
    }),
    ...fakeIdempotency({ clock, check }),
    ...fakeKeeping({
      check,
      versions,
      chunks,
      bodies,
      articleIds: () =>
        [...new Set([...marks.keys(), ...heads.keys()])].filter(
          (id) => markOf(id) || (heads.get(id)?.size ?? 0) > 0,
        ),
    }),

    async getArticle(ctx, id): Promise<ArticleCopyState> {
      check(ctx, 'getArticle');
      const mark = markOf(id);
      if (!mark) return { state: 'unknown' };
      if (mark.state === 'deleted') return { state: 'deleted' };
      const { article, copiedAt, notes, since } = mark;
      const noted = notes.size > 0 && since !== undefined;
      return { state: 'live', article, copiedAt, ...(noted ? { deletingSince: since } : {}) };
    },

    async putArticle(ctx, article, settled) {
      check(ctx, 'putArticle');
      const there = markOf(article.id);
      if (there?.state === 'deleted') return;
      if (there && there.article.stamp > article.stamp) return;
      const stays = there !== undefined && (settled === undefined || there.since !== settled);
      marks.set(article.id, {
        state: 'live',
        article,
        copiedAt: timestampFromMs(clock.now()),
        notes: stays ? there.notes : new Set(),
        since: stays ? there.since : undefined,
      });
    },

    async removeCopy(ctx, id, stamp) {
      check(ctx, 'removeCopy');
      const there = markOf(id);
      if (there?.state === 'live' && there.article.stamp === stamp) marks.delete(id);
    },

    async putTombstone(ctx, id) {
      check(ctx, 'putTombstone');
      if (markOf(id)?.state === 'deleted') return;
      const expiresAtMs = clock.now() + TOMBSTONE_DAYS * 24 * HOUR_MS;
      marks.set(id, { state: 'deleted', expiresAtMs });
    },

    async markDeleting(ctx, id) {
      check(ctx, 'markDeleting');
      const mark = markOf(id);
      if (mark?.state !== 'live') return mark === undefined ? 'no_copy' : 'noted';
      mark.notes.add(ctx.requestId);
      mark.since = timestampFromMs(clock.now());
      return 'noted';
    },

    async unmarkDeleting(ctx, id) {
      check(ctx, 'unmarkDeleting');
      const mark = markOf(id);
      if (mark?.state === 'live') mark.notes.delete(ctx.requestId);
    },

    async removeArticle(ctx, id) {
      check(ctx, 'removeArticle');
      heads.delete(id);
      versions.delete(id);
      chunks.delete(id);
      bodies.delete(id);
    },

    async stageOutput(ctx, articleId, kind, version, output) {
      check(ctx, 'stageOutput');
      const inline = Buffer.from(output.text, 'utf8');
      if (inline.byteLength > MAX_TEXT_BYTES) {
        throw new ServiceError('too_large', 'fake.stageOutput', 'A text is too large.');
      }
      const storedBytes = inline.byteLength;
      if (storedBytes <= inlineBytes) return { codec: 'plain', inline, storedBytes };
      const key = `${kind}#${version}#${digest(output.text).slice(0, 32)}`;
      const count = Math.ceil(storedBytes / CHUNK_BYTES);
      const own = inMap(chunks, articleId, () => new Map());
      for (let index = 0; index < count; index += 1) {
        const bytes = inline.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
        own.set(`${key}#${index}`, { bytes, storedAtMs: clock.now() });
      }
      return { codec: 'plain', chunks: { key, count }, storedBytes };
    },

    async readHead(ctx, articleId, kind) {
      check(ctx, 'readHead');
      const mark = await store.getArticle(ctx, articleId);
      const since = mark.state === 'live' ? mark.deletingSince : undefined;
      const head = heads.get(articleId)?.get(kind);
      return {
        ...(since === undefined
          ? { article: mark.state }
          : { article: 'deleting' as const, deletingSince: since }),
        ...(head ? { head } : {}),
      };
    },

    async readHeads(ctx, keys) {
      return keys.map(({ articleId, kind }) =>
        isLate(ctx) ? 'unavailable' : (heads.get(articleId)?.get(kind) ?? 'missing'),
      );
    },

    async keepVersion(ctx, head) {
      check(ctx, 'keepVersion');
      oldOf(head.info.articleId, head.info.kind).set(head.info.version, head);
    },

    async putIntent(ctx, { articleId, kind, version }) {
      check(ctx, 'putIntent');
      const createdAtMs = clock.now();
      const key = [
        String(createdAtMs).padStart(13, '0'),
        articleId,
        kind,
        String(version).padStart(10, '0'),
      ].join('#');
      const shard = Number.parseInt(digest(articleId).slice(0, 8), 16) % SHARDS;
      const { requestId } = ctx;
      const intent = { key, shard, articleId, kind, version, createdAtMs, requestId };
      intents.set(key, intent);
      return intent;
    },

    async putHead(ctx, head, expected) {
      check(ctx, 'putHead');
      const { articleId, kind, version } = head.info;
      if (version <= expected) {
        throw new ServiceError('internal', 'fake.putHead', 'The version does not follow.');
      }
      const own = inMap(heads, articleId, () => new Map<string, OutputHead>());
      if ((own.get(kind)?.info.version ?? 0) !== expected) return false;
      own.set(kind, head);
      return true;
    },

    async getOutputs(ctx, articleId, kinds) {
      if (kinds === 'all') check(ctx, 'getOutputs');
      else if (isLate(ctx)) return unavailable(kinds);
      return outputsOf(articleId, kinds);
    },

    async getOutputsMany(ctx, articleIds, kinds) {
      if (kinds === 'all') check(ctx, 'getOutputsMany');
      else if (isLate(ctx)) return new Map(articleIds.map((id) => [id, unavailable(kinds)]));
      return new Map(articleIds.map((id) => [id, outputsOf(id, kinds)]));
    },

    async loadOutput(ctx, head) {
      if (head.dead) throw new ServiceError('internal', 'fake.loadOutput', 'There is no text.');
      const { articleId, kind, version, sha256 } = head.info;
      const { content } =
        head.content.inline || head.content.chunks
          ? head
          : (oldOf(articleId, kind).get(version) ?? head);
      const text = textOf(articleId, content);
      if (text === undefined || digest(text) !== sha256) {
        ctx.observe({ kind: 'fault', op: 'fake.loadOutput', error: new Error('Another text') });
        throw new ServiceError('unavailable', 'fake.loadOutput', 'The text cannot be read.', {
          reason: 'dynamodb_unavailable',
        });
      }
      return new JsonText(text);
    },

    loadOutputs(ctx, heads) {
      return Promise.all(
        heads.map((head) =>
          store.loadOutput(ctx, head).catch((error: unknown) => {
            if (error instanceof ServiceError) return error;
            throw error;
          }),
        ),
      );
    },

    async getVersion(ctx, articleId, kind, version) {
      check(ctx, 'getVersion');
      return oldOf(articleId, kind).get(version);
    },

    async listVersions(ctx, articleId, kind, { before, limit }) {
      check(ctx, 'listVersions');
      return [...oldOf(articleId, kind).values()]
        .filter(({ info }) => info.version < before)
        .sort((a, b) => b.info.version - a.info.version)
        .slice(0, limit)
        .map((head) => {
          const { inline: _, ...content } = head.content;
          return { ...head, content };
        });
    },

    async removeVersions(ctx, articleId, kind, upTo) {
      check(ctx, 'removeVersions');
      const old = oldOf(articleId, kind);
      for (const version of [...old.keys()]) if (version <= upTo) old.delete(version);
      for (const key of [...(chunks.get(articleId)?.keys() ?? [])]) {
        const [ofKind, version] = key.split('#');
        if (ofKind === kind && Number(version) <= upTo) chunks.get(articleId)?.delete(key);
      }
    },

    async removeHead(ctx, articleId, kind, version) {
      check(ctx, 'removeHead');
      const own = heads.get(articleId);
      if (own?.get(kind)?.info.version === version) own.delete(kind);
    },

    async putBody(ctx, articleId, body) {
      check(ctx, 'putBody');
      const sha256 = digest(body);
      const own = inMap(bodies, articleId, () => new Map());
      own.set(sha256, { text: body, storedAtMs: clock.now() });
      return { sha256, sizeBytes: Buffer.byteLength(body) };
    },

    async getBodies(ctx, refs) {
      const read = new Map<string, string | undefined>();
      for (const { articleId, sha256 } of refs) {
        const body = isLate(ctx) ? undefined : bodies.get(articleId)?.get(sha256);
        read.set(sha256, body?.text ?? read.get(sha256));
      }
      return read;
    },

    async getBodiesOf(ctx, articleId) {
      check(ctx, 'getBodiesOf');
      const own = [...(bodies.get(articleId) ?? [])];
      return new Map(own.map(([sha256, { text }]) => [sha256, text]));
    },

    async removeBodies(ctx, articleId, keep, beforeMs) {
      check(ctx, 'removeBodies');
      for (const [sha256, { storedAtMs }] of [...(bodies.get(articleId) ?? [])]) {
        if (sha256 !== keep && storedAtMs < beforeMs) bodies.get(articleId)?.delete(sha256);
      }
    },

    async readIntents(ctx, { shards, limit, after }) {
      check(ctx, 'readIntents');
      return [...intents.values()]
        .filter(({ shard }) => shards === undefined || shards.includes(shard))
        .filter(({ shard, key }) => key > (after?.get(shard) ?? ''))
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .slice(0, limit);
    },

    async settleIntents(ctx, done) {
      check(ctx, 'settleIntents');
      for (const { key } of done) intents.delete(key);
    },

    async ping(ctx) {
      check(ctx, 'ping');
    },
  };
  return store;
}

function inMap<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key);
  if (there !== undefined) return there;
  const made = make();
  map.set(key, made);
  return made;
}
