import { setTimeout as delay } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import { FaultError, type Wire } from './wire/index.ts';

/** The functions a schedule runs on AWS, and `POST /__local/tick` runs here. */
export const TICK_FUNCTIONS = ['warmer', 'relay', 'projector'] as const;
export type TickFunction = (typeof TICK_FUNCTIONS)[number];

/** What `PUT /__local/aurora` asks for; seconds, 0 for `autoPauseSeconds` means never. */
export interface AuroraChange {
  readonly state: 'asleep' | 'awake';
  readonly resumeSeconds?: number;
  readonly autoPauseSeconds?: number;
}

export interface ControlOptions {
  /** Where clients find the stand-ins. */
  readonly endpoints: () => object;
  readonly aurora: {
    readonly get: () => object | Promise<object>;
    readonly put: (change: AuroraChange) => unknown;
  };
  /** Runs a scheduled function now; its result is the answer. */
  readonly tick: (name: TickFunction) => unknown;
  /** Resolves when nothing is pending any more; `signal` is aborted when nobody waits any longer. */
  readonly settle: (signal: AbortSignal) => Promise<unknown>;
  readonly wire: Pick<Wire, 'addFault' | 'calls' | 'clearFaults' | 'faults' | 'resetCalls'>;
  /** How long `settle` may take (60,000). */
  readonly settleTimeoutMs?: number;
}

const SETTLE_TIMEOUT_MS = 60_000;
const MAX_BODY_BYTES = 64 * 1024;
/** The longest resume and idle time that make sense: AWS's largest auto-pause setting. */
const MAX_SECONDS = 86_400;

/** A request that cannot be carried out; answered as a problem. */
class Problem extends Error {
  readonly status: 400 | 404 | 405 | 413 | 504;
  readonly code: string;

  constructor(status: Problem['status'], code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const TITLES = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  500: 'Internal Server Error',
  504: 'Gateway Timeout',
};

/**
 * Makes the routes under `/__local/` that control the stand-ins, to be mounted at `/`.
 * Errors are `application/problem+json`: 400 for a body that is not exactly what LOCAL.md says.
 */
export function createControl(options: ControlOptions): Hono {
  const { aurora, wire } = options;
  const routes: Record<string, Record<string, (context: Context) => unknown>> = {
    '/__local/endpoints': {
      GET: (context) => context.json(options.endpoints()),
    },
    '/__local/calls': {
      GET: (context) => context.json(wire.calls()),
      DELETE: (context) => {
        wire.resetCalls();
        return context.body(null, 204);
      },
    },
    '/__local/faults': {
      GET: (context) => context.json({ faults: wire.faults() }),
      POST: async (context) =>
        context.json({ id: wire.addFault(await readObject(context.req.raw)) }, 201),
      DELETE: (context) => {
        wire.clearFaults();
        return context.body(null, 204);
      },
    },
    '/__local/aurora': {
      GET: async (context) => context.json(await aurora.get()),
      PUT: async (context) => {
        await aurora.put(parseAuroraChange(await readObject(context.req.raw)));
        return context.json(await aurora.get());
      },
    },
    '/__local/tick': {
      POST: async (context) => {
        const name = parseTick(await readObject(context.req.raw));
        return context.json(((await options.tick(name)) ?? null) as object);
      },
    },
    '/__local/settle': {
      POST: async (context) => {
        await settleInTime(options);
        return context.json({ settled: true });
      },
    },
  };

  const app = new Hono();
  for (const [path, methods] of Object.entries(routes)) {
    for (const [method, run] of Object.entries(methods)) {
      app.on(method, path, (context) => run(context) as Response | Promise<Response>);
    }
    app.all(path, (context) => {
      const allowed = Object.keys(methods).join(', ');
      context.header('Allow', allowed);
      throw new Problem(405, 'method_not_allowed', `${path} takes ${allowed}`);
    });
  }
  app.all('/__local/*', (context) => {
    throw new Problem(404, 'not_found', `there is no ${context.req.path}`);
  });
  app.onError((error, context) => problem(context, error));
  return app;
}

async function settleInTime(options: ControlOptions): Promise<void> {
  const timeoutMs = options.settleTimeoutMs ?? SETTLE_TIMEOUT_MS;
  const over = new AbortController();
  const late = delay(timeoutMs, 'late', { signal: over.signal, ref: false }).catch(() => 'over');
  try {
    const settled = Promise.resolve(options.settle(over.signal)).then(() => 'settled');
    if ((await Promise.race([settled, late])) === 'late') {
      settled.catch(() => {});
      throw new Problem(504, 'timeout', `still pending after ${timeoutMs / 1000} s`);
    }
  } finally {
    over.abort();
  }
}

function parseAuroraChange(body: Record<string, unknown>): AuroraChange {
  refuseUnknown(body, ['state', 'resumeSeconds', 'autoPauseSeconds']);
  const { state } = body;
  if (state !== 'asleep' && state !== 'awake') throw invalid('"state" must be "asleep" or "awake"');
  const resumeSeconds = parseSeconds(body, 'resumeSeconds');
  const autoPauseSeconds = parseSeconds(body, 'autoPauseSeconds');
  return {
    state,
    ...(resumeSeconds === undefined ? {} : { resumeSeconds }),
    ...(autoPauseSeconds === undefined ? {} : { autoPauseSeconds }),
  };
}

function parseSeconds(body: Record<string, unknown>, member: string): number | undefined {
  const value = body[member];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= 0 && value <= MAX_SECONDS) return value;
  throw invalid(`"${member}" must be a number from 0 to ${MAX_SECONDS}`);
}

function parseTick(body: Record<string, unknown>): TickFunction {
  refuseUnknown(body, ['function']);
  const name = TICK_FUNCTIONS.find((known) => known === body.function);
  if (name) return name;
  const known = TICK_FUNCTIONS.join(', ');
  throw new Problem(400, 'unknown_function', `"function" must be one of ${known}`);
}

async function readObject(request: Request): Promise<Record<string, unknown>> {
  const text = await request.text();
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
    throw new Problem(413, 'too_large', `a body has at most ${MAX_BODY_BYTES} bytes`);
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw invalid('the body must be a JSON object');
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw invalid('the body must be a JSON object');
}

function refuseUnknown(body: Record<string, unknown>, members: readonly string[]): void {
  const unknown = Object.keys(body).find((member) => !members.includes(member));
  if (unknown !== undefined) throw invalid(`unknown member "${unknown}"`);
}

function invalid(detail: string): Problem {
  return new Problem(400, 'invalid', detail);
}

/** Whatever was thrown, as RFC 9457 has it. The text of unexpected errors is shown: only the local process asks. */
function problem(context: Context, error: Error): Response {
  const status = error instanceof Problem ? error.status : error instanceof FaultError ? 400 : 500;
  const code = error instanceof Problem || error instanceof FaultError ? error.code : 'internal';
  const body = {
    type: 'about:blank',
    title: TITLES[status],
    status,
    detail: error.message,
    code,
  };
  return context.body(JSON.stringify(body), status, { 'Content-Type': 'application/problem+json' });
}
