import { createRequire } from 'node:module';

/**
 * The inside of dynalite 4.0.0 as this folder uses it: its store, its validations, its actions. dynalite
 * ships no types and hides its store behind an HTTP server, so the modules are loaded one by one and
 * described here. The version is pinned exactly: the key layout below is no public interface.
 */

/** A DynamoDB value on the wire: one member is set, binary values are base64. */
export interface AttributeValue {
  S?: string;
  N?: string;
  B?: string;
  BOOL?: boolean;
  NULL?: boolean;
  SS?: string[];
  NS?: string[];
  BS?: string[];
  L?: AttributeValue[];
  M?: Item;
}

export type Item = { [attribute: string]: AttributeValue };

export interface Table {
  TableName: string;
  TableArn: string;
  TableStatus: string;
  KeySchema: { AttributeName: string; KeyType: string }[];
  AttributeDefinitions: { AttributeName: string; AttributeType: 'S' | 'N' | 'B' }[];
  [member: string]: unknown;
}

export type Callback<T = unknown> = (error?: unknown, value?: T) => void;

/** Items of a table, or entries of an index, by key string. */
export interface ItemDb {
  lock(key: string, run: (release: (callback: Callback) => Callback) => void): void;
  get(key: string, callback: Callback<Item>): void;
  put(key: string, item: Item, callback: Callback): void;
  del(key: string, callback: Callback): void;
  createValueStream(range: ValueRange): NodeJS.ReadableStream;
}

export interface ValueRange {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
  reverse?: boolean;
  limit?: number;
}

export type LevelOperation =
  | { type: 'put'; key: string; value: unknown }
  | { type: 'del'; key: string };

/** The level database under the store; every value is JSON. */
export interface LevelDb {
  open(): Promise<void>;
  close(): Promise<void>;
  get(key: string): Promise<unknown>;
  getMany(keys: string[]): Promise<unknown[]>;
  put(key: string, value: unknown): Promise<void>;
  batch(operations: LevelOperation[]): Promise<void>;
  iterator(range: ValueRange): AsyncIterable<[string, unknown]>;
}

export interface DynaliteStore {
  options: { maxItemSize: number };
  db: LevelDb;
  tableDb: { awsAccountId: string; awsRegion: string };
  getTable(name: string, check: boolean | Callback<Table>, callback?: Callback<Table>): void;
  getItemDb(table: string): ItemDb;
  getIndexDb(kind: string, table: string, index: string): ItemDb;
}

/** What one operation's input must look like: a type for each member, and what no type can say. */
export interface InputRules {
  types: Record<string, unknown>;
  /** Returns what is wrong, in AWS's words. Parses expressions in place. */
  custom?: (input: Input, store: DynaliteStore) => string | undefined;
}

/** Returns the input with unknown members removed and expressions parsed; throws a `WireError`. */
export type InputCheck = (input: unknown, store: DynaliteStore) => Input;

export type Input = Record<string, unknown>;
export type Output = Record<string, unknown>;
export type Action = (store: DynaliteStore, input: Input, callback: Callback<Output>) => void;

/** An error dynalite means to send: `body` is the JSON answer. */
export interface WireError extends Error {
  statusCode: number;
  body: { __type: string; message?: string; [member: string]: unknown };
}

interface DynaliteDb {
  create(options: {
    path?: string;
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
  }): DynaliteStore;
  validateKey(key: Item, table: Table): WireError | null | undefined;
  validateItem(item: Item, table: Table): WireError | null | undefined;
  validateKeyPaths(paths: unknown, table: Table): WireError | null | undefined;
  validationError(message: string): WireError;
  createKey(item: Item, table: Table): string;
  /** What an input's condition says of the item that is there. */
  checkConditional(input: Input, item: Item | undefined): WireError | null | undefined;
  mapPaths(paths: unknown[], item: Item): Item;
}

interface Validations {
  toLowerFirst(name: string): string;
  checkTypes(input: unknown, types: InputRules['types']): Input;
  checkValidations(
    input: Input,
    types: InputRules['types'],
    custom: InputRules['custom'],
    store: DynaliteStore,
  ): void;
}

const require = createRequire(import.meta.url);

export const dynaliteDb = require('dynalite/db') as DynaliteDb;
const validations = require('dynalite/validations') as Validations;

/** dynalite's rules for the input of one operation. */
export function inputRules(operation: string): InputRules {
  return require(`dynalite/validations/${validations.toLowerFirst(operation)}`) as InputRules;
}

/**
 * Errors: `WireError`. dynalite 4.0.0 stumbles over null inside lists and maps (in TagResource so that the
 * process ends), and over nesting deeper than the stack: AWS takes neither for input at all.
 */
export function inputCheck({ types, custom }: InputRules): InputCheck {
  return (input, store) => {
    try {
      const checked = validations.checkTypes(input, types);
      if (holdsNull(checked)) throw new TypeError('null stands where a value has to');
      validations.checkValidations(checked, types, custom, store);
      return checked;
    } catch (error) {
      if (isWireError(error)) throw error;
      const refused = dynaliteDb.validationError('The input is malformed');
      refused.body.__type = 'com.amazon.coral.service#SerializationException';
      refused.cause = error;
      throw refused;
    }
  };
}

function holdsNull(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === 'object' && Object.values(value).some(holdsNull);
}

export function loadAction(operation: string): Action {
  return require(`dynalite/actions/${validations.toLowerFirst(operation)}`) as Action;
}

/** Where dynalite keeps a table's items in the level database. */
export function itemKey(table: string, key: string): string {
  return `item-${table}~${key}`;
}

/** Where dynalite keeps the entries of an index. */
export function indexKey(kind: string, table: string, index: string, key: string): string {
  return `index-${kind.toLowerCase()}~${table}~${index}~${key}`;
}

/** Where everything of a table is kept, its description excepted. */
export function tablePrefixes(table: string): string[] {
  return ['item-', 'index-local~', 'index-global~', 'tag-'].map((kind) => `${kind}${table}~`);
}

/** All keys that begin with `prefix`. */
export function keyRange(prefix: string): { gte: string; lt: string } {
  return { gte: prefix, lt: `${prefix}\uffff` };
}

export function isWireError(error: unknown): error is WireError {
  return error instanceof Error && typeof (error as Partial<WireError>).statusCode === 'number';
}
