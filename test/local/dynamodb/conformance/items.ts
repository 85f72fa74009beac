import assert from 'node:assert/strict';
import { type AttributeValue, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { aKey, get, put, TABLE } from '../support.ts';
import { anItemOf, type Behaviour, nested, refused, SOURCE } from './subject.ts';

const MAX_ITEM_BYTES = 409_600;
const TOO_LARGE = 'Item size has exceeded the maximum allowed size';

/** Values with the bytes they count, their attribute's name (`v`) included. */
const SIZES: readonly [name: string, value: AttributeValue, sizeBytes: number][] = [
  ['text by its UTF-8 bytes, not its characters', { S: 'é€😀' }, 1 + 2 + 3 + 4],
  ['empty text with nothing', { S: '' }, 1],
  ['a number with a byte for two digits and one more', { N: '12345678' }, 1 + 5],
  ['a negative number with one byte more', { N: '-12345678' }, 1 + 6],
  ['trailing zeros of a number with nothing', { N: '120000' }, 1 + 2],
  ['zero with one byte', { N: '0' }, 1 + 1],
  ['bytes raw, not as base64', { B: new Uint8Array(100) }, 1 + 100],
  ['true and null with one byte', { BOOL: true }, 1 + 1],
  ['a list with 3 bytes and 1 an element', { L: [{ NULL: true }, { S: 'ab' }] }, 1 + 3 + 2 + 1 + 2],
  ['a map with 3 bytes, 1 an entry, and its names', { M: { ab: { S: 'c' } } }, 1 + 3 + 1 + 2 + 1],
  ['an empty list with 3 bytes', { L: [] }, 1 + 3],
  ['a set of texts by their bytes', { SS: ['a', 'é'] }, 1 + 1 + 2],
  ['a set of numbers number by number', { NS: ['1', '23'] }, 1 + 2 + 2],
];

/** Numbers outside what DynamoDB keeps. */
const NUMBERS: readonly [name: string, N: string, message: RegExp][] = [
  ['39 significant digits', '1'.repeat(39), /more than 38 significant digits/],
  ['a magnitude of 1E+126', '1E+126', /Number overflow/],
  ['a magnitude of -1E+126', '-1E+126', /Number overflow/],
  ['a magnitude below 1E-130', '1E-131', /Number underflow/],
  ['what is no number', 'twelve', /cannot be converted to a numeric value/],
  ['an empty number', '', /cannot be converted to a numeric value/],
];

const VALUES: readonly [name: string, value: AttributeValue, message: RegExp][] = [
  ['an empty set of texts', { SS: [] }, /set {2}may not be empty/],
  ['an empty set of numbers', { NS: [] }, /set {2}may not be empty/],
  ['an empty set of bytes', { BS: [] }, /sets should not be empty/],
  ['a set with the same text twice', { SS: ['a', 'a'] }, /contains duplicates/],
  ['a set with the same number twice, written in two ways', { NS: ['1', '1.0'] }, /duplicates/],
  ['null that is false', { NULL: false as true }, /must have the value of true/],
  ['a value of no type', {} as AttributeValue, /exactly one of the supported datatypes/],
];

export const ITEMS: readonly Behaviour[] = [
  {
    name: 'stores an item of 400 KB, and refuses a byte more',
    source: SOURCE.quotas,
    async run({ client }) {
      await put(client, anItemOf(MAX_ITEM_BYTES, {}, 0));
      const larger = put(client, anItemOf(MAX_ITEM_BYTES + 1, {}, 0));
      await refused(larger, 'ValidationException', TOO_LARGE);
    },
  },
  {
    name: 'refuses an update that makes an item larger than 400 KB, and leaves it as it was',
    source: SOURCE.suite('tier3/limits/itemSize.test.ts'),
    async run({ client }) {
      const item = anItemOf(MAX_ITEM_BYTES, {}, 0);
      await put(client, item);
      const update = new UpdateItemCommand({
        TableName: TABLE,
        Key: aKey('a', 'b'),
        UpdateExpression: 'SET g = :g',
        ExpressionAttributeValues: { ':g': { S: '' } },
      });
      const message = 'Item size to update has exceeded the maximum allowed size';
      await refused(client.send(update), 'ValidationException', message);
      assert.deepEqual(await get(client, aKey('a', 'b')), item);
    },
  },
  ...SIZES.map(
    ([name, value, sizeBytes]): Behaviour => ({
      name: `counts ${name}`,
      source: SOURCE.sizes,
      async run({ client }) {
        await put(client, anItemOf(MAX_ITEM_BYTES, { v: value }, sizeBytes));
        const larger = anItemOf(MAX_ITEM_BYTES + 1, { v: value }, sizeBytes);
        await refused(put(client, larger), 'ValidationException', TOO_LARGE);
      },
    }),
  ),
  {
    name: 'counts the names of attributes by their UTF-8 bytes',
    source: SOURCE.sizes,
    async run({ client }) {
      const more = { ['é'.repeat(50)]: { S: '' } };
      await put(client, anItemOf(MAX_ITEM_BYTES, more, 100));
      const larger = put(client, anItemOf(MAX_ITEM_BYTES + 1, more, 100));
      await refused(larger, 'ValidationException', TOO_LARGE);
    },
  },
  {
    name: 'stores 32 levels of nesting, and refuses 33',
    source: SOURCE.quotas,
    async run({ client }) {
      await put(client, { ...aKey('a'), deep: nested(32) });
      const deeper = put(client, { ...aKey('a'), deep: nested(33) });
      await refused(deeper, 'ValidationException', /Nesting Levels have exceeded supported limits/);
    },
  },
  {
    name: 'refuses an update that nests deeper than 32 levels',
    source: SOURCE.quotas,
    async run({ client }) {
      const update = new UpdateItemCommand({
        TableName: TABLE,
        Key: aKey('a'),
        UpdateExpression: 'SET deep = :deep',
        ExpressionAttributeValues: { ':deep': nested(33) },
      });
      await refused(client.send(update), 'ValidationException', /Nesting Levels/);
    },
  },
  {
    name: 'keeps a number of 38 digits to the last one',
    source: SOURCE.types,
    async run({ client }) {
      const N = '12345678901234567890123456789012345678';
      await put(client, { ...aKey('a'), n: { N } });
      assert.deepEqual((await get(client, aKey('a')))?.n, { N });
    },
  },
  {
    name: 'gives numbers back without needless zeros',
    source: SOURCE.suite('tier3/limits/numberPrecision.test.ts'),
    async run({ client }) {
      await put(client, { ...aKey('a'), n: { N: '0042.500' }, e: { N: '1.5E2' } });
      const item = await get(client, aKey('a'));
      assert.deepEqual([item?.n, item?.e], [{ N: '42.5' }, { N: '150' }]);
    },
  },
  ...NUMBERS.map(
    ([name, N, message]): Behaviour => ({
      name: `refuses ${name}`,
      source: SOURCE.suite('tier3/limits/numberPrecision.test.ts'),
      async run({ client }) {
        await refused(put(client, { ...aKey('a'), n: { N } }), 'ValidationException', message);
      },
    }),
  ),
  ...VALUES.map(
    ([name, value, message]): Behaviour => ({
      name: `refuses ${name}`,
      source: SOURCE.suite('tier3/limits/emptyValues.test.ts'),
      async run({ client }) {
        await refused(put(client, { ...aKey('a'), v: value }), 'ValidationException', message);
      },
    }),
  ),
  {
    name: 'stores empty text, bytes, lists and maps outside keys',
    source: SOURCE.suite('tier3/limits/emptyValues.test.ts'),
    async run({ client }) {
      const empty = { s: { S: '' }, b: { B: new Uint8Array() }, l: { L: [] }, m: { M: {} } };
      await put(client, { ...aKey('a'), ...empty });
      assert.deepEqual(await get(client, aKey('a')), { ...aKey('a'), ...empty });
    },
  },
  {
    name: 'refuses to answer a put with the new item',
    source: SOURCE.api('PutItem'),
    async run({ client }) {
      const command = new PutItemCommand({
        TableName: TABLE,
        Item: aKey('a'),
        ReturnValues: 'ALL_NEW',
      });
      const message = 'ReturnValues can only be ALL_OLD or NONE';
      await refused(client.send(command), 'ValidationException', message);
    },
  },
];
