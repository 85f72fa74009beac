import {
  type CursorValues,
  invalid,
  isName,
  NAME_RULE,
  printTimestamp,
  type Relation,
  readJson,
} from '../domain/index.ts';
import { bodyInputs } from './body-inputs.ts';
import { json, noContent } from './json-answer.ts';
import { pageSizeOf } from './list-query.ts';
import { refuse } from './query-parameters.ts';
import { RAW_IN_RELATION } from './raw-paths.ts';
import type { Exchange, Services } from './route.ts';

const DIRECTIONS = ['both', 'out', 'in'] as const;

/** `PUT /v1/articles/{id}/relations/{kind}/{otherId}` */
export async function putRelation(
  { ctx, path, body }: Exchange<'id' | 'kind' | 'otherId'>,
  { tandem }: Services,
): Promise<Response> {
  if (path.id === path.otherId) {
    const detail = 'must be another article than the one in front';
    const fault = { parameter: 'otherId', code: 'relation_to_itself', detail };
    throw invalid('http.relation', `otherId ${detail}.`, [fault]);
  }
  const tree = readJson(body.text, { raw: RAW_IN_RELATION });
  const { readRelation } = await bodyInputs();
  const input = readRelation(tree, edgeOf(path));
  const { relation, created } = await tandem.relations.put(ctx, input);
  return json(created ? 201 : 200, printRelation(relation));
}

/** `DELETE /v1/articles/{id}/relations/{kind}/{otherId}` */
export async function deleteRelation(
  { ctx, path }: Exchange<'id' | 'kind' | 'otherId'>,
  { tandem }: Services,
): Promise<Response> {
  await tandem.relations.remove(ctx, edgeOf(path));
  return noContent();
}

/** `GET /v1/articles/{id}/relations` */
export async function listRelations(
  { ctx, path, query }: Exchange<'id'>,
  { tandem, tokens }: Services,
): Promise<Response> {
  const direction = query.oneOf('direction', DIRECTIONS) ?? 'both';
  const kind = query.text('kind');
  if (kind !== undefined && !isName(kind)) {
    throw refuse({ parameter: 'kind', code: 'malformed', detail: `must be ${NAME_RULE}` });
  }
  const question = JSON.stringify(['relations', path.id, direction, kind ?? null]);
  const pageToken = query.text('pageToken');
  const after =
    pageToken === undefined
      ? undefined
      : (tokens.open(question, pageToken, { parameter: 'pageToken' }) as CursorValues);
  const { relations, next } = await tandem.relations.list(ctx, path.id, {
    direction,
    pageSize: pageSizeOf(query.integer('pageSize', { min: 1 })),
    ...(kind === undefined ? {} : { kind }),
    ...(after === undefined ? {} : { after }),
  });
  return json(200, {
    relations: relations.map(printRelation),
    ...(next === undefined ? {} : { nextPageToken: tokens.issue(question, next) }),
  });
}

function edgeOf(path: { readonly id: string; readonly kind: string; readonly otherId: string }) {
  return { from: path.id, kind: path.kind, to: path.otherId };
}

function printRelation(relation: Relation): object {
  const { from, to, kind, weight, origin, createdAt, attributes, projection } = relation;
  return {
    from,
    to,
    kind,
    weight,
    origin,
    createdAt: printTimestamp(createdAt),
    attributes,
    projection,
  };
}
