import type { AiOutputStore, Clock, Context, OutputHead } from '../domain/index.ts';
import { putAgain } from './put-again.ts';
import type { Retention } from './retention.ts';
import { passIfAway } from './trouble.ts';

/** Old versions looked through at a time for one of another run. */
const VERSION_PAGE = 20;

/**
 * Takes one output back from a run: the last version that the run did not make, of those that a reader
 * still has, comes again as a new version, with who made it and when; without one the output is deleted.
 * False where another writer was first. Cost: 5 DynamoDB calls, more for chunks and deep histories.
 */
export type TakeBack = (ctx: Context, head: OutputHead, runId: string) => Promise<boolean>;

export function createTakeBack(parts: {
  readonly outputs: AiOutputStore;
  readonly retention: Retention;
  readonly clock: Clock;
}): TakeBack {
  const { outputs, retention, clock } = parts;

  /** Versions that were taken back themselves are passed over: one that stands for an older version goes on below it. */
  async function findOther(
    ctx: Context,
    latest: OutputHead,
    runId: string,
  ): Promise<OutputHead | undefined> {
    const { articleId, kind, version } = latest.info;
    const isKept = await retention.of(ctx, latest);
    let before = latest.takesBack?.version ?? version;
    for (;;) {
      const limit = VERSION_PAGE;
      const page = await outputs.listVersions(ctx, articleId, kind, { before, limit });
      for (const old of page) {
        if (old.info.version >= before) continue;
        if (!isKept(old.info)) return undefined;
        if (old.info.producer?.runId !== runId) return old;
        before = old.takesBack?.version ?? old.info.version;
      }
      if (page.length < limit) return undefined;
    }
  }

  return async (ctx, head, runId) => {
    const { articleId, kind, version } = head.info;
    const from = await findOther(ctx, head, runId);
    const takesBack = { runId, ...(from ? { version: from.info.version } : {}) };
    const again = { articleId, kind, head, from, version: version + 1, takesBack };
    const next = await putAgain({ outputs, clock }, ctx, again);
    if (!next) return false;
    // What is past its retention is out of sight already; where this fails the sweeper does it.
    if (from) await retention.apply(ctx, next).catch(passIfAway);
    return true;
  };
}
