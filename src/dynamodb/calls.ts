import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  type BatchWriteCommandOutput,
  DeleteCommand,
  GetCommand,
  type GetCommandOutput,
  PutCommand,
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
  type ScanCommandOutput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Context } from '../domain/index.ts';
import type { Caller, Commands } from './caller.ts';
import { tooLarge } from './errors.ts';
import { type Image, type Item, itemBytes, plainItem } from './item.ts';
import type { Key } from './keys.ts';
import { ITEM_BYTES } from './limits.ts';

/** An expression in which every attribute is written `#name`, with the values that it names. */
export interface Expression {
  readonly text: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Whether a conditional write happened; if not, what was there instead, as it was at that moment. */
export type Conditional =
  | { readonly done: true }
  | { readonly done: false; readonly there: Item | undefined };

export interface ReadOptions {
  readonly consistent?: boolean;
  /** Names of the attributes wanted; all of them when absent. Saves bytes and CPU, not read units. */
  readonly attributes?: readonly string[];
}

export interface RangeQuery extends ReadOptions {
  readonly pk: string;
  /** First and last sort key, both included; the whole partition when absent. */
  readonly between?: readonly [string, string];
  readonly beginsWith?: string;
  readonly newestFirst?: boolean;
  readonly limit?: number;
}

export type Write = { readonly put: Item } | { readonly remove: Key };

/** The operations of one table, one call each, in plain values. Errors: those of `Caller`. */
export interface Calls {
  get(ctx: Context, op: string, key: Key, options?: ReadOptions): Promise<Item | undefined>;
  put(ctx: Context, op: string, item: Item, condition?: Expression): Promise<Conditional>;
  update(
    ctx: Context,
    op: string,
    key: Key,
    change: string,
    condition: Expression,
  ): Promise<Conditional>;
  remove(ctx: Context, op: string, key: Key, condition?: Expression): Promise<Conditional>;
  /** One page; `next` is where the following one begins. */
  query(
    ctx: Context,
    op: string,
    query: RangeQuery,
    from?: Record<string, unknown>,
  ): Promise<{ readonly items: readonly Item[]; readonly next?: Record<string, unknown> }>;
  /** A page of the whole table: of the items whose sort keys begin with one of these. */
  scan(
    ctx: Context,
    op: string,
    sought: { readonly beginsWith: readonly string[]; readonly attributes: readonly string[] },
    from?: Record<string, unknown>,
  ): Promise<{ readonly items: readonly Item[]; readonly next?: Record<string, unknown> }>;
  /** At most 100 keys, none twice. `left` are those that were not looked at. */
  batchGet(
    ctx: Context,
    op: string,
    keys: readonly Key[],
    options: ReadOptions,
  ): Promise<{
    readonly items: readonly Item[];
    readonly left: readonly Key[];
    readonly bytes: number;
  }>;
  /** At most 25, no key twice. `left` are those that were not done. */
  batchWrite(ctx: Context, op: string, writes: readonly Write[]): Promise<readonly Write[]>;
}

export function createCalls(caller: Caller, table: string): Calls {
  /** A write that may be refused by its condition. */
  async function conditional<N extends 'DeleteItem' | 'PutItem' | 'UpdateItem'>(
    ctx: Context,
    op: string,
    operation: N,
    command: Commands[N],
    sentBytes = 0,
  ): Promise<Conditional> {
    const { output } = await caller.send<N, Conditional | object>(ctx, op, operation, command, {
      sentBytes,
      refused: conditionFailure,
    });
    return 'done' in output ? output : { done: true };
  }

  return {
    async get(ctx, op, key, options = {}) {
      const command = new GetCommand({ TableName: table, Key: { ...key }, ...reading(options) });
      return (await caller.send<'GetItem', GetCommandOutput>(ctx, op, 'GetItem', command)).output
        .Item;
    },

    async put(ctx, op, item, condition) {
      const bytes = itemBytes(item);
      if (bytes > ITEM_BYTES) throw tooLarge(op, 'An item', bytes);
      const command = new PutCommand({
        TableName: table,
        Item: { ...item },
        ...(condition ? conditionOf(condition) : {}),
      });
      return conditional(ctx, op, 'PutItem', command, bytes);
    },

    update(ctx, op, key, change, condition) {
      const { ExpressionAttributeNames, ...rest } = conditionOf(condition);
      const command = new UpdateCommand({
        TableName: table,
        Key: { ...key },
        UpdateExpression: change,
        ...rest,
        ExpressionAttributeNames: { ...ExpressionAttributeNames, ...namesIn(change) },
      });
      return conditional(ctx, op, 'UpdateItem', command);
    },

    remove(ctx, op, key, condition) {
      const command = new DeleteCommand({
        TableName: table,
        Key: { ...key },
        ...(condition ? conditionOf(condition) : {}),
      });
      return conditional(ctx, op, 'DeleteItem', command);
    },

    async query(ctx, op, query, from) {
      const { pk, between, beginsWith } = query;
      const range = between
        ? ' AND #sk BETWEEN :from AND :to'
        : beginsWith === undefined
          ? ''
          : ' AND begins_with(#sk, :prefix)';
      const { ExpressionAttributeNames, ...read } = reading(query);
      const command = new QueryCommand({
        TableName: table,
        KeyConditionExpression: `#pk = :pk${range}`,
        ExpressionAttributeNames: {
          ...ExpressionAttributeNames,
          ...namesIn(range === '' ? '#pk' : '#pk #sk'),
        },
        ExpressionAttributeValues: {
          ':pk': pk,
          ...(between ? { ':from': between[0], ':to': between[1] } : {}),
          ...(!between && beginsWith !== undefined ? { ':prefix': beginsWith } : {}),
        },
        ScanIndexForward: query.newestFirst !== true,
        ...read,
        ...(query.limit === undefined ? {} : { Limit: query.limit }),
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      });
      const { output } = await caller.send<'Query', QueryCommandOutput>(ctx, op, 'Query', command);
      const { Items = [], LastEvaluatedKey } = output;
      return { items: Items, ...(LastEvaluatedKey ? { next: LastEvaluatedKey } : {}) };
    },

    async scan(ctx, op, { beginsWith, attributes }, from) {
      const { ExpressionAttributeNames, ...read } = reading({ attributes });
      const command = new ScanCommand({
        TableName: table,
        FilterExpression: beginsWith
          .map((_, index) => `begins_with(#sk, :prefix${index})`)
          .join(' OR '),
        ExpressionAttributeNames: { ...ExpressionAttributeNames, ...namesIn('#sk') },
        ExpressionAttributeValues: Object.fromEntries(
          beginsWith.map((prefix, index) => [`:prefix${index}`, prefix]),
        ),
        ...read,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      });
      const { output } = await caller.send<'Scan', ScanCommandOutput>(ctx, op, 'Scan', command);
      const { Items = [], LastEvaluatedKey } = output;
      return { items: Items, ...(LastEvaluatedKey ? { next: LastEvaluatedKey } : {}) };
    },

    async batchGet(ctx, op, keys, options) {
      // Not the document client's: a page of outputs is a thousand attributes, and it walks all of them twice.
      const command = new BatchGetItemCommand({
        RequestItems: { [table]: { Keys: keys.map(keyImage), ...reading(options) } },
      });
      const { output, meter } = await caller.send<'BatchGetItem', BatchGetItemCommandOutput>(
        ctx,
        op,
        'BatchGetItem',
        command,
      );
      return {
        items: (output.Responses?.[table] ?? []).map(plainItem),
        left: (output.UnprocessedKeys?.[table]?.Keys ?? []).map(plainItem) as unknown as Key[],
        bytes: meter.responseBytes ?? 0,
      };
    },

    async batchWrite(ctx, op, writes) {
      let sentBytes = 0;
      const requests = writes.map((write) => {
        if ('remove' in write) return { DeleteRequest: { Key: { ...write.remove } } };
        sentBytes += itemBytes(write.put);
        return { PutRequest: { Item: { ...write.put } } };
      });
      const command = new BatchWriteCommand({ RequestItems: { [table]: requests } });
      const { output } = await caller.send<'BatchWriteItem', BatchWriteCommandOutput>(
        ctx,
        op,
        'BatchWriteItem',
        command,
        {
          sentBytes,
        },
      );
      return (output.UnprocessedItems?.[table] ?? []).map((request): Write => {
        const { PutRequest, DeleteRequest } = request;
        return PutRequest
          ? { put: PutRequest.Item as Item }
          : { remove: DeleteRequest?.Key as unknown as Key };
      });
    },
  };
}

function keyImage({ pk, sk }: Key): Record<'pk' | 'sk', AttributeValue> {
  return { pk: { S: pk }, sk: { S: sk } };
}

function reading({ consistent, attributes }: ReadOptions): {
  ConsistentRead?: boolean;
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
} {
  const projection = attributes?.map((name) => `#${name}`).join(', ');
  return {
    ...(consistent === true ? { ConsistentRead: true } : {}),
    ...(projection === undefined
      ? {}
      : { ProjectionExpression: projection, ExpressionAttributeNames: namesIn(projection) }),
  };
}

function conditionOf({ text, values }: Expression) {
  return {
    ConditionExpression: text,
    ExpressionAttributeNames: namesIn(text),
    ...(values === undefined ? {} : { ExpressionAttributeValues: { ...values } }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

/** Every `#name` in an expression stands for itself: no list of DynamoDB's reserved words is needed. */
function namesIn(expression: string): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [placeholder, name] of expression.matchAll(/#(\w+)/g)) {
    if (name !== undefined) names[placeholder] = name;
  }
  return names;
}

/** The document client leaves the item of this error as it came. */
function conditionFailure(error: unknown): Conditional | undefined {
  if ((error as Error | null)?.name !== 'ConditionalCheckFailedException') return undefined;
  const { Item } = error as { Item?: Image };
  return { done: false, there: Item && plainItem(Item) };
}
