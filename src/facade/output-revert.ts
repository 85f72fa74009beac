import {
  type AiOutputInfo,
  type AiOutputStore,
  type Clock,
  type Context,
  type OutputHead,
  type StoredContent,
  timestampFromMs,
} from '../domain/index.ts';
import { deletesBefore, type Retention } from './retention.ts';
import { passIfAway } from './trouble.ts';

/** Old versions looked through at a time for one of another run. */
const VERSION_PAGE = 20;

const NO_CONTENT: StoredContent = { codec: 'none', storedBytes: 0 };

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
    const { articleId, kind, version: expected } = head.info;
    const other = await findOther(ctx, head, runId);
    const version = expected + 1;
    const [content] = await Promise.all([
      other
        ? outputs
            .loadOutput(ctx, other)
            .then((text) => outputs.stageOutput(ctx, articleId, kind, version, text))
        : NO_CONTENT,
      other ? outputs.keepVersion(ctx, head) : undefined,
      outputs.putIntent(ctx, { articleId, kind, version }),
    ]);
    const storedAt = timestampFromMs(clock.now());
    const gone = { articleId, kind, producedAt: storedAt, sizeBytes: 0, sha256: head.info.sha256 };
    const info: AiOutputInfo = {
      ...(other?.info ?? gone),
      version,
      storedAt,
      storedBytes: content.storedBytes,
    };
    const takesBack = { runId, ...(other ? { version: other.info.version } : {}) };
    const next: OutputHead = {
      info,
      dead: other === undefined,
      producerHash: other?.producerHash ?? '',
      content,
      takesBack,
      ...deletesBefore(head),
    };
    if (!(await outputs.putHead(ctx, next, expected))) return false;
    // What is past its retention is out of sight already; where this fails the sweeper does it.
    if (other) await retention.apply(ctx, next).catch(passIfAway);
    return true;
  };
}
