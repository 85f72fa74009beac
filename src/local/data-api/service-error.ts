import { ConnectionLost, NoSession, StatementTimeout } from './engine.ts';

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
  UnknownOperationException: 404,
  DatabaseUnavailableException: 504,
  InternalServerErrorException: 500,
  InternalFailure: 500,
  ServiceUnavailableError: 503,
};

/** What PostgreSQL says of a failed statement, whichever driver told it. */
interface SqlFailure {
  readonly message: string;
  readonly code: string;
  readonly severity: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
}

/** The error of a call, whatever was thrown. */
export function toServiceError(error: unknown): DataApiError {
  if (error instanceof DataApiError) return error;
  if (error instanceof StatementTimeout) {
    return new DataApiError('StatementTimeoutException', error.message, {
      dbConnectionId: error.connectionId,
    });
  }
  if (error instanceof ConnectionLost) {
    return new DataApiError('DatabaseUnavailableException', error.message);
  }
  if (error instanceof NoSession) {
    const text = 'FATAL: sorry, too many clients already; SQLState: 53300';
    return new DataApiError('DatabaseErrorException', text);
  }
  if (isSqlFailure(error)) return fromSqlFailure(error);
  return new DataApiError('InternalServerErrorException', 'InternalServerError');
}

function isSqlFailure(error: unknown): error is SqlFailure {
  return error instanceof Error && 'code' in error && 'severity' in error;
}

/** A statement was cancelled: by the time-out a session set itself, or by hand. */
const QUERY_CANCELLED = '57014';

const PROTOCOL_VIOLATION = '08P01';

/** The service's text of a failed statement: one line, `; ` between the parts, SQLState last. */
function fromSqlFailure(failure: SqlFailure): DataApiError {
  const { code, severity, detail, hint, position } = failure;
  if (code === QUERY_CANCELLED) {
    return new DataApiError('StatementTimeoutException', failure.message, { dbConnectionId: 0 });
  }
  // Told without severity and without the name of the statement (simiancraft/drizzle-kit-rds-data-api-repro).
  const message =
    code === PROTOCOL_VIOLATION
      ? failure.message.replace('statement ""', 'statement')
      : `${severity}: ${failure.message}`;
  const parts = [message];
  if (detail) parts.push(`Detail: ${detail}`);
  if (hint) parts.push(`Hint: ${hint}`);
  if (position) parts.push(`Position: ${position}`);
  parts.push(`SQLState: ${code}`);
  return new DataApiError('DatabaseErrorException', parts.join('; '));
}
