import { readJson } from '../domain/index.ts';
import type { OutputMatch } from '../facade/index.ts';
import { bodyInputs } from './body-inputs.ts';
import {
  answerRead,
  type Demand,
  outputTag,
  readIfMatch,
  readMustBeNew,
  refuseIfNoneMatch,
  versionOf,
} from './conditional.ts';
import { json, noContent, REVALIDATE } from './json-answer.ts';
import { pageSizeOf } from './list-query.ts';
import { outputPath, printBlock, printInfo, printStored } from './print-output.ts';
import { RAW_IN_OUTPUT } from './raw-paths.ts';
import type { Exchange, Services } from './route.ts';

/** `PUT /v1/articles/{id}/ai-outputs/{kind}` */
export async function putOutput(
  { request, ctx, path, query, body }: Exchange<'id' | 'kind'>,
  { tandem }: Services,
): Promise<Response> {
  const mustBeNew = readMustBeNew(request);
  const demand = readIfMatch(request, versionOf);
  const onlyNew = query.flag('onlyNew');
  const tree = readJson(body.text, { raw: RAW_IN_OUTPUT });
  const { readOutput } = await bodyInputs();
  const input = readOutput(tree, { articleId: path.id, kind: path.kind });
  const stored = await tandem.outputs.put(ctx, input, {
    mustBeNew,
    onlyNew,
    ...(demand === undefined ? {} : { ifMatch: matchOf(demand) }),
  });
  const status = !stored.verified ? 202 : stored.status === 'created' ? 201 : 200;
  return json(status, printStored(stored), {
    etag: outputTag(stored.info.version),
    ...(stored.status === 'created' ? { location: outputPath(path.id, path.kind) } : {}),
  });
}

/** `GET /v1/articles/{id}/ai-outputs/{kind}` */
export async function getOutput(
  { request, ctx, path, query }: Exchange<'id' | 'kind'>,
  { tandem }: Services,
): Promise<Response> {
  const version = query.integer('version', { min: 1 });
  const { info, output } = await tandem.outputs.get(ctx, path.id, path.kind, version);
  return answerRead(request, outputTag(info.version), versionOf, () =>
    json(200, printBlock({ status: 'ok', info, output }), { 'cache-control': REVALIDATE }),
  );
}

/** `GET /v1/articles/{id}/ai-outputs` */
export async function listOutputs(
  { ctx, path }: Exchange<'id'>,
  { tandem }: Services,
): Promise<Response> {
  const infos = await tandem.outputs.list(ctx, path.id);
  const blocks = [...infos].map(([kind, info]) => [kind, printInfo(info)] as const);
  return json(200, { aiOutputs: Object.fromEntries(blocks) });
}

/** `GET /v1/articles/{id}/ai-outputs/{kind}/versions` */
export async function listVersions(
  { ctx, path, query }: Exchange<'id' | 'kind'>,
  { tandem, tokens }: Services,
): Promise<Response> {
  const question = JSON.stringify(['versions', path.id, path.kind]);
  const limit = pageSizeOf(query.integer('pageSize', { min: 1 }));
  const pageToken = query.text('pageToken');
  const before =
    pageToken === undefined
      ? undefined
      : (tokens.open(question, pageToken, { parameter: 'pageToken' }) as number);
  const { versions, next } = await tandem.outputs.versions(ctx, path.id, path.kind, {
    limit,
    ...(before === undefined ? {} : { before }),
  });
  return json(200, {
    versions: versions.map(printInfo),
    ...(next === undefined ? {} : { nextPageToken: tokens.issue(question, next) }),
  });
}

/** `DELETE /v1/articles/{id}/ai-outputs/{kind}` */
export async function deleteOutput(
  { request, ctx, path }: Exchange<'id' | 'kind'>,
  { tandem }: Services,
): Promise<Response> {
  refuseIfNoneMatch(request);
  const demand = readIfMatch(request, versionOf);
  await tandem.outputs.remove(ctx, path.id, path.kind, demand && matchOf(demand));
  return noContent();
}

function matchOf(demand: Demand): OutputMatch {
  return demand.any ? 'any' : demand.numbers;
}
