import { type AiOutputStore, type Clock, type Context, isServiceError } from '../domain/index.ts';

/**
 * Milliseconds for which the oldest output has been waiting to be brought into Aurora, undefined when none waits;
 * told as the metric `OutboxAge`. Undefined too, and not told, where DynamoDB is away. Aurora is not asked. Errors:
 * those of a bug. Cost: 1 call per shard of intents.
 */
export async function measureBacklog(
  parts: { readonly outputs: Pick<AiOutputStore, 'readIntents'>; readonly clock: Clock },
  ctx: Context,
): Promise<number | undefined> {
  const { outputs, clock } = parts;
  try {
    const [oldest] = await outputs.readIntents(ctx, { limit: 1 });
    const atMs = clock.now();
    const ageMs = oldest === undefined ? 0 : Math.max(0, atMs - oldest.createdAtMs);
    ctx.observe({ kind: 'metric', name: 'OutboxAge', value: ageMs / 1_000, unit: 'Seconds', atMs });
    return oldest === undefined ? undefined : ageMs;
  } catch (error) {
    if (isServiceError(error) && error.code !== 'internal') return undefined;
    throw error;
  }
}
