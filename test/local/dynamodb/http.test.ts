import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  DescribeTableCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createDynamoDbServer, type Verdict } from '../../../src/local/dynamodb/index.ts';
import { aClient, aKey, aServer, aSignal, aTable, failure, get, put, TABLE } from './support.ts';

const ARN = `arn:aws:dynamodb:us-east-1:000000000000:table/${TABLE}`;
const SIGNED = {
  'content-type': 'application/x-amz-json-1.0',
  authorization: 'AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c',
  'x-amz-date': '20260102T030405Z',
};

async function post(url: string, operation: string, body: string, headers: object = SIGNED) {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { ...headers, 'x-amz-target': `DynamoDB_20120810.${operation}` },
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    headers: response.headers,
    type: text.startsWith('{') ? (JSON.parse(text) as { __type?: string }).__type : undefined,
  };
}

describe('local dynamodb over http', () => {
  it('sends the checksum and the length of what it sends', async () => {
    const { server, client } = await aServer();
    await put(client, { ...aKey('a'), t: { S: 'é' } });
    const ok = await post(
      server.url,
      'GetItem',
      JSON.stringify({ TableName: TABLE, Key: aKey('a') }),
    );
    const refused = await post(server.url, 'GetItem', '{}');
    for (const answer of [ok, refused]) {
      expect(answer.headers.get('x-amz-crc32')).toBe(String(crc32(answer.text)));
      expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(answer.text)));
      expect(answer.headers.get('content-type')).toBe('application/x-amz-json-1.0');
      expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[A-Z0-9=]{52}$/);
    }
    expect([ok.status, refused.status]).toEqual([200, 400]);
  });

  it.each([
    ['no JSON', '{', SIGNED, 'com.amazon.coral.service#SerializationException'],
    ['no object', '[]', SIGNED, 'com.amazon.coral.service#SerializationException'],
    ['an empty body', '', SIGNED, 'com.amazon.coral.service#SerializationException'],
    [
      'no credentials',
      '{}',
      { 'content-type': SIGNED['content-type'] },
      'com.amazon.coral.service#MissingAuthenticationTokenException',
    ],
    [
      'half a signature',
      '{}',
      { ...SIGNED, authorization: 'AWS4-HMAC-SHA256 Credential=a/b' },
      'com.amazon.coral.service#IncompleteSignatureException',
    ],
    ['a wrong type', '{"TableName":1}', SIGNED, 'com.amazon.coral.service#SerializationException'],
    ['a missing member', '{}', SIGNED, 'com.amazon.coral.validate#ValidationException'],
  ])('refuses %s as AWS does', async (_name, body, headers, type) => {
    const { server } = await aServer();
    expect(await post(server.url, 'GetItem', body, headers)).toMatchObject({ status: 400, type });
  });

  it('refuses operations it does not have', async () => {
    const { server, client } = await aServer();
    const type = 'com.amazon.coral.service#UnknownOperationException';
    expect(await post(server.url, 'Nothing', '{}')).toMatchObject({ status: 400, type });
    const statement = new ExecuteStatementCommand({ Statement: `select * from ${TABLE}` });
    expect((await failure(client.send(statement))).name).toBe('UnknownOperationException');
  });

  it('answers 404 to what is no call, and health to a GET', async () => {
    const { server } = await aServer();
    expect((await fetch(server.url, { method: 'PUT', body: 'x' })).status).toBe(404);
    expect(await (await fetch(server.url)).text()).toMatch(/^healthy/);
  });

  it('answers 413 to a body over 16 MB', async () => {
    const { server } = await aServer();
    const body = ' '.repeat(16 * 1024 * 1024 + 1);
    expect((await post(server.url, 'PutItem', body)).status).toBe(413);
  });

  const item = { pk: { S: 'a' }, sk: { S: 'b' } };
  it.each([
    ['GetItem', { TableName: TABLE, Key: { pk: null, sk: { S: 'b' } } }],
    ['PutItem', { TableName: TABLE, Item: { ...item, a: null } }],
    ['PutItem', { TableName: TABLE, Item: { ...item, a: { L: [null] } } }],
    ['PutItem', { TableName: TABLE, Item: { ...item, a: { SS: [null] } } }],
    ['UpdateItem', { TableName: TABLE, Key: { a: null } }],
    ['BatchGetItem', { RequestItems: { [TABLE]: null } }],
    ['BatchGetItem', { RequestItems: { [TABLE]: { Keys: [null] } } }],
    ['BatchWriteItem', { RequestItems: { [TABLE]: [null] } }],
    ['TagResource', { ResourceArn: ARN, Tags: [null] }],
    ['TagResource', { ResourceArn: ARN, Tags: [{}] }],
    ['TransactWriteItems', { TransactItems: [null] }],
    ['TransactWriteItems', { TransactItems: [{}] }],
    ['TransactGetItems', { TransactItems: [{ Get: null }] }],
    [
      'Query',
      {
        TableName: TABLE,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': null },
      },
    ],
  ])('takes no null for a value: %s %j', async (operation, input) => {
    const { server, client } = await aServer();
    expect((await post(server.url, operation, JSON.stringify(input))).status).toBe(400);
    expect(await get(client, aKey('a', 'b'))).toBeUndefined();
  });

  it('refuses what is nested deeper than it can look, and lives on', async () => {
    const { server, client } = await aServer();
    const depth = 20_000;
    const deep = `${'{"L":['.repeat(depth)}${']}'.repeat(depth)}`;
    const body = `{"TableName":"${TABLE}","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"d":${deep}}}`;
    expect((await post(server.url, 'PutItem', body)).status).toBe(400);
    await put(client, aKey('a'));
  });

  it('makes tables usable at once', async () => {
    const { client } = await aServer();
    const { Table } = await client.send(new DescribeTableCommand({ TableName: TABLE }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      LatestStreamArn: expect.stringContaining(`:table/${TABLE}/stream/`),
    });
  });

  it('rejects when its port is taken, and leaves nothing behind', async () => {
    const { server } = await aServer();
    const port = Number(new URL(server.url).port);
    expect(await failure(createDynamoDbServer({ port, clock: Date }))).toMatchObject({
      code: 'EADDRINUSE',
    });
  });

  it('answers the requests in flight before it closes', async () => {
    const arrived = aSignal();
    const released = aSignal();
    let hold = false;
    const gate = {
      async arrive(): Promise<Verdict> {
        if (hold) {
          arrived.resolve();
          await released.promise;
        }
        return { kind: 'pass' };
      },
      answered: () => {},
    };
    const server = await createDynamoDbServer({ clock: Date, gate });
    const client = aClient(server.url);
    await client.send(aTable());
    hold = true;
    const writing = client.send(new PutItemCommand({ TableName: TABLE, Item: aKey('a') }));
    await arrived.promise;
    const closing = server.close();
    const before = performance.now();
    released.resolve();
    expect((await writing).$metadata.httpStatusCode).toBe(200);
    await closing;
    // The connection is kept alive by the client; only cutting idle ones at once is this fast.
    expect(performance.now() - before).toBeLessThan(2_000);
    client.destroy();
    const later = aClient(server.url);
    expect(await failure(get(later, aKey('a')))).toMatchObject({ code: 'ECONNREFUSED' });
    later.destroy();
  });

  it('gives large items back byte for byte', async () => {
    const { client } = await aServer();
    const bytes = new Uint8Array(400_000).map((_, index) => (index * 7919) % 256);
    await put(client, { ...aKey('a'), body: { B: bytes } });
    const answer = await client.send(new GetItemCommand({ TableName: TABLE, Key: aKey('a') }));
    const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
    expect(digest(answer.Item?.body?.B ?? new Uint8Array())).toBe(digest(bytes));
  });
});
