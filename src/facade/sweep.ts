import {
  type AiOutputInfo,
  type AiOutputStore,
  type ArticleStore,
  type AuroraState,
  type Clock,
  type Context,
  isRetained,
  type OutputHead,
  type StoredPart,
} from '../domain/index.ts';
import { mapLimited, withoutWaiting } from './budget.ts';
import type { KindSource } from './kinds.ts';
import { isAway } from './trouble.ts';
import type { Maintenance } from './upkeep.ts';

/**
 * A round over everything is due so long after the last one ended. While Aurora sleeps, which leaves bodies
 * where they are, it may wait another day: so rounds move to hours at which it is awake, if there are any.
 */
const EVERY_MS = 24 * 3_600_000;
const ASLEEP_EVERY_MS = 2 * EVERY_MS;

/**
 * Younger parts may belong to a write that has not put its head yet. No writer lives longer than
 * `LONGEST_REQUEST_MS`; an hour leaves room for clocks that differ.
 */
const SAFE_AGE_MS = 3_600_000;

/** Parts looked into and removed at a time: well under the SDK's 50 sockets. */
const WIDTH = 16;

const NOTE = 'sweep';

/** Where a round stands: behind `after`, or ended. */
interface Progress {
  readonly after?: string;
  readonly endedAtMs?: number;
}

type IsKept = (version: Pick<AiOutputInfo, 'version' | 'storedAt'>) => boolean;

type OutputPart = Exclude<StoredPart, { type: 'body' }>;
type BodyPart = Extract<StoredPart, { type: 'body' }>;

/**
 * Removes what no reader can reach any more: chunks and versions that no head or version names, as crashes
 * leave them, old versions past their retention, and bodies that their articles no longer have.
 */
export function createSweep(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly kinds: KindSource;
  readonly clock: Clock;
  readonly auroraState: () => AuroraState;
}): Pick<Maintenance, 'sweep'> {
  const { articles, outputs, kinds, clock, auroraState } = parts;

  async function remove(ctx: Context, doomed: readonly StoredPart[]): Promise<number> {
    // Versions before the chunks they name: a crash in between leaves chunks, which the next round finds.
    for (const type of ['version', 'chunk', 'body'] as const) {
      const those = doomed.filter((part) => part.type === type);
      await mapLimited(those, WIDTH, (part) => outputs.removePart(ctx, part));
    }
    return doomed.length;
  }

  async function sweepOutputs(ctx: Context, found: readonly OutputPart[]): Promise<number> {
    const settings = await kinds.refresh(ctx);
    const groups = [...groupBy(found, ({ articleId, kind }) => `${articleId}#${kind}`).values()];
    const heads = await outputs.readHeads(
      ctx,
      groups.map(([first]) => first as OutputPart),
    );
    const nowMs = clock.now();
    const doomed = await mapLimited(groups, WIDTH, async (group, index) => {
      const head = heads[index];
      if (head === undefined || head === 'unavailable' || head === 'corrupt') return [];
      if (head === 'missing') return group;
      const isKept: IsKept = (version) =>
        isRetained(version, head, settings.get(head.info.kind), nowMs);
      const old = group.filter((part) => part.type === 'version');
      const gone = old.filter((part) =>
        head.dead ? part.version < head.info.version : !isKept(part),
      );
      const chunks = group.filter((part) => part.type === 'chunk');
      const stray = await mapLimited(chunks, 1, async (chunk) =>
        (await isNamed(ctx, head, chunk, isKept)) ? [] : [chunk],
      );
      return [...gone, ...stray.flat()];
    });
    return remove(ctx, doomed.flat());
  }

  /** Whether the head, or the version that a chunk belongs to, has it as a part of its text. */
  async function isNamed(
    ctx: Context,
    head: OutputHead,
    chunk: Extract<StoredPart, { type: 'chunk' }>,
    isKept: IsKept,
  ): Promise<boolean> {
    if (head.dead || chunk.version > head.info.version) return false;
    if (chunk.version === head.info.version) {
      return head.content.chunks?.key === chunk.content;
    }
    const { articleId, kind, version } = chunk;
    const old = await outputs.getVersion(ctx, articleId, kind, version);
    return old !== undefined && isKept(old.info) && old.content.chunks?.key === chunk.content;
  }

  /**
   * Bodies are the articles': where the copy does not vouch for one, Aurora is asked. While it sleeps such a
   * body stays, and the next round finds it again.
   */
  async function sweepBodies(ctx: Context, found: readonly BodyPart[]): Promise<number> {
    const groups = [...groupBy(found, ({ articleId }) => articleId).values()];
    const doomed = await mapLimited(groups, WIDTH, async (group) => {
      const [{ articleId } = { articleId: '' }] = group;
      const copy = await outputs.getArticle(ctx, articleId);
      const copied = copy.state === 'live' ? copy.article.body?.sha256 : undefined;
      const doubtful = group.filter(({ sha256 }) => sha256 !== copied);
      if (doubtful.length === 0 || auroraState() !== 'awake') return [];
      const now = await articles.get(withoutWaiting(ctx), articleId);
      const held = now.state === 'live' ? now.article.body?.sha256 : undefined;
      return doubtful.filter(({ sha256 }) => sha256 !== held);
    });
    return remove(ctx, doomed.flat());
  }

  return {
    async sweep(ctx, { pages }) {
      const progress = parseProgress(await outputs.readNote(ctx, NOTE));
      const { endedAtMs } = progress;
      const everyMs = auroraState() === 'awake' ? EVERY_MS : ASLEEP_EVERY_MS;
      if (endedAtMs !== undefined && clock.now() - endedAtMs < everyMs) {
        return { swept: 0, left: false };
      }
      let { after } = progress;
      let swept = 0;
      for (let page = 0; page < pages; page++) {
        const { parts: found, next } = await outputs.scanParts(ctx, after);
        const old = found.filter(({ storedAtMs }) => storedAtMs < clock.now() - SAFE_AGE_MS);
        try {
          swept += await sweepOutputs(ctx, old.filter(isOutputPart));
          swept += await sweepBodies(ctx, old.filter(isBodyPart));
        } catch (error) {
          // The page is done again by the next run.
          if (!isAway(error)) throw error;
          return { swept, left: true };
        }
        after = next;
        const reached: Progress = next === undefined ? { endedAtMs: clock.now() } : { after: next };
        await outputs.putNote(ctx, NOTE, JSON.stringify(reached));
        if (next === undefined) return { swept, left: false };
      }
      return { swept, left: true };
    },
  };
}

function parseProgress(note: string | undefined): Progress {
  // Written by the function above and by nothing else.
  return note === undefined ? {} : (JSON.parse(note) as Progress);
}

function isOutputPart(part: StoredPart): part is OutputPart {
  return part.type !== 'body';
}

function isBodyPart(part: StoredPart): part is BodyPart {
  return part.type === 'body';
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
