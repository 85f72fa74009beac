import { bindAll } from './bind.ts';
import {
  checkSize,
  MAX_RESULT_BYTES,
  type ResultOptions,
  toFormattedRecords,
  toMetadata,
  toRecords,
} from './result.ts';
import { DataApiError } from './service-error.ts';
import type { Sessions } from './sessions.ts';
import { lexSql } from './sql-lexer.ts';

type Body = Readonly<Record<string, unknown>>;

export interface Settings {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
}

/** Statements that give rows back whatever their command. */
const RETURNS_ROWS = /^(SELECT|VALUES|SHOW|EXPLAIN|FETCH|TABLE)/;

/** The five operations, over sessions. */
export class Operations {
  private readonly sessions: Sessions;
  private readonly settings: Settings;

  constructor(sessions: Sessions, settings: Settings) {
    this.sessions = sessions;
    this.settings = settings;
  }

  async run(operation: string, body: Body): Promise<unknown> {
    this.checkAddress(body);
    switch (operation) {
      case 'ExecuteStatement':
        return this.execute(body);
      case 'BatchExecuteStatement':
        return this.batch(body);
      case 'BeginTransaction':
        this.checkDatabase(body);
        return { transactionId: await this.sessions.begin() };
      case 'CommitTransaction':
        await this.sessions.end(required(body, 'transactionId'), 'COMMIT');
        return { transactionStatus: 'Transaction Committed' };
      case 'RollbackTransaction':
        await this.sessions.end(required(body, 'transactionId'), 'ROLLBACK');
        return { transactionStatus: 'Rollback Complete' };
      default:
        throw new DataApiError('BadRequestException', `${operation} is not supported.`);
    }
  }

  private checkAddress(body: Body): void {
    const resourceArn = required(body, 'resourceArn');
    const secretArn = required(body, 'secretArn');
    if (resourceArn !== this.settings.resourceArn) {
      throw new DataApiError('DatabaseNotFoundException', `DB cluster ${resourceArn} not found.`);
    }
    if (secretArn !== this.settings.secretArn) {
      throw new DataApiError(
        'SecretsErrorException',
        `Secret ${secretArn} could not be retrieved.`,
      );
    }
    if (body.schema !== undefined) {
      throw new DataApiError('ValidationException', "The schema parameter isn't supported");
    }
  }

  private checkDatabase(body: Body): void {
    const database = body.database ?? 'tandem_user';
    if (body.transactionId === undefined && database !== this.settings.database) {
      throw new DataApiError(
        'DatabaseErrorException',
        `ERROR: database "${String(database)}" does not exist; SQLState: 3D000`,
      );
    }
  }

  private prepare(body: Body): { sql: string; names: readonly string[] } {
    this.checkDatabase(body);
    const lexed = lexSql(required(body, 'sql'));
    if (lexed.several) {
      throw new DataApiError('ValidationException', "Multistatements aren't supported.");
    }
    return lexed;
  }

  private async execute(body: Body): Promise<unknown> {
    const { sql, names } = this.prepare(body);
    const bound = bindAll(names, body.parameters);
    const options = resultOptions(body);
    return this.sessions.use(transactionId(body), async (session) => {
      const result = await session.query(sql, bound, unlimited(body));
      if (result.fields.length === 0) {
        return { numberOfRecordsUpdated: result.affected, generatedFields: [] };
      }
      checkSize(result, MAX_RESULT_BYTES);
      if (body.formatRecordsAs === 'JSON' && RETURNS_ROWS.test(result.command)) {
        return { formattedRecords: toFormattedRecords(result, options), numberOfRecordsUpdated: 0 };
      }
      return {
        numberOfRecordsUpdated: 0,
        records: toRecords(result, options),
        ...(body.includeResultMetadata === true ? { columnMetadata: toMetadata(result) } : {}),
      };
    });
  }

  private async batch(body: Body): Promise<unknown> {
    const { sql, names } = this.prepare(body);
    const sets = Array.isArray(body.parameterSets) ? body.parameterSets : [];
    return this.sessions.use(transactionId(body), async (session) => {
      const updateResults: unknown[] = [];
      for (const set of sets) {
        const bound = bindAll(names, set);
        await session.query(sql, bound, unlimited(body));
        updateResults.push({ generatedFields: [] });
      }
      return { updateResults };
    });
  }
}

/** `continueAfterTimeout`: the statement runs on past 45 s. */
function unlimited(body: Body): boolean {
  return body.continueAfterTimeout === true;
}

function resultOptions(body: Body): ResultOptions {
  const options = (body.resultSetOptions ?? {}) as Body;
  return {
    decimals: options.decimalReturnType === 'DOUBLE_OR_LONG' ? 'DOUBLE_OR_LONG' : 'STRING',
    longs: options.longReturnType === 'STRING' ? 'STRING' : 'LONG',
  };
}

function transactionId(body: Body): string | undefined {
  const id = body.transactionId;
  return typeof id === 'string' ? id : undefined;
}

function required(body: Body, name: string): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '') {
    throw new DataApiError('BadRequestException', `${name} is required.`);
  }
  return value;
}
