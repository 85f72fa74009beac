/**
 * A DynamoDB in this process, behind HTTP, for any AWS client. Hides dynalite, which does the expressions
 * and the storage; adds what dynalite lacks of AWS: the stream and its delivery to a handler, answers of
 * up to 16 MB, and a gate through which faults are injected. Promises that an acknowledged write
 * survives `kill -9` where there is a data folder, that each effective write leaves exactly one stream
 * record in the order of its key, and that nothing of ours is needed to run it.
 */
export type { AttributeValue, Item } from './dynalite.ts';
export type { Gate, GateCall, Verdict } from './gate.ts';
export type { DynamoDbServer, DynamoDbServerOptions } from './server.ts';
export { createDynamoDbServer } from './server.ts';
export { DataFolderError } from './store.ts';
export type { DynamoDbStream, Subscription } from './stream.ts';
export type { FailedBatch, StreamHandler, SubscribeOptions } from './stream-poller.ts';
export type { StreamRecord } from './stream-record.ts';
