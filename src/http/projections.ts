import * as z from 'zod';
import {
  invalid,
  isName,
  JsonText,
  type JsonTree,
  NAME_RULE,
  printJson,
  printTimestamp,
  readJson,
  type Shape,
} from '../domain/index.ts';
import type { ProjectionView } from '../facade/index.ts';
import { runKeyed } from './batch.ts';
import { answerRead, revisionOf, revisionTag } from './conditional.ts';
import { json, jsonText, noContent, REVALIDATE } from './json-answer.ts';
import { readProjection } from './projection-input.ts';
import type { Exchange, Services } from './route.ts';
import { isMembers, once, parseShape } from './shape.ts';
import { articleId, rawJson } from './string-shapes.ts';

const OP = 'http.projections';

/** `PUT /v1/projections/{name}` */
export async function putProjection(
  { ctx, path, body }: Exchange<'name'>,
  { tandem }: Services,
): Promise<Response> {
  const definition = readProjection(readJson(body.text));
  const { view, created } = await tandem.projections.put(ctx, path.name, definition);
  const text = printJson(printView(view));
  return jsonText(created ? 201 : 200, text, {
    etag: revisionTag(view.projection.revision, text),
    ...(created ? { location: `/v1/projections/${path.name}` } : {}),
  });
}

/** `GET /v1/projections/{name}` */
export async function getProjection(
  { request, ctx, path }: Exchange<'name'>,
  { tandem }: Services,
): Promise<Response> {
  const { view, degraded } = await tandem.projections.get(ctx, path.name);
  const text = printJson({ ...printView(view), ...printDegraded(degraded) });
  return answerRead(request, revisionTag(view.projection.revision, text), revisionOf, () =>
    jsonText(200, text, { 'cache-control': REVALIDATE }),
  );
}

/** `GET /v1/projections` */
export async function listProjections({ ctx }: Exchange, { tandem }: Services): Promise<Response> {
  const { views, degraded } = await tandem.projections.list(ctx);
  return json(200, { projections: views.map(printView), ...printDegraded(degraded) });
}

/** `DELETE /v1/projections/{name}` */
export async function deleteProjection(
  { ctx, path }: Exchange<'name'>,
  { tandem }: Services,
): Promise<Response> {
  await tandem.projections.remove(ctx, path.name);
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

/** An output, or an article whose latest output is meant. */
export const previewShape = once(() =>
  z.strictObject({ output: rawJson().exactOptional(), articleId: articleId().exactOptional() }),
);

/** `POST /v1/projections/{name}/preview` */
export async function previewProjection(
  { ctx, path, body }: Exchange<'name'>,
  { tandem }: Services,
): Promise<Response> {
  const tree = readJson(body.text, { raw: [['output']] });
  const { output, articleId: id } = parseShape(previewShape(), withoutNullId(tree), { op: OP });
  if ((output === undefined) === (id === undefined)) {
    const detail = 'must hold either "output" or "articleId"';
    throw invalid(OP, `The body ${detail}.`, [{ pointer: '', code: 'required', detail }]);
  }
  const of = output === undefined ? { articleId: id ?? '' } : { output };
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

/** A null `articleId` is absent; a null `output` is an output. */
function withoutNullId(tree: JsonTree): JsonTree {
  if (!isMembers(tree) || tree.articleId !== null) return tree;
  const { articleId: _, ...rest } = tree;
  return rest;
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
