import type { AiOutputStore, Clock, Context } from '../domain/index.ts';
import { isAway } from './trouble.ts';
import { type Difference, type Reconciler, UNDER_WAY_MS } from './upkeep.ts';

/** A walk over everything is due so long after the last one ended. */
const EVERY_MS = 24 * 3_600_000;

/** Suspects kept for a second look; a page that finds more ends the run there. */
const MOST_SUSPECTS = 1_000;

const NOTE = 'reconcile';

/** Where a walk stands between two runs. */
interface Progress {
  readonly at?: string;
  readonly endedAtMs?: number;
  readonly suspects?: readonly string[];
  /** When the youngest suspect was seen. */
  readonly suspectedAtMs?: number;
}

/**
 * The reconciler on a schedule: a few pages a run, once a day over everything, each suspect looked at again
 * in a later run. Keeps its place in DynamoDB; a crash repeats a page. Put off where a store is away.
 */
export function createDailyReconcile(parts: {
  readonly reconciler: Pick<Reconciler, 'compare' | 'settle'>;
  readonly outputs: AiOutputStore;
  readonly clock: Clock;
}): Reconciler['daily'] {
  const { reconciler, outputs, clock } = parts;

  /** Looks at suspects again when they are old enough, and mends what is found. */
  async function settle(
    ctx: Context,
    { suspects = [], suspectedAtMs = 0, ...rest }: Progress,
  ): Promise<{ progress: Progress; found: readonly Difference[] }> {
    if (suspects.length === 0) return { progress: rest, found: [] };
    if (clock.now() - suspectedAtMs < UNDER_WAY_MS) {
      return { progress: { ...rest, suspects, suspectedAtMs }, found: [] };
    }
    const { found } = await reconciler.settle(ctx, suspects, { apply: true });
    for (const { articleId, what, kind = '' } of found) {
      ctx.observe({ kind: 'event', name: 'stores_differed', data: { articleId, what, kind } });
    }
    return { progress: rest, found };
  }

  return async (ctx, { pages }) => {
    const note = await outputs.readNote(ctx, NOTE);
    // Written below and by nothing else.
    const before = note === undefined ? {} : (JSON.parse(note) as Progress);
    const resting = clock.now() - (before.endedAtMs ?? Number.NEGATIVE_INFINITY) < EVERY_MS;
    if (resting && (before.suspects ?? []).length === 0) {
      return { compared: 0, found: [], left: false };
    }
    let compared = 0;
    let found: readonly Difference[] = [];
    try {
      const settled = await settle(ctx, before);
      let { progress } = settled;
      found = settled.found;
      if (!resting) {
        let { at } = progress;
        const suspects = [...(progress.suspects ?? [])];
        let suspectedAtMs = progress.suspectedAtMs ?? 0;
        let ended = false;
        for (let page = 0; page < pages && suspects.length < MOST_SUSPECTS && !ended; page++) {
          const result = await reconciler.compare(ctx, at === undefined ? {} : { at });
          compared += result.articles;
          if (result.suspects.length > 0) suspectedAtMs = clock.now();
          suspects.push(...result.suspects);
          at = result.next;
          ended = at === undefined;
        }
        progress = {
          suspects,
          suspectedAtMs,
          ...(at === undefined ? {} : { at }),
          ...(ended ? { endedAtMs: clock.now() } : {}),
        };
      }
      await outputs.putNote(ctx, NOTE, JSON.stringify(progress));
      return { compared, found, left: progress.at !== undefined };
    } catch (error) {
      if (!isAway(error)) throw error;
      return { compared, found, left: true };
    }
  };
}
