import assert from 'node:assert/strict';
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { FailedBatch, StreamRecord } from '../../../../src/local/dynamodb/index.ts';
import { aKey, get, put, TABLE } from '../support.ts';
import { type Behaviour, delivered, refused, SOURCE, type Subject } from './subject.ts';

const HOUR_MS = 3_600_000;

/** Batches as the partition keys in them. */
const names = (batches: readonly (readonly StreamRecord[])[]) =>
  batches.map((records) => records.map(({ dynamodb }) => dynamodb.Keys.pk?.S).join(' '));

/** An answer that names the records of these keys as failed. */
const failing = (records: readonly StreamRecord[], ...keys: string[]) => ({
  batchItemFailures: records
    .filter(({ dynamodb }) => keys.includes(dynamodb.Keys.pk?.S ?? ''))
    .map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })),
});

async function write({ client }: Subject, keys: string): Promise<void> {
  for (const key of keys.split(' ')) await put(client, aKey(key));
}

function expireAt({ clock }: Subject, inSeconds: number) {
  return { expiresAt: { N: String(Math.floor(clock.now() / 1000) + inSeconds) } };
}

function enableTimeToLive({ client }: Subject) {
  return client.send(
    new UpdateTimeToLiveCommand({
      TableName: TABLE,
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    }),
  );
}

