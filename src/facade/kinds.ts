import type { AiOutputStore, ArticleStore, Clock, Context, KindSettings } from '../domain/index.ts';
import type { Kinds } from './service.ts';
import { auroraReason, isAway } from './trouble.ts';

/**
 * How long settings are taken as they were read: an old version is dropped at most this long after a
 * change on another process, and a write costs no call to ask.
 */
const FRESH_MS = 30_000;

/** Settings of the kinds of outputs, as this process knows them. */
export interface KindSource {
  /** What is set for a kind; undefined where nothing is. Cost: no call, or 1 every 30 s. */
  settingsOf(ctx: Context, kind: string): Promise<KindSettings | undefined>;
  /** All that is set, by kind. Cost: 1 call. */
  refresh(ctx: Context): Promise<ReadonlyMap<string, KindSettings>>;
}

export function createKindSource(outputs: AiOutputStore, clock: Clock): KindSource {
  let known: ReadonlyMap<string, KindSettings> = new Map();
  let readAtMs = Number.NEGATIVE_INFINITY;

  async function refresh(ctx: Context): Promise<ReadonlyMap<string, KindSettings>> {
    const nowMs = clock.now();
    const kinds = await outputs.readKinds(ctx);
    known = new Map(kinds.map((settings) => [settings.kind, settings]));
    readAtMs = nowMs;
    return known;
  }

  return {
    refresh,
    async settingsOf(ctx, kind) {
      if (clock.now() - readAtMs >= FRESH_MS) await refresh(ctx);
      return known.get(kind);
    },
  };
}

/** Settings from DynamoDB, counts from Aurora's catalogue. */
export function createKinds(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly source: KindSource;
}): Kinds {
  const { articles, outputs, source } = parts;
  return {
    async put(ctx, settings) {
      await outputs.putKind(ctx, settings);
      await source.refresh(ctx);
    },

    async list(ctx, { strict = false } = {}) {
      const [settings, { counts, degraded }] = await Promise.all([
        source.refresh(ctx),
        articles.countKinds(ctx).then(
          (counts) => ({ counts, degraded: [] }),
          (error: unknown) => {
            if (!isAway(error) || strict) throw error;
            return { counts: undefined, degraded: [auroraReason(error)] };
          },
        ),
      ]);
      const names = [...new Set([...settings.keys(), ...(counts?.keys() ?? [])])].sort();
      const kinds = names.map((kind) => ({
        ...settings.get(kind),
        kind,
        ...(counts === undefined ? {} : { count: counts.get(kind) ?? 0 }),
      }));
      return { kinds, degraded };
    },
  };
}
