import { createHash } from 'node:crypto';
import { itemSizeBytes } from './attribute-value.ts';
import { awsError } from './aws-error.ts';
import { consumedCapacity, readUnits, writeUnits } from './capacity.ts';
import {
  dynaliteDb,
  type Input,
  type Item,
  isWireError,
  itemKey,
  loadAction,
  type Output,
  type WireError,
} from './dynalite.ts';
import { keyOf, keyOfItem } from './item-key.ts';
import { refuseOversized } from './item-limits.ts';
import type { KeyLock } from './key-lock.ts';
import { type KeysAndAttributes, project } from './read-items.ts';
import type { WriteActionName } from './transaction-rules.ts';
import { explained, type ItemWriter } from './write-items.ts';
import {
  recordWrite,
  type StagedWrite,
  storeWrites,
  type WriteContext,
  WriteRefused,
} from './write-recorder.ts';

/** Of all items together. Source: API reference of TransactWriteItems and TransactGetItems. */
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;
/** How long a token makes a repetition harmless. Source: API reference of TransactWriteItems. */
const TOKEN_MS = 10 * 60_000;
/** A transaction costs twice what its parts cost. Source: Developer Guide, "Read/write capacity mode". */
const UNIT_FACTOR = 2;

type Action = Input & { TableName: string; Item?: Item; Key?: Item };

interface Planned {
  readonly name: WriteActionName | 'Get';
  readonly action: Action;
  readonly context: WriteContext;
  /** The item's place in the store; what is wrong with its key instead. */
  readonly place: string | WireError;
}

const ACTIONS = {
  Put: loadAction('PutItem'),
  Update: loadAction('UpdateItem'),
  Delete: loadAction('DeleteItem'),
};

/**
 * Transactions, one after the other where they touch the same item: where AWS refuses the later one with
 * a conflict, it waits here. All items of a transaction are locked in one order, so that none waits for ever.
 */
export class Transactions {
  readonly #writer: ItemWriter;
  readonly #locks: KeyLock;
  readonly #clock: { now(): number };
  /** What was asked under each token, the oldest first. */
  readonly #tokens = new Map<string, { hash: string; done: Promise<Output>; atMs: number }>();

  constructor(writer: ItemWriter, locks: KeyLock, clock: { now(): number }) {
    this.#writer = writer;
    this.#locks = locks;
    this.#clock = clock;
  }

