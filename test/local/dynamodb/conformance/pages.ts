import assert from 'node:assert/strict';
import {
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { aKey, get, put, type SdkItem, TABLE } from '../support.ts';
import { type Behaviour, putAll, refused, SOURCE } from './subject.ts';

const KB = 1024;

function query(client: DynamoDBClient, more: Partial<QueryCommandInput> = {}) {
  return client.send(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: 'pk = :pk',
      ...more,
      ExpressionAttributeValues: { ':pk': { S: 'a' }, ...more.ExpressionAttributeValues },
    }),
  );
}

const rows = (count: number, more: SdkItem = {}): SdkItem[] =>
  Array.from({ length: count }, (_, index) => ({ ...aKey('a', `s${index}`), ...more }));
const sortKeys = (items: readonly SdkItem[] | undefined) =>
  (items ?? []).map((item) => item.sk?.S ?? '');

/** Items of 300 KB of text; each é counts two bytes. */
const text = (character: string) => ({
  t: { S: character.repeat((300 * KB) / Buffer.byteLength(character)) },
});

export const PAGES: readonly Behaviour[] = [
  ...['x', 'é'].map(
    (character): Behaviour => ({
      name: `ends a page of a query at 1 MB of UTF-8 bytes, written with ${character}`,
      source: SOURCE.quotas,
      async run({ client }) {
        await putAll(client, rows(6, text(character)));
        const first = await query(client);
        assert.deepEqual(sortKeys(first.Items), ['s0', 's1', 's2', 's3']);
        assert.deepEqual(first.LastEvaluatedKey, aKey('a', 's3'));
        const rest = await query(client, { ExclusiveStartKey: aKey('a', 's3') });
        assert.deepEqual(sortKeys(rest.Items), ['s4', 's5']);
        assert.equal(rest.LastEvaluatedKey, undefined);
      },
    }),
  ),
  {
    name: 'ends a page of a scan at 1 MB of UTF-8 bytes',
    source: SOURCE.quotas,
    async run({ client }) {
      await putAll(client, rows(6, text('é')));
      const page = await client.send(new ScanCommand({ TableName: TABLE }));
      assert.equal(page.Count, 4);
      assert.ok(page.LastEvaluatedKey);
    },
  },
  {
    name: 'measures a page before it filters',
    source: SOURCE.api('Query'),
    async run({ client }) {
      await putAll(client, rows(6, text('x')));
      const page = await query(client, { FilterExpression: 'attribute_exists(absent)' });
      assert.deepEqual([page.Count, page.ScannedCount], [0, 4]);
      assert.deepEqual(page.LastEvaluatedKey, aKey('a', 's3'));
    },
  },
  {
    name: 'measures a page before it projects',
    source: SOURCE.api('Query'),
    async run({ client }) {
      await putAll(client, rows(6, text('x')));
      const page = await query(client, { ProjectionExpression: 'sk' });
      assert.equal(page.Count, 4);
      assert.deepEqual(page.LastEvaluatedKey, aKey('a', 's3'));
    },
  },
  {
    name: 'counts Limit before the filter',
    source: SOURCE.api('Query'),
    async run({ client }) {
      await putAll(client, rows(5));
      const page = await query(client, {
        Limit: 2,
        FilterExpression: 'attribute_exists(absent)',
      });
      assert.deepEqual([page.Count, page.ScannedCount], [0, 2]);
      assert.deepEqual(page.LastEvaluatedKey, aKey('a', 's1'));
    },
  },
  {
    name: 'has a next page, which is empty, when Limit met the last item',
    source: SOURCE.api('Query'),
    async run({ client }) {
      await putAll(client, rows(2));
      const page = await query(client, { Limit: 2 });
      assert.deepEqual(page.LastEvaluatedKey, aKey('a', 's1'));
      const next = await query(client, { Limit: 2, ExclusiveStartKey: aKey('a', 's1') });
      assert.deepEqual([next.Items, next.LastEvaluatedKey], [[], undefined]);
    },
  },
  {
    name: 'goes on behind a key that is gone by now',
    source: SOURCE.api('Query'),
    async run({ client }) {
      await putAll(client, rows(3));
      const page = await query(client, { ExclusiveStartKey: aKey('a', 's00') });
      assert.deepEqual(sortKeys(page.Items), ['s1', 's2']);
    },
  },
  {
    name: 'orders sort keys by their UTF-8 bytes, both ways',
    source: SOURCE.api('Query'),
    async run({ client }) {
      // In UTF-16, which JavaScript compares by, the second would come last.
      const ordered = ['Z', 'a', 'é', '\uffee', '😀'];
      await putAll(
        client,
        ordered.map((sk) => aKey('a', sk)),
      );
      assert.deepEqual(sortKeys((await query(client)).Items), ordered);
      const reverse = await query(client, { ScanIndexForward: false });
      assert.deepEqual(sortKeys(reverse.Items), ordered.toReversed());
    },
  },
  {
    name: 'refuses a limit of 0',
    source: SOURCE.suite('tier3/error-messages/query.test.ts'),
    async run({ client }) {
      const message = /Member must have value greater than or equal to 1/;
      await refused(query(client, { Limit: 0 }), 'ValidationException', message);
    },
  },
  {
    name: 'refuses a query without the partition key',
    source: SOURCE.suite('tier3/error-messages/query.test.ts'),
    async run({ client }) {
      const call = query(client, { KeyConditionExpression: 'sk = :pk' });
      await refused(call, 'ValidationException', /missed key schema element: pk/);
    },
  },
  {
    name: 'refuses a start key of another partition',
    source: SOURCE.api('Query'),
    async run({ client }) {
      const call = query(client, { ExclusiveStartKey: aKey('b', 's1') });
      await refused(call, 'ValidationException', /starting key/);
    },
  },
  {
    name: 'refuses to filter by a key attribute',
    source: SOURCE.api('Query'),
    async run({ client }) {
      const call = query(client, { FilterExpression: 'sk > :pk' });
      await refused(call, 'ValidationException', /Filter Expression can only contain non-primary/);
    },
  },
  {
    name: 'refuses to select what is not named',
    source: SOURCE.suite('tier1/query/select.test.ts'),
    async run({ client }) {
      await refused(query(client, { Select: 'SPECIFIC_ATTRIBUTES' }), 'ValidationException');
    },
  },
  {
    name: 'refuses a segment of no number of segments',
    source: SOURCE.suite('tier3/error-messages/scan.test.ts'),
    async run({ client }) {
      const call = client.send(new ScanCommand({ TableName: TABLE, Segment: 0 }));
      const message =
        'The TotalSegments parameter is required but was not present in the request when Segment parameter is present';
      await refused(call, 'ValidationException', message);
    },
  },
  {
    name: 'bills a page by all bytes it read, half as much when eventually consistent',
    source: SOURCE.capacity,
    async run({ client }) {
      await putAll(client, rows(3, { b: { B: new Uint8Array(3 * KB) } }));
      const units = async (ConsistentRead: boolean) => {
        const page = await query(client, { ConsistentRead, ReturnConsumedCapacity: 'TOTAL' });
        return page.ConsumedCapacity?.CapacityUnits;
      };
      assert.deepEqual([await units(true), await units(false)], [3, 1.5]);
    },
  },
  {
    name: 'lets eventually consistent reads lag, and consistent ones not',
    source: 'Developer Guide, DynamoDB read consistency',
    async run({ client, server, clock }) {
      await put(client, { ...aKey('a', 's'), n: { N: '1' } });
      server.lagReads(1_000);
      await put(client, { ...aKey('a', 's'), n: { N: '2' } });
      assert.equal((await get(client, aKey('a', 's'), false))?.n?.N, '1');
      assert.equal((await get(client, aKey('a', 's'), true))?.n?.N, '2');
      clock.advance(1_000);
      assert.equal((await get(client, aKey('a', 's'), false))?.n?.N, '2');
    },
  },
];
