import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What to do with one request: answer, cut the connection, or say nothing at all. */
export type Step =
  | {
      readonly status?: number;
      readonly error?: string;
      /** JSON unless it is text already. */
      readonly body?: unknown;
    }
  | 'reset'
  | 'hang';

export interface Received {
  /** Such as `Execute`. */
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** An HTTP server that plays a script in the place of the RDS Data API: for answers that no healthy one gives. */
export interface ScriptedDataApi {
  readonly url: string;
  readonly received: Received[];
  /** The answers to come, in order; the last one repeats. */
  play(...steps: Step[]): void;
  close(): Promise<void>;
}

export async function startScriptedDataApi(): Promise<ScriptedDataApi> {
  const received: Received[] = [];
  let script: Step[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      received.push({ path: (request.url ?? '').slice(1), body: JSON.parse(body) });
      const step = script.length > 1 ? (script.shift() as Step) : (script[0] ?? {});
      perform(step, request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    play(...steps) {
      script = steps;
      received.length = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function perform(step: Step, request: IncomingMessage, response: ServerResponse): void {
  if (step === 'hang') return;
  if (step === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  const { error, body = {} } = step;
  response.writeHead(step.status ?? (error === undefined ? 200 : 400), {
    'content-type': 'application/json',
    ...(error === undefined ? {} : { 'x-amzn-errortype': error }),
  });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
