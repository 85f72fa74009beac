import {
  type AiOutputStore,
  type ArticleStore,
  type Context,
  createRegistry,
  type Projection,
  type Registry,
} from '../domain/index.ts';
import { isAway } from './trouble.ts';

/** Where DynamoDB keeps what Aurora said last, for while it sleeps. */
export const REGISTRY_NOTE = 'registry';

/** The projections there are now, as far as this process knows. */
export interface RegistrySource {
  /** What is known without asking; undefined before the first read. */
  known(): Registry | undefined;
  /**
   * What is known, read on first need: from Aurora, or from its copy while Aurora is away. Errors:
   * `unavailable` where neither has it. Cost: no call, the first time as `refresh`, or 1 DynamoDB call more.
   */
  current(ctx: Context): Promise<Registry>;
  /**
   * Reads it again, and copies what has changed. Errors: `unavailable` while Aurora sleeps. Cost: 1 Data API
   * call, and 2 DynamoDB calls where it is new to this process; callers at the same time share them.
   */
  refresh(ctx: Context): Promise<Registry>;
}

/** Keeps the registry of a process. What it holds may be old: stores refuse an old one where it matters. */
export function createRegistrySource(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
}): RegistrySource {
  const { articles, outputs } = parts;
  let known: Registry | undefined;
  let reading: Promise<Registry> | undefined;
  /** Revision of the copy; without any projection there is none. */
  let copied = 0;

  async function read(ctx: Context): Promise<Registry> {
    const registry = await articles.readRegistry(ctx);
    // An answer that was overtaken on its way does not count.
    if (known === undefined || registry.revision >= known.revision) known = registry;
    if (known.revision > copied) await copy(ctx, known);
    return known;
  }

  /** A copy that fails is made by the next read. */
  async function copy(ctx: Context, registry: Registry): Promise<void> {
    try {
      const there = await readCopy(ctx);
      const { revision, projections } = registry;
      if ((there?.revision ?? 0) < revision) {
        await outputs.putNote(ctx, REGISTRY_NOTE, JSON.stringify({ revision, projections }));
      }
      copied = revision;
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }

  async function readCopy(ctx: Context): Promise<Registry | undefined> {
    const note = await outputs.readNote(ctx, REGISTRY_NOTE);
    if (note === undefined) return undefined;
    // Printed by the function above and by nothing else.
    const { revision, projections } = JSON.parse(note) as {
      revision: number;
      projections: readonly Projection[];
    };
    return createRegistry(revision, projections);
  }

  function refresh(ctx: Context): Promise<Registry> {
    reading ??= read(ctx).finally(() => {
      reading = undefined;
    });
    return reading;
  }

  return {
    known: () => known,
    refresh,
    async current(ctx) {
      if (known !== undefined) return known;
      try {
        return await refresh(ctx);
      } catch (error) {
        if (!isAway(error)) throw error;
        const copy = await readCopy(ctx).catch(() => undefined);
        if (copy === undefined) throw error;
        known ??= copy;
        return known;
      }
    },
  };
}
