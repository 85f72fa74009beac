import type {
  AiOutputStore,
  Article,
  ArticleStore,
  Context,
  CursorValues,
  OutputRead,
} from '../domain/index.ts';
import { articleBytes, infoBytes, kindsOf, textBytes } from './join.ts';
import { ANSWER_BYTES } from './limits.ts';
import type { Articles, ExportLine, ExportPosition } from './service.ts';
import { DYNAMODB_UNAVAILABLE, unavailable } from './trouble.ts';

/** Articles asked for at a time: few, since the outputs of an article may fill an answer by themselves. */
const ARTICLES_A_ROUND = 20;

/** Exports articles with their outputs, in pages that can end amid the outputs of one article. */
export function createExport(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
}): Pick<Articles, 'exportPage'> {
  const { articles, outputs } = parts;

  /** Heads of a row of articles, in one go. All or an error: an export that leaves out is none. */
  async function headsOf(
    ctx: Context,
    ids: readonly string[],
    kinds: 'all' | readonly string[] | undefined,
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, OutputRead>>> {
    return kinds === undefined || ids.length === 0
      ? new Map()
      : outputs.getOutputsMany(ctx, ids, kinds);
  }

  /** The lines of outputs that follow `afterKind`, until `room` is used up; `stoppedAfter` when it was. */
  async function outputLines(
    ctx: Context,
    reads: ReadonlyMap<string, OutputRead>,
    afterKind: string | undefined,
    room: number,
    first: boolean,
  ): Promise<{ lines: ExportLine[]; bytes: number; stopped: boolean; lastKind?: string }> {
    const lines: ExportLine[] = [];
    let bytes = 0;
    let lastKind = afterKind;
    const done = (stopped: boolean) => ({
      lines,
      bytes,
      stopped,
      ...(lastKind === undefined ? {} : { lastKind }),
    });
    for (const kind of [...reads.keys()].sort()) {
      if (afterKind !== undefined && kind <= afterKind) continue;
      const read = reads.get(kind);
      if (read?.status === 'unavailable')
        throw unavailable('articles.export', DYNAMODB_UNAVAILABLE);
      if (read?.status !== 'found') continue;
      const { info } = read.head;
      const size = info.sizeBytes + infoBytes(info);
      if (bytes + size > room && !(first && lines.length === 0)) return done(true);
      lines.push({ type: 'output', info, output: await outputs.loadOutput(ctx, read.head) });
      bytes += size;
      lastKind = kind;
    }
    return done(false);
  }

  async function bodiesOf(
    ctx: Context,
    rows: readonly Article[],
  ): Promise<ReadonlyMap<string, string | undefined>> {
    const refs = rows.flatMap(({ id, body }) =>
      body ? [{ articleId: id, sha256: body.sha256 }] : [],
    );
    return refs.length === 0 ? new Map() : outputs.getBodies(ctx, refs);
  }

  return {
    async exportPage(ctx, query, include, resume) {
      const kinds = kindsOf(include);
      const lines: ExportLine[] = [];
      let bytes = 0;
      let after: CursorValues | undefined = query.after;
      const page = (next?: ExportPosition) => ({ lines, ...(next ? { next } : {}) });

      if (resume && after) {
        const reads = (await headsOf(ctx, [resume.articleId], kinds)).get(resume.articleId);
        const rest = await outputLines(
          ctx,
          reads ?? new Map(),
          resume.afterKind,
          ANSWER_BYTES,
          true,
        );
        lines.push(...rest.lines);
        bytes += rest.bytes;
        if (rest.stopped) {
          return page({
            after,
            resume: { ...resume, afterKind: rest.lastKind ?? resume.afterKind },
          });
        }
      }
      for (;;) {
        const found = await articles.find(ctx, {
          ...query,
          ...(after ? { after } : {}),
          pageSize: ARTICLES_A_ROUND,
        });
        const rows = found.entries.map(({ article }) => article);
        const [heads, bodies] = await Promise.all([
          headsOf(
            ctx,
            rows.map(({ id }) => id),
            kinds,
          ),
          bodiesOf(ctx, rows),
        ]);
        for (const { article, cursor } of found.entries) {
          const body = article.body && bodies.get(article.body.sha256);
          if (article.body && body === undefined) {
            throw unavailable('articles.export', DYNAMODB_UNAVAILABLE);
          }
          const size = articleBytes(article) + (body === undefined ? 0 : textBytes(body));
          if (bytes + size > ANSWER_BYTES && lines.length > 0) {
            return page(after ? { after } : undefined);
          }
          lines.push({ type: 'article', article, ...(body === undefined ? {} : { body }) });
          bytes += size;
          after = cursor;
          const own = heads.get(article.id) ?? new Map<string, OutputRead>();
          const rest = await outputLines(ctx, own, undefined, ANSWER_BYTES - bytes, false);
          lines.push(...rest.lines);
          bytes += rest.bytes;
          if (rest.stopped) {
            const afterKind = rest.lastKind ?? '';
            return page({ after: cursor, resume: { articleId: article.id, afterKind } });
          }
        }
        if (!found.more) return page();
        if (bytes > ANSWER_BYTES / 2 && after) return page({ after });
      }
    },
  };
}
