import { Hono } from 'hono';
import {
  type Clock,
  type Context,
  isServiceError,
  type NewId,
  type Observe,
  ROUTED,
} from '../domain/index.ts';
import type { Status, Tandem } from '../facade/index.ts';
import { demandAcceptable } from './accept.ts';
import { type Authenticate, type Caller, demandScope, identify } from './access.ts';
import { NO_BODY, readBody } from './body.ts';
import { KeysAtWork } from './idempotency-key.ts';
import { noContent } from './json-answer.ts';
import { MAX_WAIT_SECONDS } from './limits.ts';
import {
  createPageTokens,
  type LoadTokenKeys,
  NO_TOKENS,
  PAGE_TOKEN_INVALID,
} from './page-token.ts';
import { type PathParameter, pathParameters, routedPath } from './path-parameters.ts';
import { type Preferences, parsePrefer } from './prefer.ts';
import { problemOf, Refusal, routeNotFound } from './problem.ts';
import { QueryParameters } from './query-parameters.ts';
import { requestIdOf, startContext } from './request-context.ts';
import { type Exchange, type Route, type Services, usesPageTokens } from './route.ts';
import { ROUTES } from './routes.ts';
import { StoreTimings } from './server-timing.ts';

export interface HttpOptions {
  readonly tandem: Tandem;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Secrets that sign page tokens (the first signs, all verify), or what gets them. */
  readonly tokenKeys: readonly string[] | LoadTokenKeys;
  /** Checks bearer tokens. Absent: access is open, but for what `RequestEnv.caller` says. */
  readonly authenticate?: Authenticate;
  /** What `/v1/status` tells; absent: there is no such route. */
  readonly status?: Status;
}

/** What whoever received a request knows of it. */
export interface RequestEnv {
  /** Epoch milliseconds; no later than 28 s from now counts. */
  readonly deadlineMs?: number;
  /** Taken where the caller sent no `x-request-id`. */
  readonly requestId?: string;
  readonly observe?: Observe;
  /** Who calls, where that was found out before; looked at only without `authenticate`. */
  readonly caller?: Caller;
}

export interface Http {
  /** Answers a request; never rejects. Cost: what the route's call of the facade costs. */
  fetch(request: Request, env?: RequestEnv): Promise<Response>;
}

