import { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

interface Request {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

interface Canned {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** The class of the handlers that all AWS clients have by default; its package is none of ours. */
type Handler = DynamoDBClient['config']['requestHandler'];
type Handle = Handler['handle'];
const handlers = Object.getPrototypeOf(new DynamoDBClient({}).config.requestHandler) as Handler;

/**
 * Stands in the place of the sockets below every AWS client of this process: records what the services
 * answer, then answers the same without them. Both services are told apart by operation and body.
 */
export class CannedTransport {
  readonly #original: Handle = handlers.handle;
  readonly #answers = new Map<string, Canned>();
  /** Calls by operation since `replay`, or since they were cleared. */
  readonly calls = new Map<string, number>();
  #mode: 'pass' | 'record' | 'replay' = 'pass';
  /** Operations recorded since `record` was called. */
  readonly #recorded = new Set<string>();

  constructor() {
    const canned = this;
    handlers.handle = async function (this: Handler, request, options) {
      const operation = operationOf(request as Request);
      if (canned.#mode === 'replay') return canned.#replay(operation);
      const result = await canned.#original.call(this, request, options);
      return canned.#mode === 'record' ? canned.#record(operation, result) : result;
    } as Handle;
  }

  /** Keeps the answers from here on; each operation may be called once until it is called again. */
  record(): void {
    this.#mode = 'record';
    this.#recorded.clear();
  }

  /** Answers with what was recorded last of each operation. */
  replay(): void {
    this.#mode = 'replay';
    this.calls.clear();
  }

  restore(): void {
    handlers.handle = this.#original;
  }

  /** What was recorded of an operation. */
  body(operation: string): Buffer {
    const answer = this.#answers.get(operation);
    if (!answer) throw new Error(`${operation} was not recorded`);
    return answer.body;
  }

  async #record(
    operation: string,
    result: Awaited<ReturnType<Handle>>,
  ): Promise<Awaited<ReturnType<Handle>>> {
    const { response } = result;
    const parts: Buffer[] = [];
    for await (const part of response.body as Readable) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const { statusCode, headers } = response;
    if (this.#recorded.has(operation)) throw new Error(`${operation} was called twice`);
    this.#recorded.add(operation);
    this.#answers.set(operation, { statusCode, headers, body });
    return { response: Object.assign(response, { body: Readable.from([body]) }) };
  }

  #replay(operation: string): Awaited<ReturnType<Handle>> {
    const answer = this.#answers.get(operation);
    if (!answer) throw new Error(`${operation} was not recorded`);
    this.calls.set(operation, (this.calls.get(operation) ?? 0) + 1);
    const { statusCode, headers, body } = answer;
    const response = { statusCode, headers: { ...headers }, body: Readable.from([body]) };
    return { response } as unknown as Awaited<ReturnType<Handle>>;
  }
}

/** `DynamoDB BatchGetItem`, `RDS Data Execute`. */
function operationOf({ path, headers }: Request): string {
  const target = headers['x-amz-target'];
  return target === undefined
    ? `RDS Data ${path.replace(/^\//, '')}`
    : target.replace(/^(\w+?)_\d+\./, '$1 ');
}
