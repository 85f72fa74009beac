import {
  type AiOutputInfo,
  type AiOutputStore,
  type Clock,
  type Context,
  isRetained,
  type OutputHead,
} from '../domain/index.ts';
import type { KindSource } from './kinds.ts';

/** Old versions looked through for the newest that is past its time. */
const PAGE = 100;

/** Which old versions of outputs are still there, and takes away those that are not. */
export interface Retention {
  /** Tells for an output whose latest version is known. Cost: as `KindSource.settingsOf`. */
  of(
    ctx: Context,
    latest: OutputHead,
  ): Promise<(version: Pick<AiOutputInfo, 'version' | 'storedAt'>) => boolean>;

  /** Removes old versions of an output, after a new one was put. Cost: no call where all are kept. */
  apply(ctx: Context, latest: OutputHead): Promise<void>;
}

/**
 * What a head that follows this one says of deletes. A version that is kept late, by a writer that lost
 * against a delete, stays out of sight by it.
 */
export function deletesBefore(head: OutputHead | undefined): Pick<OutputHead, 'deletedUpTo'> {
  const deletedUpTo = head?.dead ? head.info.version : head?.deletedUpTo;
  return deletedUpTo === undefined ? {} : { deletedUpTo };
}

export function createRetention(parts: {
  readonly outputs: AiOutputStore;
  readonly kinds: KindSource;
  readonly clock: Clock;
}): Retention {
  const { outputs, kinds, clock } = parts;

  async function of(ctx: Context, latest: OutputHead) {
    const settings = await kinds.settingsOf(ctx, latest.info.kind);
    const nowMs = clock.now();
    return (version: Pick<AiOutputInfo, 'version' | 'storedAt'>): boolean =>
      isRetained(version, latest, settings, nowMs);
  }

  return {
    of,

    async apply(ctx, latest) {
      const { articleId, kind, version } = latest.info;
      const settings = await kinds.settingsOf(ctx, kind);
      if (settings?.keepVersions === undefined && settings?.keepDays === undefined) return;
      const isKept = await of(ctx, latest);
      for (let before = version; ; ) {
        const page = await outputs.listVersions(ctx, articleId, kind, { before, limit: PAGE });
        // Newest first: from the first one that is past its time on, all are.
        const dropped = page.find(({ info }) => !isKept(info));
        const last = page.at(-1);
        if (dropped) {
          await outputs.removeVersions(ctx, articleId, kind, dropped.info.version);
          return;
        }
        if (!last || page.length < PAGE) return;
        before = last.info.version;
      }
    },
  };
}
