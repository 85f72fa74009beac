import {
  type Context,
  isRegistryChanged,
  isServiceError,
  NO_REGISTRY,
  type Registry,
} from '../domain/index.ts';
import type { Services } from './route.ts';

/**
 * Runs `work` with the registry as this process knows it, and once more with a fresh one where the first
 * did not know a name or was refused as old. A process that has read none yet begins with an empty one: who
 * names no metric needs none. Cost: 1 Data API call where it is read.
 */
export async function withRegistry<T>(
  ctx: Context,
  { tandem }: Services,
  work: (registry: Registry) => Promise<T>,
): Promise<T> {
  const known = tandem.registry.known();
  try {
    return await work(known ?? NO_REGISTRY);
  } catch (error) {
    const unknownMetric = hasFault(error, 'unknown_metric');
    // A field that is not there may be a metric named without its prefix: then that is what to suggest.
    const mayBeMetric = known === undefined && hasFault(error, 'unknown_field');
    if (!unknownMetric && !mayBeMetric && !isRegistryChanged(error)) throw error;
    const fresh = await tandem.registry.refresh(ctx).catch((trouble: unknown) => {
      // Where metrics were known, or are not what it is about, the first answer stands.
      throw unknownMetric && known === undefined ? trouble : error;
    });
    if (fresh.revision === (known ?? NO_REGISTRY).revision) throw error;
    return work(fresh);
  }
}

function hasFault(error: unknown, wanted: string): boolean {
  return isServiceError(error, 'invalid') && error.faults.some(({ code }) => code === wanted);
}
