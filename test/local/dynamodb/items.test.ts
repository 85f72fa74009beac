import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aKey, aServer, failure, get, put, type SdkItem, TABLE } from './support.ts';

const KB = 1024;

function anItem(pk: string, sizeBytes: number, sk = 'META'): SdkItem {
  return { ...aKey(pk, sk), body: { B: new Uint8Array(sizeBytes) } };
}

function batchGet(keys: SdkItem[], more: object = {}): BatchGetItemCommand {
  return new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys: keys, ...more } } });
}

describe('local dynamodb items', () => {
  it('answers a batch get of up to 16 MB whole, and the rest as unprocessed keys', async () => {
    const { client } = await aServer();
    const keys = Array.from({ length: 44 }, (_, index) => aKey(`a${index}`));
    for (const key of keys) await put(client, { ...key, body: { B: new Uint8Array(390 * KB) } });
    const projection = {
      ConsistentRead: true,
      ProjectionExpression: '#p',
      ExpressionAttributeNames: { '#p': 'pk' },
    };
    const answer = await client.send(batchGet(keys, projection));
    // 42 items of 390 KB and a few bytes are below 16 MB, 43 are above.
    expect(answer.Responses?.[TABLE]).toHaveLength(42);
    expect(answer.UnprocessedKeys?.[TABLE]).toEqual({ ...projection, Keys: keys.slice(42) });
  });

  it('answers small batches whole, with absent items left out', async () => {
    const { client } = await aServer();
    await put(client, anItem('a', 10));
    const answer = await client.send(batchGet([aKey('a'), aKey('b')]));
    expect(answer.Responses?.[TABLE]?.map((item) => item.pk)).toEqual([{ S: 'a' }]);
    expect(answer.UnprocessedKeys).toEqual({});
  });

  it('refuses duplicate keys in a batch get', async () => {
    const { client } = await aServer();
    expect(await failure(client.send(batchGet([aKey('a'), aKey('a')])))).toMatchObject({
      name: 'ValidationException',
      message: 'Provided list of item keys contains duplicates',
    });
  });

  it('refuses duplicate keys in a batch write and writes nothing of it', async () => {
    const { client } = await aServer();
    const command = new BatchWriteItemCommand({
      RequestItems: {
        [TABLE]: [
          { PutRequest: { Item: aKey('a') } },
          { PutRequest: { Item: aKey('b') } },
          { DeleteRequest: { Key: aKey('b') } },
        ],
      },
    });
    expect(await failure(client.send(command))).toMatchObject({
      name: 'ValidationException',
      message: 'Provided list of item keys contains duplicates',
    });
    expect(await get(client, aKey('a'))).toBeUndefined();
  });

  it('refuses more than 25 writes in a batch, over all tables', async () => {
    const { client } = await aServer();
    const writes = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({
        PutRequest: { Item: aKey(`a${from + index}`) },
      }));
    const command = new BatchWriteItemCommand({
      RequestItems: { [TABLE]: writes(0, 13), other: writes(13, 13) },
    });
    expect(await failure(client.send(command))).toMatchObject({
      name: 'ValidationException',
      message: 'Too many items requested for the BatchWriteItem call',
    });
  });

  it('puts the item it met into the error when a condition fails and it is asked for', async () => {
    const { client } = await aServer();
    const item = { ...aKey('a'), n: { N: '1' } };
    await put(client, item);
    const refused = {
      TableName: TABLE,
      ConditionExpression: 'attribute_not_exists(pk)',
    };
    for (const asked of ['ALL_OLD', 'NONE', undefined] as const) {
      const option = asked ? { ReturnValuesOnConditionCheckFailure: asked } : {};
      for (const command of [
        new PutItemCommand({ ...refused, ...option, Item: item }),
        new DeleteItemCommand({ ...refused, ...option, Key: aKey('a') }),
        new UpdateItemCommand({
          ...refused,
          ...option,
          Key: aKey('a'),
          UpdateExpression: 'REMOVE n',
        }),
      ]) {
        const error = await failure(client.send(command as PutItemCommand));
        expect(error.name).toBe('ConditionalCheckFailedException');
        expect(error.Item).toEqual(asked === 'ALL_OLD' ? item : undefined);
      }
    }
  });

  it('counts UTF-8 bytes against the 400 KB limit', async () => {
    const { client } = await aServer();
    // pk, sk and their values are 9 bytes, the name is 1: 409,600 in all; each é counts 2.
    const item = { ...aKey('a'), t: { S: 'é'.repeat((400 * KB - 10) / 2) } };
    await put(client, item);
    const larger = { ...item, u: { S: '' } };
    expect(await failure(put(client, larger))).toMatchObject({
      name: 'ValidationException',
      message: 'Item size has exceeded the maximum allowed size',
    });
    const update = new UpdateItemCommand({
      TableName: TABLE,
      Key: aKey('a'),
      UpdateExpression: 'SET u = :u',
      ExpressionAttributeValues: { ':u': { S: '' } },
    });
    expect(await failure(client.send(update))).toMatchObject({
      name: 'ValidationException',
      message: 'Item size to update has exceeded the maximum allowed size',
    });
    expect(await get(client, aKey('a'))).toEqual(item);
  });

  it('counts UTF-8 bytes against the limits of keys', async () => {
    const { client } = await aServer();
    await put(client, aKey('é'.repeat(1024), 'é'.repeat(512)));
    for (const key of [aKey('é'.repeat(1025)), aKey('a', 'é'.repeat(513))]) {
      const commands = [put(client, key), get(client, key), client.send(batchGet([key]))];
      for (const call of commands) {
        expect((await failure(call)).name).toBe('ValidationException');
      }
    }
  });

  it('refuses values nested deeper than 32 levels', async () => {
    const { client } = await aServer();
    const nested = (levels: number): SdkItem[string] =>
      levels === 0 ? { S: 'x' } : { M: { a: nested(levels - 1) } };
    await put(client, { ...aKey('a'), deep: nested(32) });
    expect(await failure(put(client, { ...aKey('a'), deep: nested(33) }))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('Nesting Levels have exceeded supported limits'),
    });
  });

  it('bills reads by 4 KB, halved when eventually consistent, a batch item by item', async () => {
    const { client } = await aServer();
    await put(client, anItem('a', 4 * KB));
    await put(client, anItem('b', 100));
    const units = async (pk: string, consistent: boolean) => {
      const answer = await client.send(
        new GetItemCommand({
          TableName: TABLE,
          Key: aKey(pk),
          ConsistentRead: consistent,
          ReturnConsumedCapacity: 'TOTAL',
        }),
      );
      return answer.ConsumedCapacity;
    };
    expect(await units('a', true)).toEqual({ TableName: TABLE, CapacityUnits: 2 });
    expect(await units('a', false)).toEqual({ TableName: TABLE, CapacityUnits: 1 });
    expect(await units('b', true)).toEqual({ TableName: TABLE, CapacityUnits: 1 });
    expect(await units('absent', false)).toEqual({ TableName: TABLE, CapacityUnits: 0.5 });
    const batch = await client.send(
      new BatchGetItemCommand({
        ReturnConsumedCapacity: 'INDEXES',
        RequestItems: { [TABLE]: { Keys: [aKey('a'), aKey('b'), aKey('absent')] } },
      }),
    );
    expect(batch.ConsumedCapacity).toEqual([
      { TableName: TABLE, CapacityUnits: 2, Table: { CapacityUnits: 2 } },
    ]);
  });

  it('bills a query by the bytes of all items it read', async () => {
    const { client } = await aServer();
    for (const sk of ['1', '2', '3']) await put(client, anItem('a', 3 * KB, sk));
    const query = async (consistent: boolean, more: object = {}) => {
      const answer = await client.send(
        new QueryCommand({
          TableName: TABLE,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: 'a' } },
          ConsistentRead: consistent,
          ReturnConsumedCapacity: 'TOTAL',
          ...more,
        }),
      );
      return answer.ConsumedCapacity?.CapacityUnits;
    };
    expect(await query(true)).toBe(3);
    expect(await query(false)).toBe(1.5);
    expect(await query(true, { Limit: 1 })).toBe(1);
    expect(await query(true, { FilterExpression: 'attribute_not_exists(body)' })).toBe(3);
  });

  it('bills a write by the larger image, per KB', async () => {
    const { client } = await aServer();
    const write = async (command: PutItemCommand) =>
      (await client.send(command)).ConsumedCapacity?.CapacityUnits;
    const putOf = (sizeBytes: number) =>
      new PutItemCommand({
        TableName: TABLE,
        Item: anItem('a', sizeBytes),
        ReturnConsumedCapacity: 'TOTAL',
      });
    expect(await write(putOf(1000))).toBe(1);
    expect(await write(putOf(5 * KB))).toBe(6);
    expect(await write(putOf(10))).toBe(6);
    const answer = await client.send(
      new BatchWriteItemCommand({
        ReturnConsumedCapacity: 'TOTAL',
        RequestItems: {
          [TABLE]: [
            { PutRequest: { Item: anItem('b', 2 * KB) } },
            { DeleteRequest: { Key: aKey('absent') } },
          ],
        },
      }),
    );
    expect(answer.ConsumedCapacity).toEqual([{ TableName: TABLE, CapacityUnits: 4 }]);
  });

  it('pages a query at 1 MB and by limit, in both directions', async () => {
    const { client } = await aServer();
    const sortKeys = ['1', '2', '3', '4', '5', '6'];
    for (const sk of sortKeys) await put(client, anItem('a', 300 * KB, sk));
    const pages = async (forward: boolean, limit?: number) => {
      const sizes: number[] = [];
      const seen: unknown[] = [];
      let start: SdkItem | undefined;
      do {
        const answer = await client.send(
          new QueryCommand({
            TableName: TABLE,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: 'a' } },
            ScanIndexForward: forward,
            ...(limit ? { Limit: limit } : {}),
            ...(start ? { ExclusiveStartKey: start } : {}),
          }),
        );
        sizes.push(answer.Items?.length ?? 0);
        seen.push(...(answer.Items ?? []).map((item) => item.sk?.S));
        start = answer.LastEvaluatedKey;
      } while (start);
      return { sizes, seen };
    };
    expect(await pages(true)).toEqual({ sizes: [4, 2], seen: sortKeys });
    expect(await pages(false)).toEqual({ sizes: [4, 2], seen: sortKeys.toReversed() });
    expect((await pages(true, 4)).sizes).toEqual([4, 2]);
  });

  it('reads a range of sort keys by every comparison', async () => {
    const { client } = await aServer();
    for (const pk of ['a', 'b']) {
      for (const sk of ['OUT#k1', 'OUT#k2', 'OUT', 'META']) await put(client, aKey(pk, sk));
    }
    const query = async (condition: string, values: SdkItem) => {
      const answer = await client.send(
        new QueryCommand({
          TableName: TABLE,
          KeyConditionExpression: `pk = :pk and ${condition}`,
          ExpressionAttributeValues: { ':pk': { S: 'a' }, ...values },
        }),
      );
      return answer.Items?.map((item) => item.sk?.S);
    };
    const at = { ':a': { S: 'OUT#k1' } };
    expect(await query('begins_with(sk, :a)', { ':a': { S: 'OUT' } })).toEqual([
      'OUT',
      'OUT#k1',
      'OUT#k2',
    ]);
    expect(await query('sk = :a', at)).toEqual(['OUT#k1']);
    expect(await query('sk < :a', at)).toEqual(['META', 'OUT']);
    expect(await query('sk <= :a', at)).toEqual(['META', 'OUT', 'OUT#k1']);
    expect(await query('sk > :a', at)).toEqual(['OUT#k2']);
    expect(await query('sk >= :a', at)).toEqual(['OUT#k1', 'OUT#k2']);
    expect(await query('sk between :a and :b', { ...at, ':b': { S: 'OUT#k2' } })).toEqual([
      'OUT#k1',
      'OUT#k2',
    ]);
  });

  it('scans a table and nothing of another', async () => {
    const { client } = await aServer();
    await put(client, aKey('a'));
    await put(client, aKey('b'));
    const answer = await client.send(new ScanCommand({ TableName: TABLE }));
    expect(answer.Items?.map((item) => item.pk?.S).sort()).toEqual(['a', 'b']);
  });

  it('lets one of many concurrent conditional writes win', async () => {
    const { client } = await aServer();
    const attempts = Array.from({ length: 12 }, (_, index) =>
      client.send(
        new PutItemCommand({
          TableName: TABLE,
          Item: { ...aKey('a'), by: { N: String(index) } },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('loses no increment of concurrent updates, on a disk that takes its time', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tandem-dynamodb-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    const { client } = await aServer({ dataDir });
    await Promise.all(
      Array.from({ length: 20 }, () =>
        client.send(
          new UpdateItemCommand({
            TableName: TABLE,
            Key: aKey('a'),
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: { ':one': { N: '1' } },
          }),
        ),
      ),
    );
    expect((await get(client, aKey('a')))?.n).toEqual({ N: '20' });
  });
});
