import type {
  ColumnMetadata,
  ExecuteStatementRequest,
  ExecuteStatementResponse,
  Field,
  RDSData,
  SqlParameter,
} from '@aws-sdk/client-rds-data';
import { ServiceError } from '../domain/index.ts';
import type { Caller, Meter, Scope, Send } from './caller.ts';
import type { DataApiClient } from './data-api-dialect.ts';
import { countBytes } from './data-api-sdk.ts';
import { decodeRecords } from './decode-fields.ts';
import { decodeFormatted, type ResultShapes } from './decode-json.ts';

type Method = 'executeStatement' | 'beginTransaction' | 'commitTransaction' | 'rollbackTransaction';
type Options = { readonly abortSignal: AbortSignal };

/**
 * The client that kysely-data-api drives, bound to one operation of one caller. Sends under the caller's
 * deadline, asks for exact numbers, and answers with decoded values in the place of fields.
 */
export function createDataApiClient(
  sdk: Pick<RDSData, Method>,
  caller: Caller,
  scope: Scope,
  shapes: ResultShapes,
): DataApiClient {
  /** The package passes `transactionId: undefined`; it is left out. */
  function sendOf<I extends object, O>(
    input: I,
    send: (input: I, options: Options) => Promise<O>,
  ): Send<O> {
    return (signal, meter: Meter) => {
      const sent = { ...input };
      countBytes(sent, scope.op, meter);
      return send(sent, { abortSignal: signal });
    };
  }

  async function execute(
    input: ExecuteStatementRequest,
    asJson: boolean,
  ): Promise<ExecuteStatementResponse> {
    const request = exactRequest(input, asJson, scope.op);
    return caller.call(
      scope,
      { operation: 'ExecuteStatement', inTransaction: request.transactionId !== undefined },
      sendOf(request, (sent, options) => sdk.executeStatement(sent, options)),
    );
  }

  return {
    async executeStatement(input) {
      const statement = input.sql ?? '';
      const shape = shapes.get(statement);
      const answer = await execute(input, shape !== undefined);
      if (shape === undefined || answer.formattedRecords === undefined) {
        return readTyped(shapes, statement, answer);
      }
      const rows = decodeFormatted(shape, answer.formattedRecords);
      if (rows) return { columnMetadata: shape.columns.map(nameOnly), records: rows.map(asFields) };
      shapes.refuse(statement);
      if (!scope.repeatable) throw unreadable(scope.op);
      return readTyped(shapes, statement, await execute(input, false));
    },

    async beginTransaction(input) {
      const answer = await caller.call(
        scope,
        { operation: 'BeginTransaction', inTransaction: false },
        sendOf(input, (sent, options) => sdk.beginTransaction(sent, options)),
      );
      if (answer.transactionId === undefined) {
        throw new ServiceError('internal', scope.op, 'BeginTransaction answered without an id');
      }
      return answer;
    },

    commitTransaction: (input) =>
      caller.call(
        scope,
        { operation: 'CommitTransaction', inTransaction: true },
        sendOf(input, (sent, options) => sdk.commitTransaction(sent, options)),
      ),

    rollbackTransaction: (input) =>
      caller.call(
        caller.inGrace(scope),
        { operation: 'RollbackTransaction', inTransaction: true },
        sendOf(input, (sent, options) => sdk.rollbackTransaction(sent, options)),
      ),
  };
}

function exactRequest(
  { transactionId, parameters, ...input }: ExecuteStatementRequest,
  asJson: boolean,
  op: string,
): ExecuteStatementRequest {
  checkParameters(parameters ?? [], op);
  return {
    ...input,
    ...(transactionId === undefined ? {} : { transactionId }),
    ...(parameters === undefined || parameters.length === 0 ? {} : { parameters }),
    ...(asJson ? { formatRecordsAs: 'JSON' } : {}),
    // Asked for with JSON too: where the service gives none, the answer is typed as ever.
    includeResultMetadata: true,
    resultSetOptions: { longReturnType: 'STRING', decimalReturnType: 'STRING' },
  };
}

function readTyped(
  shapes: ResultShapes,
  statement: string,
  { columnMetadata, records, numberOfRecordsUpdated }: ExecuteStatementResponse,
): ExecuteStatementResponse {
  if (!columnMetadata || columnMetadata.length === 0) {
    // An empty list would be read as a result set, and the count dropped.
    return { numberOfRecordsUpdated: numberOfRecordsUpdated ?? 0 };
  }
  const rows = decodeRecords(columnMetadata, records ?? []);
  shapes.learn(statement, columnMetadata);
  return { columnMetadata: columnMetadata.map(nameOnly), records: rows.map(asFields) };
}

/** A second try is answered with types. */
function unreadable(op: string): ServiceError {
  return new ServiceError('unavailable', op, 'Aurora cannot answer now.', {
    reason: 'aurora_unavailable',
    retryAfterSeconds: 1,
    cause: new Error('The result does not fit the columns that the statement had before'),
  });
}

/** `CompiledQuery.raw(sql, values)` puts bare values here: there is no name to bind them to. */
function checkParameters(parameters: readonly SqlParameter[], op: string): void {
  const names = new Set(parameters.map((parameter) => parameter?.name));
  if (names.size === parameters.length && !names.has(undefined)) return;
  throw new ServiceError(
    'internal',
    op,
    'Parameters must be compiled by Kysely, each with a name of its own',
  );
}

/** Without a type name the package leaves values as they are. */
function nameOnly({ label, name }: ColumnMetadata): ColumnMetadata {
  const key = label || name;
  return key === undefined ? {} : { name: key };
}

/** The package hands on whatever stands in `stringValue`. */
function asFields(row: readonly unknown[]): Field[] {
  return row.map((value) =>
    value === null ? { isNull: true } : { stringValue: value as unknown as string },
  );
}
