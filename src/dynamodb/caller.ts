import type { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import type {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import {
  type Breaker,
  type CallOutcome,
  type Clock,
  type Context,
  type ServiceError,
  underDeadline,
} from '../domain/index.ts';
import { cancelled, circuitOpen, isAway, timedOut, translateError } from './errors.ts';
import { CALL_MS, REQUEST_MS, SENT_BYTES_PER_MS } from './limits.ts';

/** The commands used here, by DynamoDB's own names; a class's name does not survive a bundler. */
export interface Commands {
  readonly BatchGetItem: BatchGetItemCommand;
  readonly BatchWriteItem: BatchWriteCommand;
  readonly DeleteItem: DeleteCommand;
  readonly GetItem: GetCommand;
  readonly PutItem: PutCommand;
  readonly Query: QueryCommand;
  readonly Scan: ScanCommand;
  readonly UpdateItem: UpdateCommand;
}

/** Bytes are those of the HTTP messages of the last attempt; units are what DynamoDB says that it charges. */
export interface Meter {
  requestBytes?: number;
  responseBytes?: number;
  readUnits?: number;
  writeUnits?: number;
}

export interface Sent<O> {
  readonly output: O;
  readonly meter: Meter;
}

/**
 * Sends commands under their context: ends them at its deadline or with its signal, tells what happened,
 * and throws nothing but `ServiceError`. `refused` may take an error as an answer instead.
 */
export interface Caller {
  send<N extends keyof Commands, O>(
    ctx: Context,
    op: string,
    operation: N,
    command: Commands[N],
    options?: {
      /** What the request carries, so that its time limit fits. */
      readonly sentBytes?: number;
      /** The answer that an error stands for; undefined when it is one. */
      readonly refused?: (error: unknown) => O | undefined;
    },
  ): Promise<Sent<O>>;
}

export function createCaller(
  client: DynamoDBDocumentClient,
  clock: Clock,
  breaker: Breaker,
): Caller {
  return {
    async send(ctx, op, operation, command, { sentBytes = 0, refused } = {}) {
      const startedMs = clock.now();
      if (ctx.signal.aborted) throw cancelled(op, ctx.signal.reason);
      if (startedMs >= ctx.deadlineMs) throw timedOut(op);
      const ended = breaker.admit();
      if (ended === undefined) {
        ctx.observe({ kind: 'event', name: 'dynamodb_circuit_open' });
        throw circuitOpen(op);
      }
      const meter: Meter = {};
      const tell = (outcome: 'ok' | 'error'): void => {
        const ms = clock.now() - startedMs;
        ctx.observe({ kind: 'store_call', store: 'dynamodb', operation, ms, outcome, ...meter });
      };
      // The client's types fit one command at a time; any of them stands for the others here.
      const sent = command as unknown as GetCommand;
      countBytes(sent, meter);
      sent.input.ReturnConsumedCapacity = 'TOTAL';
      try {
        const output = await underDeadline(clock, ctx, limitOf(op), (abortSignal) =>
          client.send(sent, {
            abortSignal,
            requestTimeout: REQUEST_MS + Math.ceil(sentBytes / SENT_BYTES_PER_MS),
          }),
        );
        countUnits(operation, output, meter);
        tell('ok');
        ended('ok');
        return { output: output as never, meter };
      } catch (thrown) {
        const answer = refused?.(thrown);
        // A write that its condition refused is charged too; how much is not told.
        if (answer !== undefined) meter.writeUnits = 1;
        tell(answer === undefined ? 'error' : 'ok');
        if (answer !== undefined) {
          ended('ok');
          return { output: answer, meter };
        }
        const { error, hint } = translateError(op, thrown);
        ended(outcomeOf(error));
        if (hint !== undefined) {
          const told = new Error(`DynamoDB is set up wrongly: ${hint}`, { cause: thrown });
          ctx.observe({ kind: 'fault', op, error: told });
        }
        throw error;
      }
    },
  };
}

/** What an error says of the store: one that it answered with is its work. */
function outcomeOf(error: ServiceError): CallOutcome {
  if (error.reason === 'cancelled') return 'neutral';
  return isAway(error) ? 'failed' : 'ok';
}

/** Closest to the wire, so that it sees each attempt as it is sent. */
function countBytes(command: GetCommand, meter: Meter): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      read(args.request, 'requestBytes', meter);
      const result = await next(args);
      read(result.response, 'responseBytes', meter);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'countBytes', override: true },
  );
}

const WRITES: ReadonlySet<keyof Commands> = new Set([
  'BatchWriteItem',
  'DeleteItem',
  'PutItem',
  'UpdateItem',
]);

function countUnits(operation: keyof Commands, output: object, meter: Meter): void {
  const { ConsumedCapacity } = output as { ConsumedCapacity?: Capacity | readonly Capacity[] };
  if (ConsumedCapacity === undefined) return;
  const units = [ConsumedCapacity]
    .flat()
    .reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
  meter[WRITES.has(operation) ? 'writeUnits' : 'readUnits'] = units;
}

interface Capacity {
  readonly CapacityUnits?: number;
}

function read(message: unknown, member: 'requestBytes' | 'responseBytes', meter: Meter): void {
  const { headers } = (message ?? {}) as { headers?: Record<string, string | undefined> };
  const value = headers?.['content-length'];
  if (value !== undefined) meter[member] = Number(value);
}

function limitOf(op: string): Parameters<typeof underDeadline>[2] {
  return {
    atMostMs: CALL_MS,
    timedOut: () => timedOut(op),
    cancelled: (reason) => cancelled(op, reason),
  };
}
