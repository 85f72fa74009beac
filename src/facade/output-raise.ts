import type { AiOutputStore, Clock, Context, OutputHead } from '../domain/index.ts';
import { putAgain } from './put-again.ts';
import { isAway } from './trouble.ts';

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
  const { outputs } = parts;

  return async (ctx, of, head, above) => {
    const there = head === 'missing' ? undefined : head;
    const from = there?.dead ? undefined : there;
    try {
      return await putAgain(parts, ctx, { ...of, head: there, from, version: above + 1 });
    } catch (error) {
      // One whose text is lost hinders no other: if the store itself is well, it alone is left.
      if (!isAway(error)) throw error;
      await outputs.ping(ctx);
      return undefined;
    }
  };
}
