/** What PostgreSQL said: the same whether it came over the Data API, as one line of text, or direct. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  /** Five characters; https://www.postgresql.org/docs/17/errcodes-appendix.html */
  readonly sqlState: string;
  /** The constraint that was broken, where there is one. */
  readonly constraint: string | undefined;

  constructor(message: string, sqlState: string, constraint: string | undefined, cause: unknown) {
    super(message, { cause });
    this.sqlState = sqlState;
    this.constraint = constraint;
  }
}

/** SQLState of an error or of what caused it; undefined when PostgreSQL did not cause it. */
export function sqlState(error: unknown): string | undefined {
  return findSqlError(error)?.sqlState;
}

/** Name of the constraint that an error or what caused it is about. */
export function constraintOf(error: unknown): string | undefined {
  return findSqlError(error)?.constraint;
}

/** Reads an error of the Data API or of `pg`; undefined when it tells no SQLState. */
export function toSqlError(thrown: unknown): SqlError | undefined {
  if (thrown instanceof SqlError) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  const direct = thrown as Error & { code?: unknown; constraint?: unknown; severity?: unknown };
  // Node's own codes, such as EPIPE, may look like a SQLState, but have no severity.
  if (
    direct.severity !== undefined &&
    typeof direct.code === 'string' &&
    SQL_STATE.test(direct.code)
  ) {
    const constraint = typeof direct.constraint === 'string' ? direct.constraint : undefined;
    return new SqlError(thrown.message, direct.code, constraint, thrown);
  }
  if (!isDataApiName(thrown.name)) return undefined;
  // The state stands last; a value of a user's quoted before it may look like one too.
  const state = [...thrown.message.matchAll(/SQLState:\s*([0-9A-Z]{5})/g)].at(-1)?.[1];
  if (state === undefined) return undefined;
  const constraint = state.startsWith('23') ? readConstraint(thrown.message) : undefined;
  return new SqlError(thrown.message, state, constraint, thrown);
}

const SQL_STATE = /^[0-9A-Z]{5}$/;

/** Older v2 clusters answered every SQL error as `BadRequestException`. */
function isDataApiName(name: string): boolean {
  return name === 'DatabaseErrorException' || name === 'BadRequestException';
}

function readConstraint(message: string): string | undefined {
  // The first match is PostgreSQL's own sentence; `Detail:` with the user's values comes after it.
  return /violates (?:unique|check|foreign key|exclusion) constraint "([^"]+)"/.exec(message)?.[1];
}

function findSqlError(error: unknown): SqlError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof SqlError) return at;
  }
  return undefined;
}
