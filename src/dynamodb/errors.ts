import { ServiceError } from '../domain/index.ts';

/** Only a change of the deployment ends these; the text says what to look at. */
const MISCONFIGURED: Readonly<Record<string, string>> = {
  AccessDeniedException: 'the role may not do this on the table',
  UnrecognizedClientException: 'the AWS credentials are not valid',
  InvalidSignatureException: 'the AWS credentials or the clock are wrong',
  IncompleteSignatureException: 'the AWS credentials are incomplete',
  MissingAuthenticationTokenException: 'there are no AWS credentials',
  ExpiredTokenException: 'the AWS credentials have expired',
  CredentialsProviderError: 'there are no AWS credentials',
  ResourceNotFoundException: 'the table does not exist in this region',
};

/** DynamoDB's, or the way to it, in trouble that passes. */
const AWAY = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'LimitExceededException',
  'InternalServerError',
  'InternalFailure',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'TransactionConflictException',
  'ReplicatedWriteConflictException',
  'TransactionInProgressException',
  'ResourceInUseException',
  'TimeoutError',
  'AbortError',
  // A proxy's HTML page instead of JSON: the SDK lets the parser's error through.
  'SyntaxError',
]);

const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
]);

const LOST = /socket hang up|network socket disconnected|aborted|premature close/i;

/** When to come again: DynamoDB's troubles pass in seconds. */
const RETRY_AFTER_SECONDS = 1;

/**
 * The error of a vendor's error, in the words of the domain; the original is its cause.
 * `hint` says what is set up wrongly, where that is the reason.
 */
export function translateError(
  op: string,
  thrown: unknown,
): { readonly error: ServiceError; readonly hint?: string } {
  if (thrown instanceof ServiceError) return { error: thrown };
  const { name, message, code, status } = features(thrown);
  const hint = Object.hasOwn(MISCONFIGURED, name) ? MISCONFIGURED[name] : undefined;
  if (hint !== undefined) return { error: misconfigured(op, thrown), hint };
  const passes = AWAY.has(name) || AWAY_CODES.has(code) || status >= 500 || LOST.test(message);
  return { error: passes ? unavailable(op, thrown) : internal(op, thrown) };
}

/** DynamoDB could not do it now, or not all of it. */
export function unavailable(op: string, cause?: unknown): ServiceError {
  return new ServiceError('unavailable', op, 'DynamoDB cannot answer now.', {
    reason: 'dynamodb_unavailable',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });
}

/** DynamoDB failed so often just now that it was not asked. */
export function circuitOpen(op: string): ServiceError {
  return unavailable(op, new Error('Calls are kept back: most of the last ones failed'));
}

/** The error of a call whose time was up. */
export function timedOut(op: string, cause?: unknown): ServiceError {
  return new ServiceError('timeout', op, 'DynamoDB did not answer in time.', { cause });
}

/** The error of a call whose caller went away. */
export function cancelled(op: string, cause?: unknown): ServiceError {
  return new ServiceError('timeout', op, 'The request was given up.', {
    reason: 'cancelled',
    cause,
  });
}

/** The error of something that no item can hold. */
export function tooLarge(op: string, what: string, bytes: number): ServiceError {
  return new ServiceError('too_large', op, `${what} is larger than can be stored.`, {
    reason: 'dynamodb_item_too_large',
    details: { bytes },
  });
}

/** The error of our own bug, or of an item that this code did not write. */
export function internal(op: string, cause: unknown): ServiceError {
  return new ServiceError('internal', op, 'DynamoDB refused the call.', { cause });
}

/** Whether it says that DynamoDB could not be asked, rather than that something is wrong. */
export function isAway(error: unknown): error is ServiceError {
  return (
    error instanceof ServiceError && (error.code === 'unavailable' || error.code === 'timeout')
  );
}

/** Unavailable for good, as far as a caller can see: nothing says when to come again. */
function misconfigured(op: string, cause: unknown): ServiceError {
  return new ServiceError('unavailable', op, 'DynamoDB cannot answer now.', {
    reason: 'dynamodb_unavailable',
    cause,
  });
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
