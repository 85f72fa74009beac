import { isWireError, type WireError } from './dynalite.ts';

/** The namespace AWS puts before the name of an error; SDKs cut it off again. */
const NAMESPACES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'com.amazon.coral.service',
  ExpiredTokenException: 'com.amazon.coral.service',
  IncompleteSignatureException: 'com.amazon.coral.service',
  InternalFailure: 'com.amazon.coral.service',
  InvalidSignatureException: 'com.amazon.coral.service',
  MissingAuthenticationTokenException: 'com.amazon.coral.service',
  SerializationException: 'com.amazon.coral.service',
  ServiceUnavailable: 'com.amazon.coral.availability',
  ThrottlingException: 'com.amazon.coral.availability',
  UnknownOperationException: 'com.amazon.coral.service',
  UnrecognizedClientException: 'com.amazon.coral.service',
  ValidationException: 'com.amazon.coral.validate',
};

/** An error as AWS would answer it: `statusCode` and the JSON `body`. */
export function awsError(name: string, message?: string, statusCode = 400): WireError {
  const namespace = NAMESPACES[name] ?? 'com.amazonaws.dynamodb.v20120810';
  return Object.assign(new Error(message ?? name), {
    statusCode,
    body: { __type: `${namespace}#${name}`, ...(message === undefined ? {} : { message }) },
  });
}

/** Whatever was thrown, as an answer: what is no AWS error is ours to answer for, with status 500. */
export function toWireError(error: unknown): WireError {
  if (isWireError(error)) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const failure = awsError('InternalServerError', `The local DynamoDB failed: ${detail}`, 500);
  failure.cause = error;
  return failure;
}
