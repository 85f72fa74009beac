import type { Clock, Context, Random, ServiceError } from '../domain/index.ts';
import type { Calls, RangeQuery, ReadOptions, Write } from './calls.ts';
import { isAway, unavailable } from './errors.ts';
import type { Item } from './item.ts';
import type { Key } from './keys.ts';
import { BATCH_GET_KEYS, BATCH_WRITE_ITEMS, LEFT_OVER, PAGE_BYTES, WIDTH } from './limits.ts';

/** What a read of many keys found. A key is in `items`, or in `unread`, or there is no such item. */
export interface Found {
  item(key: Key): Item | undefined;
  /** Why the key could not be read; undefined when it was. */
  unread(key: Key): ServiceError | undefined;
}

/** Reads and writes of any number of items, in as few calls as there can be, side by side. */
export interface Batches {
  /**
   * Reads keys, which may repeat. What is left over is asked for again until the deadline, five times at
   * most unless an answer was merely full. Never rejects because DynamoDB is away. Cost: 1 call per
   * `perCall` keys.
   */
  read(
    ctx: Context,
    op: string,
    keys: readonly Key[],
    options: ReadOptions & { readonly perCall?: number },
  ): Promise<Found>;

  /** All items of a range, or those behind `after`, a page at a time. Cost: 1 call per MB stored. */
  pages(ctx: Context, op: string, query: RangeQuery, after?: Key): AsyncGenerator<readonly Item[]>;

  /**
   * Writes and removes, in any order. What is left over is sent again until the deadline, while there is
   * progress. Errors: `unavailable` when some of it was not done; all of it can be repeated.
   * Cost: 1 call per 25.
   */
  write(ctx: Context, op: string, writes: readonly Write[]): Promise<void>;
}

/** An answer of this many bytes was cut by its size: the next item would have passed a page, or 16 MB. */
const FULL_ANSWER_BYTES = 0.75 * PAGE_BYTES;

export function createBatches(parts: {
  readonly calls: Calls;
  readonly clock: Clock;
  readonly random: Random;
}): Batches {
  const { calls, clock, random } = parts;

  /** Waits before round `round`; false when there is no time left for it. */
  async function pause(ctx: Context, round: number): Promise<boolean> {
    const ms = random() * Math.min(LEFT_OVER.baseMs * 2 ** round, LEFT_OVER.longestMs);
    if (clock.now() + ms >= ctx.deadlineMs) return false;
    return clock.sleep(ms, ctx.signal).then(
      () => true,
      () => false,
    );
  }

  async function readGroup(
    ctx: Context,
    op: string,
    keys: readonly Key[],
    options: ReadOptions,
    items: Map<string, Item>,
    unread: Map<string, ServiceError>,
  ): Promise<void> {
    let left = keys;
    let error: ServiceError | undefined;
    try {
      for (let round = 0; left.length > 0; ) {
        const answer = await calls.batchGet(ctx, op, left, options);
        for (const item of answer.items) items.set(nameOf(item as unknown as Key), item);
        left = answer.left;
        if (left.length === 0) return;
        if (answer.items.length > 0 && answer.bytes >= FULL_ANSWER_BYTES) continue;
        if (round >= LEFT_OVER.rounds || !(await pause(ctx, round))) break;
        round += 1;
      }
    } catch (thrown) {
      if (!isAway(thrown)) throw thrown;
      error = thrown;
    }
    error ??= unavailable(op, new Error(`${left.length} keys were left unprocessed`));
    for (const key of left) unread.set(nameOf(key), error);
  }

  async function writeGroup(ctx: Context, op: string, writes: readonly Write[]): Promise<void> {
    let left = writes;
    for (let round = 0; ; round += 1) {
      const before = left.length;
      left = await calls.batchWrite(ctx, op, left);
      if (left.length === 0) return;
      if (left.length < before) round = 0;
      if (round >= LEFT_OVER.rounds || !(await pause(ctx, round))) break;
    }
    throw unavailable(op, new Error(`${left.length} writes were left unprocessed`));
  }

  return {
    async read(ctx, op, keys, { perCall = BATCH_GET_KEYS, ...options }) {
      const wanted = new Map(keys.map((key) => [nameOf(key), key]));
      const items = new Map<string, Item>();
      const unread = new Map<string, ServiceError>();
      await mapLimited(groupsOf([...wanted.values()], perCall), (group) =>
        readGroup(ctx, op, group, options, items, unread),
      );
      return {
        item: (key) => items.get(nameOf(key)),
        unread: (key) => (unread.size === 0 ? undefined : unread.get(nameOf(key))),
      };
    },

    async *pages(ctx, op, query, after) {
      let from: Record<string, unknown> | undefined = after && { ...after };
      do {
        const page = await calls.query(ctx, op, query, from);
        yield page.items;
        from = page.next;
      } while (from);
    },

    async write(ctx, op, writes) {
      await mapLimited(groupsOf(writes, BATCH_WRITE_ITEMS), (group) => writeGroup(ctx, op, group));
    },
  };
}

/** Runs `work` over `items`, `WIDTH` at a time; results in order. Rejects with the first error. */
export async function mapLimited<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, lane));
  return results;
}

function groupsOf<T>(items: readonly T[], size: number): T[][] {
  const groups: T[][] = [];
  for (let at = 0; at < items.length; at += size) groups.push(items.slice(at, at + size));
  return groups;
}

function nameOf({ pk, sk }: Key): string {
  return `${pk} ${sk}`;
}
