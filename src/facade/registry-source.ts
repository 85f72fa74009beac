import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import {
  type AiOutputStore,
  type ArticleStore,
  type Context,
  createRegistry,
  isServiceError,
  type Projection,
  type Registry,
  ServiceError,
} from '../domain/index.ts';
import { isAway } from './trouble.ts';

/** Where DynamoDB keeps what Aurora said last, for while it sleeps. */
export const REGISTRY_NOTE = 'registry';

/** Largest copy that is left as it is, in bytes of UTF-8: a note holds little more. */
const PLAIN_BYTES = 300 * 1024;

/** Brotli's level: a third smaller than the fastest, for 80 ms per MB in a thread of its own, when a definition changes. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/**
 * The copy as it is noted; `packed` has the same, compressed with brotli, in base64. A registry fits whose
 * JSON compresses to 290 KB: of projections with 20 paths of 1,000 characters each about 90, or 40 where
 * hardly a name comes twice. Of a larger one processes hear by asking, and not while Aurora sleeps.
 */
type Copy =
  | { readonly revision: number; readonly projections: readonly Projection[] }
  | { readonly revision: number; readonly packed: string };

/** A read of the registry that callers share: with whose context, and its result. */
interface Reading {
  readonly by: Context;
  readonly done: Promise<Registry>;
}

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
   * Reads it again, as it is now, and copies what has changed; a copy that cannot be made is observed as a
   * fault. Errors: `unavailable` while Aurora sleeps. Cost: 1 Data API call, and 2 DynamoDB calls where it is
   * new to this process; callers who come while it is read share the one that follows.
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
  let reading: Reading | undefined;
  /** Begins when `reading` has ended: that one may have missed what its callers did before they came. */
  let following: Reading | undefined;
  /** Revision of the copy; without any projection there is none. */
  let copied = 0;

  async function read(ctx: Context): Promise<Registry> {
    const registry = await articles.readRegistry(ctx);
    // An answer that was overtaken on its way does not count.
    if (known === undefined || registry.revision >= known.revision) known = registry;
    const now = known;
    if (now.revision > copied) await copy(ctx, now);
    return now;
  }

  /** One that fails because DynamoDB is away is made by the next read; any other would fail again. */
  async function copy(ctx: Context, { revision, projections }: Registry): Promise<void> {
    try {
      const there = await readNote(ctx);
      if ((there?.revision ?? 0) < revision) {
        await outputs.putNote(ctx, REGISTRY_NOTE, await print({ revision, projections }));
      }
    } catch (error) {
      if (isAway(error)) return;
      ctx.observe({ kind: 'fault', op: 'registry.copy', error });
    }
    copied = Math.max(copied, revision);
  }

  async function readNote(ctx: Context): Promise<Copy | undefined> {
    const note = await outputs.readNote(ctx, REGISTRY_NOTE);
    // Printed by `print` and by nothing else.
    return note === undefined ? undefined : (JSON.parse(note) as Copy);
  }

  async function readCopy(ctx: Context): Promise<Registry | undefined> {
    const there = await readNote(ctx);
    return there && createRegistry(there.revision, await projectionsOf(there));
  }

  function begin(ctx: Context): Reading {
    const done = read(ctx).finally(() => {
      if (reading === begun) reading = undefined;
    });
    const begun = unattended({ by: ctx, done });
    reading = begun;
    return begun;
  }

  function beginBehind(ctx: Context, before: Reading): Reading {
    const turn = (): Promise<Registry> => {
      following = undefined;
      return begin(ctx).done;
    };
    following = unattended({ by: ctx, done: before.done.then(turn, turn) });
    return following;
  }

  /** The result of a read for one of its callers, whose own time counts. */
  async function resultFor(ctx: Context, { by, done }: Reading): Promise<Registry> {
    try {
      return await whileInTime(ctx, done);
    } catch (error) {
      if (by === ctx || ctx.signal.aborted) throw error;
      // Whoever began it had less time, or did not wait for Aurora as long as this caller does.
      const isTheirs = isServiceError(error, 'timeout') || (isAway(error) && ctx.waitMs > 0);
      if (!isTheirs) throw error;
      return read(ctx);
    }
  }

  return {
    known: () => known,
    refresh(ctx) {
      if (reading === undefined) return resultFor(ctx, begin(ctx));
      if (!waitsFor(ctx, following ?? reading) || !waitsFor(ctx, reading)) return read(ctx);
      return resultFor(ctx, following ?? beginBehind(ctx, reading));
    },
    async current(ctx) {
      if (known !== undefined) return known;
      try {
        const shared = reading !== undefined && waitsFor(ctx, reading) ? reading : begin(ctx);
        return await resultFor(ctx, shared);
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

async function print(copy: Copy): Promise<string> {
  const text = JSON.stringify(copy);
  if (Buffer.byteLength(text) <= PLAIN_BYTES) return text;
  const packed = await promisify(brotliCompress)(text, BROTLI);
  const told: Copy = { revision: copy.revision, packed: packed.toString('base64') };
  return JSON.stringify(told);
}

async function projectionsOf(copy: Copy): Promise<readonly Projection[]> {
  if ('projections' in copy) return copy.projections;
  const text = await promisify(brotliDecompress)(Buffer.from(copy.packed, 'base64'));
  return projectionsOf(JSON.parse(text.toString('utf8')) as Copy);
}

/** Whether a caller will wait for Aurora as long as the one who reads. */
function waitsFor(ctx: Context, { by }: Reading): boolean {
  return ctx.waitMs >= by.waitMs;
}

/** The same, where nobody may be left to hear of its error. */
function unattended(reading: Reading): Reading {
  reading.done.catch(() => undefined);
  return reading;
}

/** What `work` comes to; `timeout` as soon as the context's own time is up. */
function whileInTime<T>(ctx: Context, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(new ServiceError('timeout', 'registry.read', 'The time for it is up.'));
    };
    if (ctx.signal.aborted) giveUp();
    ctx.signal.addEventListener('abort', giveUp, { once: true });
    void work.then(resolve, reject).then(() => ctx.signal.removeEventListener('abort', giveUp));
  });
}
