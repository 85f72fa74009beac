import assert from 'node:assert/strict';
import {
  type DynamoDBClient,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { aKey, aTable, get, put, type SdkItem, TABLE } from '../support.ts';
import { type Behaviour, delivered, putAll, refused, SOURCE } from './subject.ts';

const TOKEN = 'token-1';
const keys = (count: number) => Array.from({ length: count }, (_, index) => aKey(`k${index}`));
const puts = (items: readonly SdkItem[], more: object = {}): TransactWriteItem[] =>
  items.map((Item) => ({ Put: { TableName: TABLE, Item, ...more } }));
const NEW = { ConditionExpression: 'attribute_not_exists(pk)' };

function write(client: DynamoDBClient, TransactItems: TransactWriteItem[], more: object = {}) {
  return client.send(new TransactWriteItemsCommand({ TransactItems, ...more }));
}

function read(client: DynamoDBClient, wanted: readonly SdkItem[]) {
  const TransactItems = wanted.map((Key) => ({ Get: { TableName: TABLE, Key } }));
  return client.send(new TransactGetItemsCommand({ TransactItems }));
}

const increment = (pk: string): TransactWriteItem => ({
  Update: {
    TableName: TABLE,
    Key: aKey(pk),
    UpdateExpression: 'ADD n :n',
    ExpressionAttributeValues: { ':n': { N: '1' } },
  },
});

/** So many bytes of text in each item. */
const sized = (count: number, sizeBytes: number) =>
  keys(count).map((key) => ({ ...key, t: { S: 'x'.repeat(sizeBytes) } }));

export const TRANSACTIONS: readonly Behaviour[] = [
  {
    name: 'writes everything in a transaction, over tables, too',
    source: SOURCE.suite('tier2/transactions/transactWrite.test.ts'),
    async run({ client }) {
      await client.send(aTable('other'));
      await putAll(client, [aKey('gone')]);
      await write(client, [
        ...puts([aKey('a')]),
        increment('b'),
        { Delete: { TableName: TABLE, Key: aKey('gone') } },
        { Put: { TableName: 'other', Item: aKey('c') } },
      ]);
      assert.ok(await get(client, aKey('a')));
      assert.equal((await get(client, aKey('b')))?.n?.N, '1');
      assert.equal(await get(client, aKey('gone')), undefined);
    },
  },
  {
    name: 'writes nothing of a transaction when one condition fails, and tells which',
    source: SOURCE.suite('tier3/error-messages/transactWriteItems.test.ts'),
    async run({ client }) {
      await put(client, { ...aKey('b'), n: { N: '7' } });
      const call = write(client, [
        ...puts([aKey('a')], NEW),
        ...puts([aKey('b')], { ...NEW, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
        increment('c'),
      ]);
      const error = await refused(
        call,
        'TransactionCanceledException',
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, None]',
      );
      assert.deepEqual(error.CancellationReasons, [
        { Code: 'None' },
        {
          Code: 'ConditionalCheckFailed',
          Message: 'The conditional request failed',
          Item: { ...aKey('b'), n: { N: '7' } },
        },
        { Code: 'None' },
      ]);
      assert.equal(await get(client, aKey('a')), undefined);
      assert.equal(await get(client, aKey('c')), undefined);
    },
  },
  {
    name: 'checks a condition without a write',
    source: SOURCE.suite('tier2/transactions/transactWrite.test.ts'),
    async run({ client }) {
      const check = (condition: string): TransactWriteItem => ({
        ConditionCheck: { TableName: TABLE, Key: aKey('a'), ConditionExpression: condition },
      });
      const withCheck = (condition: string) =>
        write(client, [check(condition), ...puts([aKey('b')])]);
      await refused(withCheck('attribute_exists(pk)'), 'TransactionCanceledException');
      assert.equal(await get(client, aKey('b')), undefined);
      await withCheck('attribute_not_exists(pk)');
      assert.ok(await get(client, aKey('b')));
    },
  },
  {
    name: 'takes 100 actions in a transaction, and refuses 101',
    source: SOURCE.suite('tier3/limits/transactionLimits.test.ts'),
    async run({ client }) {
      await write(client, puts(keys(100)));
      assert.ok(await get(client, aKey('k99')));
      const message = /at 'transactItems' .*Member must have length less than or equal to 100$/s;
      await refused(write(client, puts(keys(101))), 'ValidationException', message);
    },
  },
  {
    name: 'refuses a transaction of nothing',
    source: SOURCE.suite('tier3/error-messages/transactWriteItems.test.ts'),
    async run({ client }) {
      const message =
        "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1";
      await refused(write(client, []), 'ValidationException', message);
    },
  },
  {
    name: 'takes 3.5 MB in a transaction, and refuses 4.2 MB',
    source: SOURCE.suite('tier3/limits/transactionLimits.test.ts'),
    async run({ client }) {
      await write(client, puts(sized(10, 350_000)));
      await refused(write(client, puts(sized(12, 350_000))), 'ValidationException');
      assert.equal(await get(client, aKey('k11')), undefined);
    },
  },
  {
    name: 'refuses two actions for one item',
    source: SOURCE.suite('tier3/error-messages/transactWriteItems.test.ts'),
    async run({ client }) {
      const message = 'Transaction request cannot include multiple operations on one item';
      const call = write(client, [...puts([aKey('a')]), increment('a')]);
      await refused(call, 'ValidationException', message);
    },
  },
  {
    name: 'refuses a transaction with an item over 400 KB, whole',
    source: SOURCE.api('TransactWriteItems'),
    async run({ client }) {
      const call = write(client, puts([aKey('a'), ...sized(1, 410_000)]));
      await refused(call, 'ValidationException', /size has exceeded/);
      assert.equal(await get(client, aKey('a')), undefined);
    },
  },
  {
    name: 'repeats a transaction under its token without an effect, for 10 minutes',
    source: SOURCE.api('TransactWriteItems'),
    async run({ client, clock }) {
      const call = () => write(client, [increment('a')], { ClientRequestToken: TOKEN });
      const n = async () => (await get(client, aKey('a')))?.n?.N;
      await call();
      await call();
      assert.equal(await n(), '1');
      clock.advance(10 * 60_000 + 1);
      await call();
      assert.equal(await n(), '2');
    },
  },
  {
    name: 'refuses another transaction under a token',
    source: SOURCE.suite('tier2/transactions/transactWrite.test.ts'),
    async run({ client }) {
      await write(client, [increment('a')], { ClientRequestToken: TOKEN });
      const other = write(client, [increment('b')], { ClientRequestToken: TOKEN });
      await refused(other, 'IdempotentParameterMismatchException');
    },
  },
  {
    name: 'loses no increment of concurrent transactions and writes',
    source: 'Developer Guide, Amazon DynamoDB Transactions: how it works',
    onDisk: true,
    async run({ client }) {
      const both = [increment('a'), increment('b')];
      const single = { ...increment('a').Update } as UpdateItemCommandInput;
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => [
          write(client, index % 2 ? both : both.toReversed()),
          client.send(new UpdateItemCommand(single)),
        ]).flat(),
      );
      const { Responses } = await read(client, [aKey('a'), aKey('b')]);
      assert.deepEqual(
        Responses?.map(({ Item }) => Item?.n?.N),
        ['40', '20'],
      );
    },
  },
  {
    name: 'leaves a stream record for each item a transaction changed',
    source: SOURCE.streams,
    async run(subject) {
      await write(subject.client, [...puts([aKey('a')]), increment('b')]);
      const [batch] = await delivered(subject);
      assert.deepEqual(
        batch?.map(({ eventName, dynamodb }) => [eventName, dynamodb.Keys.pk?.S]),
        [
          ['INSERT', 'a'],
          ['INSERT', 'b'],
        ],
      );
    },
  },
  {
    name: 'reads 100 items in a transaction by position, and refuses 101',
    source: SOURCE.suite('tier3/limits/transactionLimits.test.ts'),
    async run({ client }) {
      await putAll(client, [aKey('k0'), aKey('k99')]);
      const { Responses = [] } = await read(client, keys(100));
      assert.equal(Responses.length, 100);
      assert.deepEqual([Responses[0], Responses[1]], [{ Item: aKey('k0') }, {}]);
      const message = /less than or equal to 100/;
      await refused(read(client, keys(101)), 'ValidationException', message);
    },
  },
  {
    name: 'refuses to read more than 4 MB in a transaction',
    source: SOURCE.api('TransactGetItems'),
    async run({ client }) {
      await putAll(client, sized(12, 380_000));
      await read(client, keys(11));
      await refused(read(client, keys(12)), 'ValidationException');
    },
  },
  {
    name: 'bills a transaction twice',
    source: SOURCE.capacity,
    async run({ client }) {
      const answer = await write(client, puts([aKey('a')]), { ReturnConsumedCapacity: 'TOTAL' });
      assert.deepEqual(answer.ConsumedCapacity, [{ TableName: TABLE, CapacityUnits: 2 }]);
    },
  },
];
