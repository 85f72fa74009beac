import { isServiceName, SERVICES, type ServiceName } from './services.ts';

/** Milliseconds: always the same, or drawn from a log-normal distribution with these two percentiles. */
export type Latency = number | { readonly p50: number; readonly p99: number };

/** What goes wrong, where and how often, as it is sent to `POST /__local/faults`. */
export interface FaultSpec {
  readonly service: ServiceName;
  /** One operation such as `BatchGetItem`; every operation of the service when absent. */
  readonly operation?: string;
  /** The error's class; its usual HTTP status unless `httpStatus` says otherwise. */
  readonly error?: string;
  readonly httpStatus?: number;
  /** The share of keys or items a batch operation leaves out, 0 to 1. */
  readonly unprocessed?: number;
  readonly latencyMs?: Latency;
  /** The connection is cut before or after the effect. */
  readonly drop?: 'before' | 'after';
  /** 0 to 1; 1 when absent. */
  readonly probability?: number;
  /** Ends by itself after so many hits; goes on until it is cleared when absent. */
  readonly count?: number;
}

export type FaultErrorCode =
  | 'invalid_fault'
  | 'unknown_error'
  | 'unknown_operation'
  | 'unknown_service';

/** A fault that cannot be injected as it was written; `message` says which member and why. */
export class FaultError extends Error {
  readonly code: FaultErrorCode;

  constructor(code: FaultErrorCode, message: string) {
    super(message);
    this.name = 'FaultError';
    this.code = code;
  }
}

const MEMBERS = [
  'service',
  'operation',
  'error',
  'httpStatus',
  'unprocessed',
  'latencyMs',
  'drop',
  'probability',
  'count',
];
/** Longest injected wait: past any client's patience, short enough that a typing error does not hang a test for ever. */
const MAX_LATENCY_MS = 300_000;

/**
 * Reads a fault as a client wrote it.
 * Errors: `FaultError` with `unknown_service`, `unknown_operation`, `unknown_error` (a class this service
 * does not have, without `httpStatus`), `invalid_fault` (anything else).
 */
export function parseFault(input: unknown): FaultSpec {
  if (!isRecord(input)) throw invalid('a fault is an object');
  for (const member of Object.keys(input)) {
    if (!MEMBERS.includes(member)) throw invalid(`unknown member "${member}"`);
  }
  const { service, operation, drop } = input;
  if (!isServiceName(service)) {
    throw new FaultError(
      'unknown_service',
      `"service" must be one of ${Object.keys(SERVICES).join(', ')}`,
    );
  }
  const facts = SERVICES[service];
  if (operation !== undefined && !facts.operations.includes(operation as string)) {
    throw new FaultError(
      'unknown_operation',
      `"operation" of ${service} must be one of ${facts.operations.join(', ')}`,
    );
  }
  if (drop !== undefined && drop !== 'before' && drop !== 'after') {
    throw invalid('"drop" must be "before" or "after"');
  }
  const error = parseErrorName(service, input.error, input.httpStatus);
  const httpStatus = parseNumber(input, 'httpStatus', 400, 599, true);
  const unprocessed = parseNumber(input, 'unprocessed', 0, 1);
  const latencyMs = parseLatency(input.latencyMs);
  const probability = parseNumber(input, 'probability', 0, 1);
  const count = parseNumber(input, 'count', 1, Number.MAX_SAFE_INTEGER, true);
  if (unprocessed !== undefined && !allowsUnprocessed(service, operation as string | undefined)) {
    throw invalid('"unprocessed" is for BatchGetItem and BatchWriteItem of dynamodb');
  }
  const effects = [error, httpStatus, unprocessed, latencyMs, drop];
  if (effects.every((effect) => effect === undefined)) {
    throw invalid('one of error, httpStatus, unprocessed, latencyMs, drop is needed');
  }
  return {
    service,
    ...(operation === undefined ? {} : { operation: operation as string }),
    ...(error === undefined ? {} : { error }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(unprocessed === undefined ? {} : { unprocessed }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(drop === undefined ? {} : { drop }),
    ...(probability === undefined ? {} : { probability }),
    ...(count === undefined ? {} : { count }),
  };
}

/** True when the fault concerns a call of this operation. */
export function concerns(spec: FaultSpec, operation: string): boolean {
  if (spec.operation !== undefined) return spec.operation === operation;
  const onlyUnprocessed =
    spec.unprocessed !== undefined &&
    spec.error === undefined &&
    spec.httpStatus === undefined &&
    spec.latencyMs === undefined &&
    spec.drop === undefined;
  return !onlyUnprocessed || SERVICES[spec.service].batchOperations.includes(operation);
}

/** The error a client sees: class and status, each derived from the other where only one is given. */
export function errorOf(spec: FaultSpec): { name: string; httpStatus: number } | undefined {
  const facts = SERVICES[spec.service];
  if (spec.error !== undefined) {
    return {
      name: spec.error,
      httpStatus: spec.httpStatus ?? facts.errors[spec.error] ?? 400,
    };
  }
  if (spec.httpStatus === undefined) return undefined;
  const fallback = spec.httpStatus >= 500 ? 'InternalFailure' : 'ValidationException';
  return { name: facts.byStatus[spec.httpStatus] ?? fallback, httpStatus: spec.httpStatus };
}

function parseErrorName(service: ServiceName, error: unknown, httpStatus: unknown) {
  if (error === undefined) return undefined;
  if (typeof error !== 'string' || !/^[A-Za-z][A-Za-z0-9]{0,99}$/.test(error)) {
    throw invalid('"error" must be the name of an error class');
  }
  if (httpStatus === undefined && !Object.hasOwn(SERVICES[service].errors, error)) {
    throw new FaultError(
      'unknown_error',
      `${service} has no error "${error}"; give "httpStatus" with it to send it all the same`,
    );
  }
  return error;
}

function parseLatency(value: unknown): Latency | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number') {
    if (value >= 0 && value <= MAX_LATENCY_MS) return value;
    throw invalid(`"latencyMs" must be 0 to ${MAX_LATENCY_MS}`);
  }
  const isPair = isRecord(value) && Object.keys(value).sort().join() === 'p50,p99';
  if (!isPair) throw invalid('"latencyMs" must be a number or {"p50", "p99"}');
  const { p50, p99 } = value;
  if (typeof p50 !== 'number' || typeof p99 !== 'number' || !(p50 > 0 && p50 <= p99)) {
    throw invalid('"latencyMs" needs 0 < p50 <= p99');
  }
  if (p99 > MAX_LATENCY_MS) throw invalid(`"latencyMs.p99" must be at most ${MAX_LATENCY_MS}`);
  return { p50, p99 };
}

function parseNumber(
  input: Record<string, unknown>,
  member: string,
  min: number,
  max: number,
  whole = false,
): number | undefined {
  const value = input[member];
  if (value === undefined) return undefined;
  const fits = typeof value === 'number' && value >= min && value <= max;
  if (fits && (!whole || Number.isInteger(value))) return value;
  throw invalid(
    `"${member}" must be ${whole ? 'a whole number' : 'a number'} from ${min} to ${max}`,
  );
}

function allowsUnprocessed(service: ServiceName, operation: string | undefined): boolean {
  const { batchOperations } = SERVICES[service];
  return operation === undefined ? batchOperations.length > 0 : batchOperations.includes(operation);
}

function invalid(message: string): FaultError {
  return new FaultError('invalid_fault', message);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
