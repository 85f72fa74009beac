import type { AiOutputStore, Clock, Context, NewId, OutputRead } from '../domain/index.ts';
import { ServiceError } from '../domain/index.ts';
import { MARK_ATTRIBUTES, parseMark } from './article-item.ts';
import { type Batches, type Found, mapLimited } from './batch.ts';
import type { Calls } from './calls.ts';
import { HEAD_ATTRIBUTES, headItem, parseHead, parseShown, SHOWN_ATTRIBUTES } from './head-item.ts';
import { type Item, numberOf, stringOf } from './item.ts';
import { articlePk, HEADS, headKey, type Key, kindOf, metaKey, versionKey } from './keys.ts';

type Outputs = Pick<
  AiOutputStore,
  'readHead' | 'readHeads' | 'putHead' | 'removeHead' | 'getOutputs' | 'getOutputsMany'
>;

/** The random end of an id: tells apart the few calls that put the same version of one output. */
const WRITER_LENGTH = 12;

const MISSING: OutputRead = { status: 'missing' };
const UNAVAILABLE: OutputRead = { status: 'unavailable' };

/** Heads: the latest version of each output, with its text where that is small. */
export function createOutputs(parts: {
  readonly calls: Calls;
  readonly batches: Batches;
  readonly clock: Clock;
  readonly newId: NewId;
}): Outputs {
  const { calls, batches, clock, newId } = parts;

  /** A head of several that were read; one that cannot be understood is a fault of its own, not of all. */
  function headOf<H>(
    ctx: Context,
    op: string,
    item: Item,
    parse: (item: Item) => H,
  ): H | 'unavailable' {
    try {
      return parse(item);
    } catch (error) {
      ctx.observe({ kind: 'fault', op, error });
      return 'unavailable';
    }
  }

  function readOf(ctx: Context, op: string, item: Item): OutputRead {
    const head = headOf(ctx, op, item, parseShown);
    if (head === 'unavailable') return UNAVAILABLE;
    return head.dead ? MISSING : { status: 'found', head };
  }

  function foundOf(ctx: Context, op: string, found: Found, key: Key): OutputRead {
    if (found.unread(key)) return UNAVAILABLE;
    const item = found.item(key);
    return item === undefined ? MISSING : readOf(ctx, op, item);
  }

  async function readAll(
    ctx: Context,
    op: string,
    articleId: string,
    consistent: boolean,
  ): Promise<Map<string, OutputRead>> {
    const reads = new Map<string, OutputRead>();
    const query = {
      pk: articlePk(articleId),
      beginsWith: HEADS,
      consistent,
      attributes: SHOWN_ATTRIBUTES,
    };
    for await (const items of batches.pages(ctx, op, query)) {
      for (const item of items) {
        const read = readOf(ctx, op, item);
        const kind = kindOf(stringOf(item, 'sk') ?? '');
        if (kind !== undefined && read.status !== 'missing') reads.set(kind, read);
      }
    }
    return reads;
  }

  return {
    async readHead(ctx, articleId, kind) {
      const op = 'dynamodb.readHead';
      const meta = metaKey(articleId);
      const key = headKey(articleId, kind);
      const found = await batches.read(ctx, op, [meta, key], {
        consistent: true,
        attributes: [...HEAD_ATTRIBUTES, ...MARK_ATTRIBUTES, 'writer', 'content'],
      });
      const error = found.unread(meta) ?? found.unread(key);
      if (error) throw error;
      const item = found.item(key);
      return {
        ...parseMark(found.item(meta), clock.now()),
        ...(item === undefined ? {} : { head: parseHead(item) }),
      };
    },

    async readHeads(ctx, keys) {
      const op = 'dynamodb.readHeads';
      const asked = keys.map(({ articleId, kind }) => headKey(articleId, kind));
      const found = await batches.read(ctx, op, asked, { consistent: true });
      return asked.map((key) => {
        if (found.unread(key)) return 'unavailable';
        const item = found.item(key);
        if (item === undefined) return 'missing';
        const head = headOf(ctx, op, item, parseHead);
        return head === 'unavailable' ? 'corrupt' : head;
      });
    },

    async putHead(ctx, head, expected) {
      const op = 'dynamodb.putHead';
      const { articleId, kind, version } = head.info;
      if (version <= expected) {
        throw new ServiceError('internal', op, `Version ${version} does not follow ${expected}.`);
      }
      const writer = newId().slice(-WRITER_LENGTH);
      const item = headItem(headKey(articleId, kind), head, writer);
      const put = await calls.put(
        ctx,
        op,
        item,
        expected === 0
          ? { text: 'attribute_not_exists(#pk)' }
          : { text: '#version = :expected', values: { ':expected': expected } },
      );
      if (put.done) return true;
      const there = put.there ?? {};
      // The SDK sends again after a lost answer: then it is this very call that was first.
      if (stringOf(there, 'writer') === writer) return true;
      if ((numberOf(there, 'version') ?? 0) <= version) return false;
      // Or was first, and another has followed since, who kept what it found as an old version.
      const kept = await calls.get(ctx, op, versionKey(articleId, kind, version), {
        consistent: true,
        attributes: ['writer'],
      });
      return kept !== undefined && stringOf(kept, 'writer') === writer;
    },

    async removeHead(ctx, articleId, kind, version) {
      await calls.remove(ctx, 'dynamodb.removeHead', headKey(articleId, kind), {
        text: '#version = :version',
        values: { ':version': version },
      });
    },

    async getOutputs(ctx, articleId, kinds, options = {}) {
      const op = 'dynamodb.getOutputs';
      const consistent = options.consistent === true;
      if (kinds === 'all') return readAll(ctx, op, articleId, consistent);
      const keys = kinds.map((kind) => headKey(articleId, kind));
      const found = await batches.read(ctx, op, keys, { consistent, attributes: SHOWN_ATTRIBUTES });
      return new Map(
        kinds.map((kind) => [kind, foundOf(ctx, op, found, headKey(articleId, kind))]),
      );
    },

    /** With `all` one Query per article, 16 at a time: a half price read unit each, and one more per 4 KB. */
    async getOutputsMany(ctx, articleIds, kinds) {
      const op = 'dynamodb.getOutputsMany';
      const ids = [...new Set(articleIds)];
      if (kinds === 'all') {
        // Which kinds a failed Query would have found nobody knows, so that it fails the whole read.
        const reads = await mapLimited(ids, (id) => readAll(ctx, op, id, false));
        return new Map(ids.map((id, index) => [id, reads[index] ?? new Map()]));
      }
      const keys = ids.flatMap((id) => kinds.map((kind) => headKey(id, kind)));
      const found = await batches.read(ctx, op, keys, { attributes: SHOWN_ATTRIBUTES });
      return new Map(
        ids.map((id) => [
          id,
          new Map(kinds.map((kind) => [kind, foundOf(ctx, op, found, headKey(id, kind))])),
        ]),
      );
    },
  };
}
