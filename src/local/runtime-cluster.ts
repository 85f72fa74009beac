import type { createDataApiServer } from './data-api/index.ts';
import { createRdsServer, type RdsServer } from './rds/index.ts';

/** As new as any: it can pause, and speaks the Data API. */
const ENGINE_VERSION = '17.7';

/** AWS takes no shorter pause delay; here it may be seconds, so that one can watch it. */
const LEAST_PAUSE_SECONDS = 300;
const MAX_ACU = 2;

/**
 * The settings of the local cluster behind RDS's own API. A minimum capacity keeps the local Aurora from
 * pausing and wakes it, as AWS does; its pause delay comes back with a minimum of 0.
 */
export function startRds(
  dataApi: Pick<
    Awaited<ReturnType<typeof createDataApiServer>>,
    'resourceArn' | 'setPause' | 'pauseState'
  >,
  autoPauseSeconds: number,
): Promise<RdsServer> {
  let scaling = {
    minAcu: 0,
    maxAcu: MAX_ACU,
    pauseSeconds: Math.max(LEAST_PAUSE_SECONDS, autoPauseSeconds),
  };
  return createRdsServer({
    identifier: dataApi.resourceArn.split(':').at(-1) ?? '',
    engineVersion: ENGINE_VERSION,
    scaling: () => scaling,
    setScaling(next) {
      scaling = next;
      if (next.minAcu > 0) dataApi.setPause({ state: 'awake', autoPauseSeconds: 0 });
      else dataApi.setPause({ autoPauseSeconds });
    },
  });
}
