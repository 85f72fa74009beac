import type { Context } from './context.ts';
import type { Timestamp } from './time.ts';

/** A run of whatever makes outputs, as the catalogue knows it. */
export interface Run {
  readonly runId: string;
  /** Outputs of it that are the latest of their article and kind now, and those that were taken back. */
  readonly outputs: number;
  /** Outputs that were taken back, in all. */
  readonly reverted: number;
  /** `reverted` also where single outputs could not be taken back: then `outputs` is the greater number. */
  readonly state: 'active' | 'reverting' | 'reverted';
}

/** Outputs that are to be taken back. None: a walk over all of the run's has found nothing that it could take back. */
export interface RevertBatch {
  readonly runId: string;
  readonly outputs: readonly { readonly articleId: string; readonly kind: string }[];
  /**
   * When the run was asked for, or the last output was taken back: what was acknowledged by then must be
   * in the catalogue when the last walk begins, and nothing that comes later.
   */
  readonly awaitedAt: Timestamp;
  /** This walk began after that, so that there need not be another. */
  readonly isLast: boolean;
  /** Where the walk stands; opaque outside the store. */
  readonly cursor: object;
}

/** A batch that was worked off; `moved` of its outputs were taken back. */
export interface RevertDone extends Pick<RevertBatch, 'runId' | 'cursor'> {
  readonly moved: number;
}

/** Runs and how they are taken back. Part of `ArticleStore`; its promises hold here too. */
export interface RunStore {
  /** Undefined where the catalogue never had an output of it. Cost: 1 call; counts the run's index entries. */
  getRun(ctx: Context, runId: string): Promise<Run | undefined>;

  /**
   * Has the run taken back; nothing happens where that is under way, or was done and the run has made
   * nothing since. `isAllIn`: what was acknowledged before is in the catalogue. Cost: 1 call.
   */
  startRevert(
    ctx: Context,
    runId: string,
    options: { readonly isAllIn: boolean },
  ): Promise<Run | undefined>;

  /**
   * Notes how far the work got, and answers with the next outputs of the run whose turn it is. What was
   * handed out and not noted is handed out again. A walk that took something back is followed by another. Undefined when no run is being taken back. Cost: 1 call.
   */
  nextRevert(
    ctx: Context,
    query: { readonly limit: number; readonly done?: RevertDone },
  ): Promise<RevertBatch | undefined>;

  /**
   * Ends a revert whose last walk found nothing, or begins that walk, since what was awaited is there. Where
   * something was taken back meanwhile there is another walk, and it is not the last. Cost: 1 call.
   */
  endRevert(
    ctx: Context,
    batch: Pick<RevertBatch, 'runId' | 'awaitedAt'>,
    end: 'reverted' | 'last_walk',
  ): Promise<void>;
}
