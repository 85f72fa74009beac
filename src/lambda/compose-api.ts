import { createHttp } from '../http/index.ts';
import type { Service } from './compose.ts';
import type { ApiConfig } from './config.ts';
import { createJwt } from './jwt.ts';
import { createPageTokenKeys } from './page-token-keys.ts';
import { createServe, type Serve } from './serve.ts';
import { newId, systemClock } from './system.ts';

/**
 * Puts the HTTP side on top of a service. Apart from the rest, so that the bundles of the other
 * functions hold none of it.
 */
export function composeServe({ tandem, log }: Service, config: ApiConfig): Serve {
  const { access } = config;
  const http = createHttp({
    tandem,
    clock: systemClock,
    newId,
    tokenKeys:
      'secretArn' in config.pageTokenKeys
        ? createPageTokenKeys({
            secretArn: config.pageTokenKeys.secretArn,
            region: config.dynamodb.region,
            clock: systemClock,
          })
        : config.pageTokenKeys,
    ...(access.mode === 'open'
      ? {}
      : { authenticate: createJwt({ ...access, clock: systemClock }).verify }),
  });
  return createServe({ http, log, clock: systemClock, newId });
}
