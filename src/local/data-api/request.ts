import { ExactNumber, parseExact } from './json.ts';
import { ARN_LENGTH, DATABASE_LENGTH, SQL_LENGTH, TRANSACTION_ID_LENGTH } from './limits.ts';
import { DataApiError } from './service-error.ts';

type Members = Readonly<Record<string, unknown>>;

/** A value as a parameter may have it: exactly one member. */
export type FieldValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'string' | 'long' | 'double' | 'blob'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'array' };

export interface SqlParameter {
  readonly name: string;
  readonly value: FieldValue | undefined;
  readonly typeHint: string | undefined;
}

/** A request's members as the service's model has them. Unknown ones are passed over, `null` is absence. */
export interface Request {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly transactionId: string | undefined;
  readonly sql: string;
  readonly parameters: readonly SqlParameter[];
  readonly parameterSets: readonly (readonly SqlParameter[])[];
  readonly includeResultMetadata: boolean;
  readonly continueAfterTimeout: boolean;
  readonly formatRecordsAs: 'NONE' | 'JSON';
  readonly decimalReturnType: 'STRING' | 'DOUBLE_OR_LONG';
  readonly longReturnType: 'LONG' | 'STRING';
}

/** The operations, each with the members it cannot do without. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  ExecuteStatement: ['resourceArn', 'secretArn', 'sql'],
  BatchExecuteStatement: ['resourceArn', 'secretArn', 'sql'],
  BeginTransaction: ['resourceArn', 'secretArn'],
  CommitTransaction: ['resourceArn', 'secretArn', 'transactionId'],
  RollbackTransaction: ['resourceArn', 'secretArn', 'transactionId'],
};

const TYPE_HINTS = ['JSON', 'UUID', 'TIMESTAMP', 'DATE', 'TIME', 'DECIMAL'];

/**
 * Reads a request's body.
 * Errors: `SerializationException` for what is not JSON or not of its member's type, as Smithy's
 * restJson1 has it; `ValidationException` for what the model's constraints rule out.
 */
export function parseRequest(operation: string, text: string): Request {
  const body = members(parse(text), 'request');
  for (const name of REQUIRED[operation] ?? []) {
    if (body[name] === undefined || body[name] === null) {
      throw constraint(name, 'Value null', 'Member must not be null');
    }
  }
  const options = members(body.resultSetOptions ?? {}, 'resultSetOptions');
  return {
    resourceArn: string(body, 'resourceArn', ARN_LENGTH) ?? '',
    secretArn: string(body, 'secretArn', ARN_LENGTH) ?? '',
    database: string(body, 'database', DATABASE_LENGTH),
    schema: string(body, 'schema', DATABASE_LENGTH),
    transactionId: string(body, 'transactionId', TRANSACTION_ID_LENGTH),
    sql: string(body, 'sql', SQL_LENGTH) ?? '',
    parameters: list(body.parameters, 'parameters').map(parameter),
    parameterSets: list(body.parameterSets, 'parameterSets').map((set) =>
      list(set, 'parameterSets').map(parameter),
    ),
    includeResultMetadata: boolean(body, 'includeResultMetadata'),
    continueAfterTimeout: boolean(body, 'continueAfterTimeout'),
    formatRecordsAs: oneOf(body, 'formatRecordsAs', ['NONE', 'JSON']) ?? 'NONE',
    decimalReturnType:
      oneOf(options, 'decimalReturnType', ['STRING', 'DOUBLE_OR_LONG']) ?? 'STRING',
    longReturnType: oneOf(options, 'longReturnType', ['LONG', 'STRING']) ?? 'LONG',
  };
}

function parse(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    throw serialization('The request is not JSON.');
  }
}

function parameter(value: unknown): SqlParameter {
  const given = members(value, 'parameters');
  return {
    name: string(given, 'name') ?? '',
    value: given.value === undefined || given.value === null ? undefined : field(given.value),
    typeHint: oneOf(given, 'typeHint', TYPE_HINTS),
  };
}

function field(value: unknown): FieldValue | undefined {
  const given = members(value, 'value');
  let name: string | undefined;
  for (const key in given) {
    if (given[key] === null) continue;
    if (name !== undefined) throw serialization('A Field has exactly one member.');
    name = key;
  }
  const member = name === undefined ? undefined : given[name];
  switch (name) {
    case 'isNull':
      return boolean({ isNull: member }, 'isNull') ? { kind: 'null' } : undefined;
    case 'booleanValue':
      return { kind: 'boolean', value: boolean({ booleanValue: member }, 'booleanValue') };
    case 'longValue':
      return { kind: 'long', text: longText(member) };
    case 'doubleValue':
      return { kind: 'double', text: doubleText(member) };
    case 'stringValue':
      return { kind: 'string', text: string({ stringValue: member }, 'stringValue') ?? '' };
    case 'blobValue':
      return { kind: 'blob', text: string({ blobValue: member }, 'blobValue') ?? '' };
    case 'arrayValue':
      return { kind: 'array' };
    default:
      return undefined;
  }
}

const MAX_INT8 = 2n ** 63n - 1n;

function longText(value: unknown): string {
  if (Number.isSafeInteger(value)) return String(value);
  const text =
    value instanceof ExactNumber
      ? value.text
      : Number.isInteger(value)
        ? BigInt(value as number).toString()
        : '';
  if (text === '' || BigInt(text) > MAX_INT8 || BigInt(text) < -MAX_INT8 - 1n) {
    throw serialization('longValue is not a 64-bit integer.');
  }
  return text;
}

function doubleText(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return value;
  throw serialization('doubleValue is not a number.');
}

function members(value: unknown, name: string): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw serialization(`${name} is not an object.`);
}

function list(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw serialization(`${name} is not a list.`);
}

function string(
  given: Members,
  name: string,
  length?: { readonly min: number; readonly max: number },
): string | undefined {
  const value = given[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw serialization(`${name} is not a string.`);
  if (length && value.length < length.min) {
    throw constraint(
      name,
      'Value',
      `Member must have length greater than or equal to ${length.min}`,
    );
  }
  if (length && value.length > length.max) {
    throw constraint(name, 'Value', `Member must have length less than or equal to ${length.max}`);
  }
  return value;
}

function boolean(given: Members, name: string): boolean {
  const value = given[name] ?? false;
  if (typeof value !== 'boolean') throw serialization(`${name} is not a boolean.`);
  return value;
}

function oneOf<T extends string>(
  given: Members,
  name: string,
  values: readonly T[],
): T | undefined {
  const value = string(given, name) as T | undefined;
  if (value === undefined || values.includes(value)) return value;
  const set = `[${values.join(', ')}]`;
  throw constraint(name, 'Value', `Member must satisfy enum value set: ${set}`);
}

function serialization(message: string): DataApiError {
  return new DataApiError('SerializationException', message);
}

function constraint(name: string, what: string, rule: string): DataApiError {
  return new DataApiError(
    'ValidationException',
    `1 validation error detected: ${what} at '${name}' failed to satisfy constraint: ${rule}`,
  );
}
