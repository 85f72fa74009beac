import type {
  AiOutputStore,
  ArticleStore,
  AuroraState,
  Clock,
  Context,
  Timestamp,
} from '../domain/index.ts';
import { childContext, withoutWaiting } from './budget.ts';
import { absent, isAway, unavailable } from './trouble.ts';

/**
 * Longest that a writer can be at work: a run of a background function, which takes bad runs back; a request
 * ends sooner. A note of a delete older than this has no writer behind it.
 */
export const LONGEST_REQUEST_MS = 60_000;

/** What DynamoDB said of an article, beside an output. */
export interface Mark {
  readonly article: 'live' | 'deleting' | 'deleted' | 'unknown';
  readonly deletingSince?: Timestamp;
}

/** `unverified`: DynamoDB does not know the article and Aurora cannot be asked without waking it. */
export type Presence = 'live' | 'deleted' | 'unknown' | 'unverified';

/**
 * Tells whether an article is there, from DynamoDB where that suffices and from Aurora where it does not:
 * when there is no copy yet, or a delete is open. Never waits for a sleeping Aurora, and does not call it
 * when it is known to sleep. What Aurora says is written back, so that the next reader need not ask.
 *
 * `quietly`: an answer is not worth waking Aurora for. Where this process does not know its state, the other
 * processes' notes tell whether it can be called. A delete that is open must be looked into all the same.
 */
export interface PresenceCheck {
  of(ctx: Context, id: string, mark: Mark, quietly?: boolean): Promise<Presence>;
  /** As `of`; throws `not_found` or `gone` where there is no article. `unverified` passes. */
  demand(
    ctx: Context,
    op: string,
    id: string,
    mark: Mark,
    quietly?: boolean,
  ): Promise<'live' | 'unverified'>;
}

export function createPresenceCheck(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly clock: Clock;
  readonly auroraState: () => AuroraState;
  readonly isSurelyAwake: (ctx: Context) => Promise<boolean>;
}): PresenceCheck {
  const { articles, outputs, clock, auroraState, isSurelyAwake } = parts;

  async function ask(ctx: Context, id: string, mark: Mark, quietly: boolean): Promise<Presence> {
    const state = auroraState();
    if (state === 'asleep' || state === 'resuming') return 'unverified';
    if (state === 'unknown' && quietly && mark.article === 'unknown') {
      if (!(await isSurelyAwake(ctx))) return 'unverified';
    }
    const answer = await articles
      .get(childContext(withoutWaiting(ctx), clock, { reserveMs: 500, atMostMs: 5_000 }), id)
      .catch((error: unknown) => {
        if (isAway(error)) return undefined;
        throw error;
      });
    if (answer === undefined) return 'unverified';
    if (answer.state === 'deleted') {
      await outputs.putTombstone(ctx, id).catch(() => undefined);
    } else if (answer.state === 'live' && !deleteMayBeOpen(mark, clock.now())) {
      await outputs.putArticle(ctx, answer.article, mark.deletingSince).catch(() => undefined);
    }
    return answer.state;
  }

  async function of(ctx: Context, id: string, mark: Mark, quietly = false): Promise<Presence> {
    if (mark.article === 'live' || mark.article === 'deleted') return mark.article;
    return ask(ctx, id, mark, quietly);
  }

  return {
    of,
    async demand(ctx, op, id, mark, quietly) {
      const presence = await of(ctx, id, mark, quietly);
      if (presence === 'deleted' || presence === 'unknown') throw absent(op, id, presence);
      // A delete may have been committed just before Aurora fell asleep: nobody can tell until it wakes.
      if (presence === 'unverified' && mark.article === 'deleting') {
        throw unavailable(op, auroraState() === 'awake' ? 'aurora_unavailable' : 'aurora_asleep');
      }
      return presence;
    },
  };
}

function deleteMayBeOpen(mark: Mark, nowMs: number): boolean {
  if (mark.article !== 'deleting' || mark.deletingSince === undefined) return false;
  return nowMs - timestampMs(mark.deletingSince) < LONGEST_REQUEST_MS;
}

/** Epoch milliseconds of a timestamp. */
export function timestampMs(timestamp: Timestamp): number {
  return Date.parse(timestamp);
}
