import assert from 'node:assert/strict';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  BatchWriteItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { aKey, aTable, get, type SdkItem, TABLE } from '../support.ts';
import { type Behaviour, putAll, refused, SOURCE } from './subject.ts';

const KB = 1024;
const DUPLICATES = 'Provided list of item keys contains duplicates';

const keys = (count: number) => Array.from({ length: count }, (_, index) => aKey(`k${index}`));
const sized = (key: SdkItem, sizeBytes: number): SdkItem => ({
  ...key,
  b: { B: new Uint8Array(sizeBytes) },
});
const puts = (items: readonly SdkItem[]): WriteRequest[] =>
  items.map((Item) => ({ PutRequest: { Item } }));
const batchGet = (Keys: SdkItem[], more: object = {}) =>
  new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys, ...more } } });
const batchWrite = (requests: WriteRequest[]) =>
  new BatchWriteItemCommand({ RequestItems: { [TABLE]: requests } });

export const BATCHES: readonly Behaviour[] = [
  {
    name: 'answers a batch get of 100 keys, and refuses 101',
    source: SOURCE.api('BatchGetItem'),
    async run({ client }) {
      await putAll(client, keys(100));
      const answer = await client.send(batchGet(keys(100)));
      assert.equal(answer.Responses?.[TABLE]?.length, 100);
      await refused(client.send(batchGet(keys(101))), 'ValidationException', /100/);
    },
  },
  {
    name: 'counts the 100 keys of a batch get over all tables',
    source: SOURCE.api('BatchGetItem'),
    async run({ client }) {
      await client.send(aTable('other'));
      const request: BatchGetItemCommandInput = {
        RequestItems: { [TABLE]: { Keys: keys(51) }, other: { Keys: keys(50) } },
      };
      const call = client.send(new BatchGetItemCommand(request));
      await refused(call, 'ValidationException', /Too many items requested/);
    },
  },
  {
    name: 'answers up to 16 MB in a batch get, and gives the other keys back with their request',
    source: SOURCE.api('BatchGetItem'),
    async run({ client }) {
      // 54 items of 300 KB fit into 16 MB, 55 do not.
      await putAll(
        client,
        keys(60).map((key) => sized(key, 300 * KB)),
      );
      const request = { ConsistentRead: true, ProjectionExpression: 'pk' };
      const answer = await client.send(batchGet(keys(60), request));
      assert.equal(answer.Responses?.[TABLE]?.length, 54);
      assert.deepEqual(answer.UnprocessedKeys?.[TABLE], { ...request, Keys: keys(60).slice(54) });
    },
  },
  {
    name: 'leaves absent items out of a batch get, and calls none of them unprocessed',
    source: SOURCE.api('BatchGetItem'),
    async run({ client }) {
      await putAll(client, keys(2));
      const answer = await client.send(batchGet(keys(4)));
      assert.equal(answer.Responses?.[TABLE]?.length, 2);
      assert.deepEqual(answer.UnprocessedKeys, {});
    },
  },
  {
    name: 'refuses a key twice in a batch get',
    source: SOURCE.suite('tier3/error-messages/batchGetItem.test.ts'),
    async run({ client }) {
      const twice = batchGet([aKey('a'), aKey('b'), aKey('a')]);
      await refused(client.send(twice), 'ValidationException', DUPLICATES);
    },
  },
  {
    name: 'refuses a batch get of no keys',
    source: SOURCE.api('BatchGetItem'),
    async run({ client }) {
      await refused(client.send(batchGet([])), 'ValidationException');
    },
  },
  {
    name: 'refuses a batch get from a table that is not there, whole',
    source: SOURCE.suite('tier3/error-messages/batchGetItem.test.ts'),
    async run({ client }) {
      const command = new BatchGetItemCommand({
        RequestItems: { [TABLE]: { Keys: keys(1) }, absent: { Keys: keys(1) } },
      });
      await refused(client.send(command), 'ResourceNotFoundException');
    },
  },
  {
    name: 'bills each item of a batch get by itself',
    source: SOURCE.capacity,
    async run({ client }) {
      await putAll(client, [sized(aKey('a'), 100), sized(aKey('b'), 5 * KB)]);
      const command = new BatchGetItemCommand({
        RequestItems: {
          [TABLE]: { Keys: [aKey('a'), aKey('b'), aKey('absent')], ConsistentRead: true },
        },
        ReturnConsumedCapacity: 'TOTAL',
      });
      const answer = await client.send(command);
      assert.equal(answer.ConsumedCapacity?.[0]?.CapacityUnits, 1 + 2 + 1);
    },
  },
  {
    name: 'writes a batch of 25, and refuses 26',
    source: SOURCE.api('BatchWriteItem'),
    async run({ client }) {
      await client.send(batchWrite(puts(keys(25))));
      assert.ok(await get(client, aKey('k24')));
      await refused(client.send(batchWrite(puts(keys(26)))), 'ValidationException', /25/);
    },
  },
  {
    name: 'counts the 25 writes of a batch over all tables',
    source: SOURCE.api('BatchWriteItem'),
    async run({ client }) {
      await client.send(aTable('other'));
      const command = new BatchWriteItemCommand({
        RequestItems: { [TABLE]: puts(keys(13)), other: puts(keys(13)) },
      });
      await refused(client.send(command), 'ValidationException', /Too many items requested/);
      assert.equal(await get(client, aKey('k0')), undefined);
    },
  },
  {
    name: 'refuses a request of more than 16 MB',
    source: SOURCE.api('BatchWriteItem'),
    async run({ client }) {
      // Each item is below 400 KB; escaped in JSON all of them are above 16 MB.
      const items = keys(25).map((key) => ({ ...key, s: { S: '"'.repeat(395 * KB) } }));
      const error = await client.send(batchWrite(puts(items))).then(
        () => assert.fail('accepted'),
        (reason: { $metadata?: { httpStatusCode?: number } }) => reason,
      );
      assert.equal(error.$metadata?.httpStatusCode, 413);
      assert.equal(await get(client, aKey('k0')), undefined);
    },
  },
  {
    name: 'refuses the same key twice in a batch write, whatever is done with it',
    source: SOURCE.suite('tier3/error-messages/batchWriteItem.test.ts'),
    async run({ client }) {
      const requests = [...puts(keys(2)), { DeleteRequest: { Key: aKey('k1') } }];
      await refused(client.send(batchWrite(requests)), 'ValidationException', DUPLICATES);
      assert.equal(await get(client, aKey('k0')), undefined);
    },
  },
  {
    name: 'refuses a whole batch for one item over 400 KB, before anything is written',
    source: SOURCE.api('BatchWriteItem'),
    async run({ client }) {
      const requests = puts([aKey('a'), sized(aKey('b'), 400 * KB)]);
      const message = 'Item size has exceeded the maximum allowed size';
      await refused(client.send(batchWrite(requests)), 'ValidationException', message);
      assert.equal(await get(client, aKey('a')), undefined);
    },
  },
  {
    name: 'refuses a whole batch for one key that does not fit, before anything is written',
    source: SOURCE.suite('tier3/error-messages/batchWriteItem.test.ts'),
    async run({ client }) {
      const requests = puts([aKey('a'), { pk: { S: 'b' } }]);
      const message = 'The provided key element does not match the schema';
      await refused(client.send(batchWrite(requests)), 'ValidationException', message);
      assert.equal(await get(client, aKey('a')), undefined);
    },
  },
];
