import { setTimeout as delay } from 'node:timers/promises';
import {
  type Action,
  type DynaliteStore,
  type Input,
  keyRange,
  type Output,
  type Table,
} from './dynalite.ts';
import { streamArn, streamLabel } from './stream-record.ts';

/** The descriptions of tables, remembered while they are active: every data call needs one. */
export class Tables {
  readonly #store: DynaliteStore;
  readonly #active = new Map<string, Table>();
  /** Grows with every change, so that an answer read before a change is not remembered after it. */
  #generation = 0;

  constructor(store: DynaliteStore) {
    this.#store = store;
  }

  /** Errors: `ResourceNotFoundException`, also for a table that is not active yet or any more. */
  get(name: string): Promise<Table> {
    const known = this.#active.get(name);
    if (known) return Promise.resolve(known);
    const generation = this.#generation;
    return new Promise((resolve, reject) => {
      this.#store.getTable(name, (error, table) => {
        if (error || !table) return reject(error);
        if (table.TableStatus === 'ACTIVE' && generation === this.#generation) {
          this.#active.set(name, table);
        }
        resolve(table);
      });
    });
  }

  /** Every table there is. */
  async all(): Promise<Table[]> {
    const found: Table[] = [];
    for await (const [, table] of this.#store.db.iterator(keyRange(TABLE_PREFIX))) {
      found.push(table as Table);
    }
    return found;
  }

  /**
   * Runs an action that changes a table. The answer tells of a change under way, as on AWS, but comes when
   * it is over: dynalite makes it asynchronously, and nobody wants to wait and ask here.
   */
  async change(action: Action, input: Input): Promise<Output> {
    this.#forget();
    try {
      const output = structuredClone(await runAction(action, this.#store, input));
      if (typeof input.TableName === 'string') await this.#untilSettled(input.TableName);
      return output;
    } finally {
      this.#forget();
    }
  }

  async #untilSettled(name: string): Promise<void> {
    for (;;) {
      const table = (await this.#store.db.get(`${TABLE_PREFIX}${name}`)) as Table | undefined;
      if (table === undefined || table.TableStatus === 'ACTIVE') return;
      await delay(1);
    }
  }

  #forget(): void {
    this.#generation += 1;
    this.#active.clear();
  }
}

/** Runs one of dynalite's actions as it is. */
export function runAction(action: Action, store: DynaliteStore, input: Input): Promise<Output> {
  return new Promise((resolve, reject) => {
    action(store, input, (error, output) => (error ? reject(error) : resolve(output ?? {})));
  });
}

/** The stream of a table is named in its description once it was asked for. */
export function withStream(description: Table): Table {
  const asked = description.StreamSpecification as { StreamEnabled?: boolean } | undefined;
  if (!asked?.StreamEnabled) return description;
  return {
    ...description,
    LatestStreamArn: streamArn(description),
    LatestStreamLabel: streamLabel(description),
  };
}

/** What dynalite does not know of CreateTable's input. */
export const STREAM_SPECIFICATION = {
  StreamSpecification: {
    type: 'FieldStruct<StreamSpecification>',
    children: {
      StreamEnabled: { type: 'Boolean', notNull: true },
      StreamViewType: {
        type: 'String',
        enum: ['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY'],
      },
    },
  },
};

/** TagResource's tags: dynalite takes them without a key or a value. */
export const TAGS = {
  Tags: {
    type: 'List',
    children: {
      type: 'ValueStruct<Tag>',
      children: {
        Key: { type: 'String', notNull: true },
        Value: { type: 'String', notNull: true },
      },
    },
  },
};

const TABLE_PREFIX = 'table~';
