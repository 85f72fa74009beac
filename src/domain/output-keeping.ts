import type { Context } from './context.ts';
import type { KindSettings } from './output-kind.ts';
import type { Timestamp } from './time.ts';

/** Something stored beside the heads, which a crash may have left behind. `key` and `seal` are opaque. */
export type StoredPart = {
  readonly articleId: string;
  readonly key: string;
  /** Epoch milliseconds; 0 where it is not known, as of items of an earlier layout. */
  readonly storedAtMs: number;
} & (
  | {
      readonly type: 'version';
      readonly kind: string;
      readonly version: number;
      readonly storedAt: Timestamp;
      /** Tells this version from another that takes its place. */
      readonly seal: string;
    }
  /** A part of the text of a version; `content` is the chunks' key in its `StoredContent`. */
  | {
      readonly type: 'chunk';
      readonly kind: string;
      readonly version: number;
      readonly content: string;
    }
  /** A body or a part of one. */
  | { readonly type: 'body'; readonly sha256: string }
);

/** How long outputs are kept, and what is left over of them. Part of `AiOutputStore`; its promises hold here too. */
export interface OutputKeeping {
  /** Sets what is set for a kind, all of it. Cost: 1 call. */
  putKind(ctx: Context, settings: KindSettings): Promise<void>;

  /** The kinds for which something is set, by name. Consistent. Cost: 1 call. */
  readKinds(ctx: Context): Promise<readonly KindSettings[]>;

  /**
   * A page of everything that is stored beside heads, in no order that means anything; `next` goes on behind
   * it. Reads the whole store, page by page: for the sweeper alone, never for a request. Not consistent:
   * what was written a moment ago may be missing. Cost: 1 call, which reads 1 MB.
   */
  scanParts(
    ctx: Context,
    after?: string,
  ): Promise<{ readonly parts: readonly StoredPart[]; readonly next?: string }>;

  /** A page of the articles that have a copy, a tombstone or a head. As `scanParts`. Cost: 1 call, which reads 1 MB. */
  scanArticles(
    ctx: Context,
    after?: string,
  ): Promise<{ readonly articleIds: readonly string[]; readonly next?: string }>;

  /** Removes a part, unless it was stored again since it was seen. Repeatable. Cost: 1 call. */
  removePart(ctx: Context, part: StoredPart): Promise<void>;

  /** A note that a background task left for its next run. Consistent. Cost: 1 call. */
  readNote(ctx: Context, name: string): Promise<string | undefined>;

  /** Cost: 1 call. */
  putNote(ctx: Context, name: string, text: string): Promise<void>;
}
