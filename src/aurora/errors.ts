import { ServiceError } from '../domain/index.ts';
import { type SqlError, toSqlError } from './sql-error.ts';

/**
 * No direct connection in time. A paused cluster holds a connection attempt until it has resumed, so this
 * is how it looks from here; a network that swallows packets looks the same.
 */
export class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError';

  constructor(options: ErrorOptions) {
    super('No connection in time', options);
  }
}

/** Whether a failed call may be sent again: `always` when it surely did not take effect. */
export type Repeat = 'always' | 'if_repeatable' | 'never';

/** A vendor's error, understood. */
export interface Trouble {
  readonly error: ServiceError;
  readonly repeat: Repeat;
  /** The cluster is waking up; nothing ran. */
  readonly resuming: boolean;
  readonly throttled: boolean;
  /** The database itself answered, so it is awake. */
  readonly answered: boolean;
  /** Only a change of the deployment ends this; the text says what to look at. */
  readonly misconfigured?: string;
}

const MISCONFIGURED: Readonly<Record<string, string>> = {
  AccessDeniedException: 'the role may not call the Data API on this cluster',
  ForbiddenException: 'the role may not call the Data API on this cluster',
  UnrecognizedClientException: 'the AWS credentials are not valid',
  InvalidSignatureException: 'the AWS credentials or the clock are wrong',
  MissingAuthenticationTokenException: 'there are no AWS credentials',
  ExpiredTokenException: 'the AWS credentials have expired',
  CredentialsProviderError: 'there are no AWS credentials',
  DatabaseNotFoundException: 'the cluster has no DB instance',
  NotFoundException: 'the cluster or the secret does not exist',
  HttpEndpointNotEnabledException: 'the Data API is not enabled, or the ARN is not the cluster’s',
  InvalidSecretException: 'the secret lacks username and password',
  SecretsErrorException: 'the secret cannot be read',
};

/** By SQLState. https://www.postgresql.org/docs/17/errcodes-appendix.html */
const MISCONFIGURED_SQL: Readonly<Record<string, string>> = {
  '28P01': 'the password in the secret is wrong',
  '28000': 'the database user is not allowed in',
  '3D000': 'the database does not exist',
  '42501': 'the database user lacks a privilege',
};

const THROTTLED = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
]);

const AWAY = new Set([
  'DatabaseUnavailableException',
  'ServiceUnavailableError',
  'ServiceUnavailableException',
  'InternalServerErrorException',
  'InternalFailure',
  'InternalServerError',
]);

/** The connection was never made: nothing was sent. */
const UNREACHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

const BROKEN = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** `pg` tells a lost connection by its text alone. */
const LOST = /^(Connection terminated|Client has encountered a connection error)/;

const ASLEEP_V1 = 'Communications link failure';

/**
 * Turns what the SDK, the Data API, `pg` or a socket threw into a `ServiceError` that keeps it as its
 * cause, and tells whether to send again. The only place that reads vendor names and texts.
 */
export function translateError(op: string, thrown: unknown): Trouble {
  if (thrown instanceof ServiceError) return trouble(thrown, 'never');
  const { name, message, code, status } = features(thrown);
  if (
    name === 'DatabaseResumingException' ||
    name === 'ConnectTimeoutError' ||
    isAsleepV1(name, message)
  ) {
    return { ...trouble(unavailable(op, thrown), 'always'), resuming: true };
  }
  const sqlError = toSqlError(thrown);
  if (sqlError) return sqlTrouble(op, sqlError);
  if (THROTTLED.has(name) || status === 429) {
    const error = unavailable(op, thrown, 'throttled', 1);
    return { ...trouble(error, 'always'), throttled: true };
  }
  if (UNREACHED.has(code)) return trouble(unavailable(op, thrown), 'always');
  const misconfigured = MISCONFIGURED[name];
  if (misconfigured !== undefined) {
    // Of a clock that is off the SDK learns by the refusal: the next signature is right.
    const repeat = name === 'InvalidSignatureException' ? 'always' : 'never';
    return { ...trouble(misconfiguredError(op, thrown), repeat), misconfigured };
  }
  if (name === 'StatementTimeoutException') return trouble(timedOut(op, thrown), 'never');
  if (name === 'UnsupportedResultException') {
    return { ...trouble(unsupportedResult(op, thrown, message), 'never'), answered: true };
  }
  if (name === 'TransactionNotFoundException' || name === 'InvalidResourceStateException') {
    return trouble(unavailable(op, thrown), 'never');
  }
  if (AWAY.has(name) || status >= 500 || BROKEN.has(code) || name === 'TimeoutError') {
    return trouble(unavailable(op, thrown), 'if_repeatable');
  }
  if (LOST.test(message)) return trouble(unavailable(op, thrown), 'if_repeatable');
  // A proxy's HTML page instead of JSON: the SDK lets the parser's error through.
  if (name === 'SyntaxError') return trouble(unavailable(op, thrown), 'if_repeatable');
  return trouble(internal(op, thrown), 'never');
}

/** Aurora failed so often just now that it was not asked. */
export function circuitOpen(op: string): Trouble {
  const cause = new Error('Calls are kept back: most of the last ones failed');
  return trouble(unavailable(op, cause), 'never');
}

