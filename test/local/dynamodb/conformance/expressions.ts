import assert from 'node:assert/strict';
import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { aKey, get, put, type SdkItem, TABLE } from '../support.ts';
import { type Behaviour, refused, SOURCE, type Subject } from './subject.ts';

function update({ client }: Subject, expression: string, values: SdkItem, more: object = {}) {
  const input: UpdateItemCommandInput = {
    TableName: TABLE,
    Key: aKey('a'),
    UpdateExpression: expression,
    ExpressionAttributeValues: values,
    ...more,
  };
  return client.send(new UpdateItemCommand(input));
}

function putIf({ client }: Subject, condition: string, values?: SdkItem, more: object = {}) {
  return client.send(
    new PutItemCommand({
      TableName: TABLE,
      Item: { ...aKey('a'), n: { N: '1' } },
      ConditionExpression: condition,
      ...(values ? { ExpressionAttributeValues: values } : {}),
      ...more,
    }),
  );
}

function query({ client }: Subject, more: Partial<QueryCommandInput>) {
  return client.send(
    new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: 'pk = :pk',
      ...more,
      ExpressionAttributeValues: { ':pk': { S: 'a' }, ...more.ExpressionAttributeValues },
    }),
  );
}

const numbers = (count: number): SdkItem =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`:${i}`, { N: String(i) }]));

/** The expression with blanks up to `sizeBytes`. */
const padded = (text: string, sizeBytes: number) => text.padEnd(sizeBytes, ' ');
const TOO_LONG = /Expression size has exceeded the maximum allowed size/;

