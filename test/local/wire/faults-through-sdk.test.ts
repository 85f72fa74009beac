import * as sdk from '@aws-sdk/client-dynamodb';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDynamoDbServer } from '../../../src/local/dynamodb/index.ts';
import { createWire, type FaultSpec } from '../../../src/local/wire/index.ts';
import { SERVICES } from '../../../src/local/wire/services.ts';

const TABLE = 'articles';

/** Every operation the SDK knows. */
const SDK_OPERATIONS = Object.keys(sdk)
  .filter((name) => name.endsWith('Command') && name !== '$Command')
  .map((name) => name.slice(0, -'Command'.length));

/** A server behind a wire, seen through the SDK as it comes; injected waits are noted, not waited out. */
async function aWiredServer(maxAttempts = 3) {
  const waits: number[] = [];
  const wire = createWire({
    clock: Date,
    random: () => 0,
    sleep: async (ms) => {
      waits.push(ms);
    },
  });
  const server = await createDynamoDbServer({ clock: Date, gate: wire.gate('dynamodb') });
  const client = new DynamoDBClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts,
  });
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    }),
  );
  wire.resetCalls();
  const fault = (spec: Omit<FaultSpec, 'service'>) =>
    wire.addFault({ service: 'dynamodb', ...spec });
  return { wire, server, client, waits, fault };
}

const key = (name: string) => ({ pk: { S: name } });
const getItem = () => new GetItemCommand({ TableName: TABLE, Key: key('a') });
const putItem = () => new PutItemCommand({ TableName: TABLE, Item: key('a') });

async function failure(call: Promise<unknown>) {
  const [result] = await Promise.allSettled([call]);
  if (result.status === 'fulfilled') throw new Error('the call succeeded');
  return result.reason as Error & {
    code?: string;
    $metadata?: { httpStatusCode?: number; attempts?: number };
  };
}

