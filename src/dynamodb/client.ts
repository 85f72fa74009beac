import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { CONNECT_MS, MAX_ATTEMPTS, REQUEST_MS, SOCKET_IDLE_MS } from './limits.ts';

/**
 * Discards its lines, and has no `info`, so that the line of each call is not even made: 10 to 15 % of
 * the CPU of a large read. The others stay: credential providers call them without asking.
 */
const QUIET = {
  trace() {},
  debug() {},
  warn() {},
  error() {},
} as unknown as NonNullable<DynamoDBClientConfig['logger']>;

/**
 * The AWS client as this folder wants it: time limits that throw, few retries, no logger, and bytes that are decoded without
 * looking for a fault first: what DynamoDB sends is base64, and texts are verified by their digest. Whatever
 * `config` sets takes precedence. Connects nothing yet.
 */
export function createClient(config: DynamoDBClientConfig): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: MAX_ATTEMPTS,
    logger: QUIET,
    base64Decoder: (text) => Buffer.from(text, 'base64'),
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      // Without it `@smithy/node-http-handler` 4.14 only logs a warning and goes on waiting.
      throwOnRequestTimeout: true,
      // The request's time limit ends with the answer's headers; this one also covers its body.
      socketTimeout: SOCKET_IDLE_MS,
    },
    ...config,
  });
}
