import {
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { aKey, aServer, get, put, type SdkItem, TABLE } from './support.ts';

const LAG_MS = 1_000;

async function query(client: DynamoDBClient, consistent: boolean, more: object = {}) {
  const answer = await client.send(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'a' } },
      ConsistentRead: consistent,
      ...more,
    }),
  );
  return answer.Items?.map((item) => `${item.sk?.S}${item.n?.N ?? ''}`).join(' ');
}

function numbered(sk: string, n: number): SdkItem {
  return { ...aKey('a', sk), n: { N: String(n) } };
}

describe('local dynamodb reads that lag', () => {
  it('see each item as it was, consistent reads as it is', async () => {
    const { server, client, clock } = await aServer();
    await put(client, numbered('x', 1));
    server.lagReads(LAG_MS);
    await put(client, numbered('x', 2));
    clock.advance(400);
    await put(client, numbered('x', 3));
    const seen = async () => (await get(client, aKey('a', 'x'), false))?.n?.N;
    expect((await get(client, aKey('a', 'x'), true))?.n?.N).toBe('3');
    expect(await seen()).toBe('1');
    clock.advance(600);
    expect(await seen()).toBe('2');
    clock.advance(400);
    expect(await seen()).toBe('3');
  });

  it('do not see new items yet and still see deleted ones, in batches and queries', async () => {
    const { server, client, clock } = await aServer();
    for (const sk of ['b', 'd', 'f']) await put(client, numbered(sk, 1));
    server.lagReads(LAG_MS);
    await put(client, numbered('a', 1));
    await put(client, numbered('d', 2));
    await put(client, numbered('e', 1));
    await client.send(new DeleteItemCommand({ TableName: TABLE, Key: aKey('a', 'b') }));
    await client.send(new DeleteItemCommand({ TableName: TABLE, Key: aKey('a', 'f') }));
    expect(await query(client, true)).toBe('a1 d2 e1');
    expect(await query(client, false)).toBe('b1 d1 f1');
    expect(await query(client, false, { ScanIndexForward: false })).toBe('f1 d1 b1');
    expect(await query(client, false, { Limit: 2 })).toBe('b1 d1');
    expect(
      await query(client, false, {
        KeyConditionExpression: 'pk = :pk and sk > :sk',
        ExpressionAttributeValues: { ':pk': { S: 'a' }, ':sk': { S: 'b' } },
      }),
    ).toBe('d1 f1');
    const batch = await client.send(
      new BatchGetItemCommand({
        RequestItems: { [TABLE]: { Keys: ['a', 'b', 'd'].map((sk) => aKey('a', sk)) } },
      }),
    );
    expect(batch.Responses?.[TABLE]).toEqual([numbered('b', 1), numbered('d', 1)]);
    clock.advance(LAG_MS);
    expect(await query(client, false)).toBe('a1 d2 e1');
  });

  it('are off at first and can be switched off again', async () => {
    const { server, client } = await aServer();
    await put(client, numbered('x', 1));
    expect(await query(client, false)).toBe('x1');
    server.lagReads(LAG_MS);
    await put(client, numbered('x', 2));
    expect(await query(client, false)).toBe('x1');
    server.lagReads(0);
    expect(await query(client, false)).toBe('x2');
    expect(() => server.lagReads(-1)).toThrow(RangeError);
  });
});
