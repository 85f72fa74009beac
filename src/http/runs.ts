import { JsonText, printJson } from '../domain/index.ts';
import { runKeyed } from './batch.ts';
import { json } from './json-answer.ts';
import type { Exchange, Services } from './route.ts';

/** `GET /v1/runs/{runId}` */
export async function getRun(
  { ctx, path }: Exchange<'runId'>,
  { tandem }: Services,
): Promise<Response> {
  return json(200, await tandem.runs.get(ctx, path.runId));
}

/** `POST /v1/runs/{runId}/revert` */
export async function revertRun(
  exchange: Exchange<'runId'>,
  services: Services,
): Promise<Response> {
  const { ctx, path } = exchange;
  return runKeyed(
    exchange,
    services,
    async () => new JsonText(printJson(await services.tandem.runs.revert(ctx, path.runId))),
    { status: 202, headers: { location: `/v1/runs/${encodeURIComponent(path.runId)}` } },
  );
}
