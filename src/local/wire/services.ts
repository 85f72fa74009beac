/** What can be named in a fault: the two services, their operations, and the HTTP status of each error class. */

export type ServiceName = 'data-api' | 'dynamodb';

interface ServiceFacts {
  readonly operations: readonly string[];
  /** Operations that may answer in part, with what is left over in `UnprocessedKeys` or `UnprocessedItems`. */
  readonly batchOperations: readonly string[];
  /** The error's name and the status it has on AWS. */
  readonly errors: Readonly<Record<string, number>>;
  /** The error that stands for a bare HTTP status. */
  readonly byStatus: Readonly<Record<number, string>>;
}

/** What any AWS service may answer. Source: "Common error types" of both services' API references. */
const COMMON_ERRORS = {
  AccessDeniedException: 403,
  ExpiredTokenException: 403,
  IncompleteSignature: 403,
  InternalFailure: 500,
  InvalidSignatureException: 403,
  MalformedHttpRequestException: 400,
  NotAuthorized: 401,
  OptInRequired: 403,
  RequestAbortedException: 400,
  RequestEntityTooLargeException: 413,
  RequestExpired: 400,
  RequestTimeoutException: 408,
  ServiceUnavailable: 503,
  ThrottlingException: 400,
  UnknownOperationException: 404,
  UnrecognizedClientException: 403,
  ValidationError: 400,
  ValidationException: 400,
};

/**
 * Sources: the service models in `@aws-sdk/client-rds-data` 3.1143.0 and `@aws-sdk/client-dynamodb` 3.1162.0
 * (status and fault of each modelled exception), and AWS's pages "Common errors" of both services for
 * those that no model names (throttling, credentials).
 */
export const SERVICES: Readonly<Record<ServiceName, ServiceFacts>> = {
  'data-api': {
    operations: [
      'BatchExecuteStatement',
      'BeginTransaction',
      'CommitTransaction',
      'ExecuteStatement',
      'RollbackTransaction',
    ],
    batchOperations: [],
    errors: {
      ...COMMON_ERRORS,
      BadRequestException: 400,
      DatabaseErrorException: 400,
      DatabaseNotFoundException: 404,
      DatabaseResumingException: 400,
      DatabaseUnavailableException: 504,
      ForbiddenException: 403,
      HttpEndpointNotEnabledException: 400,
      InternalServerErrorException: 500,
      InvalidResourceStateException: 400,
      InvalidSecretException: 400,
      NotFoundException: 404,
      SecretsErrorException: 400,
      ServiceUnavailableError: 503,
      StatementTimeoutException: 400,
      TooManyRequestsException: 429,
      TransactionNotFoundException: 404,
      UnsupportedResultException: 400,
    },
    byStatus: {
      400: 'BadRequestException',
      403: 'ForbiddenException',
      404: 'NotFoundException',
      429: 'TooManyRequestsException',
      500: 'InternalServerErrorException',
      503: 'ServiceUnavailableError',
      504: 'DatabaseUnavailableException',
    },
  },
  dynamodb: {
    operations: [
      'BatchGetItem',
      'BatchWriteItem',
      'CreateTable',
      'DeleteItem',
      'DeleteTable',
      'DescribeTable',
      'DescribeTimeToLive',
      'GetItem',
      'ListTables',
      'ListTagsOfResource',
      'PutItem',
      'Query',
      'Scan',
      'TagResource',
      'TransactGetItems',
      'TransactWriteItems',
      'UntagResource',
      'UpdateItem',
      'UpdateTable',
      'UpdateTimeToLive',
    ],
    batchOperations: ['BatchGetItem', 'BatchWriteItem'],
    errors: {
      ...COMMON_ERRORS,
      AccessDeniedException: 400,
      ConditionalCheckFailedException: 400,
      ExpiredTokenException: 400,
      IdempotentParameterMismatchException: 400,
      IncompleteSignatureException: 400,
      InternalServerError: 500,
      InvalidSignatureException: 400,
      ItemCollectionSizeLimitExceededException: 400,
      LimitExceededException: 400,
      MissingAuthenticationTokenException: 400,
      ProvisionedThroughputExceededException: 400,
      ReplicatedWriteConflictException: 400,
      RequestLimitExceeded: 400,
      ResourceInUseException: 400,
      ResourceNotFoundException: 400,
      SerializationException: 400,
      TransactionCanceledException: 400,
      TransactionConflictException: 400,
      TransactionInProgressException: 400,
      UnknownOperationException: 400,
      UnrecognizedClientException: 400,
    },
    byStatus: {
      400: 'ValidationException',
      429: 'ThrottlingException',
      500: 'InternalServerError',
      503: 'ServiceUnavailable',
    },
  },
};

export function isServiceName(value: unknown): value is ServiceName {
  return typeof value === 'string' && Object.hasOwn(SERVICES, value);
}
