import { Logger } from '@aws-lambda-powertools/logger';
import { isServiceError } from '../domain/index.ts';
import type { LogLevel } from './config.ts';
import { once } from './once.ts';

export type LogFields = Readonly<Record<string, unknown>>;

/** Writes log lines: one JSON object each, `debug` and `info` to standard output, the others to standard error. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A line in CloudWatch's embedded metric format; written at every level, since alarms read it. */
  metric(fields: LogFields): void;
}

/** Longest text of an error that goes to the log: enough to tell what it was. */
const MAX_TEXT = 500;

/** Errors below each other, the first included. */
const MAX_CAUSES = 4;

/** Makes a log that leaves out what is below `logLevel`, but for metrics. */
export function createLog(options: {
  readonly logLevel: LogLevel;
  readonly serviceName: string;
}): Log {
  const { logLevel, serviceName } = options;
  const levels = { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR' } as const;
  const logger = new Logger({ serviceName, logLevel: levels[logLevel] });
  // Most runs have none to tell.
  const metrics = once(() => new Logger({ serviceName, logLevel: levels.info }));
  return {
    debug: (message, fields = {}) => logger.debug(message, { ...fields }),
    info: (message, fields = {}) => logger.info(message, { ...fields }),
    warn: (message, fields = {}) => logger.warn(message, { ...fields }),
    error: (message, fields = {}) => logger.error(message, { ...fields }),
    metric: (fields) => metrics().info('metric', { ...fields }),
  };
}

/**
 * An error as it goes to the log, causes included: what and where, and never a caller's content. Members
 * of vendors' errors are left out for that: there are statements and parameters among them.
 */
export function describeError(error: unknown): LogFields {
  return describe(error, MAX_CAUSES);
}

function describe(error: unknown, depth: number): LogFields {
  if (!(error instanceof Error)) return { message: cut(String(error)) };
  return {
    name: error.name,
    ...(isServiceError(error) ? { code: error.code, reason: error.reason, op: error.op } : {}),
    message: cut(error.message),
    stack: framesOf(error),
    ...(error.cause === undefined || depth <= 1 ? {} : { cause: describe(error.cause, depth - 1) }),
  };
}

/** Where it was thrown, without the message that a stack begins with. */
function framesOf(error: Error): string[] {
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith('at ')).slice(0, 12);
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
