import type { Clock, NewId } from '../domain/index.ts';
import type { Http } from '../http/index.ts';
import type { Log } from './log.ts';
import { gather, rounded } from './observe.ts';

export interface ServeOptions {
  readonly http: Http;
  readonly log: Log;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** Answers a request and logs one line about it. Never rejects. */
export type Serve = (
  request: Request,
  limits?: { readonly requestId?: string; readonly deadlineMs?: number },
) => Promise<Response>;

/** Paths asked for every few seconds by whoever watches the service. */
const WATCHED = new Set(['/health', '/ready']);

/** Made of the HTTP app; used on Lambda and by the local process alike. */
export function createServe({ http, log, clock, newId }: ServeOptions): Serve {
  return async (request, limits = {}) => {
    const requestId = limits.requestId ?? newId();
    const beganMs = clock.now();
    const observed = gather(log, requestId);
    const response = await http.fetch(request, {
      requestId,
      observe: observed.observe,
      ...(limits.deadlineMs === undefined ? {} : { deadlineMs: limits.deadlineMs }),
    });
    const { pathname } = new URL(request.url);
    const bytes = response.headers.get('content-length');
    log[levelOf(response.status, pathname)]('request', {
      requestId: response.headers.get('x-request-id') ?? requestId,
      method: request.method,
      // Without the query: what people search for is nobody's business in a log.
      path: pathname,
      status: response.status,
      ...(bytes === null ? {} : { bytes: Number(bytes) }),
      ms: rounded(clock.now() - beganMs),
      ...observed.summary(),
    });
    return response;
  };
}

function levelOf(status: number, path: string): 'debug' | 'info' | 'warn' {
  if (status >= 500) return 'warn';
  return WATCHED.has(path) ? 'debug' : 'info';
}