describe('faults as the SDK sees them', () => {
  it('an internal error is retried, each attempt counted', async () => {
    const { client, wire, fault } = await aWiredServer();
    fault({ error: 'InternalServerError', count: 2 });
    expect((await client.send(getItem())).$metadata.attempts).toBe(3);
    expect(wire.calls().dynamodb.GetItem).toMatchObject({ count: 3 });
  });

  it('an error outlasts the retries under its own name', async () => {
    const { client, wire, fault } = await aWiredServer(2);
    fault({ error: 'InternalServerError' });
    expect(await failure(client.send(getItem()))).toMatchObject({
      name: 'InternalServerError',
      message: 'InternalServerError: injected by the local wire',
      $metadata: { httpStatusCode: 500, attempts: 2 },
    });
    expect(wire.calls().dynamodb.GetItem?.count).toBe(2);
  });

  it.each([
    ['ProvisionedThroughputExceededException', 400],
    ['ThrottlingException', 400],
    ['RequestLimitExceeded', 400],
    ['ServiceUnavailable', 503],
    ['AccessDeniedException', 400],
    ['ResourceNotFoundException', 400],
  ])('%s arrives with status %d', async (error, httpStatusCode) => {
    const { client, fault } = await aWiredServer(1);
    fault({ error });
    expect(await failure(client.send(getItem()))).toMatchObject({
      name: error,
      $metadata: { httpStatusCode },
    });
  });

  it('a bare status arrives with a class of its own', async () => {
    const { client, fault } = await aWiredServer(1);
    fault({ httpStatus: 503 });
    expect(await failure(client.send(getItem()))).toMatchObject({
      name: 'ServiceUnavailable',
      $metadata: { httpStatusCode: 503 },
    });
  });

  it('an error has no effect on the data', async () => {
    const { client, wire, fault } = await aWiredServer(1);
    fault({ error: 'InternalServerError', operation: 'PutItem' });
    await failure(client.send(putItem()));
    expect((await client.send(getItem())).Item).toBeUndefined();
    expect(wire.calls().dynamodb.PutItem?.count).toBe(1);
  });

  it('a connection cut before the effect loses the write', async () => {
    const { client, wire, fault } = await aWiredServer(1);
    fault({ drop: 'before', count: 1 });
    expect(await failure(client.send(putItem()))).toMatchObject({ code: 'ECONNRESET' });
    expect((await client.send(getItem())).Item).toBeUndefined();
    expect(wire.calls().dynamodb.PutItem).toMatchObject({ count: 1, responseBytes: 0 });
  });

  it('a connection cut after the effect loses the answer only', async () => {
    const { client, fault } = await aWiredServer(1);
    fault({ drop: 'after', count: 1 });
    expect(await failure(client.send(putItem()))).toMatchObject({ code: 'ECONNRESET' });
    expect((await client.send(getItem())).Item).toEqual(key('a'));
  });

  it('a lost answer makes the SDK send the same write again', async () => {
    const { client, wire, fault } = await aWiredServer();
    fault({ drop: 'after', count: 1, operation: 'UpdateItem' });
    const update = new UpdateItemCommand({
      TableName: TABLE,
      Key: key('a'),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues: 'ALL_NEW',
    });
    expect((await client.send(update)).Attributes?.n).toEqual({ N: '2' });
    expect(wire.calls().dynamodb.UpdateItem?.count).toBe(2);
  });

  it('latency comes before the effect', async () => {
    const { client, waits, fault } = await aWiredServer();
    fault({ latencyMs: 250, operation: 'PutItem' });
    await client.send(putItem());
    expect(waits).toEqual([250]);
  });

  it.each([
    [0, 10],
    [0.01, 9],
    [0.29, 8],
    [0.5, 5],
    [0.99, 1],
    [1, 0],
  ])('a share of %d leaves %d of 10 keys answered', async (unprocessed, answered) => {
    const { client, fault } = await aWiredServer();
    const keys = Array.from({ length: 10 }, (_, index) => key(`a${index}`));
    for (const item of keys)
      await client.send(new PutItemCommand({ TableName: TABLE, Item: item }));
    fault({ unprocessed });
    const request = { Keys: keys, ConsistentRead: true, ProjectionExpression: 'pk' };
    const answer = await client.send(
      new BatchGetItemCommand({ RequestItems: { [TABLE]: request } }),
    );
    expect(answer.Responses?.[TABLE]).toEqual(keys.slice(0, answered));
    expect(answer.UnprocessedKeys?.[TABLE]).toEqual(
      answered === 10 ? undefined : { ...request, Keys: keys.slice(answered) },
    );
  });

  it('a share below 1 lets a client that asks again get everything', async () => {
    const { client, fault } = await aWiredServer();
    fault({ unprocessed: 0.9 });
    let open = Array.from({ length: 25 }, (_, index) => ({
      PutRequest: { Item: key(`a${index}`) },
    }));
    let rounds = 0;
    while (open.length > 0) {
      const answer = await client.send(
        new BatchWriteItemCommand({ RequestItems: { [TABLE]: open } }),
      );
      const left = (answer.UnprocessedItems?.[TABLE] ?? []) as typeof open;
      expect(left.length).toBeLessThan(open.length);
      open = left;
      rounds += 1;
    }
    expect(rounds).toBeGreaterThan(3);
    const scan = await client.send(new ScanCommand({ TableName: TABLE }));
    expect(scan.Count).toBe(25);
  });

  it('a share of 1 writes nothing', async () => {
    const { client, fault } = await aWiredServer();
    fault({ unprocessed: 1 });
    const requests = { [TABLE]: [{ PutRequest: { Item: key('a') } }] };
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: requests }));
    expect(answer.UnprocessedItems).toEqual(requests);
    expect((await client.send(getItem())).Item).toBeUndefined();
  });

  it('can be injected into exactly the operations the server has', async () => {
    const { server } = await aWiredServer();
    const has = async (operation: string) => {
      const response = await fetch(server.url, {
        method: 'POST',
        body: 'null',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `DynamoDB_20120810.${operation}`,
        },
      });
      return !(await response.text()).includes('UnknownOperationException');
    };
    const known: string[] = [];
    for (const operation of SDK_OPERATIONS) if (await has(operation)) known.push(operation);
    expect(SDK_OPERATIONS.length).toBeGreaterThan(50);
    expect(known.sort()).toEqual([...SERVICES.dynamodb.operations].sort());
  });
});
