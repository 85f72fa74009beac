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
import { DYNAMODB_UNAVAILABLE, isAway, unavailable } from './trouble.ts';

type Reads = Pick<Outputs, 'get' | 'list' | 'versions'>;

/** Reads of AI outputs, from DynamoDB; Aurora is asked only where the article's copy leaves a doubt. */
export function createOutputReads(parts: {
  readonly outputs: AiOutputStore;
  readonly presence: PresenceCheck;
  readonly retention: Retention;
}): Reads {
  const { outputs, presence, retention } = parts;

  /**
   * The version that is asked for, or the latest. An old one that is not found beside a head that is newer
   * may have been the head until a moment ago. Errors: `not_found`. Cost: 2 calls side by side, 1 for the
   * latest; 1 more where the version is a gap.
   */
  async function find(
    ctx: Context,
    articleId: string,
    kind: string,
    version: number | undefined,
  ): Promise<OutputHead> {
    const op = 'outputs.get';
    const [{ head, ...mark }, first] = await Promise.all([
      outputs.readHead(ctx, articleId, kind),
      version === undefined ? undefined : outputs.getVersion(ctx, articleId, kind, version),
    ]);
    await demandReadable(ctx, presence, op, articleId, mark, head !== undefined);
    const missing = () => noOutput(op, articleId, kind, version);
    if (!head || head.dead) throw missing();
    if (version === undefined || version === head.info.version) return head;
    if (version > head.info.version) throw missing();
    const isKept = await retention.of(ctx, head);
    const mayBe = first?.info ?? { version, storedAt: head.info.storedAt };
    if (!isKept(mayBe)) throw missing();
    const old = first ?? (await outputs.getVersion(ctx, articleId, kind, version));
    if (!old || !isKept(old.info)) throw missing();
    return old;
  }

  return {
    async get(ctx, articleId, kind, version) {
      let wanted = await find(ctx, articleId, kind, version);
      for (;;) {
        try {
          return { info: wanted.info, output: await outputs.loadOutput(ctx, wanted) };
        } catch (error) {
          if (!isAway(error)) throw error;
          // A writer may have put another one in its place, and retention taken its chunks away.
          const now = await find(ctx, articleId, kind, version);
          if (now.info.version === wanted.info.version) throw error;
          wanted = now;
        }
      }
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
      const below = Math.min(before ?? head.info.version, head.info.version);
      const isNone = old.length === 0 && below === 1;
      const isKept = isNone ? () => true : await retention.of(ctx, head);
      const whole = isOvertaken(old, limit, below, head, isKept)
        ? await outputs.listVersions(ctx, articleId, kind, { before: below, limit: limit + 1 })
        : old;
      // A writer that stopped before its head was put leaves a copy of the head itself among the old ones.
      const infos = whole
        .map(({ info }) => info)
        .filter((info) => info.version < below && isKept(info));
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

/**
 * Whether old versions that were read beside a head may lack one that was there all the while: the head of
 * the moment before, which leaves a gap directly below this one, or what newer ones left no room for.
 */
function isOvertaken(
  old: readonly OutputHead[],
  limit: number,
  below: number,
  head: OutputHead,
  isKept: (version: Pick<AiOutputInfo, 'version' | 'storedAt'>) => boolean,
): boolean {
  const there = old.filter(({ info }) => info.version < below);
  if (old.length > limit && there.length < limit) return true;
  const top = below - 1;
  const isGap = top > (there[0]?.info.version ?? 0);
  return isGap && isKept({ version: top, storedAt: head.info.storedAt });
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
