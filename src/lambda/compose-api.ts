import { costOf, type Use } from '../domain/index.ts';
import { createStatus, type Status } from '../facade/index.ts';
import { type Authenticate, createHttp } from '../http/index.ts';
import type { Service } from './compose.ts';
import type { ApiConfig } from './config.ts';
import type { Jwt, JwtOptions } from './jwt.ts';
import { once } from './once.ts';
import { createPageTokenKeys } from './page-token-keys.ts';
import { createServe, type Serve } from './serve.ts';
import { newId, systemClock } from './system.ts';
import type { WarmConfig } from './warm-config.ts';

/**
 * Puts the HTTP side on top of a service. Apart from the rest, so that the bundles of the other
 * functions hold none of it.
 */
export function composeServe(service: Service, config: ApiConfig): Serve {
  const { tandem, log, meter } = service;
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
    status: composeStatus(service),
    ...(access.mode === 'open'
      ? {}
      : { authenticate: authenticator({ ...access, clock: systemClock }) }),
  });
  return createServe({
    http,
    log,
    clock: systemClock,
    newId,
    meter,
    costOf: (use) => requestCost(use, config.warm),
    costHeader: config.costHeader,
  });
}

/** What `/v1/status` is told of: no call is made before it is asked for. */
function composeStatus({ ledger, outputs, aurora, meter, config }: Service): Status {
  const { warm, autoPauseSeconds } = config;
  return createStatus({
    ledger,
    outputs,
    clock: systemClock,
    auroraState: () => aurora.state(),
    pendingUse: () => meter.pending().map(({ use }) => use.use),
    settings: {
      windows: warm.windows,
      pauseSeconds: autoPauseSeconds,
      awakeAcu: warm.awakeAcu,
      windowMinAcu: warm.minAcu,
      coldReadUsd: warm.coldReadUsd,
      functionGb: warm.functionMb / 1_024,
      prices: warm.prices,
    },
  });
}

/** What one request cost by itself: its calls, units, function time and gateway. ACU-hours are time, not requests. */
function requestCost(use: Use, { prices, functionMb }: WarmConfig): number {
  return costOf(
    {
      use,
      acuHours: 0,
      auroraGb: 0,
      dynamodbGb: 0,
      functionGb: functionMb / 1_024,
      hours: 0,
    },
    prices,
  ).total;
}

/** Loads the checking of tokens when the first one comes: a cold start is loading, above all. */
function authenticator(options: JwtOptions): Authenticate {
  const jwt = once(async (): Promise<Jwt> => (await import('./jwt.ts')).createJwt(options));
  return async (token) => (await jwt()).verify(token);
}
