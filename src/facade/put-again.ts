import {
  type AiOutputStore,
  type Clock,
  type Context,
  type OutputHead,
  type StoredContent,
  type TakesBack,
  timestampFromMs,
} from '../domain/index.ts';
import { deletesBefore } from './retention.ts';

const NO_CONTENT: StoredContent = { codec: 'none', storedBytes: 0 };

/** A version of an output that is to be there once more. */
export interface Again {
  readonly articleId: string;
  readonly kind: string;
  /** The head now; undefined where there is none. */
  readonly head: OutputHead | undefined;
  /** What is put; where it is undefined the output is deleted. */
  readonly from: OutputHead | undefined;
  /** Above that of the head. */
  readonly version: number;
  readonly takesBack?: TakesBack;
}

/**
 * Puts what an output is or was under a higher version, by the steps of any write and in their order:
 * content, old version and intent, then the head. The new head; undefined where another writer was first.
 * Errors: `unavailable`. Cost: 3 DynamoDB calls, 1 more where a head is kept, more for chunks.
 */
export async function putAgain(
  { outputs, clock }: { readonly outputs: AiOutputStore; readonly clock: Clock },
  ctx: Context,
  { articleId, kind, head, from, version, takesBack }: Again,
): Promise<OutputHead | undefined> {
  const stage = async (of: OutputHead): Promise<StoredContent> =>
    outputs.stageOutput(ctx, articleId, kind, version, await outputs.loadOutput(ctx, of));
  const [content] = await Promise.all([
    from ? stage(from) : NO_CONTENT,
    from && head && !head.dead ? outputs.keepVersion(ctx, head) : undefined,
    outputs.putIntent(ctx, { articleId, kind, version }),
  ]);
  const storedAt = timestampFromMs(clock.now());
  const sha256 = head?.info.sha256 ?? '';
  const gone = { articleId, kind, producedAt: storedAt, sizeBytes: 0, sha256 };
  const next: OutputHead = {
    info: { ...(from?.info ?? gone), version, storedAt, storedBytes: content.storedBytes },
    dead: from === undefined,
    producerHash: from?.producerHash ?? '',
    content,
    ...(takesBack === undefined ? {} : { takesBack }),
    ...deletesBefore(head),
  };
  return (await outputs.putHead(ctx, next, head?.info.version ?? 0)) ? next : undefined;
}
