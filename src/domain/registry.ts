import { isServiceError, ServiceError } from './errors.ts';
import type { FieldRegistry } from './filter-ast.ts';
import type { MetricValueType, Projection } from './projection.ts';

/** All projections at one moment; as a `FieldRegistry`, the metrics among them that are not retiring. */
export interface Registry extends FieldRegistry {
  /** Rises with every change of any of them. */
  readonly revision: number;
  /** By name. */
  readonly projections: readonly Projection[];
  /** Values that nobody is shown any more have to be taken away, or metrics moved. Not told by copies. */
  readonly pending: boolean;
}

/** The registry of these projections. */
export function createRegistry(
  revision: number,
  projections: readonly Projection[],
  pending = false,
): Registry {
  const types = new Map<string, MetricValueType>();
  for (const { name, definition, state } of projections) {
    const { target } = definition;
    if (target.type === 'metric' && state !== 'retiring') types.set(name, target.valueType);
  }
  return {
    revision,
    projections,
    pending,
    metric: (name) => types.get(name),
    metricNames: [...types.keys()],
  };
}

/** What a store without any projection has. */
export const NO_REGISTRY: Registry = createRegistry(0, []);

/** The error of a question whose names were checked against an old registry: ask again with a fresh one. */
export function registryChanged(op: string): ServiceError {
  return new ServiceError('conflict', op, 'The metrics have changed meanwhile.', {
    reason: REGISTRY_CHANGED,
    details: { reason: REGISTRY_CHANGED },
  });
}

export function isRegistryChanged(error: unknown): boolean {
  return isServiceError(error, 'conflict') && error.details.reason === REGISTRY_CHANGED;
}

const REGISTRY_CHANGED = 'registry_changed';
