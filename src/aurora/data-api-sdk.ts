import { RDSData } from '@aws-sdk/client-rds-data';
import type { DataApiOptions } from './aurora.ts';
import type { Meter } from './caller.ts';
import { requestTooLarge } from './errors.ts';
import {
  ANSWER_MARGIN_MS,
  CALL_MS,
  CONNECT_MS,
  REQUEST_BYTES,
  REQUEST_HEADER_BYTES,
} from './limits.ts';

/** Where the bytes of a call are counted, by the call's input. */
const meters = new WeakMap<object, { readonly op: string; readonly meter: Meter }>();

/** Has the bytes of the call with this input counted in `meter`. */
export function countBytes(input: object, op: string, meter: Meter): void {
  meters.set(input, { op, meter });
}

/**
 * The AWS client as this folder wants it: time limits that throw, no retries of its own, since it would
 * send any write twice after a lost answer. Its logger is left as it is: @aws-sdk/core 3.981 makes no line
 * for it, and with an empty object in its place @aws-sdk/credential-provider-node 3.972 fails every call.
 */
export function createSdk({ region, endpoint, credentials }: DataApiOptions): RDSData {
  const sdk = new RDSData({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: CALL_MS + ANSWER_MARGIN_MS,
      // Without it `@smithy/node-http-handler` 4.14 only logs a warning and goes on waiting.
      throwOnRequestTimeout: true,
    },
  });
  sdk.middlewareStack.add(
    (next) => async (args) => {
      const counted = meters.get(args.input);
      if (!counted) return next(args);
      const requestBytes = contentLength(args.request);
      if (requestBytes !== undefined) {
        counted.meter.requestBytes = requestBytes;
        if (requestBytes > REQUEST_BYTES - REQUEST_HEADER_BYTES) {
          throw requestTooLarge(counted.op, requestBytes);
        }
      }
      const result = await next(args);
      const responseBytes = contentLength(result.response);
      if (responseBytes !== undefined) counted.meter.responseBytes = responseBytes;
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'countBytes' },
  );
  return sdk;
}

function contentLength(message: unknown): number | undefined {
  const { headers } = (message ?? {}) as { headers?: Record<string, string | undefined> };
  const value = headers?.['content-length'];
  return value === undefined ? undefined : Number(value);
}
