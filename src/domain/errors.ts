/** What kind of failure this is. `http/problem.ts` turns each into a status; nothing else does. */
export type ErrorCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'gone'
  | 'precondition_failed'
  | 'unprocessable'
  | 'too_large'
  | 'throttled'
  | 'unavailable'
  | 'timeout'
  | 'internal';

/** One fault in what a caller sent: where it is, what is wrong, what would be right. */
export interface InputFault {
  /** JSON pointer into the body (RFC 6901), such as `/topics/0/weight`. */
  readonly pointer?: string;
  /** Name of the query parameter, path parameter or header. */
  readonly parameter?: string;
  /** 0-based offset in UTF-16 code units inside the named text; its length means the end. */
  readonly position?: number;
  /** Stable snake_case word. */
  readonly code: string;
  readonly detail: string;
  /** What the caller probably meant. */
  readonly suggestion?: string;
}

export interface ServiceErrorOptions {
  /** Finer stable word for the problem's `code`, such as `aurora_asleep`; the error code itself when absent. */
  readonly reason?: string;
  readonly cause?: unknown;
  readonly retryAfterSeconds?: number;
  readonly faults?: readonly InputFault[];
  /** Further members of the problem document, such as `existing`. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * The one error class. `op` names the operation that failed (`aurora.find`), `message` is safe to show to a
 * caller unless `code` is `internal`; vendor text stays in `cause`.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly op: string;
  readonly reason: string;
  readonly retryAfterSeconds: number | undefined;
  readonly faults: readonly InputFault[];
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(code: ErrorCode, op: string, message: string, options: ServiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.op = op;
    this.reason = options.reason ?? code;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.faults = options.faults ?? [];
    this.details = options.details ?? {};
  }
}

export function isServiceError(error: unknown, code?: ErrorCode): error is ServiceError {
  return error instanceof ServiceError && (code === undefined || error.code === code);
}

/** The error of a caller's bad input; `faults` name each place. */
export function invalid(
  op: string,
  message: string,
  faults: readonly InputFault[],
  reason?: string,
): ServiceError {
  return new ServiceError('invalid', op, message, {
    faults,
    ...(reason === undefined ? {} : { reason }),
  });
}
