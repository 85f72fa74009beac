import { awsError } from './aws-error.ts';
import {
  type DynaliteStore,
  type Input,
  type InputCheck,
  type InputRules,
  type Item,
  inputCheck,
  inputRules,
  itemKey,
  loadAction,
  type Output,
  type Table,
} from './dynalite.ts';
import { operationRules } from './input-rules.ts';
import { KeyLock } from './key-lock.ts';
import { batchGetItem, getItem, type ItemReader } from './read-items.ts';
import { ReadLag } from './read-lag.ts';
import { readPage } from './read-pages.ts';
import { runAction, STREAM_SPECIFICATION, TAGS, Tables, withStream } from './tables.ts';
import { TIME_TO_LIVE_SPECIFICATION, TimeToLive } from './time-to-live.ts';
import { TRANSACT_GET_RULES, TRANSACT_WRITE_RULES } from './transaction-rules.ts';
import { Transactions } from './transactions.ts';
import { batchWriteItem, type ItemWriter, ON_CONDITION_FAILURE, writeItem } from './write-items.ts';
import type { ChangeLog, WriteContext } from './write-recorder.ts';

type Handler = (input: Input, raw: Input, unprocessedShare: number) => Promise<Output>;

const REPEATS_INPUT = new Set(['BatchGetItem', 'TransactWriteItems']);

/** DynamoDB's operations on an open store: JSON in, JSON out, `WireError` when AWS would refuse. */
export class Engine {
  readonly #store: DynaliteStore;
  readonly #tables: Tables;
  readonly #timeToLive: TimeToLive;
  readonly #lag: ReadLag;
  readonly #clock: { now(): number };
  readonly #locks = new KeyLock();
  readonly #changes: ChangeLog;
  readonly #operations = new Map<string, { check: InputCheck; run: Handler }>();

  constructor(store: DynaliteStore, changes: ChangeLog, clock: { now(): number }) {
    this.#store = store;
    this.#clock = clock;
    this.#tables = new Tables(store);
    this.#timeToLive = new TimeToLive(store, clock);
    this.#lag = new ReadLag(clock);
    this.#changes = noted(changes, this.#lag);
    this.#addItemOperations();
    this.#addTableOperations();
  }

  /** True for an operation this server has. */
  has(operation: string): boolean {
    return this.#operations.has(operation);
  }

  async call(operation: string, raw: Input, unprocessedShare = 0): Promise<Output> {
    const known = this.#operations.get(operation);
    if (!known) throw awsError('UnknownOperationException');
    // The check changes its input; keys left over and tokens speak of the request as it was.
    const sent = REPEATS_INPUT.has(operation) ? structuredClone(raw) : raw;
    return known.run(known.check(raw, this.#store), sent, unprocessedShare);
  }

  /** Lets eventually consistent reads see the table as it was `ms` ago; 0 ends it. */
  lagReads(ms: number): void {
    this.#lag.set(ms);
  }

  /** Removes items past their time to live and returns their number. */
  async expire(): Promise<number> {
    return this.#timeToLive.expire(await this.#tables.all(), (table) => this.#writeContext(table));
  }

  async close(): Promise<void> {
    await this.#store.db.close();
  }

  #addItemOperations(): void {
    const tables = this.#tables;
    const writer: ItemWriter = {
      context: async (name) => this.#writeContext(await tables.get(name)),
    };
    const reader: ItemReader = {
      table: (name) => tables.get(name),
      read: (table, key, consistent) => this.#read(table, key, consistent),
    };
    this.#add('GetItem', (input) => getItem(reader, input));
    this.#add('BatchGetItem', (input, raw, share) => batchGetItem(reader, input, raw, share));
    this.#add('BatchWriteItem', (input, _raw, share) => batchWriteItem(writer, input, share));
    for (const operation of ['PutItem', 'UpdateItem', 'DeleteItem'] as const) {
      this.#add(operation, (input) => writeItem(writer, operation, input), ON_CONDITION_FAILURE);
    }
    const transactions = new Transactions(writer, this.#locks, this.#clock);
    this.#addRules('TransactWriteItems', TRANSACT_WRITE_RULES, (input, raw) =>
      transactions.write(input, raw),
    );
    this.#addRules('TransactGetItems', TRANSACT_GET_RULES, (input) => transactions.get(input));
    for (const operation of ['Query', 'Scan']) {
      const action = loadAction(operation);
      this.#add(operation, (input) => readPage(this.#store, tables, this.#lag, action, input));
    }
  }

  #addTableOperations(): void {
    const tables = this.#tables;
    const timeToLive = this.#timeToLive;
    const changing = (operation: string) => {
      const action = loadAction(operation);
      return (input: Input) => tables.change(action, input);
    };
    const describe = loadAction('DescribeTable');
    this.#add('DescribeTable', async (input) => {
      const { Table: table } = await runAction(describe, this.#store, input);
      return { Table: withStream(table as Table) };
    });
    const create = changing('CreateTable');
    this.#add(
      'CreateTable',
      async (input) => {
        const { TableDescription: table } = await create(input);
        return { TableDescription: withStream(table as Table) };
      },
      STREAM_SPECIFICATION,
    );
    const remove = changing('DeleteTable');
    this.#add('DeleteTable', async (input) => {
      const output = await remove(input);
      await timeToLive.forget(input.TableName as string);
      return output;
    });
    this.#add('TagResource', changing('TagResource'), TAGS);
    for (const operation of ['UpdateTable', 'UntagResource']) {
      this.#add(operation, changing(operation));
    }
    for (const operation of ['ListTables', 'ListTagsOfResource']) {
      const action = loadAction(operation);
      this.#add(operation, (input) => runAction(action, this.#store, input));
    }
    this.#add('DescribeTimeToLive', async (input) =>
      timeToLive.describe(await tables.get(input.TableName as string)),
    );
    const { types } = inputRules('DescribeTimeToLive');
    this.#addRules(
      'UpdateTimeToLive',
      { types: { ...types, ...TIME_TO_LIVE_SPECIFICATION } },
      async (input) => timeToLive.update(await tables.get(input.TableName as string), input),
    );
  }

  #add(operation: string, run: Handler, more: InputRules['types'] = {}): void {
    this.#addRules(operation, operationRules(operation, more), run);
  }

  #addRules(operation: string, rules: InputRules, run: Handler): void {
    this.#operations.set(operation, { check: inputCheck(rules), run });
  }

  #writeContext(table: Table): WriteContext {
    return { store: this.#store, table, locks: this.#locks, changes: this.#changes };
  }

  async #read(table: Table, key: string, consistent: boolean): Promise<Item | undefined> {
    const item = (await this.#store.db.get(itemKey(table.TableName, key))) as Item | undefined;
    return consistent ? item : this.#lag.seen(table, key, item);
  }
}

/** A log that also tells the read lag what each stored change replaced. */
function noted(changes: ChangeLog, lag: ReadLag): ChangeLog {
  return {
    begin(change, key) {
      const begun = changes.begin(change, key);
      return {
        ...begun,
        commit: () => {
          lag.note(change, key);
          begun.commit();
        },
      };
    },
  };
}
