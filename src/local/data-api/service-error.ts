/** An error as the service tells it: a class name, an HTTP status and a text. */
export class DataApiError extends Error {
  readonly type: string;
  readonly httpStatus: number;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(type: string, message: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.type = type;
    this.httpStatus = STATUS[type] ?? 400;
    this.extra = extra;
  }
}

/** HTTP status by class, where it is not 400 (SDK model of `rds-data`, 2018-08-01). */
const STATUS: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  ForbiddenException: 403,
  DatabaseNotFoundException: 404,
  TransactionNotFoundException: 404,
  NotFoundException: 404,
  DatabaseUnavailableException: 504,
  InternalServerErrorException: 500,
  InternalFailure: 500,
  ServiceUnavailableError: 503,
};

/** What PostgreSQL says of a failed statement, whichever driver told it. */
export interface SqlFailure {
  readonly message: string;
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
}

export function isSqlFailure(error: unknown): error is SqlFailure {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[0-9A-Z]{5}$/.test(error.code)
  );
}

/** The service's text of a failed statement: one line, `; ` between the parts, SQLState last. */
export function fromSqlFailure(failure: SqlFailure): DataApiError {
  if (failure.code === '57014') {
    return new DataApiError('StatementTimeoutException', failure.message, { dbConnectionId: 0 });
  }
  const parts = [`ERROR: ${failure.message}`];
  if (failure.detail) parts.push(`Detail: ${failure.detail}`);
  if (failure.hint) parts.push(`Hint: ${failure.hint}`);
  if (failure.position) parts.push(`Position: ${failure.position}`);
  parts.push(`SQLState: ${failure.code}`);
  return new DataApiError('DatabaseErrorException', parts.join('; '));
}
