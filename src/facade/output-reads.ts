import {
  type AiOutputInfo,
  type AiOutputStore,
  type Context,
  type OutputHead,
  ServiceError,
} from '../domain/index.ts';
import { bareInfo, infoBytes } from './join.ts';
import { ANSWER_BYTES } from './limits.ts';
import type { Mark, PresenceCheck } from './presence.ts';
import type { Retention } from './retention.ts';
import type { Outputs } from './service.ts';
import { DYNAMODB_UNAVAILABLE, unavailable } from './trouble.ts';

type Reads = Pick<Outputs, 'get' | 'list' | 'versions'>;

/** Reads of AI outputs, from DynamoDB; Aurora is asked only where the article's copy leaves a doubt. */
export function createOutputReads(parts: {
  readonly outputs: AiOutputStore;
  readonly presence: PresenceCheck;
  readonly retention: Retention;
}): Reads {
  const { outputs, presence, retention } = parts;

  return {
    async get(ctx, articleId, kind, version) {
      const op = 'outputs.get';
      const [{ head, ...mark }, old] = await Promise.all([
        outputs.readHead(ctx, articleId, kind),
        version === undefined ? undefined : outputs.getVersion(ctx, articleId, kind, version),
      ]);
      await demandReadable(ctx, presence, op, articleId, mark, head !== undefined);
      const wanted = choose(head, old, version);
      if (!wanted) throw noOutput(op, articleId, kind, version);
      if (head && wanted !== head) {
        const isKept = await retention.of(ctx, head);
        if (!isKept(wanted.info)) throw noOutput(op, articleId, kind, version);
      }
      return { info: wanted.info, output: await outputs.loadOutput(ctx, wanted) };
    },

    async list(ctx, articleId) {
      const op = 'outputs.list';
      const [copy, reads] = await Promise.all([
        outputs.getArticle(ctx, articleId),
        outputs.getOutputs(ctx, articleId, 'all', { consistent: true }),
      ]);
      const mark: Mark =
        copy.state === 'live' && copy.deletingSince !== undefined
          ? { article: 'deleting', deletingSince: copy.deletingSince }
          : { article: copy.state };
      await demandReadable(ctx, presence, op, articleId, mark, reads.size > 0);
      const infos = new Map<string, AiOutputInfo>();
      let left = ANSWER_BYTES;
      for (const kind of [...reads.keys()].sort()) {
        const read = reads.get(kind);
        if (read?.status === 'unavailable') throw unavailable(op, DYNAMODB_UNAVAILABLE);
        if (read?.status !== 'found') continue;
        const { info } = read.head;
        const told = infoBytes(info) > left ? bareInfo(info) : info;
        left -= infoBytes(told);
        infos.set(kind, told);
      }
      return infos;
    },

    async versions(ctx, articleId, kind, { before, limit }) {
      const op = 'outputs.versions';
      const [{ head, ...mark }, old] = await Promise.all([
        outputs.readHead(ctx, articleId, kind),
        outputs.listVersions(ctx, articleId, kind, {
          before: before ?? Number.MAX_SAFE_INTEGER,
          limit: limit + 1,
        }),
      ]);
      await demandReadable(ctx, presence, op, articleId, mark, head !== undefined);
      if (!head || head.dead) throw noOutput(op, articleId, kind);
      // A writer that stopped before its head was put leaves a copy of the head itself among the old ones.
      const isKept = old.length === 0 ? () => true : await retention.of(ctx, head);
      const infos = old
        .map(({ info }) => info)
        .filter((info) => info.version < head.info.version && isKept(info));
      if (before === undefined || head.info.version < before) infos.unshift(head.info);
      const versions = infos.slice(0, Math.min(limit, fitting(infos)));
      const last = versions.at(-1);
      return {
        versions,
        ...(infos.length > versions.length && last ? { next: last.version } : {}),
      };
    },
  };
}

/**
 * An output whose article nobody can vouch for now is shown, as long as there is one: it was taken on
 * the same terms. Without one the article counts as unknown.
 */
async function demandReadable(
  ctx: Context,
  presence: PresenceCheck,
  op: string,
  articleId: string,
  mark: Mark,
  anything: boolean,
): Promise<void> {
  const answer = await presence.demand(ctx, op, articleId, mark);
  if (answer === 'unverified' && !anything) throw unavailable(op, 'aurora_asleep');
}

function choose(
  head: OutputHead | undefined,
  old: OutputHead | undefined,
  version: number | undefined,
): OutputHead | undefined {
  if (!head || head.dead) return undefined;
  if (version === undefined || version === head.info.version) return head;
  return version < head.info.version ? old : undefined;
}

/** How many of these, from the first on, one answer holds; at least one. */
function fitting(infos: readonly AiOutputInfo[]): number {
  let bytes = 0;
  const past = infos.findIndex((info) => {
    bytes += infoBytes(info);
    return bytes > ANSWER_BYTES;
  });
  return past < 0 ? infos.length : Math.max(1, past);
}

function noOutput(op: string, articleId: string, kind: string, version?: number): ServiceError {
  const which = version === undefined ? '' : ` in version ${version}`;
  return new ServiceError(
    'not_found',
    op,
    `The article "${articleId}" has no output "${kind}"${which}.`,
  );
}
