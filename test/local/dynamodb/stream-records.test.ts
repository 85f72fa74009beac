import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../../src/local/dynamodb/index.ts';
import { createWire } from '../../../src/local/wire/index.ts';
import { aKey, aServer, aTable, failure, put, TABLE } from './support.ts';

async function aRecordedServer(options: Parameters<typeof aServer>[0] = {}) {
  const running = await aServer(options);
  const records: StreamRecord[] = [];
  running.server.stream.subscribe(({ Records }) => {
    records.push(...Records);
  });
  const recorded = async () => {
    await running.server.stream.idle();
    return records;
  };
  return { ...running, recorded };
}

async function increment(client: DynamoDBClient, pk: string): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: TABLE,
      Key: aKey(pk),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
}

describe('local dynamodb stream records', () => {
  it('have the shape Lambda hands to a function', async () => {
    const { client, clock, recorded } = await aRecordedServer();
    await put(client, { ...aKey('a'), body: { B: new Uint8Array([1, 2, 3]) } });
    const description = await client.send(new DescribeTableCommand({ TableName: TABLE }));
    const [record] = await recorded();
    expect(record).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      eventSourceARN: description.Table?.LatestStreamArn,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(clock.now() / 1000),
        Keys: { pk: { S: 'a' }, sk: { S: 'META' } },
        NewImage: { pk: { S: 'a' }, sk: { S: 'META' }, body: { B: 'AQID' } },
        SequenceNumber: expect.stringMatching(/^[0-9]{25}$/),
        SizeBytes: 9 + 9 + 7,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
  });

  it('tell of inserts, changes and removals with the images before and after', async () => {
    const { client, recorded } = await aRecordedServer();
    await put(client, { ...aKey('a'), n: { N: '1' } });
    await increment(client, 'a');
    await put(client, { ...aKey('a'), n: { N: '3' } });
    await client.send(new DeleteItemCommand({ TableName: TABLE, Key: aKey('a') }));
    const changes = (await recorded()).map(({ eventName, dynamodb }) => [
      eventName,
      dynamodb.OldImage?.n?.N,
      dynamodb.NewImage?.n?.N,
    ]);
    expect(changes).toEqual([
      ['INSERT', undefined, '1'],
      ['MODIFY', '1', '2'],
      ['MODIFY', '2', '3'],
      ['REMOVE', '3', undefined],
    ]);
  });

  it('tell of an update that makes the item', async () => {
    const { client, recorded } = await aRecordedServer();
    await increment(client, 'a');
    expect(await recorded()).toMatchObject([
      { eventName: 'INSERT', dynamodb: { NewImage: { n: { N: '1' } } } },
    ]);
  });

  it('tell of each write of a batch', async () => {
    const { client, recorded } = await aRecordedServer();
    await put(client, aKey('a'));
    await client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [TABLE]: [
            { DeleteRequest: { Key: aKey('a') } },
            { PutRequest: { Item: aKey('b') } },
            { DeleteRequest: { Key: aKey('absent') } },
          ],
        },
      }),
    );
    const names = (await recorded()).map(({ eventName, dynamodb }) => [
      eventName,
      dynamodb.Keys.pk?.S,
    ]);
    expect(names.slice(1).sort()).toEqual([
      ['INSERT', 'b'],
      ['REMOVE', 'a'],
    ]);
  });

  it('do not tell of writes that change nothing', async () => {
    const { client, recorded } = await aRecordedServer();
    const item = { ...aKey('a'), n: { N: '1' }, tags: { SS: ['x', 'y'] } };
    await put(client, item);
    await put(client, { ...item, n: { N: '1.0' }, tags: { SS: ['y', 'x'] } });
    await client.send(
      new UpdateItemCommand({
        TableName: TABLE,
        Key: aKey('a'),
        UpdateExpression: 'SET n = :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
    await client.send(new DeleteItemCommand({ TableName: TABLE, Key: aKey('absent') }));
    const refused = new PutItemCommand({
      TableName: TABLE,
      Item: { ...aKey('a'), n: { N: '2' } },
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    await failure(client.send(refused));
    expect(await recorded()).toHaveLength(1);
  });

  it('come in the order of the key, each image following from the one before', async () => {
    const { client, recorded } = await aRecordedServer();
    const keys = ['a', 'b', 'c'];
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => increment(client, keys[index % 3] ?? 'a')),
    );
    const records = await recorded();
    expect(records).toHaveLength(30);
    for (const key of keys) {
      const mine = records.filter(({ dynamodb }) => dynamodb.Keys.pk?.S === key);
      expect(mine.map(({ dynamodb }) => dynamodb.NewImage?.n?.N)).toEqual(
        Array.from({ length: 10 }, (_, index) => String(index + 1)),
      );
      for (const [index, { dynamodb }] of mine.entries()) {
        expect(dynamodb.OldImage).toEqual(mine[index - 1]?.dynamodb.NewImage);
      }
    }
    const sequences = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
    expect(sequences).toEqual(sequences.toSorted());
    expect(new Set(sequences).size).toBe(30);
  });

  it('name their table, and a subscription can ask for one table only', async () => {
    const { server, client, recorded } = await aRecordedServer();
    await client.send(aTable('other'));
    const others: StreamRecord[] = [];
    server.stream.subscribe(({ Records }) => void others.push(...Records), { table: 'other' });
    await put(client, aKey('a'));
    await client.send(new PutItemCommand({ TableName: 'other', Item: aKey('b') }));
    expect(await recorded()).toHaveLength(2);
    expect(others.map(({ dynamodb }) => dynamodb.Keys.pk?.S)).toEqual(['b']);
    expect(others[0]?.eventSourceARN).toContain(':table/other/stream/');
  });

  it('cost no calls', async () => {
    const clock = { now: () => 0 };
    const wire = createWire({ clock, random: () => 0, sleep: async () => {} });
    const { client, recorded } = await aRecordedServer({ gate: wire.gate('dynamodb') });
    await put(client, aKey('a'));
    await recorded();
    const { CreateTable: _, ...calls } = wire.calls().dynamodb;
    expect(calls).toEqual({
      PutItem: { count: 1, requestBytes: expect.any(Number), responseBytes: 2 },
    });
  });

  it('come for a table with a secondary index, whose entries follow the item', async () => {
    const { client, recorded } = await aRecordedServer();
    await client.send(
      new CreateTableCommand({
        TableName: 'indexed',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'by', AttributeType: 'S' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-by',
            KeySchema: [{ AttributeName: 'by', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      }),
    );
    const by = async (value: string) => {
      const answer = await client.send(
        new QueryCommand({
          TableName: 'indexed',
          IndexName: 'by-by',
          KeyConditionExpression: '#by = :by',
          ExpressionAttributeNames: { '#by': 'by' },
          ExpressionAttributeValues: { ':by': { S: value } },
        }),
      );
      return answer.Items?.map((item) => item.pk?.S);
    };
    const write = (value: string) =>
      client.send(
        new PutItemCommand({ TableName: 'indexed', Item: { pk: { S: 'a' }, by: { S: value } } }),
      );
    await write('x');
    await write('y');
    expect([await by('x'), await by('y')]).toEqual([[], ['a']]);
    await client.send(new DeleteItemCommand({ TableName: 'indexed', Key: { pk: { S: 'a' } } }));
    expect(await by('y')).toEqual([]);
    expect(await recorded()).toHaveLength(3);
  });
});
