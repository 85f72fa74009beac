import { type Authenticate, createHttp } from '../http/index.ts';
import type { Service } from './compose.ts';
import type { ApiConfig } from './config.ts';
import type { Jwt, JwtOptions } from './jwt.ts';
import { once } from './once.ts';
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
      : { authenticate: authenticator({ ...access, clock: systemClock }) }),
  });
  return createServe({ http, log, clock: systemClock, newId });
}

/** Loads the checking of tokens when the first one comes: a cold start is loading, above all. */
function authenticator(options: JwtOptions): Authenticate {
  const jwt = once(async (): Promise<Jwt> => (await import('./jwt.ts')).createJwt(options));
  return async (token) => (await jwt()).verify(token);
}
