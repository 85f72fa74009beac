import { type Clock, type NewId, NO_USE, type Use } from '../domain/index.ts';
import type { Http } from '../http/index.ts';
import type { Log } from './log.ts';
import { gather, rounded } from './observe.ts';
import type { UseMeter } from './use-meter.ts';

export interface ServeOptions {
  readonly http: Http;
  readonly log: Log;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Counts what requests ask of the stores. */
  readonly meter?: UseMeter;
  /** Works out what one request cost, in US dollars, for its line in the log. */
  readonly costOf?: (use: Use) => number;
  /** Each answer says it too. */
  readonly costHeader?: boolean;
}

/** Answers a request and logs one line about it. Never rejects. */
export type Serve = (
  request: Request,
  limits?: { readonly requestId?: string; readonly deadlineMs?: number },
) => Promise<Response>;

const ONE_REQUEST = { requests: 1, functionRuns: 1 } as const;

/** Paths asked for every few seconds by whoever watches the service. */
const WATCHED = new Set(['/health', '/ready']);

/** Made of the HTTP app; used on Lambda and by the local process alike. */
export function createServe(options: ServeOptions): Serve {
  const { http, log, clock, newId, meter, costOf, costHeader = false } = options;
  return async (request, limits = {}) => {
    const requestId = limits.requestId ?? newId();
    const beganMs = clock.now();
    const observed = gather(log, requestId);
    const count = meter?.count(observed.observe);
    const response = await http.fetch(request, {
      requestId,
      observe: count?.observe ?? observed.observe,
      ...(limits.deadlineMs === undefined ? {} : { deadlineMs: limits.deadlineMs }),
    });
    const ms = clock.now() - beganMs;
    count?.done({ ms, isRequest: true });
    // Nine digits: a read unit is an eighth of a millionth of a dollar.
    const cost = costOf?.({ ...(count?.use() ?? NO_USE), ...ONE_REQUEST, functionMs: ms }).toFixed(
      9,
    );
    if (costHeader && cost !== undefined) response.headers.set('x-cost-usd', cost);
    const { pathname } = new URL(request.url);
    const bytes = response.headers.get('content-length');
    log[levelOf(response.status, pathname)]('request', {
      requestId: response.headers.get('x-request-id') ?? requestId,
      method: request.method,
      // Without the query: what people search for is nobody's business in a log.
      path: pathname,
      status: response.status,
      ...(bytes === null ? {} : { bytes: Number(bytes) }),
      ms: rounded(ms),
      ...(cost === undefined ? {} : { costUsd: Number(cost) }),
      ...observed.summary(),
    });
    return response;
  };
}

function levelOf(status: number, path: string): 'debug' | 'info' | 'warn' {
  if (status >= 500) return 'warn';
  return WATCHED.has(path) ? 'debug' : 'info';
}
