import type { AuroraState, Context, Timestamp } from '../domain/index.ts';

/** What nobody asks for by a request and has to be done: work that is pending, and what crashes leave behind. */
export interface Maintenance {
  /** State of each store, without waking Aurora. */
  ready(ctx: Context): Promise<{
    readonly aurora: AuroraState;
    readonly dynamodb: 'ok' | 'unavailable';
  }>;
  /** Brings the outbox into DynamoDB, up to `limit` entries. Cost: 2 Data API calls a round, 1 to 3 DynamoDB calls an entry. */
  relay(ctx: Context, limit: number): Promise<{ readonly relayed: number; readonly left: boolean }>;
  /** Brings copies of lists that are older than `olderThanMs` up to date, up to `limit`. Needs an Aurora that is awake. Cost: 16 DynamoDB calls, and 1 call of each store per list. */
  refreshPages(
    ctx: Context,
    options: { readonly olderThanMs: number; readonly limit: number },
  ): Promise<{ readonly refreshed: number }>;
  /**
   * Brings pending outputs into Aurora, about `limit` of them. Wakes Aurora only when `wake`. Passes over
   * those that wait, for their writer or their article, which are not `left`, as far as time and ten times
   * `limit` allow; the next call goes on there. `unread`: those whose texts could not be read now, which wait
   * for a while. Cost: 16 DynamoDB calls per `limit` looked at; per 100 of them 1 DynamoDB call and 1 per 25
   * done, 1 Data API call and 1 more where some were found to wait for articles before.
   */
  drain(
    ctx: Context,
    options: { readonly limit: number; readonly wake: boolean },
  ): Promise<{ readonly drained: number; readonly left: boolean; readonly unread?: number }>;
  /**
   * Fills projections from stored outputs and clears deleted ones, a batch of each. `left`: there is more,
   * which is not hurried by asking again where nothing `moved`. Errors: `unavailable`. Cost: no call as a
   * rule; 1 Data API call a minute to find out.
   */
  tendProjections(ctx: Context): Promise<{
    readonly filled: number;
    readonly moved: boolean;
    readonly left: boolean;
  }>;
  /**
   * Takes back outputs of runs that are to be reverted, a batch of them. Errors: `unavailable`. Cost: no call
   * as a rule, 1 Data API call a minute to find out; 1 a batch of 100, and 6 DynamoDB calls an output.
   */
  tendRuns(ctx: Context): Promise<{
    readonly reverted: number;
    readonly moved: boolean;
    readonly left: boolean;
  }>;
  /**
   * Removes what no reader can reach any more, once a day: goes on where the last call ended, and does
   * nothing until a day after a round has ended, two where Aurora is not awake. Leaves Aurora asleep, and
   * then bodies that it would have to be asked for. Cost: 1 call, or 3 and more a page.
   */
  sweep(
    ctx: Context,
    limit: { readonly pages: number },
  ): Promise<{ readonly swept: number; readonly left: boolean }>;
}

/** What one store has otherwise than the other, after all that was under way had its time. */
export interface Difference {
  readonly articleId: string;
  /**
   * `copy`: the copy is missing or another; `tombstone`: the article was deleted, its copy lives;
   * `orphan`: something is stored of an article that is not there; `catalogue`: Aurora has another version
   * of an output; `projection`: a projection has not seen it.
   */
  readonly what: 'copy' | 'tombstone' | 'orphan' | 'catalogue' | 'projection';
  readonly kind?: string;
  /** The version that Aurora has, where the owner has none. */
  readonly version?: number;
}

/** How long whatever is under way needs to be done, or to be given up: younger differences are none. */
export const UNDER_WAY_MS = 65_000;

/** What a scheduled run of the reconciler did. `left`: the walk is not at its end. */
export interface DailyRun {
  readonly compared: number;
  readonly found: readonly Difference[];
  readonly left: boolean;
}

/** Finds and mends what the two stores tell differently, a page at a time. */
export interface Reconciler {
  /**
   * Compares a page; `suspects` differ now, perhaps only because a write is under way. `next` goes on behind
   * it. With `since`, of the articles written since then only. Errors: `unavailable`. Cost: 2 Data API
   * calls, 1 DynamoDB call an article and 1 per 100 outputs.
   */
  compare(
    ctx: Context,
    from: { readonly at?: string; readonly since?: Timestamp },
  ): Promise<{
    readonly articles: number;
    readonly outputs: number;
    readonly suspects: readonly string[];
    readonly next?: string;
  }>;
  /**
   * Looks at suspects again, after `UNDER_WAY_MS`: what differs still, and is pending nowhere, is found;
   * with `apply` it is mended. Errors and cost as `compare`.
   */
  settle(
    ctx: Context,
    suspects: readonly string[],
    options: { readonly apply: boolean },
  ): Promise<{ readonly found: readonly Difference[]; readonly repaired: number }>;
  /** A few pages of a walk over everything, once a day; mends what it finds. For a schedule; leaves off where a store is away. Cost: 1 call as a rule. */
  daily(ctx: Context, limit: { readonly pages: number }): Promise<DailyRun>;
}