/** The error of a call whose time was up. */
export function timedOut(op: string, cause?: unknown): ServiceError {
  return new ServiceError('timeout', op, 'Aurora did not answer in time.', { cause });
}

/** The error of a call whose caller went away. */
export function cancelled(op: string, cause?: unknown): ServiceError {
  return new ServiceError('timeout', op, 'The request was given up.', {
    reason: 'cancelled',
    cause,
  });
}

/** The error of a statement whose transaction ended with its connection. */
export function connectionLost(op: string): ServiceError {
  return unavailable(op, new Error('The connection was lost in a transaction'));
}

/** The error of a request beyond `REQUEST_BYTES`. */
export function requestTooLarge(op: string, bytes: number): ServiceError {
  return new ServiceError('too_large', op, 'This is more than Aurora takes in one request.', {
    reason: 'aurora_request_too_large',
    details: { bytes },
  });
}

function sqlTrouble(op: string, cause: SqlError): Trouble {
  const { sqlState } = cause;
  const of = (error: ServiceError, repeat: Repeat): Trouble => ({
    ...trouble(error, repeat),
    answered: true,
  });
  const misconfigured = MISCONFIGURED_SQL[sqlState];
  if (misconfigured !== undefined) {
    // While a managed secret rotates, the old password is refused for a moment.
    const repeat = sqlState === '28P01' ? 'always' : 'never';
    return { ...of(misconfiguredError(op, cause), repeat), misconfigured };
  }
  switch (sqlState) {
    case '40001': // serialization_failure
    case '40P01': // deadlock_detected
    case '55P03': // lock_not_available
    case '53300': // too_many_connections
    case '57P05': // idle_session_timeout
      return of(unavailable(op, cause, undefined, 1), 'always');
    case '57P03': // cannot_connect_now: it is starting
      return { ...trouble(unavailable(op, cause), 'always'), resuming: true };
    case '57014': // query_canceled
      return of(timedOut(op, cause), 'never');
    case '57P01': // admin_shutdown
    case '57P02': // crash_shutdown
      return of(unavailable(op, cause), 'if_repeatable');
    case '25006': // read_only_sql_transaction: a failover is under way
      return of(unavailable(op, cause), 'always');
    case '08P01': // protocol_violation
      return of(internal(op, cause), 'never');
    case '54000': // program_limit_exceeded, as a key longer than an index takes
      return of(unholdable(op, cause), 'never');
    case '23502': // not_null_violation
    case '23514': // check_violation
      return of(internal(op, cause), 'never');
  }
  switch (sqlState.slice(0, 2)) {
    case '08':
      return of(unavailable(op, cause), 'if_repeatable');
    case '22':
      return of(unholdable(op, cause), 'never');
    case '23':
      return of(
        new ServiceError('conflict', op, 'Another record is in the way.', { cause }),
        'never',
      );
    case '53':
    case '58':
      return of(unavailable(op, cause), 'if_repeatable');
    default:
      return of(internal(op, cause), 'never');
  }
}

function trouble(error: ServiceError, repeat: Repeat): Trouble {
  return { error, repeat, resuming: false, throttled: false, answered: false };
}

function unavailable(
  op: string,
  cause: unknown,
  reason = 'aurora_unavailable',
  retryAfterSeconds = 2,
): ServiceError {
  return new ServiceError('unavailable', op, 'Aurora cannot answer now.', {
    reason,
    cause,
    retryAfterSeconds,
  });
}

/** Unavailable for good, as far as a caller can see: nothing says when to come again. */
function misconfiguredError(op: string, cause: unknown): ServiceError {
  return new ServiceError('unavailable', op, 'Aurora cannot answer now.', {
    reason: 'aurora_unavailable',
    cause,
  });
}

function internal(op: string, cause: unknown): ServiceError {
  return new ServiceError('internal', op, 'Aurora refused the statement.', { cause });
}

function unholdable(op: string, cause: unknown): ServiceError {
  return new ServiceError('invalid', op, 'A value is not one that the database can hold.', {
    cause,
  });
}

function unsupportedResult(op: string, cause: unknown, message: string): ServiceError {
  // One name stands for an unsupported type and for a result that is too large.
  if (!/size limit|too large|response size/i.test(message)) return internal(op, cause);
  return new ServiceError('too_large', op, 'The answer is more than Aurora gives at once.', {
    reason: 'aurora_result_too_large',
    cause,
  });
}

function isAsleepV1(name: string, message: string): boolean {
  return name === 'BadRequestException' && message.includes(ASLEEP_V1);
}

function features(thrown: unknown): {
  name: string;
  message: string;
  code: string;
  status: number;
} {
  if (typeof thrown !== 'object' || thrown === null) {
    return { name: '', message: String(thrown), code: '', status: 0 };
  }
  const { name, message, code, $metadata } = thrown as Record<string, unknown>;
  const status = ($metadata as { httpStatusCode?: unknown } | undefined)?.httpStatusCode;
  return {
    name: typeof name === 'string' ? name : '',
    message: typeof message === 'string' ? message : '',
    code: typeof code === 'string' ? code : '',
    status: typeof status === 'number' ? status : 0,
  };
}
