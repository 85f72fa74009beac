import {
  DeleteTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../../src/local/dynamodb/index.ts';
import { aKey, aServer, aTable, failure, get, put, type Running, TABLE } from './support.ts';

function setTimeToLive(client: DynamoDBClient, Enabled: boolean, AttributeName = 'expiresAt') {
  return client.send(
    new UpdateTimeToLiveCommand({
      TableName: TABLE,
      TimeToLiveSpecification: { AttributeName, Enabled },
    }),
  );
}

async function describeTimeToLive(client: DynamoDBClient) {
  const answer = await client.send(new DescribeTimeToLiveCommand({ TableName: TABLE }));
  return answer.TimeToLiveDescription;
}

/** An item whose time comes so many seconds after now. */
async function putExpiring({ client, clock }: Running, pk: string, inSeconds: number) {
  const expiresAt = Math.floor(clock.now() / 1000) + inSeconds;
  await put(client, { ...aKey(pk), expiresAt: { N: String(expiresAt) } });
}

describe('local dynamodb time to live', () => {
  it('is off until it is enabled, and can be disabled again', async () => {
    const { client } = await aServer();
    expect(await describeTimeToLive(client)).toEqual({ TimeToLiveStatus: 'DISABLED' });
    const answer = await setTimeToLive(client, true);
    expect(answer.TimeToLiveSpecification).toEqual({ AttributeName: 'expiresAt', Enabled: true });
    expect(await describeTimeToLive(client)).toEqual({
      TimeToLiveStatus: 'ENABLED',
      AttributeName: 'expiresAt',
    });
    await setTimeToLive(client, false);
    expect(await describeTimeToLive(client)).toEqual({ TimeToLiveStatus: 'DISABLED' });
  });

  it('refuses to be enabled twice, disabled twice, or moved to another attribute', async () => {
    const { client } = await aServer();
    expect(await failure(setTimeToLive(client, false))).toMatchObject({
      name: 'ValidationException',
      message: 'TimeToLive is already disabled',
    });
    await setTimeToLive(client, true);
    expect(await failure(setTimeToLive(client, true))).toMatchObject({
      name: 'ValidationException',
      message: 'TimeToLive is already enabled',
    });
    const otherAttribute =
      'TimeToLive is active on a different AttributeName: current AttributeName is expiresAt';
    for (const enabled of [true, false]) {
      expect(await failure(setTimeToLive(client, enabled, 'other'))).toMatchObject({
        name: 'ValidationException',
        message: otherAttribute,
      });
    }
  });

  it('refuses a table that is not there', async () => {
    const { client } = await aServer();
    await client.send(new DeleteTableCommand({ TableName: TABLE }));
    expect((await failure(setTimeToLive(client, true))).name).toBe('ResourceNotFoundException');
  });

  it('ends with its table', async () => {
    const { client } = await aServer();
    await setTimeToLive(client, true);
    await client.send(new DeleteTableCommand({ TableName: TABLE }));
    await client.send(aTable());
    expect(await describeTimeToLive(client)).toEqual({ TimeToLiveStatus: 'DISABLED' });
  });

  it('leaves an item readable until the sweep after its time', async () => {
    const running = await aServer();
    const { client, clock, server } = running;
    await setTimeToLive(client, true);
    await putExpiring(running, 'a', 60);
    await putExpiring(running, 'b', 600);
    await put(client, aKey('c'));
    clock.advance(61_000);
    expect(await get(client, aKey('a'))).toBeDefined();
    expect(await server.expire()).toBe(1);
    expect(await get(client, aKey('a'))).toBeUndefined();
    expect(await get(client, aKey('b'))).toBeDefined();
    expect(await get(client, aKey('c'))).toBeDefined();
    expect(await server.expire()).toBe(0);
  });

  it('removes nothing while it is off', async () => {
    const running = await aServer();
    await putExpiring(running, 'a', -60);
    expect(await running.server.expire()).toBe(0);
    expect(await get(running.client, aKey('a'))).toBeDefined();
  });

  it('ignores a time that is no number, and one more than five years back', async () => {
    const running = await aServer();
    const { client, clock, server } = running;
    await setTimeToLive(client, true);
    const past = String(Math.floor(clock.now() / 1000) - 60);
    await put(client, { ...aKey('text'), expiresAt: { S: past } });
    await putExpiring(running, 'ancient', -6 * 365 * 86_400);
    expect(await server.expire()).toBe(0);
  });

  it('signs the records of what it removed', async () => {
    const running = await aServer();
    const { client, server } = running;
    await setTimeToLive(client, true);
    await putExpiring(running, 'a', -1);
    await server.expire();
    const records: StreamRecord[] = [];
    server.stream.subscribe(({ Records }) => void records.push(...Records));
    await server.stream.idle();
    expect(records.map(({ eventName, userIdentity }) => [eventName, userIdentity])).toEqual([
      ['INSERT', undefined],
      ['REMOVE', { type: 'Service', principalId: 'dynamodb.amazonaws.com' }],
    ]);
    expect(records[1]?.dynamodb.OldImage).toMatchObject(aKey('a'));
  });
});