/** Puts the HTTP side together. Makes no call by itself; keeps nothing but the idempotency keys at work. */
export function createHttp(options: HttpOptions): Http {
  const { tokenKeys } = options;
  const loadKeys: LoadTokenKeys =
    typeof tokenKeys === 'function' ? tokenKeys : async () => tokenKeys;
  const services: Omit<Services, 'tokens'> = {
    tandem: options.tandem,
    clock: options.clock,
    newId: options.newId,
    keysAtWork: new KeysAtWork(),
    status: options.status,
  };

  async function handle(
    route: Route,
    call: Call,
    ctx: Context,
    prefer: Preferences,
  ): Promise<Response> {
    const { request, env, url } = call;
    let caller: Caller | undefined;
    if (route.access !== 'open') {
      caller = await identify(request, options.authenticate, env.caller);
      demandScope(caller, route.access);
    }
    if (route.gives !== undefined) demandAcceptable(request.headers.get('accept'), route.gives);
    const path = pathParameters(route.path, routedPath(url.pathname));
    const query = QueryParameters.parse(route.query ? url.search : '', route.query ?? []);
    const body = route.takes === undefined ? NO_BODY : await readBody(request, route.takes);
    // The pattern that fitted has these parameters, and `pathParameters` read each of them.
    const exchange = {
      request,
      ctx,
      path: path as Required<typeof path>,
      query,
      body,
      prefer,
      caller,
    };
    return usesPageTokens(route)
      ? handlePage(route, exchange)
      : route.handle(exchange, { ...services, tokens: NO_TOKENS });
  }

  /** A page token that no key fits is tried once more, with the newest keys there are. */
  async function handlePage(route: Route, exchange: Exchange<PathParameter>): Promise<Response> {
    const keys = await loadKeys('usual');
    const tokens = createPageTokens(keys);
    try {
      return await route.handle(exchange, { ...services, tokens });
    } catch (error) {
      if (!isServiceError(error, 'invalid') || error.reason !== PAGE_TOKEN_INVALID) throw error;
      const newest = await loadKeys('newest');
      if (newest === keys) throw error;
      return route.handle(exchange, { ...services, tokens: createPageTokens(newest) });
    }
  }

  /** Answers with what `work` makes, or with the problem it ran into; dressed alike in both cases. */
  async function respond(
    request: Request,
    env: RequestEnv,
    route: Route | undefined,
    work: (call: Call, ctx: Context, prefer: Preferences) => Promise<Response>,
  ): Promise<Response> {
    const { clock, newId } = services;
    const call: Call = { request, env, url: new URL(request.url) };
    const timings = new StoreTimings(clock);
    const observe = timings.observing(env.observe);
    const prefer = parsePrefer(request.headers.get('prefer'));
    const requestId = requestIdOf(request, () => env.requestId ?? newId());
    const waitSeconds = prefer.waitSeconds ?? (route && isWrite(route) ? MAX_WAIT_SECONDS : 0);
    const { ctx, run } = startContext({
      clock,
      requestId,
      deadlineMs: env.deadlineMs,
      waitMs: waitSeconds * 1_000,
      observe,
    });
    // A path has ids in it; the route is what lines of a log are counted by.
    if (route) {
      observe({ kind: 'event', name: ROUTED, data: { route: `${route.method} ${route.path}` } });
    }
    let response: Response;
    try {
      response = await run(work(call, ctx, prefer));
    } catch (error) {
      if (isFault(error)) observe({ kind: 'fault', op: `http ${route?.path ?? 'route'}`, error });
      response = problemOf(error, { id: requestId, path: call.url.pathname });
    }
    const { headers } = response;
    headers.set('x-request-id', requestId);
    headers.set('x-content-type-options', 'nosniff');
    if (!headers.has('content-security-policy')) {
      headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    }
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
    if (/^\/v1(\/|$)/.test(call.url.pathname)) {
      headers.set('server-timing', timings.header());
      if (prefer.applied !== undefined) headers.set('preference-applied', prefer.applied);
    }
    return response;
  }

  const app = new Hono<{ Bindings: RequestEnv }>({
    getPath: (request) => routedPath(new URL(request.url).pathname),
  });
  for (const route of ROUTES) {
    app.on(route.method, honoPattern(route.path), (c) =>
      respond(c.req.raw, c.env, route, (call, ctx, prefer) => handle(route, call, ctx, prefer)),
    );
  }
  // Behind the routes themselves, so that only a method that no route takes gets here.
  for (const [path, allow] of methodsByPath(ROUTES)) {
    app.all(honoPattern(path), (c) =>
      respond(c.req.raw, c.env, undefined, async ({ request }) => {
        if (request.method !== 'OPTIONS') {
          throw new Refusal('method_not_allowed', `The methods here are ${allow}.`, { allow });
        }
        const response = noContent();
        response.headers.set('allow', allow);
        return response;
      }),
    );
  }
  app.notFound((c) =>
    respond(c.req.raw, c.env, undefined, async ({ url }) => {
      throw routeNotFound(url.pathname);
    }),
  );
  return { fetch: async (request, env = {}) => app.fetch(request, env) };
}

interface Call {
  readonly request: Request;
  readonly env: RequestEnv;
  readonly url: URL;
}

function isWrite({ method, reads }: Route): boolean {
  return method !== 'GET' && reads !== true;
}

/** Whether an error is our own doing, so that somebody must hear of it. */
function isFault(error: unknown): boolean {
  if (error instanceof Refusal) return false;
  return !isServiceError(error) || error.code === 'internal';
}

/** `/articles/{id}` as Hono writes it: `/articles/:id`. */
function honoPattern(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** Value of `Allow` for every path, in the order of the routes. */
function methodsByPath(routes: readonly Route[]): ReadonlyMap<string, string> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) {
    const found = methods.get(path) ?? [];
    methods.set(path, [...found, ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
  }
  return new Map([...methods].map(([path, names]) => [path, [...names, 'OPTIONS'].join(', ')]));
}