export const EXPRESSIONS: readonly Behaviour[] = [
  {
    name: 'takes an update expression of 4096 bytes, and refuses 4097',
    source: 'nubo-db/dynoxide issue 146, measured on AWS',
    async run(subject) {
      await update(subject, padded('SET n = :n', 4096), { ':n': { N: '1' } });
      const longer = update(subject, padded('SET n = :n', 4097), { ':n': { N: '1' } });
      await refused(longer, 'ValidationException', TOO_LONG);
    },
  },
  {
    name: 'refuses a condition of 4097 bytes',
    source: 'nubo-db/dynoxide issue 146, measured on AWS',
    async run(subject) {
      await putIf(subject, padded('attribute_not_exists(pk)', 4096));
      const longer = putIf(subject, padded('attribute_exists(pk)', 4097));
      await refused(longer, 'ValidationException', TOO_LONG);
    },
  },
  {
    name: 'refuses a filter of 4097 bytes',
    source: 'pynamodb/PynamoDB issue 979, an answer of AWS',
    async run(subject) {
      const filter = (sizeBytes: number) =>
        query(subject, { FilterExpression: padded('attribute_exists(n)', sizeBytes) });
      await filter(4096);
      await refused(
        filter(4097),
        'ValidationException',
        'Invalid FilterExpression: Expression size has exceeded the maximum allowed size; expression size: 4097',
      );
    },
  },
  {
    name: 'refuses a projection of 4097 bytes',
    source: 'nubo-db/dynoxide issue 146, measured on AWS',
    async run({ client }) {
      const command = new GetItemCommand({
        TableName: TABLE,
        Key: aKey('a'),
        ProjectionExpression: padded('pk', 4097),
      });
      await refused(client.send(command), 'ValidationException', TOO_LONG);
    },
  },
  {
    name: 'counts an expression in UTF-8 bytes and placeholders as they stand',
    source: 'nubo-db/dynoxide issue 146, measured on AWS',
    async run(subject) {
      const long = 'x'.repeat(5_000);
      await update(
        subject,
        'SET #n = :n',
        { ':n': { S: long } },
        {
          ExpressionAttributeNames: { '#n': 'y'.repeat(200) },
        },
      );
    },
  },
  {
    name: 'takes 300 operators in a condition, and refuses 301',
    source: 'scylladb/scylladb issue 14473, measured on AWS',
    async run(subject) {
      const condition = (count: number) =>
        putIf(subject, Array.from({ length: count }, () => 'a<:v').join(' or '), {
          ':v': { N: '1' },
        });
      // 300 are few enough: what refuses then is the condition.
      await refused(condition(300), 'ConditionalCheckFailedException');
      await refused(
        condition(301),
        'ValidationException',
        'Invalid ConditionExpression: The expression contains too many operators; operator count: 301',
      );
    },
  },
  {
    name: 'takes 300 operators in an update, and refuses 301',
    source: SOURCE.quotas,
    async run(subject) {
      const clauses = (count: number) =>
        update(subject, `SET ${Array.from({ length: count }, (_, i) => `a${i}=:v+:v`).join(',')}`, {
          ':v': { N: '1' },
        });
      await clauses(300);
      const message = /too many operators; operator count: 301$/;
      await refused(clauses(301), 'ValidationException', message);
    },
  },
  {
    name: 'takes 100 operands of IN, and refuses 101',
    source: 'reapit/foundations issue 8255, an answer of AWS',
    async run(subject) {
      const filter = (count: number) =>
        query(subject, {
          FilterExpression: `n IN (${Object.keys(numbers(count)).join(',')})`,
          ExpressionAttributeValues: numbers(count),
        });
      await filter(100);
      await refused(
        filter(101),
        'ValidationException',
        'Invalid FilterExpression: The IN operator is provided with too many operands; number of operands: 101',
      );
    },
  },
  {
    name: 'refuses a placeholder of more than 255 bytes',
    source: SOURCE.quotas,
    async run(subject) {
      const placeholder = (sizeBytes: number) => `:${'v'.repeat(sizeBytes - 1)}`;
      const call = (sizeBytes: number) =>
        update(subject, `SET n = ${placeholder(sizeBytes)}`, {
          [placeholder(sizeBytes)]: { N: '1' },
        });
      await call(255);
      await refused(call(256), 'ValidationException');
    },
  },
  {
    name: 'refuses values of more than 2 MB in all',
    source: SOURCE.quotas,
    async run(subject) {
      const text = { S: 'x'.repeat(700_000) };
      const call = update(subject, 'SET a = :a, b = :b, c = :c', {
        ':a': text,
        ':b': text,
        ':c': text,
      });
      await refused(call, 'ValidationException', /exceed the maximum allowed size/);
    },
  },
  {
    name: 'refuses a value that no expression uses',
    source: SOURCE.expressions,
    async run(subject) {
      const call = update(subject, 'SET n = :n', { ':n': { N: '1' }, ':m': { N: '2' } });
      const message =
        'Value provided in ExpressionAttributeValues unused in expressions: keys: {:m}';
      await refused(call, 'ValidationException', message);
    },
  },
  {
    name: 'refuses a value that is used and not given',
    source: SOURCE.expressions,
    async run(subject) {
      const call = update(subject, 'SET n = :n, m = :m', { ':n': { N: '1' } });
      await refused(call, 'ValidationException', /not defined; attribute value: :m/);
    },
  },
  {
    name: 'refuses a reserved word as a name',
    source: SOURCE.suite('tier3/limits/reservedWords.test.ts'),
    async run(subject) {
      const call = update(subject, 'SET status = :n', { ':n': { N: '1' } });
      await refused(call, 'ValidationException', /reserved keyword; reserved keyword: status/);
    },
  },
  {
    name: 'refuses two clauses for overlapping paths',
    source: SOURCE.expressions,
    async run(subject) {
      const call = update(subject, 'SET m.a = :n REMOVE m', { ':n': { N: '1' } });
      await refused(call, 'ValidationException', /Two document paths overlap/);
    },
  },
  {
    name: 'refuses to set inside what is not there',
    source: SOURCE.suite('tier1/updateItem/paths.test.ts'),
    async run(subject) {
      const call = update(subject, 'SET m.a = :n', { ':n': { N: '1' } });
      const message = 'The document path provided in the update expression is invalid for update';
      await refused(call, 'ValidationException', message);
    },
  },
  {
    name: 'refuses to add to what is no number',
    source: SOURCE.suite('tier1/updateItem/basic.test.ts'),
    async run(subject) {
      await put(subject.client, { ...aKey('a'), n: { S: 'one' } });
      const call = update(subject, 'ADD n :n', { ':n': { N: '1' } });
      await refused(call, 'ValidationException', /incorrect data type/);
    },
  },
  {
    name: 'makes the item that an update does not find',
    source: SOURCE.api('UpdateItem'),
    async run(subject) {
      await update(subject, 'ADD n :n', { ':n': { N: '2' } });
      assert.deepEqual(await get(subject.client, aKey('a')), { ...aKey('a'), n: { N: '2' } });
    },
  },
  {
    name: 'answers an update with the values it changed',
    source: SOURCE.api('UpdateItem'),
    async run(subject) {
      await put(subject.client, { ...aKey('a'), n: { N: '1' }, m: { N: '5' } });
      const values = { ':n': { N: '1' } };
      const after = await update(subject, 'SET n = n + :n', values, {
        ReturnValues: 'UPDATED_NEW',
      });
      assert.deepEqual(after.Attributes, { n: { N: '2' } });
      const before = await update(subject, 'SET n = n + :n', values, { ReturnValues: 'ALL_OLD' });
      assert.deepEqual(before.Attributes, { ...aKey('a'), n: { N: '2' }, m: { N: '5' } });
    },
  },
  {
    name: 'refuses a write whose condition fails, and leaves the item',
    source: SOURCE.errors,
    async run(subject) {
      await put(subject.client, aKey('a'));
      const call = putIf(subject, 'attribute_not_exists(pk)');
      const message = 'The conditional request failed';
      await refused(call, 'ConditionalCheckFailedException', message);
      assert.deepEqual(await get(subject.client, aKey('a')), aKey('a'));
    },
  },
  {
    name: 'takes a comparison with an absent attribute for false',
    source: SOURCE.suite('tier1/updateItem/conditions.test.ts'),
    async run(subject) {
      const call = putIf(subject, 'n < :n', { ':n': { N: '9' } });
      await refused(call, 'ConditionalCheckFailedException');
    },
  },
  {
    name: 'compares numbers as numbers, over 2^53, too',
    source: SOURCE.types,
    async run(subject) {
      const item = { ...aKey('a'), n: { N: '9007199254740993' } };
      await put(subject.client, item);
      await refused(
        putIf(subject, 'n < :n', { ':n': { N: '9007199254740992' } }),
        'ConditionalCheckFailedException',
      );
      await putIf(subject, 'n > :n', { ':n': { N: '9007199254740992' } });
    },
  },
  {
    name: 'shows the item a failed condition met, to who asks for it',
    source: SOURCE.api('PutItem'),
    async run(subject) {
      await put(subject.client, { ...aKey('a'), n: { N: '7' } });
      const asked = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
      const error = await refused(
        putIf(subject, 'attribute_not_exists(pk)', undefined, asked),
        'ConditionalCheckFailedException',
      );
      assert.deepEqual(error.Item, { ...aKey('a'), n: { N: '7' } });
      const silent = await refused(
        putIf(subject, 'attribute_not_exists(pk)'),
        'ConditionalCheckFailedException',
      );
      assert.equal(silent.Item, undefined);
    },
  },
];
