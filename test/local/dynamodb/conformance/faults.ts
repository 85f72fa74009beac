import assert from 'node:assert/strict';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { aKey, get, put, TABLE } from '../support.ts';
import { type Behaviour, putAll, refused, SOURCE } from './subject.ts';

const keys = (count: number) => Array.from({ length: count }, (_, index) => aKey(`k${index}`));
const putItem = () => new PutItemCommand({ TableName: TABLE, Item: aKey('a') });

/** Every error a client of DynamoDB has to be ready for, with the status it comes with. */
const ERRORS = [
  ['ProvisionedThroughputExceededException', 400],
  ['ThrottlingException', 400],
  ['RequestLimitExceeded', 400],
  ['InternalServerError', 500],
  ['ServiceUnavailable', 503],
  ['AccessDeniedException', 400],
  ['ExpiredTokenException', 400],
] as const;

/** The connection was cut. */
async function cut(call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    () => assert.fail('answered'),
    (reason: Error & { code?: string }) => reason,
  );
  assert.equal(error.code, 'ECONNRESET');
}

export const FAULTS: readonly Behaviour[] = [
  ...ERRORS.map(
    ([error, status]): Behaviour => ({
      name: `fails with ${error} when told to, without an effect`,
      source: SOURCE.errors,
      async run({ client, wire }) {
        wire.addFault({ service: 'dynamodb', operation: 'PutItem', error, count: 1 });
        const failure = await refused(client.send(putItem()), error);
        const { $metadata } = failure as { $metadata?: { httpStatusCode?: number } };
        assert.equal($metadata?.httpStatusCode, status);
        assert.equal(await get(client, aKey('a')), undefined);
      },
    }),
  ),
  {
    name: 'leaves the share of keys it is told to out of a batch get, whole requests kept',
    source: SOURCE.api('BatchGetItem'),
    async run({ client, wire }) {
      await putAll(client, keys(10));
      wire.addFault({ service: 'dynamodb', unprocessed: 0.3 });
      const request = { Keys: keys(10), ConsistentRead: true };
      const command = new BatchGetItemCommand({ RequestItems: { [TABLE]: request } });
      const answer = await client.send(command);
      assert.equal(answer.Responses?.[TABLE]?.length, 7);
      assert.deepEqual(answer.UnprocessedKeys?.[TABLE], { ...request, Keys: keys(10).slice(7) });
    },
  },
  {
    name: 'leaves the share of items it is told to out of a batch write, unwritten',
    source: SOURCE.api('BatchWriteItem'),
    async run({ client, wire }) {
      wire.addFault({ service: 'dynamodb', unprocessed: 0.5 });
      const requests = keys(10).map((Item) => ({ PutRequest: { Item } }));
      const command = new BatchWriteItemCommand({ RequestItems: { [TABLE]: requests } });
      const answer = await client.send(command);
      assert.deepEqual(answer.UnprocessedItems?.[TABLE], requests.slice(5));
      assert.ok(await get(client, aKey('k4')));
      assert.equal(await get(client, aKey('k5')), undefined);
    },
  },
  {
    name: 'cuts the connection before the effect',
    source: SOURCE.errors,
    async run({ client, wire }) {
      wire.addFault({ service: 'dynamodb', drop: 'before', count: 1 });
      await cut(client.send(putItem()));
      assert.equal(await get(client, aKey('a')), undefined);
    },
  },
  {
    name: 'cuts the connection after the effect',
    source: SOURCE.errors,
    async run({ client, wire }) {
      wire.addFault({ service: 'dynamodb', drop: 'after', count: 1 });
      await cut(client.send(putItem()));
      assert.ok(await get(client, aKey('a')));
    },
  },
  {
    name: 'makes a transaction whose answer was lost harmless to send again',
    source: SOURCE.api('TransactWriteItems'),
    async run({ client, wire }) {
      const command = new TransactWriteItemsCommand({
        ClientRequestToken: 'lost',
        TransactItems: [
          {
            Update: {
              TableName: TABLE,
              Key: aKey('a'),
              UpdateExpression: 'ADD n :n',
              ExpressionAttributeValues: { ':n': { N: '1' } },
            },
          },
        ],
      });
      wire.addFault({ service: 'dynamodb', drop: 'after', count: 1 });
      await cut(client.send(command));
      await client.send(command);
      assert.equal((await get(client, aKey('a')))?.n?.N, '1');
    },
  },
  {
    name: 'counts every attempt with its bytes, refused ones, too',
    source: 'LOCAL.md, calls',
    async run({ client, wire }) {
      await put(client, aKey('a'));
      wire.addFault({ service: 'dynamodb', error: 'ThrottlingException', count: 1 });
      await refused(client.send(putItem()), 'ThrottlingException');
      const { PutItem } = wire.calls().dynamodb;
      assert.equal(PutItem?.count, 2);
      assert.ok(PutItem.requestBytes > 2 * JSON.stringify(aKey('a')).length);
      assert.ok(PutItem.responseBytes > 2);
    },
  },
];
