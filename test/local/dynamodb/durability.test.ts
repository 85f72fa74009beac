import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  TransactWriteItemsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createDynamoDbServer,
  DataFolderError,
  type StreamRecord,
} from '../../../src/local/dynamodb/index.ts';
import {
  aClient,
  aKey,
  aServer,
  aTable,
  failure,
  get,
  ManualClock,
  put,
  TABLE,
} from './support.ts';

const PROCESS = fileURLToPath(new URL('server-process.ts', import.meta.url));

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-dynamodb-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function aProcess(dataDir: string): Promise<{ url: string; kill: () => Promise<void> }> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROCESS, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => killed(child));
  const [url] = (await new Promise<string[]>((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => resolve([line]));
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it served`)));
  })) as [string];
  return { url, kill: () => killed(child) };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

async function openAgain(dataDir: string) {
  const server = await createDynamoDbServer({ dataDir, clock: Date });
  const client = aClient(server.url);
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  return { server, client };
}

describe('local dynamodb in a folder', () => {
  it('has every acknowledged write after kill -9', async () => {
    const dataDir = await aFolder();
    const { url, kill } = await aProcess(dataDir);
    const client = aClient(url);
    await client.send(aTable());
    const acknowledged: string[] = [];
    let running = true;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let index = 0; running; index += 1) {
        const name = `${writer}-${index}`;
        try {
          await put(client, { ...aKey(name), body: { B: new Uint8Array(20_000) } });
          acknowledged.push(name);
        } catch {
          return;
        }
        if (acknowledged.length === 60) void kill();
      }
    });
    await Promise.all(writers);
    running = false;
    client.destroy();
    expect(acknowledged.length).toBeGreaterThanOrEqual(60);

    const again = await openAgain(dataDir);
    for (const name of acknowledged) {
      const item = await get(again.client, aKey(name));
      expect(item?.body?.B).toHaveLength(20_000);
    }
  });

  it('has a transaction and its stream records whole or not at all after kill -9', async () => {
    const dataDir = await aFolder();
    const { url, kill } = await aProcess(dataDir);
    const client = aClient(url);
    await client.send(aTable());
    const parts = ['a', 'b', 'c', 'd', 'e'];
    let acknowledged = 0;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let index = 0; ; index += 1) {
        const items = parts.map((sk) => ({
          ...aKey(`${writer}-${index}`, sk),
          body: { B: new Uint8Array(20_000) },
        }));
        const Items = items.map((Item) => ({ Put: { TableName: TABLE, Item } }));
        try {
          await client.send(new TransactWriteItemsCommand({ TransactItems: Items }));
        } catch {
          return;
        }
        acknowledged += 1;
        if (acknowledged === 20) void kill();
      }
    });
    await Promise.all(writers);
    client.destroy();

    const { server } = await openAgain(dataDir);
    const seen = new Map<string, number>();
    server.stream.subscribe(({ Records }) => {
      for (const { dynamodb } of Records) {
        const pk = dynamodb.Keys.pk?.S ?? '';
        seen.set(pk, (seen.get(pk) ?? 0) + 1);
      }
    });
    await server.stream.idle();
    expect(seen.size).toBeGreaterThanOrEqual(acknowledged);
    expect(new Set(seen.values())).toEqual(new Set([parts.length]));
    const again = aClient(server.url);
    for (const pk of seen.keys()) {
      const found = await Promise.all(parts.map((sk) => get(again, aKey(pk, sk))));
      expect(found.every((item) => item !== undefined)).toBe(true);
    }
    again.destroy();
  });

  it('delivers after kill -9 the stream records that were not delivered before', async () => {
    const dataDir = await aFolder();
    const { url, kill } = await aProcess(dataDir);
    const client = aClient(url);
    await client.send(aTable());
    await put(client, { ...aKey('a'), n: { N: '1' } });
    await put(client, { ...aKey('a'), n: { N: '2' } });
    await kill();
    client.destroy();

    const { server, client: later } = await openAgain(dataDir);
    await put(later, { ...aKey('a'), n: { N: '3' } });
    const records: StreamRecord[] = [];
    server.stream.subscribe(({ Records }) => void records.push(...Records));
    await server.stream.idle();
    expect(records.map(({ dynamodb }) => dynamodb.NewImage?.n?.N)).toEqual(['1', '2', '3']);
    const sequences = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
    expect(sequences).toEqual([...new Set(sequences)].sort());
  });

  it('does not deliver again after a restart what was delivered before', async () => {
    const dataDir = await aFolder();
    const first = await createDynamoDbServer({ dataDir, clock: new ManualClock() });
    const client = aClient(first.url);
    await client.send(aTable());
    const delivered: string[] = [];
    first.stream.subscribe(({ Records }) => {
      delivered.push(...Records.map(({ dynamodb }) => dynamodb.Keys.pk?.S ?? ''));
    });
    await put(client, aKey('a'));
    await first.stream.idle();
    first.stream.pause();
    await put(client, aKey('b'));
    client.destroy();
    await first.close();
    expect(delivered).toEqual(['a']);

    const { server } = await aServer({ dataDir });
    server.stream.subscribe(({ Records }) => {
      delivered.push(...Records.map(({ dynamodb }) => dynamodb.Keys.pk?.S ?? ''));
    });
    await server.stream.idle();
    expect(delivered).toEqual(['a', 'b']);
  });

  it('has its tables and their time to live after a restart', async () => {
    const dataDir = await aFolder();
    const first = await createDynamoDbServer({ dataDir, clock: Date });
    const client = aClient(first.url);
    await client.send(aTable());
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: TABLE,
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      }),
    );
    client.destroy();
    await first.close();

    const again = await openAgain(dataDir);
    const table = await again.client.send(new DescribeTableCommand({ TableName: TABLE }));
    expect(table.Table?.TableStatus).toBe('ACTIVE');
    const ttl = await again.client.send(new DescribeTimeToLiveCommand({ TableName: TABLE }));
    expect(ttl.TimeToLiveDescription).toEqual({
      TimeToLiveStatus: 'ENABLED',
      AttributeName: 'expiresAt',
    });
  });

  it('cannot be opened by a second process, and can after the first was killed', async () => {
    const dataDir = await aFolder();
    const { kill } = await aProcess(dataDir);
    const refused = await failure(createDynamoDbServer({ dataDir, clock: Date }));
    expect(refused).toBeInstanceOf(DataFolderError);
    expect(refused).toMatchObject({
      code: 'data_folder_in_use',
      message: `The data folder ${dataDir} is in use by another process.`,
    });
    await kill();
    await openAgain(dataDir);
  });

  it('says in one line why a folder cannot be used', async () => {
    const dataDir = await aFolder();
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    const refused = await failure(createDynamoDbServer({ dataDir: file, clock: Date }));
    expect(refused).toMatchObject({ code: 'data_folder_unusable' });
    expect(refused.message).toMatch(/^The data folder .*file cannot be opened: .+$/);
  });

  it('answers a batch write it acknowledged whole after a restart', async () => {
    const dataDir = await aFolder();
    const first = await createDynamoDbServer({ dataDir, clock: Date });
    const client = aClient(first.url);
    await client.send(aTable());
    const names = Array.from({ length: 25 }, (_, index) => `a${index}`);
    await client.send(
      new BatchWriteItemCommand({
        RequestItems: { [TABLE]: names.map((name) => ({ PutRequest: { Item: aKey(name) } })) },
      }),
    );
    client.destroy();
    await first.close();
    const again = await openAgain(dataDir);
    for (const name of names) expect(await get(again.client, aKey(name))).toEqual(aKey(name));
  });
});
