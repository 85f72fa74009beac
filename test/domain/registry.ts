import type { FieldRegistry, ServiceError, ValueType } from '../../src/domain/index.ts';
import { isServiceError } from '../../src/domain/index.ts';

const METRICS: ReadonlyMap<string, ValueType> = new Map([
  ['readability', 'number'],
  ['word-count', 'number'],
  ['verdict', 'string'],
  ['paid', 'boolean'],
  ['reviewed_at', 'time'],
]);

/** One metric of each type. */
export const REGISTRY: FieldRegistry = {
  metric: (name) => METRICS.get(name),
  metricNames: [...METRICS.keys()],
};

/** The `invalid` error that `read` throws; anything else it throws or returns fails the test. */
export function refusalOf(read: () => unknown): ServiceError {
  let result: unknown;
  try {
    result = read();
  } catch (error) {
    if (isServiceError(error, 'invalid')) return error;
    throw error;
  }
  throw new Error(`was taken: ${JSON.stringify(result)}`);
}