  /** TransactWriteItems. Repeated under its token within 10 minutes it has no further effect. */
  async write(input: Input, raw: Input): Promise<Output> {
    const token = input.ClientRequestToken as string | undefined;
    if (token === undefined) return this.#writeOnce(input);
    const hash = createHash('sha256').update(JSON.stringify(raw.TransactItems)).digest('hex');
    const atMs = this.#clock.now();
    for (const [old, entry] of this.#tokens) {
      if (entry.atMs > atMs - TOKEN_MS) break;
      this.#tokens.delete(old);
    }
    const known = this.#tokens.get(token);
    if (known && known.hash !== hash) {
      throw awsError(
        'IdempotentParameterMismatchException',
        'The request uses the same client token as a previous, but non-identical request.',
      );
    }
    if (known) return known.done;
    const done = this.#writeOnce(input);
    this.#tokens.set(token, { hash, done, atMs });
    // What was refused had no effect and may be tried again.
    done.catch(() => this.#tokens.delete(token));
    return done;
  }

  async #writeOnce(input: Input): Promise<Output> {
    const planned = await this.#plan(input);
    return this.#locked(planned, async () => {
      const staged: StagedWrite[] = [];
      const units = new UnitCount();
      let sizeBytes = 0;
      await eachOrCancelled(planned, async ({ name, action, context, place }) => {
        if (typeof place !== 'string') throw place;
        if (action.Item) refuseOversized(action.Item);
        if (name === 'ConditionCheck' || name === 'Get') {
          const found = (await context.store.db.get(place)) as Item | undefined;
          const refused = dynaliteDb.checkConditional(action, found);
          if (refused) throw explained(new WriteRefused(refused, found), action);
          sizeBytes += found ? itemSizeBytes(found) : 0;
          units.add(action.TableName, writeUnits(found ? itemSizeBytes(found) : 0));
          return;
        }
        const { oldImage, newImage } = await recordWrite(
          { ...context, staged },
          ACTIONS[name],
          action,
        ).catch((error: unknown) => {
          throw error instanceof WriteRefused ? explained(error, action) : error;
        });
        const sizes = [oldImage, newImage].map((image) => (image ? itemSizeBytes(image) : 0));
        sizeBytes += Math.max(...sizes);
        units.add(action.TableName, writeUnits(...sizes));
      });
      if (sizeBytes > MAX_TRANSACTION_BYTES) throw tooLarge();
      const context = planned[0]?.context;
      if (context) await storeWrites(context, staged);
      return units.answer(input);
    });
  }

  /** TransactGetItems: all items as they are at one moment. */
  async get(input: Input): Promise<Output> {
    const planned = await this.#plan(input);
    return this.#locked(planned, async () => {
      const responses: Output[] = [];
      const units = new UnitCount();
      let sizeBytes = 0;
      await eachOrCancelled(planned, async ({ action, context, place }) => {
        if (typeof place !== 'string') throw place;
        const item = (await context.store.db.get(place)) as Item | undefined;
        const itemBytes = item ? itemSizeBytes(item) : 0;
        sizeBytes += itemBytes;
        units.add(action.TableName, readUnits(itemBytes, true));
        const request = action as unknown as KeysAndAttributes;
        responses.push(item ? { Item: project(request, item) } : {});
      });
      if (sizeBytes > MAX_TRANSACTION_BYTES) throw tooLarge();
      return { Responses: responses, ...units.answer(input) };
    });
  }

  /** Finds each action's table and item. Errors: no such table; two actions for one item. */
  async #plan(input: Input): Promise<Planned[]> {
    const planned: Planned[] = [];
    const seen = new Set<string>();
    for (const entry of input.TransactItems as Record<string, Action>[]) {
      const [name, action] = Object.entries(entry)[0] as [Planned['name'], Action];
      const context = await this.#writer.context(action.TableName);
      const place = placeOf(action, context);
      if (typeof place === 'string' && seen.has(place)) {
        throw dynaliteDb.validationError(
          'Transaction request cannot include multiple operations on one item',
        );
      }
      if (typeof place === 'string') seen.add(place);
      planned.push({ name, action, context, place });
    }
    return planned;
  }

  async #locked<T>(planned: readonly Planned[], run: () => Promise<T>): Promise<T> {
    const places = planned.flatMap(({ place }) => (typeof place === 'string' ? [place] : []));
    const unlocks: (() => void)[] = [];
    try {
      for (const place of places.sort()) unlocks.push(await this.#locks.acquire(place));
      return await run();
    } finally {
      for (const unlock of unlocks) unlock();
    }
  }
}

function placeOf({ Item: item, Key: key, TableName }: Action, { table }: WriteContext) {
  try {
    return itemKey(TableName, item ? keyOfItem(item, table) : keyOf(key ?? {}, table));
  } catch (error) {
    if (isWireError(error)) return error;
    throw error;
  }
}

/** Runs every action, even behind one that fails, and tells of all failures at once, by position. */
async function eachOrCancelled(
  planned: readonly Planned[],
  run: (action: Planned) => Promise<void>,
): Promise<void> {
  const reasons: Output[] = [];
  for (const action of planned) {
    try {
      await run(action);
      reasons.push({ Code: 'None' });
    } catch (error) {
      if (!isWireError(error)) throw error;
      reasons.push(reasonOf(error));
    }
  }
  const codes = reasons.map(({ Code }) => Code);
  if (codes.every((code) => code === 'None')) return;
  const cancelled = awsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
  );
  cancelled.body.CancellationReasons = reasons;
  throw cancelled;
}

function reasonOf({ body, message }: WireError): Output {
  const isCondition = body.__type.endsWith('#ConditionalCheckFailedException');
  return {
    Code: isCondition ? 'ConditionalCheckFailed' : 'ValidationError',
    Message: message,
    ...(body.Item ? { Item: body.Item } : {}),
  };
}

function tooLarge(): WireError {
  return dynaliteDb.validationError(
    `The aggregate size of the items in the transaction exceeds ${MAX_TRANSACTION_BYTES} bytes`,
  );
}

/** Capacity by table. */
class UnitCount {
  readonly #units = new Map<string, number>();

  add(table: string, units: number): void {
    this.#units.set(table, (this.#units.get(table) ?? 0) + UNIT_FACTOR * units);
  }

  answer(input: Input): Output {
    const capacity = [...this.#units].flatMap(
      ([table, units]) => consumedCapacity(input, table, units) ?? [],
    );
    return capacity.length > 0 ? { ConsumedCapacity: capacity } : {};
  }
}
