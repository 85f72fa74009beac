import { createHash } from 'node:crypto';
import {
  type AiOutputStore,
  type ArticleQuery,
  type ArticleStore,
  type Clock,
  type Context,
  type CursorValues,
  isRegistryChanged,
  isServiceError,
  type PageCopy,
  printFilter,
  printOrderBy,
  type QueryPlan,
  type Timestamp,
  timestampFromMs,
} from '../domain/index.ts';
import { childContext, mapLimited, withoutWaiting } from './budget.ts';
import { FALLBACK_MS } from './limits.ts';
import type { RegistrySource } from './registry-source.ts';
import { auroraReason, isAway } from './trouble.ts';

/** Pages this process keeps a minute, whatever is asked: a crawl through filters must not fill the table. */
const KEPT_A_MINUTE = 60;

/** Questions remembered, so that each is kept once a minute: more than `KEPT_A_MINUTE` lets in. */
const REMEMBERED = 1_000;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** How long keeping a page may take beside the answer that waits for its outputs anyway. */
const KEEP_BUDGET_MS = 1_000;

/** Copies refreshed at a time. */
const REFRESH_WIDTH = 4;

type Entries = PageCopy['entries'];

export interface FoundPage {
  readonly entries: Entries;
  readonly more: boolean;
  readonly total?: PageCopy['total'];
  /** How Aurora found it, where the query asks for that. */
  readonly plan?: QueryPlan;
  /** Where the page ends in Aurora, whatever was left out of it since. */
  readonly end?: CursorValues;
  /** Absent when the page came from Aurora. */
  readonly old?: {
    readonly reason: string;
    readonly ageSeconds: number;
    /** What its relative times counted from. */
    readonly now: Timestamp;
  };
  /** Settles when the copy of this page is kept, or was not needed. Never rejects. */
  readonly kept: Promise<void>;
}

/** Finds pages in Aurora, and keeps copies of first pages for the time in which it cannot be asked. */
export interface PageCopies {
  /**
   * A page from Aurora; where that is away and the page is a first one that was answered within a day,
   * from its copy, less the articles deleted since. Errors: those of `ArticleStore.find`, also where
   * `strict` and there is a copy. Cost: 1 Data API call; from a copy 2 DynamoDB calls.
   */
  find(ctx: Context, query: ArticleQuery, strict: boolean): Promise<FoundPage>;

  /** Brings copies older than `olderThanMs` up to date, those asked for last first. Cost: 16 DynamoDB calls, then 1 Data API call and 1 DynamoDB call each. */
  refresh(
    ctx: Context,
    options: { readonly olderThanMs: number; readonly limit: number },
  ): Promise<{ readonly refreshed: number }>;
}

