import { type ErrorCode, isServiceError, ServiceError } from '../domain/index.ts';
import { MAX_TOLD_FAULTS } from './limits.ts';

/** Failures that only HTTP knows: they concern the form of a request, not what it asks for. */
export type RefusalCode = 'method_not_allowed' | 'not_acceptable' | 'unsupported_media_type';

/** The one place where a failure becomes a status. */
export const STATUS: Readonly<Record<ErrorCode | RefusalCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  conflict: 409,
  gone: 410,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media_type: 415,
  unprocessable: 422,
  throttled: 429,
  internal: 500,
  unavailable: 503,
  timeout: 504,
};

/** RFC 9110 §15; with the type `about:blank` the title is the status in words (RFC 9457 §4.2.1). */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** Seconds after which to try again, where the store that failed did not say: a failover or a burst is over by then, as a rule. */
const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = { throttled: 1, unavailable: 2 };

/** A request refused for its form. `headers` say what would do, such as `Allow`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: RefusalCode, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.code = code;
    this.headers = headers;
  }
}

/** The `reason` of a request that came without a token at all: RFC 6750 §3.1 gives it no error code. */
export const TOKEN_MISSING = 'token_missing';

/**
 * The problem document (RFC 9457) of an error. What is neither a `ServiceError` nor a `Refusal` is
 * `internal`, and of that only the request's id is told.
 */
export function problemOf(
  error: unknown,
  request: { readonly id: string; readonly path: string },
): Response {
  if (error instanceof Refusal) {
    return answer(STATUS[error.code], request, error.code, error.message, {}, error.headers);
  }
  if (!isServiceError(error) || error.code === 'internal') {
    const detail = 'Something failed here that should not. The request id tells us what.';
    return answer(STATUS.internal, request, 'internal', detail, {}, {});
  }
  const { faults, details } = error;
  return answer(
    STATUS[error.code],
    request,
    error.reason,
    error.message,
    { ...(faults.length === 0 ? {} : { errors: faults.slice(0, MAX_TOLD_FAULTS) }), ...details },
    headersOf(error),
  );
}

function headersOf(error: ServiceError): Record<string, string> {
  const headers: Record<string, string> = {};
  const seconds = error.retryAfterSeconds ?? RETRY_AFTER_SECONDS[error.code];
  if (seconds !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(seconds)));
  if (error.code === 'forbidden') {
    headers['www-authenticate'] = 'Bearer error="insufficient_scope"';
  } else if (error.code === 'unauthenticated') {
    const isMissing = error.reason === TOKEN_MISSING;
    headers['www-authenticate'] = isMissing ? 'Bearer' : 'Bearer error="invalid_token"';
  }
  return headers;
}

function answer(
  status: number,
  request: { readonly id: string; readonly path: string },
  code: string,
  detail: string,
  more: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
): Response {
  const document = {
    type: 'about:blank',
    title: TITLES[status],
    status,
    detail,
    instance: uriPath(request.path),
    code,
    requestId: request.id,
    ...more,
  };
  return new Response(JSON.stringify(document), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...headers,
    },
  });
}

/** The path as a URI reference: what is no escape has its percent sign escaped. */
function uriPath(path: string): string {
  return path
    .replace(/%(?![0-9A-Fa-f]{2})/g, '%25')
    .replace(/[^\x21-\x7e]|["<>\\^`{|}[\]]/g, (c) => encodeURIComponent(c));
}

/** An error as one line, for an item of a batch: its code, and what is wrong where. */
export function itemError(error: ServiceError): {
  readonly code: string;
  readonly detail: string;
} {
  if (error.code === 'internal') return { code: 'internal', detail: 'Something failed here.' };
  const [fault] = error.faults;
  if (fault === undefined) return { code: error.reason, detail: error.message };
  const meant = fault.suggestion === undefined ? '' : ` (perhaps ${fault.suggestion})`;
  const place = fault.pointer ?? fault.parameter;
  return {
    code: error.reason,
    detail: `${place ? `${place}: ` : ''}${fault.detail}${meant}`,
  };
}

/** The error of something that has no route, or of a resource nobody knows. */
export function routeNotFound(path: string): ServiceError {
  return new ServiceError('not_found', 'http.route', `There is nothing at ${path.slice(0, 256)}.`, {
    reason: 'route_not_found',
  });
}
