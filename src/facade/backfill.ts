import {
  type AiOutputStore,
  type ArticleStore,
  type Clock,
  type Context,
  type OutputHead,
  timestampFromMs,
} from '../domain/index.ts';
import { withoutWaiting } from './budget.ts';
import type { EnterOutputs, SetAsideKnown } from './enter-outputs.ts';
import type { RegistrySource } from './registry-source.ts';
import type { Maintenance } from './upkeep.ts';

/** Outputs of a backfill a batch: as many as one statement and one BatchGetItem take. */
const OUTPUTS_PER_BATCH = 100;

/** Batches a call: looking for what is pending costs as much as four of them, and must not wait for more. */
const BATCHES_PER_CALL = 5;

/** What a process fills at most, so that a small cluster has time for its readers. */
const OUTPUTS_PER_SECOND = 1_000;

/** Kept back of the deadline for a batch. */
const RESERVE_MS = 5_000;

/** Articles cleared of a retired projection, or moved, a call. */
const ARTICLES_PER_BATCH = 200;

type Tended = Awaited<ReturnType<Maintenance['tendProjections']>>;

const IDLE: Tended = { filled: 0, moved: false, left: false };

const SETTLED = { changed: false, left: false };

/** How old the registry may be before it is read again, to find work that another process began. */
const REGISTRY_MS = 60_000;

/**
 * Brings projections to where their definitions want them: fills new ones from stored outputs, takes away
 * what deleted ones yielded, moves metrics to where room came free. Each step keeps its place in Aurora, so
 * that any process goes on where another ended.
 */
export function createBackfill(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly registry: RegistrySource;
  readonly enterOutputs: EnterOutputs;
  readonly setAsideKnown: SetAsideKnown;
  readonly clock: Clock;
}): Pick<Maintenance, 'tendProjections'> {
  const { articles, outputs, registry, enterOutputs, setAsideKnown, clock } = parts;
  let readAtMs = Number.NEGATIVE_INFINITY;

  /** The next outputs of a backfill. What comes of none of them is handed out again. */
  async function fillBatch(ctx: Context): Promise<Tended> {
    const batch = await articles.nextBackfill(withoutWaiting(ctx), { limit: OUTPUTS_PER_BATCH });
    if (batch === undefined) return IDLE;
    const found = await outputs.readHeads(ctx, batch.outputs);
    const heads: OutputHead[] = [];
    const corrupt: (typeof batch.outputs)[number][] = [];
    const behind: typeof corrupt = [];
    batch.outputs.forEach((output, index) => {
      const head = found[index];
      if (head === 'corrupt') corrupt.push(output);
      // The owner has none, so that the catalogue has none either.
      else if (head === 'missing') heads.push(deadHead(output));
      else if (head === undefined || head === 'unavailable') return;
      // The owner was set back to an earlier time: what it has now is not what the catalogue speaks of.
      else if (head.info.version < output.version) behind.push(output);
      else heads.push(head);
    });
    const verdicts = await enterOutputs(ctx, heads, () => false);
    const unread = heads.filter((_, index) => verdicts[index] === 'unread');
    if (unread.length > 0) {
      // Nobody will write these again. If the store itself is well, they are not.
      await outputs.ping(ctx);
      await enterOutputs(ctx, unread, () => true);
    }
    await setAsideKnown(ctx, corrupt);
    await setAsideKnown(ctx, behind, 'older_than_catalogue');
    const filled = heads.length + corrupt.length + behind.length;
    return { filled, moved: filled > 0 || batch.outputs.length === 0, left: true };
  }

  /** Some batches, no faster than the bound: pending outputs and articles come before the next ones. */
  async function fill(ctx: Context): Promise<Tended> {
    let filled = 0;
    for (let batches = 1; ; batches += 1) {
      const beganMs = clock.now();
      const batch = await fillBatch(ctx);
      filled += batch.filled;
      const moved = filled > 0 || batch.moved;
      if (!batch.left || !batch.moved || batches === BATCHES_PER_CALL)
        return { ...batch, filled, moved };
      const restMs = (batch.filled / OUTPUTS_PER_SECOND) * 1000 - (clock.now() - beganMs);
      if (clock.now() + restMs >= ctx.deadlineMs - RESERVE_MS) return { ...batch, filled, moved };
      if (restMs > 0) await clock.sleep(restMs, ctx.signal);
    }
  }

  function deadHead(of: { articleId: string; kind: string; version: number }): OutputHead {
    const at = timestampFromMs(clock.now());
    return {
      info: { ...of, producedAt: at, storedAt: at, sizeBytes: 0, storedBytes: 0, sha256: '' },
      dead: true,
      producerHash: '',
      content: { codec: 'none', storedBytes: 0 },
    };
  }

  async function settleStorage(ctx: Context): Promise<{ changed: boolean; left: boolean }> {
    const { cleared, left } = await articles.clearRetired(withoutWaiting(ctx), ARTICLES_PER_BATCH);
    if (left) return { changed: true, left };
    const promoted = await articles.promoteMetrics(withoutWaiting(ctx), ARTICLES_PER_BATCH);
    return { changed: cleared > 0 || promoted.left, left: promoted.left };
  }

  return {
    async tendProjections(ctx) {
      if (clock.now() - readAtMs >= REGISTRY_MS) {
        readAtMs = clock.now();
        await registry.refresh(ctx);
      }
      const { projections, pending } = await registry.current(ctx);
      const filling = projections.some(({ state }) => state === 'backfilling');
      // A copy of the registry does not tell what is pending, but what was deleted.
      const unsettled = pending || projections.some(({ state }) => state === 'retiring');
      if (!filling && !unsettled) return IDLE;
      const { filled, moved, left } = filling ? await fill(ctx) : IDLE;
      const settled = unsettled || !left ? await settleStorage(ctx) : SETTLED;
      // The last step changed what the registry says: until it is read, this would be asked again.
      const ended = (filling && !left) || (unsettled && !settled.left);
      const after = ended ? await registry.refresh(ctx) : undefined;
      return {
        filled,
        moved: moved || settled.changed,
        left: left || settled.left || after?.pending === true,
      };
    },
  };
}
