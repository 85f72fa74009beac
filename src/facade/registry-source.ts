import type { ArticleStore, Context, Registry } from '../domain/index.ts';

/** The projections there are now, as far as this process knows. */
export interface RegistrySource {
  /** What is known without asking; undefined before the first read. */
  known(): Registry | undefined;
  /** What is known, read on first need. Errors: as `refresh`. Cost: no call, the first time as `refresh`. */
  current(ctx: Context): Promise<Registry>;
  /** Reads it again. Errors: `unavailable` while Aurora sleeps. Cost: 1 Data API call; callers at the same time share it. */
  refresh(ctx: Context): Promise<Registry>;
}

/** Keeps the registry of a process. What it holds may be old: stores refuse an old one where it matters. */
export function createRegistrySource(articles: ArticleStore): RegistrySource {
  let known: Registry | undefined;
  let reading: Promise<Registry> | undefined;

  async function read(ctx: Context): Promise<Registry> {
    const registry = await articles.readRegistry(ctx);
    // An answer that was overtaken on its way does not count.
    if (known === undefined || registry.revision >= known.revision) known = registry;
    return known;
  }

  function refresh(ctx: Context): Promise<Registry> {
    reading ??= read(ctx).finally(() => {
      reading = undefined;
    });
    return reading;
  }

  return {
    known: () => known,
    current: async (ctx) => known ?? refresh(ctx),
    refresh,
  };
}
