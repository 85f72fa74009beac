import {
  type ArticleMark,
  type Clock,
  type Context,
  PAGE_COPY_HOURS,
  PAGE_COPY_REFRESH_MS,
  type PageCopy,
  type PageCopyStore,
  printJson,
} from '../../src/domain/index.ts';

/** What the real store can hold compressed, at the three to one that text gives. */
const MAX_BYTES = 1024 * 1024;

/** Page copies kept in memory, for the fake that holds the articles' marks. */
export function createFakePageCopies(parts: {
  readonly clock: Clock;
  readonly check: (ctx: Context, op: string) => void;
  readonly markOf: (id: string) => ArticleMark;
}): PageCopyStore {
  const { clock, check, markOf } = parts;
  const pages = new Map<string, PageCopy>();

  const holds = ({ copiedAtMs }: PageCopy): boolean =>
    clock.now() < copiedAtMs + PAGE_COPY_HOURS * 3_600_000;

  return {
    async putPage(ctx, key, page) {
      check(ctx, 'putPage');
      if (Buffer.byteLength(printJson(page.entries)) > MAX_BYTES) return 'too_large';
      const there = pages.get(key);
      if (there && there.copiedAtMs > page.copiedAtMs - PAGE_COPY_REFRESH_MS) return 'young';
      pages.set(key, page);
      return 'kept';
    },

    async getPage(ctx, key) {
      check(ctx, 'getPage');
      const page = pages.get(key);
      return page && holds(page) ? page : undefined;
    },

    async listPages(ctx) {
      check(ctx, 'listPages');
      return [...pages]
        .filter(([, page]) => holds(page))
        .map(([key, { query, copiedAtMs, askedAtMs }]) => ({ key, query, copiedAtMs, askedAtMs }));
    },

    async readMarks(ctx, ids) {
      if (ctx.signal.aborted || clock.now() >= ctx.deadlineMs) {
        return new Map(ids.map((id) => [id, 'unavailable']));
      }
      return new Map(ids.map((id) => [id, markOf(id)]));
    },
  };
}
