import { awsError } from './aws-error.ts';
import {
  type DynaliteStore,
  dynaliteDb,
  type Input,
  type Item,
  inputCheck,
  inputRules,
  itemKey,
  keyRange,
  loadAction,
  type Output,
  type Table,
} from './dynalite.ts';
import { recordWrite, type WriteContext, WriteRefused } from './write-recorder.ts';

/** Items whose time lies further back are never removed. Source: Developer Guide, "Using time to live (TTL)". */
const MAX_AGE_SECONDS = 5 * 365 * 86_400;

/** UpdateTimeToLive's input, for dynalite's validation. */
export const TIME_TO_LIVE_SPECIFICATION = {
  TimeToLiveSpecification: {
    type: 'FieldStruct<TimeToLiveSpecification>',
    notNull: true,
    children: {
      AttributeName: {
        type: 'String',
        notNull: true,
        lengthGreaterThanOrEqual: 1,
        lengthLessThanOrEqual: 255,
      },
      Enabled: { type: 'Boolean', notNull: true },
    },
  },
};

interface Setting {
  AttributeName: string;
}

/**
 * Time to live of every table. As on AWS, an item past its time is read like any other until a sweep
 * removes it; its removal is a stream record that names the service. Changes take effect at once (AWS
 * takes up to an hour and refuses another change meanwhile).
 */
export class TimeToLive {
  readonly #store: DynaliteStore;
  readonly #clock: { now(): number };

  constructor(store: DynaliteStore, clock: { now(): number }) {
    this.#store = store;
    this.#clock = clock;
  }

  /** UpdateTimeToLive. */
  async update(table: Table, input: Input): Promise<Output> {
    const wanted = input.TimeToLiveSpecification as { AttributeName: string; Enabled: boolean };
    const current = await this.#setting(table.TableName);
    if (wanted.Enabled && current) {
      throw dynaliteDb.validationError(
        current.AttributeName === wanted.AttributeName
          ? 'TimeToLive is already enabled'
          : `TimeToLive is active on a different AttributeName: current AttributeName is ${current.AttributeName}`,
      );
    }
    if (!wanted.Enabled && !current) {
      throw dynaliteDb.validationError('TimeToLive is already disabled');
    }
    if (!wanted.Enabled && current?.AttributeName !== wanted.AttributeName) {
      throw dynaliteDb.validationError(
        `TimeToLive is active on a different AttributeName: current AttributeName is ${current?.AttributeName}`,
      );
    }
    if (wanted.Enabled) {
      await this.#store.db.put(settingKey(table.TableName), {
        AttributeName: wanted.AttributeName,
      });
    } else await this.forget(table.TableName);
    return { TimeToLiveSpecification: wanted };
  }

  /** DescribeTimeToLive. */
  async describe(table: Table): Promise<Output> {
    const setting = await this.#setting(table.TableName);
    return {
      TimeToLiveDescription: setting
        ? { TimeToLiveStatus: 'ENABLED', AttributeName: setting.AttributeName }
        : { TimeToLiveStatus: 'DISABLED' },
    };
  }

  async forget(table: string): Promise<void> {
    await this.#store.db.batch([{ type: 'del', key: settingKey(table) }]);
  }

  /** Removes what is past its time and returns how many items that were. */
  async expire(tables: readonly Table[], context: (table: Table) => WriteContext): Promise<number> {
    let removed = 0;
    for (const table of tables) {
      const setting = await this.#setting(table.TableName);
      if (!setting) continue;
      const range = keyRange(itemKey(table.TableName, ''));
      for await (const [, value] of this.#store.db.iterator(range)) {
        const item = value as Item;
        const time = item[setting.AttributeName]?.N;
        if (time === undefined || !this.#isPast(Number(time))) continue;
        if (await this.#remove(context(table), item, setting.AttributeName, time)) removed += 1;
      }
    }
    return removed;
  }

  /** Only if the time is still the one that was read: somebody may have prolonged the item meanwhile. */
  async #remove(
    context: WriteContext,
    item: Item,
    attribute: string,
    time: string,
  ): Promise<boolean> {
    const keys = context.table.KeySchema.map(({ AttributeName }) => [
      AttributeName,
      item[AttributeName],
    ]);
    const input = CHECK_DELETE(
      {
        TableName: context.table.TableName,
        Key: Object.fromEntries(keys),
        ConditionExpression: '#time = :time',
        ExpressionAttributeNames: { '#time': attribute },
        ExpressionAttributeValues: { ':time': { N: time } },
      },
      this.#store,
    );
    const { changes } = context;
    const marked: WriteContext = {
      ...context,
      changes: { begin: (change, key) => changes.begin({ ...change, byTimeToLive: true }, key) },
    };
    try {
      await recordWrite(marked, DELETE, input);
      return true;
    } catch (error) {
      if (error instanceof WriteRefused && isConditionFailure(error.cause)) return false;
      throw error;
    }
  }

  #isPast(timeSeconds: number): boolean {
    const nowSeconds = this.#clock.now() / 1000;
    return timeSeconds < nowSeconds && timeSeconds > nowSeconds - MAX_AGE_SECONDS;
  }

  async #setting(table: string): Promise<Setting | undefined> {
    return (await this.#store.db.get(settingKey(table))) as Setting | undefined;
  }
}

const DELETE = loadAction('DeleteItem');
const CHECK_DELETE = inputCheck(inputRules('DeleteItem'));
const CONDITION_FAILURE = awsError('ConditionalCheckFailedException').body.__type;

function isConditionFailure(error: unknown): boolean {
  return (error as { body?: { __type?: unknown } } | null)?.body?.__type === CONDITION_FAILURE;
}

function settingKey(table: string): string {
  return `ttl~${table}`;
}
