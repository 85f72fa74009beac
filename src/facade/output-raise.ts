import {
  type AiOutputStore,
  type Clock,
  type Context,
  type OutputHead,
  type StoredContent,
  timestampFromMs,
} from '../domain/index.ts';
import { deletesBefore } from './retention.ts';
import { isAway } from './trouble.ts';

const NO_CONTENT: StoredContent = { codec: 'none', storedBytes: 0 };

/**
 * Puts what the owner has of an output again, above a version that the catalogue has already: versions never
 * go down, though the owner was set back to an earlier time. What it has none of, or has deleted, is deleted
 * under the new version. The new head; undefined where another writer was first, or the text cannot be read.
 * Cost: 3 DynamoDB calls, more for chunks.
 */
export type RaiseOutput = (
  ctx: Context,
  of: { readonly articleId: string; readonly kind: string },
  head: OutputHead | 'missing',
  above: number,
) => Promise<OutputHead | undefined>;

export function createRaiseOutput(parts: {
  readonly outputs: AiOutputStore;
  readonly clock: Clock;
}): RaiseOutput {
  const { outputs, clock } = parts;

  /** The same steps as any other write, in the same order. */
  async function raise(
    ctx: Context,
    { articleId, kind }: Parameters<RaiseOutput>[1],
    head: OutputHead | 'missing',
    above: number,
  ): Promise<OutputHead | undefined> {
    const version = above + 1;
    const latest = head === 'missing' || head.dead ? undefined : head;
    const [content] = await Promise.all([
      latest
        ? outputs
            .loadOutput(ctx, latest)
            .then((text) => outputs.stageOutput(ctx, articleId, kind, version, text))
        : NO_CONTENT,
      latest ? outputs.keepVersion(ctx, latest) : undefined,
      outputs.putIntent(ctx, { articleId, kind, version }),
    ]);
    const storedAt = timestampFromMs(clock.now());
    const gone = { articleId, kind, producedAt: storedAt, sizeBytes: 0, sha256: '' };
    const next: OutputHead = {
      info: { ...(latest?.info ?? gone), version, storedAt, storedBytes: content.storedBytes },
      dead: latest === undefined,
      producerHash: latest?.producerHash ?? '',
      content,
      ...deletesBefore(head === 'missing' ? undefined : head),
    };
    const expected = head === 'missing' ? 0 : head.info.version;
    return (await outputs.putHead(ctx, next, expected)) ? next : undefined;
  }

  return async (ctx, of, head, above) => {
    try {
      return await raise(ctx, of, head, above);
    } catch (error) {
      // One whose text is lost hinders no other: if the store itself is well, it alone is left.
      if (!isAway(error)) throw error;
      await outputs.ping(ctx);
      return undefined;
    }
  };
}
