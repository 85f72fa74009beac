import type { AiOutputStore, Clock, Context } from '../domain/index.ts';
import { type Batches, mapLimited } from './batch.ts';
import type { Calls } from './calls.ts';
import { sha256Of, utf8Text } from './codec.ts';
import { isAway } from './errors.ts';
import { demanded, type Item, numberOf, stringOf } from './item.ts';
import { articlePk, BODIES, bodyShaOf, bodySk, isBodySk, type Key } from './keys.ts';
import { contentAttributes, type Expected, parseContent, type Texts } from './texts.ts';

type Bodies = Pick<AiOutputStore, 'putBody' | 'getBodies' | 'getBodiesOf' | 'removeBodies'>;

/**
 * Bodies of articles under the digest of their text. The item named by the digest comes last, so that a
 * body is there as a whole or not at all.
 */
export function createBodies(parts: {
  readonly calls: Calls;
  readonly batches: Batches;
  readonly texts: Texts;
  readonly clock: Clock;
}): Bodies {
  const { calls, batches, texts, clock } = parts;

  /** The text, or undefined when it cannot be read; that is observed where it is loaded. */
  async function textOrNot(load: Promise<Uint8Array | undefined>): Promise<string | undefined> {
    try {
      const text = await load;
      return text && utf8Text(text);
    } catch (error) {
      if (isAway(error)) return undefined;
      throw error;
    }
  }

  async function readBodies(
    ctx: Context,
    op: string,
    keys: readonly Key[],
    consistent: boolean,
  ): Promise<{ texts: Map<string, string | undefined>; missing: Key[] }> {
    const found = await batches.read(ctx, op, keys, { consistent });
    const missing: Key[] = [];
    const read = new Map<string, string | undefined>();
    await mapLimited(keys, async (key) => {
      const item = found.item(key);
      const sha256 = bodyShaOf(key.sk);
      if (item === undefined) {
        if (!found.unread(key)) missing.push(key);
        read.set(sha256, read.get(sha256));
        return;
      }
      const load = texts.load(ctx, op, key.pk, parseContent(item), expectedOf(item, sha256));
      read.set(sha256, (await textOrNot(load)) ?? read.get(sha256));
    });
    return { texts: read, missing };
  }

  return {
    async putBody(ctx, articleId, body) {
      const op = 'dynamodb.putBody';
      const text = Buffer.from(body, 'utf8');
      const sha256 = sha256Of(text);
      const pk = articlePk(articleId);
      const storedAtMs = clock.now();
      const content = await texts.stage(
        ctx,
        op,
        { pk, prefix: bodySk(sha256), beside: { storedAtMs } },
        text,
      );
      await calls.put(ctx, op, {
        pk,
        sk: bodySk(sha256),
        sizeBytes: text.byteLength,
        storedAtMs,
        ...contentAttributes(content),
      });
      return { sha256, sizeBytes: text.byteLength };
    },

    async getBodies(ctx, refs) {
      const op = 'dynamodb.getBodies';
      const keys = new Map(
        refs.map(({ articleId, sha256 }) => [
          `${articleId} ${sha256}`,
          { pk: articlePk(articleId), sk: bodySk(sha256) },
        ]),
      );
      const first = await readBodies(ctx, op, [...keys.values()], false);
      // Named by an article and not seen: written a moment ago, or lost.
      if (first.missing.length > 0) {
        const second = await readBodies(ctx, op, first.missing, true);
        for (const [sha256, text] of second.texts) {
          if (text !== undefined) first.texts.set(sha256, text);
        }
      }
      return first.texts;
    },

    async getBodiesOf(ctx, articleId) {
      const op = 'dynamodb.getBodiesOf';
      const items = new Map<string, Item>();
      const query = { pk: articlePk(articleId), beginsWith: BODIES };
      for await (const page of batches.pages(ctx, op, query)) {
        for (const item of page) items.set(stringOf(item, 'sk') ?? '', item);
      }
      const bodies = new Map<string, string>();
      for (const [sk, item] of items) {
        if (!isBodySk(sk)) continue;
        const sha256 = bodyShaOf(sk);
        const text = await textOrNot(
          texts.assemble(ctx, op, parseContent(item), expectedOf(item, sha256), (chunk) =>
            items.get(chunk),
          ),
        );
        if (text !== undefined) bodies.set(sha256, text);
      }
      return bodies;
    },

    async removeBodies(ctx, articleId, keep, beforeMs) {
      const op = 'dynamodb.removeBodies';
      const pk = articlePk(articleId);
      const query = { pk, beginsWith: BODIES, attributes: ['sk', 'storedAtMs'] };
      for await (const items of batches.pages(ctx, op, query)) {
        const old = items
          .filter((item) => (numberOf(item, 'storedAtMs') ?? 0) < beforeMs)
          .map((item) => stringOf(item, 'sk') ?? '')
          .filter((sk) => bodyShaOf(sk) !== keep);
        // One by one, on condition: the same body may have been put again since, for an article that
        // is about to be committed.
        await mapLimited(old, (sk) =>
          calls.remove(
            ctx,
            op,
            { pk, sk },
            { text: '#storedAtMs < :before', values: { ':before': beforeMs } },
          ),
        );
      }
    },
  };
}

function expectedOf(item: Item, sha256: string): Expected {
  return { sizeBytes: demanded(numberOf(item, 'sizeBytes'), item, 'sizeBytes'), sha256 };
}
