import {
  type Context,
  invalid,
  isName,
  JsonText,
  NAME_RULE,
  printJson,
  printTimestamp,
  readJson,
  type Shape,
} from '../domain/index.ts';
import type { ProjectionView } from '../facade/index.ts';
import { runKeyed } from './batch.ts';
import { bodyInputs } from './body-inputs.ts';
import {
  answerRead,
  guardOf,
  NEVER,
  readIfMatch,
  readMustBeNew,
  refuseIfNoneMatch,
  revisionOf,
  revisionTag,
} from './conditional.ts';
import { json, jsonText, noContent, REVALIDATE } from './json-answer.ts';
import { RAW_IN_PREVIEW } from './raw-paths.ts';
import type { Exchange, Services } from './route.ts';

const OP = 'http.projections';

/** `PUT /v1/projections/{name}` */
export async function putProjection(
  { request, ctx, path, body }: Exchange<'name'>,
  { tandem }: Services,
): Promise<Response> {
  const mustBeNew = readMustBeNew(request);
  const demand = readIfMatch(request, revisionOf);
  const tree = readJson(body.text);
  const { readProjection } = await bodyInputs();
  const definition = readProjection(tree);
  const guard = await guardOf(demand, () => currentRevision(ctx, path.name, tandem));
  // That there is a projection is all that `*` asks for.
  const ifRevision = mustBeNew ? 0 : demand?.any && guard !== NEVER ? undefined : guard;
  const { view, created } = await tandem.projections.put(ctx, path.name, definition, ifRevision);
  const text = printJson(printView(view));
  return jsonText(created ? 201 : 200, text, {
    etag: revisionTag(view.projection.revision, text),
    ...(created ? { location: `/v1/projections/${path.name}` } : {}),
  });
}

/** `GET /v1/projections/{name}` */
export async function getProjection(
  { request, ctx, path, prefer }: Exchange<'name'>,
  { tandem }: Services,
): Promise<Response> {
  const { view, degraded } = await tandem.projections.get(ctx, path.name, prefer);
  const text = printJson({ ...printView(view), ...printDegraded(degraded) });
  return answerRead(request, revisionTag(view.projection.revision, text), revisionOf, () =>
    jsonText(200, text, { 'cache-control': REVALIDATE }),
  );
}

/** `GET /v1/projections` */
export async function listProjections(
  { ctx, prefer }: Exchange,
  { tandem }: Services,
): Promise<Response> {
  const { views, degraded } = await tandem.projections.list(ctx, prefer);
  return json(200, { projections: views.map(printView), ...printDegraded(degraded) });
}

/** `DELETE /v1/projections/{name}` */
export async function deleteProjection(
  { request, ctx, path }: Exchange<'name'>,
  { tandem }: Services,
): Promise<Response> {
  refuseIfNoneMatch(request);
  const demand = readIfMatch(request, revisionOf);
  const ifRevision = demand?.any
    ? undefined
    : await guardOf(demand, () => currentRevision(ctx, path.name, tandem));
  await tandem.projections.remove(ctx, path.name, ifRevision);
  return noContent();
}

/** `POST /v1/projections/{name}/backfill` */
export async function backfillProjection(
  exchange: Exchange<'name'>,
  services: Services,
): Promise<Response> {
  const { ctx, path } = exchange;
  const { projections } = services.tandem;
  const begin = async (): Promise<JsonText> => {
    await projections.backfill(ctx, path.name);
    return new JsonText(printJson(printView((await projections.get(ctx, path.name)).view)));
  };
  return runKeyed(exchange, services, begin, {
    status: 202,
    headers: { location: `/v1/projections/${path.name}` },
  });
}

/** `POST /v1/projections/{name}/preview` */
export async function previewProjection(
  { ctx, path, body }: Exchange<'name'>,
  { tandem }: Services,
): Promise<Response> {
  const tree = readJson(body.text, { raw: RAW_IN_PREVIEW });
  const { readPreview } = await bodyInputs();
  const of = readPreview(tree);
  const preview = await tandem.projections.preview(ctx, path.name, of);
  return json(200, preview);
}

/** `GET /v1/ai-outputs/shapes` */
export async function listShapes(
  { ctx, query }: Exchange,
  { tandem }: Services,
): Promise<Response> {
  const kind = query.text('kind');
  if (kind !== undefined && !isName(kind)) {
    const detail = `must be ${NAME_RULE}`;
    throw invalid(OP, `kind ${detail}.`, [{ parameter: 'kind', code: 'malformed', detail }]);
  }
  const shapes = await tandem.projections.shapes(ctx, kind);
  return json(200, { shapes: shapes.map(printShape) });
}

/** The revision of a projection now, as Aurora has it; undefined where there is none. */
async function currentRevision(
  ctx: Context,
  name: string,
  { registry }: Services['tandem'],
): Promise<number | undefined> {
  const { projections } = await registry.refresh(ctx);
  return projections.find((one) => one.name === name && one.state !== 'retiring')?.revision;
}

function printView({ projection, coverage, progress, lagSeconds }: ProjectionView): object {
  const { name, definition, revision, state, createdAt, updatedAt } = projection;
  return {
    name,
    ...definition,
    revision,
    state,
    coverage,
    progress,
    lagSeconds,
    createdAt: printTimestamp(createdAt),
    updatedAt: printTimestamp(updatedAt),
  };
}

function printShape({ firstSeenAt, lastSeenAt, ...shape }: Shape): object {
  return {
    ...shape,
    firstSeenAt: printTimestamp(firstSeenAt),
    lastSeenAt: printTimestamp(lastSeenAt),
  };
}

function printDegraded(degraded: readonly string[]): object {
  return degraded.length === 0 ? {} : { degraded };
}
