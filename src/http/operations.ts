import { ServiceError } from '../domain/index.ts';
import { json } from './json-answer.ts';
import type { Exchange, Services } from './route.ts';

/** `GET /health`: the process lives. No store is asked. */
export async function health(): Promise<Response> {
  return json(200, { status: 'ok' });
}

/**
 * `GET /ready`: whether requests can be served, and the state of each store. An Aurora that sleeps wakes
 * when it is needed, and outputs and copies of articles are served meanwhile: it counts as ready.
 */
export async function ready({ ctx }: Exchange, { tandem }: Services): Promise<Response> {
  const stores = await tandem.maintenance.ready(ctx);
  if (stores.dynamodb === 'ok') return json(200, { ready: true, ...stores });
  throw new ServiceError('unavailable', 'http.ready', 'DynamoDB cannot answer now.', {
    reason: 'dynamodb_unavailable',
    details: { ready: false, ...stores },
  });
}
