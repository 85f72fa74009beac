import { deepEqual, equal, fail, match } from 'node:assert/strict';
import { TestClock } from '../../support/clock.ts';
import { emptyDatabase } from '../../support/pglite-snapshots.ts';
import { createDatabase } from '../../support/postgres.ts';

/** The server under test: the module itself, or a copy with a fault planted in it. */
export type DataApiModule = typeof import('../../../src/local/data-api/index.ts');

type Server = Awaited<ReturnType<DataApiModule['createDataApiServer']>>;
type ServerOptions = Parameters<DataApiModule['createDataApiServer']>[0];

export type Json = Record<string, unknown>;

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  /** `x-amzn-errortype`. */
  readonly type: string | undefined;
  readonly requestId: string;
  readonly contentType: string;
  readonly text: string;
  readonly json: Json;
}

export interface Parameter {
  readonly name: string;
  readonly value: Json;
  readonly typeHint?: string;
}

export const text = (name: string, stringValue: string, typeHint?: string): Parameter => ({
  name,
  value: { stringValue },
  ...(typeHint === undefined ? {} : { typeHint }),
});
export const long = (name: string, longValue: number): Parameter => ({
  name,
  value: { longValue },
});

/** A server of its own on a database of its own, spoken to over plain HTTP. */
export class Subject {
  readonly server: Server;
  readonly clock: TestClock;
  readonly isPostgres: boolean;

  private constructor(server: Server, clock: TestClock, isPostgres: boolean) {
    this.server = server;
    this.clock = clock;
    this.isPostgres = isPostgres;
  }

  /** On PostgreSQL where a server's url is given, else on PGlite. */
  static async start(
    module: DataApiModule,
    postgresUrl: string | undefined,
    options: Partial<ServerOptions> = {},
  ): Promise<Subject> {
    const engine = postgresUrl
      ? module.postgresEngine({ connectionString: await createDatabase(postgresUrl) })
      : await module.pgliteEngine({ snapshot: await emptyDatabase() });
    const clock = new TestClock();
    const server = await module.createDataApiServer({
      engine,
      clock,
      sessionWaitMs: 100,
      pause: { coldMs: 1 },
      ...options,
    });
    return new Subject(server, clock, postgresUrl !== undefined);
  }

  close(): Promise<void> {
    return this.server.close();
  }

  get address(): { resourceArn: string; secretArn: string; database: string } {
    const { resourceArn, secretArn, database } = this.server;
    return { resourceArn, secretArn, database };
  }

  /** Sends a body as it is. */
  async post(path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.server.url + path, { method: 'POST', body, headers });
    const answer = await response.text();
    return {
      status: response.status,
      type: response.headers.get('x-amzn-errortype') ?? undefined,
      requestId: response.headers.get('x-amzn-requestid') ?? '',
      contentType: response.headers.get('content-type') ?? '',
      text: answer,
      json: JSON.parse(answer) as Json,
    };
  }

  send(path: string, members: Json = {}): Promise<Answer> {
    return this.post(path, JSON.stringify({ ...this.address, ...members }));
  }

  /** ExecuteStatement; throws unless it succeeds. */
  async execute(sql: string, parameters: Parameter[] = [], more: Json = {}): Promise<Json> {
    return succeeded(await this.send('/Execute', { sql, parameters, ...more }));
  }

  /** The first field of the first record. */
  async cell(sql: string, parameters: Parameter[] = [], more: Json = {}): Promise<unknown> {
    const { records } = await this.execute(sql, parameters, more);
    return (records as unknown[][] | undefined)?.[0]?.[0];
  }

  async metadata(sql: string): Promise<Json[]> {
    const { columnMetadata } = await this.execute(sql, [], { includeResultMetadata: true });
    return columnMetadata as Json[];
  }

  async refused(
    call: Promise<Answer>,
    type: string,
    status: number,
    message: string | RegExp,
  ): Promise<Answer> {
    const answer = await call;
    if (answer.status === 200) fail(`nothing was refused: ${answer.text.slice(0, 200)}`);
    deepEqual([answer.type, answer.status], [type, status], answer.text);
    if (typeof message === 'string') equal(answer.json.message, message);
    else match(String(answer.json.message), message);
    return answer;
  }

  async begin(): Promise<string> {
    return String(succeeded(await this.send('/BeginTransaction')).transactionId);
  }

  commit(transactionId: string): Promise<Answer> {
    return this.end('/CommitTransaction', transactionId);
  }

  rollback(transactionId: string): Promise<Answer> {
    return this.end('/RollbackTransaction', transactionId);
  }

  /** The two operations take no database. */
  private end(path: string, transactionId: string): Promise<Answer> {
    const { resourceArn, secretArn } = this.server;
    return this.post(path, JSON.stringify({ resourceArn, secretArn, transactionId }));
  }
}

export function succeeded(answer: Answer): Json {
  if (answer.status !== 200) fail(`${answer.type} ${answer.status}: ${answer.text}`);
  return answer.json;
}
