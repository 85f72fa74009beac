import { bindAll } from './bind.ts';
import { Catalogue } from './catalogue.ts';
import type { Cluster } from './cluster.ts';
import { type RawResult, StatementTimeout } from './engine.ts';
import type { ResultOptions } from './field.ts';
import { columnMetadata } from './metadata.ts';
import type { Request } from './request.ts';
import { checkSize, checkTypes, formatRecords, printRecords } from './result.ts';
import { DataApiError } from './service-error.ts';
import type { Lease, Sessions } from './sessions.ts';
import { type LexedSql, lexSql } from './sql-lexer.ts';

/** An operation that passed every check that needs no database. */
export type Prepared = () => Promise<string>;

/** The five operations, over sessions. Each answer is JSON. */
export class Operations {
  private readonly sessions: Sessions;
  private readonly cluster: Cluster;
  private readonly timeoutMs: number;
  private readonly catalogue = new Catalogue();

  constructor(sessions: Sessions, cluster: Cluster, timeoutMs: number) {
    this.sessions = sessions;
    this.cluster = cluster;
    this.timeoutMs = timeoutMs;
  }

  /**
   * Checks a request as far as the service does by itself: what fails here wakes no cluster.
   * Errors: `ValidationException`, `BadRequestException`, those of `Cluster.check`.
   */
  prepare(operation: string, request: Request): Prepared {
    this.cluster.check(request);
    switch (operation) {
      case 'ExecuteStatement':
        return this.execute(request);
      case 'BatchExecuteStatement':
        return this.batch(request);
      case 'BeginTransaction':
        return async () => {
          this.cluster.checkDatabase(request);
          return JSON.stringify({ transactionId: await this.sessions.begin() });
        };
      case 'CommitTransaction':
        return () => this.end(request, 'COMMIT', 'Transaction Committed');
      case 'RollbackTransaction':
        return () => this.end(request, 'ROLLBACK', 'Rollback Complete');
      default:
        throw new DataApiError('BadRequestException', `${operation} is not supported.`);
    }
  }

  private async end(request: Request, verb: 'COMMIT' | 'ROLLBACK', status: string) {
    await this.sessions.end(request.transactionId ?? '', verb);
    this.catalogue.forget();
    return JSON.stringify({ transactionStatus: status });
  }

  private execute(request: Request): Prepared {
    const statement = lexed(request);
    const bound = bindAll(statement.names, request.parameters);
    const { transactionId, continueAfterTimeout: runsOn } = request;
    if (runsOn && transactionId !== undefined) {
      throw new DataApiError(
        'BadRequestException',
        'continueAfterTimeout is not supported in a transaction.',
      );
    }
    return () => {
      this.cluster.checkDatabase(request);
      return this.sessions.use(transactionId, async (lease) => {
        const { timeoutMs } = this;
        const result = await lease.query(statement.sql, bound, { timeoutMs, runsOn, last: true });
        this.catalogue.notice(statement.firstWord);
        return this.print(lease, result, request);
      });
    };
  }

  private async print(lease: Lease, result: RawResult, request: Request): Promise<string> {
    if (result.columns.length === 0) {
      return `{"generatedFields":[],"numberOfRecordsUpdated":${result.affected}}`;
    }
    checkSize(result);
    const types = await this.catalogue.typesOf(lease, result);
    checkTypes(types);
    const form: ResultOptions = {
      decimals: request.decimalReturnType,
      longs: request.longReturnType,
    };
    // For SELECT alone: other statements with rows answer with records (UG data-api-json).
    if (request.formatRecordsAs === 'JSON' && result.command === 'SELECT') {
      const formattedRecords = JSON.stringify(formatRecords(result, types, form));
      return `{"formattedRecords":${formattedRecords},"numberOfRecordsUpdated":0}`;
    }
    const records = printRecords(result, types, form);
    if (!request.includeResultMetadata) return `{"numberOfRecordsUpdated":0,"records":${records}}`;
    const from = await this.catalogue.columnsOf(lease, result);
    const metadata = result.columns.map((column, at) =>
      columnMetadata(column, types[at] as (typeof types)[number], from[at]),
    );
    return `{"columnMetadata":${JSON.stringify(metadata)},"numberOfRecordsUpdated":0,"records":${records}}`;
  }

  private batch(request: Request): Prepared {
    const statement = lexed(request);
    const sets = request.parameterSets.map((set) => bindAll(statement.names, set));
    return () => {
      this.cluster.checkDatabase(request);
      const deadlineMs = performance.now() + this.timeoutMs;
      return this.sessions.use(request.transactionId, async (lease) => {
        // The time-out is the call's, not each statement's.
        for (const [at, bound] of sets.entries()) {
          const timeoutMs = deadlineMs - performance.now();
          if (timeoutMs <= 0) throw new StatementTimeout(0);
          const last = at === sets.length - 1;
          await lease.query(statement.sql, bound, { timeoutMs, last });
        }
        this.catalogue.notice(statement.firstWord);
        // On PostgreSQL there are never generated fields, and what RETURNING said is lost.
        return JSON.stringify({ updateResults: sets.map(() => ({ generatedFields: [] })) });
      });
    };
  }
}

function lexed(request: Request): LexedSql {
  const statement = lexSql(request.sql);
  if (statement.several) {
    throw new DataApiError('ValidationException', "Multistatements aren't supported.");
  }
  // COPY speaks another protocol, which JDBC refuses within a statement.
  if (statement.firstWord === 'copy' && /\b(stdin|stdout)\b/i.test(request.sql)) {
    throw new DataApiError(
      'DatabaseErrorException',
      'ERROR: COPY commands are only supported using the CopyManager API.; SQLState: 0A000',
    );
  }
  return statement;
}
