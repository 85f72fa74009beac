import assert from 'node:assert/strict';
import { DeleteItemCommand, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { aKey, get, put, type SdkItem, TABLE } from '../support.ts';
import { type Behaviour, refused, SOURCE } from './subject.ts';

const WRONG_KEYS: readonly [name: string, key: SdkItem][] = [
  ['without its sort key', { pk: { S: 'a' } }],
  ['with an attribute more', { ...aKey('a'), other: { S: 'b' } }],
  ['of another type', { pk: { N: '1' }, sk: { S: 'b' } }],
];

export const KEYS: readonly Behaviour[] = [
  {
    name: 'takes a partition key of 2048 bytes, and refuses 2049',
    source: SOURCE.quotas,
    async run({ client }) {
      await put(client, aKey('é'.repeat(1024)));
      assert.ok(await get(client, aKey('é'.repeat(1024))));
      const message = /hashkey has exceeded the maximum size limit of ?2048 bytes/;
      await refused(put(client, aKey(`x${'é'.repeat(1024)}`)), 'ValidationException', message);
      await refused(get(client, aKey(`x${'é'.repeat(1024)}`)), 'ValidationException', message);
    },
  },
  {
    name: 'takes a sort key of 1024 bytes, and refuses 1025',
    source: SOURCE.quotas,
    async run({ client }) {
      await put(client, aKey('a', 'é'.repeat(512)));
      const message = /range keys has exceeded the size limit of 1024 bytes/;
      const longer = aKey('a', `x${'é'.repeat(512)}`);
      await refused(put(client, longer), 'ValidationException', message);
      await refused(get(client, longer), 'ValidationException', message);
    },
  },
  ...['pk', 'sk'].map(
    (attribute): Behaviour => ({
      name: `refuses empty text as ${attribute}`,
      source: SOURCE.suite('tier3/limits/emptyValues.test.ts'),
      async run({ client }) {
        const item = { ...aKey('a', 'b'), [attribute]: { S: '' } };
        const message = /key attribute cannot contain an empty string value/;
        await refused(put(client, item), 'ValidationException', message);
        await refused(get(client, item), 'ValidationException', message);
      },
    }),
  ),
  {
    name: 'refuses an item without one of its key attributes',
    source: SOURCE.suite('tier3/error-messages/putItem.test.ts'),
    async run({ client }) {
      const message = 'One or more parameter values were invalid: Missing the key sk in the item';
      await refused(put(client, { pk: { S: 'a' } }), 'ValidationException', message);
    },
  },
  ...WRONG_KEYS.map(
    ([name, key]): Behaviour => ({
      name: `refuses a key ${name}`,
      source: SOURCE.suite('tier3/error-messages/getItem.test.ts'),
      async run({ client }) {
        const message = 'The provided key element does not match the schema';
        await refused(get(client, key), 'ValidationException', message);
        const remove = new DeleteItemCommand({ TableName: TABLE, Key: key });
        await refused(client.send(remove), 'ValidationException', message);
      },
    }),
  ),
  {
    name: 'refuses to update a key attribute',
    source: SOURCE.api('UpdateItem'),
    async run({ client }) {
      const update = new UpdateItemCommand({
        TableName: TABLE,
        Key: aKey('a'),
        UpdateExpression: 'SET sk = :sk',
        ExpressionAttributeValues: { ':sk': { S: 'c' } },
      });
      await refused(client.send(update), 'ValidationException', /part of the key/);
    },
  },
  {
    name: 'answers without an item where there is none',
    source: SOURCE.api('GetItem'),
    async run({ client }) {
      const answer = await client.send(
        new GetItemCommand({ TableName: TABLE, Key: aKey('absent') }),
      );
      assert.equal('Item' in answer && answer.Item !== undefined, false);
    },
  },
  {
    name: 'refuses a table that is not there',
    source: SOURCE.suite('tier3/error-messages/getItem.test.ts'),
    async run({ client }) {
      const command = new GetItemCommand({ TableName: 'absent', Key: aKey('a') });
      await refused(
        client.send(command),
        'ResourceNotFoundException',
        'Requested resource not found',
      );
    },
  },
  {
    name: 'keeps a deletion of nothing silent',
    source: SOURCE.api('DeleteItem'),
    async run({ client }) {
      await client.send(new DeleteItemCommand({ TableName: TABLE, Key: aKey('absent') }));
    },
  },
];
