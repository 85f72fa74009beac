import { sameItem } from './attribute-value.ts';
import {
  type Action,
  type Callback,
  type DynaliteStore,
  type Input,
  type Item,
  type ItemDb,
  indexKey,
  itemKey,
  type LevelOperation,
  type Output,
  type Table,
} from './dynalite.ts';
import { refuseOversized } from './item-limits.ts';
import type { KeyLock } from './key-lock.ts';

/** One effective change of one item: at least one image is there, and they differ. */
export interface Change {
  readonly table: Table;
  readonly oldImage?: Item;
  readonly newImage?: Item;
  readonly byTimeToLive?: true;
}

/** Takes each change while its key is locked, so that changes of one key come in order. */
export interface ChangeLog {
  /** Announces a change about to be stored; what it wants stored with it goes in the same atomic batch. */
  begin(
    change: Change,
    key: string,
  ): { readonly operations: LevelOperation[]; commit(): void; cancel(): void };
}

export interface WriteResult {
  readonly output: Output;
  readonly oldImage: Item | undefined;
  readonly newImage: Item | undefined;
}

export interface WriteContext {
  readonly store: DynaliteStore;
  readonly table: Table;
  readonly locks: KeyLock;
  readonly changes: ChangeLog;
  /** Takes what would be stored, instead of storing it; the caller holds the keys' locks. */
  readonly staged?: StagedWrite[];
}

/** One item about to be stored or removed, with its index entries. */
export interface StagedWrite {
  readonly change: Change;
  readonly key: string;
  readonly indexOperations: readonly LevelOperation[];
}

/** Stores writes, their index entries and stream records in one atomic batch. */
export async function storeWrites(
  { store, changes }: WriteContext,
  writes: readonly StagedWrite[],
): Promise<void> {
  const begun = writes.map(({ change, key }) => changes.begin(change, key));
  const operations = writes.flatMap(({ change, key, indexOperations }): LevelOperation[] => {
    const at = itemKey(change.table.TableName, key);
    const stored: LevelOperation = change.newImage
      ? { type: 'put', key: at, value: change.newImage }
      : { type: 'del', key: at };
    return [...indexOperations, stored];
  });
  try {
    await store.db.batch([...operations, ...begun.flatMap(({ operations }) => operations)]);
  } catch (error) {
    for (const change of begun) change.cancel();
    throw error;
  }
  for (const change of begun) change.commit();
}

/** What was there when a write was refused or failed. */
export class WriteRefused extends Error {
  readonly oldImage: Item | undefined;

  constructor(cause: unknown, oldImage: Item | undefined) {
    super('write refused', { cause });
    this.oldImage = oldImage;
  }
}

/**
 * Runs one of dynalite's writing actions on one item and sees what it does: the item it found, the item
 * it left. The item, its index entries and the stream record are stored in one atomic batch, nothing when
 * nothing changed. An exception inside dynalite's callbacks ends the call, not the process.
 * Errors: `WriteRefused` around what dynalite answered.
 */
export function recordWrite(
  context: WriteContext,
  action: Action,
  input: Input,
): Promise<WriteResult> {
  const { store, table } = context;
  const tableName = table.TableName;
  const indexOperations: LevelOperation[] = [];
  let release = () => {};
  let oldImage: Item | undefined;
  let newImage: Item | undefined;

  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      release();
      reject(new WriteRefused(error, oldImage));
    };
    const guarded = (run: () => void) => {
      try {
        run();
      } catch (error) {
        fail(error);
      }
    };
    const answer = <T>(promise: Promise<T>, callback: Callback<T>) => {
      promise.then(
        (value) => guarded(() => callback(null, value)),
        (error: unknown) => guarded(() => callback(error)),
      );
    };
    const items: ItemDb = {
      lock(key, run) {
        if (context.staged) {
          run((callback) => callback);
          return;
        }
        context.locks.acquire(itemKey(tableName, key)).then((unlock) => {
          release = unlock;
          guarded(() =>
            run((callback) => (error, value) => {
              unlock();
              callback(error, value);
            }),
          );
        }, fail);
      },
      get(key, callback) {
        const found = store.db.get(itemKey(tableName, key)) as Promise<Item | undefined>;
        const remembered = found.then((item) => {
          oldImage = item;
          return item;
        });
        answer(remembered as Promise<Item>, callback);
      },
      put(key, item, callback) {
        newImage = item;
        answer(apply(key, item), callback);
      },
      del(key, callback) {
        answer(apply(key, undefined), callback);
      },
      createValueStream: (range) => store.getItemDb(tableName).createValueStream(range),
    };
    const view: DynaliteStore = Object.create(store, {
      getItemDb: { value: () => items },
      getIndexDb: { value: collectIndexOperations },
      getTable: {
        value: (_name: string, check: boolean | Callback<Table>, callback?: Callback<Table>) =>
          (typeof check === 'function' ? check : callback)?.(null, table),
      },
    });
    guarded(() =>
      action(view, input, (error, output) => {
        if (error) fail(error);
        else resolve({ output: output ?? {}, oldImage, newImage });
      }),
    );
  });

  async function apply(key: string, item: Item | undefined): Promise<void> {
    if (item) refuseOversized(item, true);
    const unchanged = item && oldImage ? sameItem(oldImage, item) : !item && !oldImage;
    if (unchanged) return;
    const images = { ...(oldImage ? { oldImage } : {}), ...(item ? { newImage: item } : {}) };
    const write: StagedWrite = { change: { table, ...images }, key, indexOperations };
    if (context.staged) context.staged.push(write);
    else await storeWrites(context, [write]);
  }

  function collectIndexOperations(kind: string, name: string, index: string): Partial<ItemDb> {
    return {
      put(key, value, callback) {
        indexOperations.push({ type: 'put', key: indexKey(kind, name, index, key), value });
        callback(null);
      },
      del(key, callback) {
        indexOperations.push({ type: 'del', key: indexKey(kind, name, index, key) });
        callback(null);
      },
    };
  }
}
