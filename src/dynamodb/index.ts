/**
 * AI outputs, bodies and copies of articles in one DynamoDB table. Hides the item layout, compression and
 * chunks, the limits of items, pages and batches, what batches leave over, lost answers, and vendor
 * errors. Promises that a text comes back byte for byte or not at all, that no key of a batch is dropped
 * silently, and an answer or a `ServiceError` before the caller's deadline.
 */
export { createDynamoDb, type DynamoDb, type DynamoDbOptions } from './create-dynamodb.ts';
export { describeTable, type TableDescription } from './inspect.ts';
export { notesFromRecords } from './keeping.ts';
export { concernsUpkeep } from './stream-records.ts';
export { ensureTable, TIME_TO_LIVE_ATTRIBUTE, tableDefinition } from './table.ts';
