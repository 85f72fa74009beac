import type {
  AiOutputBlock,
  AiOutputStore,
  Article,
  ArticleQuery,
  ArticleStore,
  Clock,
  Context,
  CursorValues,
  Include,
  QueryPlan,
  Total,
} from '../domain/index.ts';
import { childContext } from './budget.ts';
import {
  articleBytes,
  blockBytes,
  degradedBy,
  kindsOf,
  loadBlocks,
  outputBudget,
  type PlannedBlock,
  planBlocks,
  readOrUnavailable,
  textBytes,
  unavailableReads,
} from './join.ts';
import { ANSWER_BYTES, FALLBACK_MS, LIST_BLOCK_BYTES } from './limits.ts';
import type { FoundPage, PageCopies } from './page-copies.ts';
import { timestampMs } from './presence.ts';
import type { ArticleAnswer, Articles, ArticleView, Wanted } from './service.ts';
import {
  absent,
  auroraReason,
  DYNAMODB_UNAVAILABLE,
  gone,
  isAway,
  unavailable,
} from './trouble.ts';

const NO_BLOCKS: ReadonlyMap<string, never> = new Map<string, never>();

type Reads = Pick<Articles, 'get' | 'list' | 'related'>;

/** Reads of articles, joined with their outputs and bodies in as few store calls as there are stores. */
export function createArticleReads(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly clock: Clock;
  readonly pages: PageCopies;
}): Reads {
  const { articles, outputs, clock, pages } = parts;

  /** The article from Aurora, or else DynamoDB's copy of it with its age. */
  async function readArticle(
    ctx: Context,
    id: string,
    strict: boolean,
  ): Promise<{ article: Article; degraded: string[]; ageSeconds?: number }> {
    const op = 'articles.get';
    try {
      const answer = await articles.get(childContext(ctx, clock, { reserveMs: FALLBACK_MS }), id);
      if (answer.state !== 'live') throw absent(op, id, answer.state);
      return { article: answer.article, degraded: [] };
    } catch (error) {
      if (!isAway(error)) throw error;
      const copy = await outputs.getArticle(ctx, id).catch((second: unknown) => {
        if (isAway(second)) throw error;
        throw second;
      });
      if (copy.state === 'deleted') throw gone(op, id);
      if (copy.state === 'unknown' || copy.deletingSince !== undefined || strict) throw error;
      const age = Math.max(0, Math.floor((clock.now() - timestampMs(copy.copiedAt)) / 1000));
      return { article: copy.article, degraded: [auroraReason(error)], ageSeconds: age };
    }
  }

  /** Text of the article's body: from those read beside the article, or by digest when it changed meanwhile. */
  async function bodyOf(
    ctx: Context,
    article: Article,
    near: ReadonlyMap<string, string> | undefined,
  ): Promise<{ text?: string; failed: boolean }> {
    if (article.body === undefined) return { failed: false };
    const { sha256 } = article.body;
    const text =
      near?.get(sha256) ??
      (await outputs.getBodies(ctx, [{ articleId: article.id, sha256 }])).get(sha256);
    return text === undefined ? { failed: true } : { text, failed: false };
  }

  /** Joins a row of articles with their outputs and bodies: one batch. Stops before the answer grows past its limit. */
  async function join(
    ctx: Context,
    rows: readonly Article[],
    wanted: Wanted,
    usedBytes: number,
  ): Promise<{ views: ArticleView[]; bytes: number; degraded: Set<string> }> {
    const kinds = kindsOf(wanted.include);
    const ids = rows.map((article) => article.id);
    const refs = wanted.body
      ? rows.flatMap(({ id, body }) => (body ? [{ articleId: id, sha256: body.sha256 }] : []))
      : [];
    const degraded = new Set<string>();
    const [[heads, headsRead], [bodies]] = await Promise.all([
      kinds === undefined || ids.length === 0
        ? ([undefined, true] as const)
        : readOrUnavailable(outputs.getOutputsMany(ctx, ids, kinds), undefined),
      refs.length === 0
        ? ([new Map<string, string | undefined>()] as const)
        : readOrUnavailable(outputs.getBodies(ctx, refs), new Map<string, string | undefined>()),
    ]);
    if (!headsRead) degraded.add(DYNAMODB_UNAVAILABLE);

    const planned: { view: ArticleView; blocks: ReadonlyMap<string, PlannedBlock> }[] = [];
    let bytes = usedBytes;
    for (const article of rows) {
      const body = article.body && wanted.body ? bodies.get(article.body.sha256) : undefined;
      if (wanted.body && article.body && body === undefined) degraded.add(DYNAMODB_UNAVAILABLE);
      let size = articleBytes(article) + (body === undefined ? 0 : textBytes(body));
      let blocks: ReadonlyMap<string, PlannedBlock> = NO_BLOCKS;
      if (kinds !== undefined) {
        const reads = heads?.get(article.id) ?? (headsRead ? new Map() : unavailableReads(kinds));
        blocks = planBlocks(reads, kinds, {
          blockBytes: LIST_BLOCK_BYTES,
          budgetBytes: outputBudget(size),
        });
        for (const block of blocks.values()) size += blockBytes(block);
      }
      if (bytes + size > ANSWER_BYTES && (planned.length > 0 || usedBytes > 0)) break;
      bytes += size;
      planned.push({ view: { article, ...(body === undefined ? {} : { body }) }, blocks });
    }
    const loaded = await loadBlocks(
      ctx,
      outputs,
      planned.map(({ blocks }) => blocks),
    );
    const views = planned.map(({ view }, index): ArticleView => {
      if (kinds === undefined) return view;
      const aiOutputs = loaded[index] ?? NO_BLOCKS;
      for (const word of degradedBy(aiOutputs.values())) degraded.add(word);
      return { ...view, aiOutputs };
    });
    return { views, bytes, degraded };
  }

  return {
    async get(ctx, id, wanted): Promise<ArticleAnswer> {
      const kinds = kindsOf(wanted.include);
      const [found, heads, bodies] = await Promise.all([
        readArticle(ctx, id, wanted.strict),
        kinds === undefined
          ? undefined
          : readOrUnavailable(outputs.getOutputs(ctx, id, kinds), unavailableReads(kinds)),
        wanted.body ? readOrUnavailable(outputs.getBodiesOf(ctx, id), undefined) : undefined,
      ]);
      const degraded = new Set(found.degraded);
      if (heads?.[1] === false) degraded.add(DYNAMODB_UNAVAILABLE);

      let size = articleBytes(found.article);
      let body: string | undefined;
      if (wanted.body) {
        const [read] = await readOrUnavailable(bodyOf(ctx, found.article, bodies?.[0]), {
          failed: true,
        });
        if (read.failed) degraded.add(DYNAMODB_UNAVAILABLE);
        body = read.text;
        if (body !== undefined) size += textBytes(body);
      }
      let aiOutputs: ReadonlyMap<string, AiOutputBlock> | undefined;
      if (kinds !== undefined && heads !== undefined) {
        const budgetBytes = outputBudget(size);
        const planned = planBlocks(heads[0], kinds, { blockBytes: budgetBytes, budgetBytes });
        [aiOutputs = NO_BLOCKS] = await loadBlocks(ctx, outputs, [planned]);
        for (const word of degradedBy(aiOutputs.values())) degraded.add(word);
      }
      const answer = {
        article: found.article,
        degraded: [...degraded],
        ...(body === undefined ? {} : { body }),
        ...(aiOutputs === undefined ? {} : { aiOutputs }),
        ...(found.ageSeconds === undefined ? {} : { ageSeconds: found.ageSeconds }),
      };
      demandWhole(ctx, 'articles.get', wanted, answer.degraded);
      return answer;
    },

    async list(ctx, query, wanted) {
      const views: ArticleView[] = [];
      const degraded = new Set<string>();
      let total: Total | undefined;
      let plan: QueryPlan | undefined;
      let next: CursorValues | undefined;
      let bytes = 0;
      let ask: ArticleQuery = query;
      let old: FoundPage['old'];
      // One round as a rule; more only where the store's 1 MiB result limit cut a page of large articles.
      for (;;) {
        const found = await pages.find(ctx, ask, wanted.strict);
        total ??= found.total;
        old = found.old;
        if (old) degraded.add(old.reason);
        plan ??= found.plan;
        const rows = found.entries.map((entry) => entry.article);
        const [joined] = await Promise.all([join(ctx, rows, wanted, bytes), found.kept]);
        views.push(...joined.views);
        bytes = joined.bytes;
        for (const word of joined.degraded) degraded.add(word);
        const cut = joined.views.length < rows.length;
        const last = found.entries[joined.views.length - 1];
        next = cut ? (last?.cursor ?? next) : found.more ? found.end : undefined;
        if (cut || !found.more || old || last === undefined || views.length >= query.pageSize)
          break;
        ask = {
          ...query,
          after: last.cursor,
          skip: 0,
          count: 'none',
          explain: false,
          pageSize: query.pageSize - views.length,
        };
      }
      demandWhole(ctx, 'articles.list', wanted, [...degraded]);
      return {
        views,
        degraded: [...degraded],
        ...(old === undefined ? {} : { ageSeconds: old.ageSeconds, now: old.now }),
        ...(next === undefined ? {} : { next }),
        ...(total === undefined ? {} : { total }),
        ...(plan === undefined ? {} : { plan }),
      };
    },

    async related(ctx, id, query, wanted) {
      const op = 'articles.related';
      const found = await articles.related(ctx, id, query);
      if (found.state !== 'live') throw absent(op, id, found.state);
      const joined = await join(
        ctx,
        found.related.map(({ article }) => article),
        wanted,
        0,
      );
      demandWhole(ctx, op, wanted, [...joined.degraded]);
      return {
        related: joined.views.map((view, index) => {
          const { score = 0, why = [] } = found.related[index] ?? {};
          return { view, score, why };
        }),
        degraded: [...joined.degraded],
      };
    },
  };
}

function demandWhole(
  ctx: Context,
  op: string,
  wanted: { readonly strict: boolean; readonly include: Include },
  degraded: readonly string[],
): void {
  for (const reason of degraded) ctx.observe({ kind: 'degraded', reason });
  const [reason] = degraded;
  if (wanted.strict && reason !== undefined) throw unavailable(op, reason);
}