export function createPageCopies(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly clock: Clock;
  readonly registry: Pick<RegistrySource, 'refresh'>;
}): PageCopies {
  const { articles, outputs, clock, registry } = parts;
  const due = createRegulator(clock);

  async function keep(ctx: Context, key: string, page: PageCopy): Promise<boolean> {
    try {
      const quick = childContext(withoutWaiting(ctx), clock, { atMostMs: KEEP_BUDGET_MS });
      const outcome = await outputs.putPage(quick, key, page);
      if (outcome === 'too_large') ctx.observe({ kind: 'event', name: 'page_copy_too_large' });
      return outcome === 'kept';
    } catch (error) {
      if (!isAway(error)) throw error;
      ctx.observe({ kind: 'event', name: 'page_copy_failed' });
      return false;
    }
  }

  async function fromCopy(ctx: Context, query: ArticleQuery, away: Error): Promise<FoundPage> {
    try {
      const page = await outputs.getPage(ctx, keyOf(query));
      if (page === undefined) throw away;
      const ids = page.entries.map(({ article }) => article.id);
      const marks = await outputs.readMarks(ctx, ids);
      // Whether one of them was deleted nobody can tell: none may be shown then.
      if ([...marks.values()].includes('unavailable')) throw away;
      const entries = page.entries.filter(({ article: { id } }) => {
        const mark = marks.get(id);
        return mark !== 'deleted' && mark !== 'deleting';
      });
      const gone = page.entries.length - entries.length;
      const { total, more, copiedAtMs } = page;
      const end = page.entries.at(-1)?.cursor;
      return {
        entries,
        more,
        ...(end === undefined ? {} : { end }),
        ...(total === undefined ? {} : { total: { ...total, size: total.size - gone } }),
        old: {
          reason: isServiceError(away) ? auroraReason(away) : 'aurora_unavailable',
          ageSeconds: Math.max(0, Math.floor((clock.now() - copiedAtMs) / 1_000)),
          now: page.query.now,
        },
        kept: Promise.resolve(),
      };
    } catch (error) {
      // With both stores away the answer is about the one that was asked first.
      throw isAway(error) ? away : error;
    }
  }

  return {
    async find(ctx, query, strict) {
      const beganMs = clock.now();
      const isFirst = query.after === undefined && query.skip === 0;
      let found: Awaited<ReturnType<ArticleStore['find']>>;
      try {
        const early = childContext(ctx, clock, { reserveMs: FALLBACK_MS });
        found = await articles.find(isFirst ? early : ctx, query);
      } catch (error) {
        if (!isAway(error) || !isFirst || strict) throw error;
        return fromCopy(ctx, query, error);
      }
      const end = found.entries.at(-1)?.cursor;
      const key = isFirst ? keyOf(query) : undefined;
      const kept =
        key !== undefined && due(key)
          ? keep(ctx, key, pageOf(found, query, beganMs, beganMs))
          : undefined;
      return {
        ...found,
        ...(end === undefined ? {} : { end }),
        kept: (kept ?? Promise.resolve()).then(
          () => undefined,
          (error: unknown) => ctx.observe({ kind: 'fault', op: 'pages.keep', error }),
        ),
      };
    },

    async refresh(ctx, { olderThanMs, limit }) {
      const nowMs = clock.now();
      const notes = (await outputs.listPages(ctx))
        .filter(({ copiedAtMs }) => nowMs - copiedAtMs >= olderThanMs)
        .filter(({ askedAtMs }) => nowMs - askedAtMs < DAY_MS)
        .sort((a, b) => b.askedAtMs - a.askedAtMs)
        .slice(0, limit);
      if (notes.length === 0) return { refreshed: 0 };
      const current = await registry.refresh(ctx);
      const outcomes = await mapLimited(notes, REFRESH_WIDTH, async ({ key, query, askedAtMs }) => {
        const beganMs = clock.now();
        const asked = { ...query, registry: current, now: timestampFromMs(beganMs) };
        const found = await articles.find(withoutWaiting(ctx), asked).catch((error: unknown) => {
          // A metric of the filter may be gone since: its copy ends with the day.
          if (isServiceError(error, 'invalid') || isRegistryChanged(error)) return undefined;
          throw error;
        });
        if (found === undefined) return false;
        return keep(ctx, key, pageOf(found, asked, beganMs, askedAtMs));
      });
      return { refreshed: outcomes.filter(Boolean).length };
    },
  };
}

/** What is kept of an answer. The registry stays out: it is the process's, and far larger than a page. */
function pageOf(
  { entries, more, total }: Pick<FoundPage, 'entries' | 'more' | 'total'>,
  { filter, text, orderBy, pageSize, skip, count, now, allowSlow }: ArticleQuery,
  copiedAtMs: number,
  askedAtMs: number,
): PageCopy {
  return {
    query: {
      orderBy,
      pageSize,
      skip,
      count,
      now,
      ...(filter === undefined ? {} : { filter }),
      ...(text === undefined ? {} : { text }),
      ...(allowSlow === undefined ? {} : { allowSlow }),
    },
    entries,
    more,
    copiedAtMs,
    askedAtMs,
    ...(total === undefined ? {} : { total }),
  };
}

/** Digest of what makes two lists the same question, however they were written. */
function keyOf({ filter, text, orderBy, pageSize, count }: ArticleQuery): string {
  const question = [
    filter === undefined ? null : printFilter(filter),
    text ?? null,
    printOrderBy(orderBy),
    pageSize,
    count,
  ];
  return createHash('sha256').update(JSON.stringify(question)).digest('hex');
}

/** Lets each key through once a minute, and not too many of them. */
function createRegulator(clock: Clock): (key: string) => boolean {
  const keptAtMs = new Map<string, number>();
  let minute = 0;
  let inMinute = 0;
  return (key) => {
    const nowMs = clock.now();
    if (nowMs - (keptAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) return false;
    const thisMinute = Math.floor(nowMs / MINUTE_MS);
    if (thisMinute !== minute) [minute, inMinute] = [thisMinute, 0];
    if (inMinute >= KEPT_A_MINUTE) return false;
    inMinute += 1;
    // Taken out first, so that the oldest stands first.
    keptAtMs.delete(key);
    keptAtMs.set(key, nowMs);
    const [oldest] = keptAtMs.keys();
    if (keptAtMs.size > REMEMBERED && oldest !== undefined) keptAtMs.delete(oldest);
    return true;
  };
}