export const STREAMS: readonly Behaviour[] = [
  {
    name: 'tells of an insert, a change and a removal, with the images before and after',
    source: SOURCE.streams,
    async run(subject) {
      const { client } = subject;
      const [one, two] = [1, 2].map((n) => ({ ...aKey('a'), n: { N: String(n) } }));
      await client.send(new PutItemCommand({ TableName: TABLE, Item: one }));
      await client.send(new PutItemCommand({ TableName: TABLE, Item: two }));
      await client.send(new DeleteItemCommand({ TableName: TABLE, Key: aKey('a') }));
      const [records = []] = await delivered(subject);
      assert.deepEqual(
        records.map(({ eventName, dynamodb }) => [
          eventName,
          dynamodb.OldImage,
          dynamodb.NewImage,
          dynamodb.Keys,
        ]),
        [
          ['INSERT', undefined, one, aKey('a')],
          ['MODIFY', one, two, aKey('a')],
          ['REMOVE', two, undefined, aKey('a')],
        ],
      );
    },
  },
  {
    name: 'leaves no record of a write that changes nothing',
    source: SOURCE.streams,
    async run(subject) {
      const { client } = subject;
      const item = { ...aKey('a'), set: { SS: ['x', 'y'] }, n: { N: '1' } };
      await put(client, item);
      await put(client, { ...item, set: { SS: ['y', 'x'] }, n: { N: '1.0' } });
      await client.send(new DeleteItemCommand({ TableName: TABLE, Key: aKey('absent') }));
      assert.deepEqual(names(await delivered(subject)), ['a']);
    },
  },
  {
    name: 'leaves no record of a write that was refused',
    source: SOURCE.streams,
    async run(subject) {
      const command = new PutItemCommand({
        TableName: TABLE,
        Item: aKey('a'),
        ConditionExpression: 'attribute_exists(pk)',
      });
      await refused(subject.client.send(command), 'ConditionalCheckFailedException');
      assert.deepEqual(await delivered(subject), []);
    },
  },
  {
    name: 'numbers its records upwards, with texts that sort as the numbers do',
    source: SOURCE.streams,
    async run(subject) {
      await write(subject, 'a b c d e f g h i j k l');
      const [records = []] = await delivered(subject);
      const numbers = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
      assert.deepEqual(numbers, numbers.toSorted());
      assert.equal(new Set(numbers).size, 12);
      assert.ok(numbers.every((number) => /^\d{21,40}$/.test(number)));
    },
  },
  {
    name: 'keeps the order of a key under concurrent writes: each image follows from the one before',
    source: SOURCE.streams,
    onDisk: true,
    async run(subject) {
      const { client } = subject;
      await Promise.all(
        Array.from({ length: 25 }, () =>
          client.send(
            new UpdateItemCommand({
              TableName: TABLE,
              Key: aKey('a'),
              UpdateExpression: 'ADD n :n',
              ExpressionAttributeValues: { ':n': { N: '1' } },
            }),
          ),
        ),
      );
      const [records = []] = await delivered(subject);
      assert.deepEqual(
        records.map(({ dynamodb }) => [dynamodb.OldImage?.n?.N, dynamodb.NewImage?.n?.N]),
        Array.from({ length: 25 }, (_, i) => [i === 0 ? undefined : String(i), String(i + 1)]),
      );
    },
  },
  {
    name: 'has whole seconds, the size, the region and the table in each record',
    source: SOURCE.mapping,
    async run(subject) {
      await put(subject.client, { ...aKey('a', 'b'), n: { N: '12' } });
      const [[record] = []] = await delivered(subject);
      assert.ok(record);
      assert.equal(
        record.dynamodb.ApproximateCreationDateTime,
        Math.floor(subject.clock.now() / 1000),
      );
      // The keys count 6 bytes, the image 6 + 1 + 2.
      assert.equal(record.dynamodb.SizeBytes, 15);
      assert.equal(record.dynamodb.StreamViewType, 'NEW_AND_OLD_IMAGES');
      assert.deepEqual(
        [record.eventSource, record.eventVersion, record.awsRegion],
        ['aws:dynamodb', '1.1', 'us-east-1'],
      );
      assert.match(
        record.eventSourceARN,
        /^arn:aws:dynamodb:us-east-1:\d{12}:table\/articles\/stream\//,
      );
    },
  },
  {
    name: 'tells of each item of a batch write',
    source: SOURCE.streams,
    async run(subject) {
      const requests = ['a', 'b', 'c'].map((pk) => ({ PutRequest: { Item: aKey(pk) } }));
      const command = new BatchWriteItemCommand({ RequestItems: { [TABLE]: requests } });
      await subject.client.send(command);
      const [records = []] = await delivered(subject);
      assert.deepEqual(records.map(({ dynamodb }) => dynamodb.Keys.pk?.S).sort(), ['a', 'b', 'c']);
    },
  },
  {
    name: 'hands over batches of at most the batch size, 100 unless told otherwise',
    source: SOURCE.mapping,
    async run(subject) {
      await write(subject, Array.from({ length: 105 }, (_, i) => `k${i}`).join(' '));
      const batches = await delivered(subject);
      assert.deepEqual(
        batches.map(({ length }) => length),
        [100, 5],
      );
    },
  },
  {
    name: 'cuts a batch at the 6 MB a function takes',
    source: 'Lambda Developer Guide, Lambda quotas',
    async run(subject) {
      const text = { t: { S: 'x'.repeat(390_000) } };
      for (let i = 0; i < 20; i += 1) await put(subject.client, { ...aKey(`k${i}`), ...text });
      const batches = await delivered(subject);
      assert.ok(batches.length > 1);
      for (const batch of batches) {
        assert.ok(Buffer.byteLength(JSON.stringify({ Records: batch })) <= 6 * 1024 * 1024);
      }
      assert.equal(batches.flat().length, 20);
    },
  },
  {
    name: 'takes a batch without failures for done',
    source: SOURCE.partial,
    async run(subject) {
      await write(subject, 'a b c d');
      const answers = [undefined, null, { batchItemFailures: [] }, { batchItemFailures: null }];
      const answer = (_: unknown, batch: number) => answers[batch - 1];
      assert.deepEqual(names(await delivered(subject, answer, { batchSize: 1 })), [
        'a',
        'b',
        'c',
        'd',
      ]);
    },
  },
  {
    name: 'goes on from the lowest record that failed, and repeats what follows it',
    source: SOURCE.partial,
    async run(subject) {
      await write(subject, 'a b c d');
      const answer = (records: readonly StreamRecord[], batch: number) =>
        batch === 1
          ? { batchItemFailures: failing(records, 'b', 'd').batchItemFailures.reverse() }
          : {};
      assert.deepEqual(names(await delivered(subject, answer)), ['a b c d', 'b c d']);
    },
  },
  ...(
    [
      ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }],
      ['a null identifier', { batchItemFailures: [{ itemIdentifier: null }] }],
      ['a misspelled member', { batchItemFailures: [{ itemIdentifer: '1' }] }],
      ['a record of another batch', { batchItemFailures: [{ itemIdentifier: '1' }] }],
    ] as const
  ).map(
    ([name, first]): Behaviour => ({
      name: `takes ${name} for a failure of the whole batch`,
      source: SOURCE.partial,
      async run(subject) {
        await write(subject, 'a b');
        const answer = (_: unknown, batch: number) => (batch === 1 ? first : {});
        assert.deepEqual(names(await delivered(subject, answer)), ['a b', 'a b']);
      },
    }),
  ),
  {
    name: 'repeats a batch whose handler throws, before anything behind it',
    source: SOURCE.mapping,
    async run(subject) {
      await write(subject, 'a b c');
      const answer = (_: unknown, batch: number) => {
        if (batch < 3) throw new Error('not yet');
      };
      const batches = await delivered(subject, answer, { batchSize: 2 });
      assert.deepEqual(names(batches), ['a b', 'a b', 'a b', 'c']);
    },
  },
  {
    name: 'gives a batch up after its retries, tells the queue where it lay, and goes on',
    source: SOURCE.mapping,
    async run(subject) {
      await write(subject, 'a b c');
      const failed: FailedBatch[] = [];
      const answer = (records: readonly StreamRecord[]) => failing(records, 'b');
      const batches = await delivered(subject, answer, {
        maxRetries: 2,
        batchSize: 2,
        onFailure: (batch) => void failed.push(batch),
      });
      assert.deepEqual(names(batches), ['a b', 'b', 'b', 'c']);
      const place = batches[1]?.[0]?.dynamodb.SequenceNumber;
      assert.deepEqual(
        failed.map(({ requestContext, DDBStreamBatchInfo }) => [
          requestContext.condition,
          DDBStreamBatchInfo.batchSize,
          DDBStreamBatchInfo.startSequenceNumber,
          DDBStreamBatchInfo.endSequenceNumber,
        ]),
        [['RetryAttemptsExhausted', 1, place, place]],
      );
      assert.doesNotMatch(JSON.stringify(failed), /NewImage/);
    },
  },
  {
    name: 'halves a batch that failed until the bad record is alone, splits not counted as retries',
    source: SOURCE.mapping,
    async run(subject) {
      await write(subject, 'a b c d');
      const failed: FailedBatch[] = [];
      const answer = (records: readonly StreamRecord[]) => {
        if (names([records])[0]?.includes('c')) throw new Error('poison');
      };
      const batches = await delivered(subject, answer, {
        bisect: true,
        maxRetries: 1,
        onFailure: (batch) => void failed.push(batch),
      });
      assert.deepEqual(names(batches), ['a b c d', 'a b', 'c d', 'c', 'c', 'd']);
      assert.equal(failed[0]?.DDBStreamBatchInfo.batchSize, 1);
    },
  },
  {
    name: 'delivers at least once: a batch may come again',
    source: SOURCE.mapping,
    async run(subject) {
      await write(subject, 'a b');
      subject.server.stream.duplicate(1);
      assert.deepEqual(names(await delivered(subject)), ['a b', 'a b']);
    },
  },
  {
    name: 'forgets records after 24 hours',
    source: SOURCE.streams,
    async run(subject) {
      await write(subject, 'a');
      subject.clock.advance(23 * HOUR_MS);
      await write(subject, 'b');
      subject.clock.advance(HOUR_MS + 1);
      assert.deepEqual(names(await delivered(subject)), ['b']);
    },
  },
  {
    name: 'shows an expired item until the sweep, then removes it with a signed record',
    source: SOURCE.ttl,
    async run(subject) {
      const { client, clock, server } = subject;
      await enableTimeToLive(subject);
      await put(client, { ...aKey('a'), ...expireAt(subject, 60) });
      await put(client, { ...aKey('b'), ...expireAt(subject, 3_600) });
      clock.advance(61_000);
      assert.ok(await get(client, aKey('a')));
      assert.equal(await server.expire(), 1);
      assert.equal(await get(client, aKey('a')), undefined);
      assert.ok(await get(client, aKey('b')));
      const records = (await delivered(subject)).flat();
      assert.deepEqual(records.at(-1)?.userIdentity, {
        type: 'Service',
        principalId: 'dynamodb.amazonaws.com',
      });
      assert.equal(records.at(-1)?.eventName, 'REMOVE');
    },
  },
  {
    name: 'never expires by a time that is no number, or more than five years ago',
    source: SOURCE.ttl,
    async run(subject) {
      const { client, clock, server } = subject;
      await enableTimeToLive(subject);
      const past = String(Math.floor(clock.now() / 1000) - 60);
      await put(client, { ...aKey('a'), expiresAt: { S: past } });
      await put(client, { ...aKey('b'), ...expireAt(subject, -6 * 365 * 86_400) });
      assert.equal(await server.expire(), 0);
    },
  },
];
