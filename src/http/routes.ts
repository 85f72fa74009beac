import { AGGREGATION_PARAMETERS, aggregate } from './aggregations.ts';
import { putArticles } from './article-batch.ts';
import { listArticles, queryArticles, relatedArticles } from './article-lists.ts';
import { createArticle, deleteArticle, getArticle, patchArticle, putArticle } from './articles.ts';
import { JSON_TYPE, MERGE_PATCH_TYPE, NDJSON_TYPE } from './body.ts';
import { docs, HTML_TYPE, openapi } from './describe.ts';
import { exportArticles } from './export.ts';
import { listKinds, putKind } from './kinds.ts';
import { LIST_PARAMETERS } from './list-query.ts';
import { health, ready } from './operations.ts';
import { putOutputs } from './output-batch.ts';
import { deleteOutput, getOutput, listOutputs, listVersions, putOutput } from './outputs.ts';
import {
  backfillProjection,
  deleteProjection,
  getProjection,
  listProjections,
  listShapes,
  previewProjection,
  putProjection,
} from './projections.ts';
import { deleteRelation, listRelations, putRelation } from './relations.ts';
import { type Route, route } from './route.ts';
import { getRun, revertRun } from './runs.ts';
import { getSource, listSources, putSource } from './sources.ts';
import { readStatus } from './status.ts';
import { listTopics } from './topics.ts';

const READ = 'articles:read';
const WRITE = 'articles:write';

const ARTICLE = '/v1/articles/{id}';
const OUTPUTS = '/v1/articles/{id}/ai-outputs';
const OUTPUT = '/v1/articles/{id}/ai-outputs/{kind}';
const PROJECTION = '/v1/projections/{name}';
const SOURCE = '/v1/sources/{key}';
const RELATION = '/v1/articles/{id}/relations/{kind}/{otherId}';

/** Every route there is. Of two that fit a path the one with fewer parameters stands first. */
export const ROUTES: readonly Route[] = [
  route({ method: 'GET', path: '/health', access: 'open', gives: JSON_TYPE, handle: health }),
  route({ method: 'GET', path: '/ready', access: 'open', gives: JSON_TYPE, handle: ready }),
  route({
    method: 'GET',
    path: '/openapi.json',
    access: 'open',
    gives: JSON_TYPE,
    handle: openapi,
  }),
  route({ method: 'GET', path: '/docs', access: 'open', gives: HTML_TYPE, handle: docs }),

  route({
    method: 'GET',
    path: '/v1/articles',
    access: READ,
    query: LIST_PARAMETERS,
    gives: JSON_TYPE,
    handle: listArticles,
  }),
  route({
    method: 'POST',
    path: '/v1/articles',
    access: WRITE,
    query: [],
    takes: JSON_TYPE,
    gives: JSON_TYPE,
    handle: createArticle,
  }),
  route({
    method: 'POST',
    path: '/v1/articles/batch',
    access: WRITE,
    query: [],
    takes: JSON_TYPE,
    gives: JSON_TYPE,
    handle: putArticles,
  }),
  route({
    method: 'POST',
    path: '/v1/articles/query',
    access: READ,
    query: [],
    takes: JSON_TYPE,
    gives: JSON_TYPE,
    reads: true,
    handle: queryArticles,
  }),
  route({
    method: 'GET',
    path: ARTICLE,
    access: READ,
    query: ['include', 'fields'],
    gives: JSON_TYPE,
    handle: getArticle,
  }),
  route({
    method: 'PUT',
    path: ARTICLE,
    access: WRITE,
    query: [],
    takes: JSON_TYPE,
    gives: JSON_TYPE,
    handle: putArticle,
  }),
  route({
    method: 'PATCH',
    path: ARTICLE,
    access: WRITE,
    query: [],
    takes: MERGE_PATCH_TYPE,
    gives: JSON_TYPE,
    handle: patchArticle,
  }),
  route({ method: 'DELETE', path: ARTICLE, access: WRITE, query: [], handle: deleteArticle }),
  route({
    method: 'GET',
    path: `${ARTICLE}/related`,
    access: READ,
    query: ['kinds', 'limit', 'include'],
    gives: JSON_TYPE,
    handle: relatedArticles,
  }),
  route({
    method: 'GET',
    path: '/v1/export',
    access: 'admin',
    query: ['filter', 'include', 'pageToken'],
    gives: NDJSON_TYPE,
    handle: exportArticles,
  }),
  route({
    method: 'GET',
    path: '/v1/status',
    access: 'admin',
    query: ['traffic'],
    gives: JSON_TYPE,
    handle: readStatus,
  }),

  route({
    method: 'GET',
    path: OUTPUTS,
    access: READ,
    query: [],
    gives: JSON_TYPE,
    handle: listOutputs,
  }),
  route({
    method: 'GET',
    path: OUTPUT,
    access: READ,
    query: ['version'],
    gives: JSON_TYPE,
    handle: getOutput,
  }),
  route({
    method: 'PUT',
    path: OUTPUT,
    access: WRITE,
    query: ['onlyNew'],
    takes: JSON_TYPE,
    gives: JSON_TYPE,
    handle: putOutput,
  }),
  route({ method: 'DELETE', path: OUTPUT, access: WRITE, query: [], handle: deleteOutput }),
  route({
    method: 'GET',
    path: `${OUTPUT}/versions`,
    access: READ,
    query: ['pageSize', 'pageToken'],
    gives: JSON_TYPE,
    handle: listVersions,
  }),
  route({
    method: 'POST',
    path: '/v1/ai-outputs/batch',
    access: WRITE,
    query: ['onlyNew'],
    takes: JSON_TYPE,
    gives: JSON_TYPE,
    handle: putOutputs,
  }),

  route({
    method: 'GET',
    path: '/v1/ai-outputs/shapes',
    access: READ,
    query: ['kind'],
    gives: JSON_TYPE,
    handle: listShapes,
  }),

  route({
    method: 'GET',
    path: '/v1/kinds',
    access: READ,
    query: [],
    gives: JSON_TYPE,
    handle: listKinds,
  }),
  route({
    method: 'PUT',
    path: '/v1/kinds/{kind}',
    access: 'admin',
    query: [],
    takes: JSON_TYPE,
    gives: JSON_TYPE,
    handle: putKind,
  }),

  route({
    method: 'GET',
    path: '/v1/runs/{runId}',
    access: READ,
    query: [],
    gives: JSON_TYPE,
    handle: getRun,
  }),
  route({
    method: 'POST',
    path: '/v1/runs/{runId}/revert',
    access: 'admin',
    query: [],
    gives: JSON_TYPE,
    handle: revertRun,
  }),

  route({
    method: 'GET',
    path: '/v1/projections',
    access: READ,
    query: [],
    gives: JSON_TYPE,
    handle: listProjections,
  }),
  route({
    method: 'GET',
    path: PROJECTION,
    access: READ,
    query: [],
    gives: JSON_TYPE,
    handle: getProjection,
  }),
  route({
    method: 'PUT',
    path: PROJECTION,
    access: 'admin',
    query: [],
    takes: JSON_TYPE,
    gives: JSON_TYPE,
    handle: putProjection,
  }),
  route({
    method: 'DELETE',
    path: PROJECTION,
    access: 'admin',
    query: [],
    handle: deleteProjection,
  }),
  route({
    method: 'POST',
    path: `${PROJECTION}/backfill`,
    access: 'admin',
    query: [],
    gives: JSON_TYPE,
    handle: backfillProjection,
  }),
  route({
    method: 'POST',
    path: `${PROJECTION}/preview`,
    access: READ,
    query: [],
    takes: JSON_TYPE,
    gives: JSON_TYPE,
    reads: true,
    handle: previewProjection,
  }),

  route({
    method: 'GET',
    path: `${ARTICLE}/relations`,
    access: READ,
    query: ['direction', 'kind', 'pageSize', 'pageToken'],
    gives: JSON_TYPE,
    handle: listRelations,
  }),
  route({
    method: 'PUT',
    path: RELATION,
    access: WRITE,
    query: [],
    takes: JSON_TYPE,
    gives: JSON_TYPE,
    handle: putRelation,
  }),
  route({ method: 'DELETE', path: RELATION, access: WRITE, query: [], handle: deleteRelation }),

  route({
    method: 'GET',
    path: '/v1/aggregations',
    access: READ,
    query: AGGREGATION_PARAMETERS,
    gives: JSON_TYPE,
    handle: aggregate,
  }),
  route({
    method: 'GET',
    path: '/v1/topics',
    access: READ,
    query: ['prefix', 'type', 'pageSize', 'pageToken'],
    gives: JSON_TYPE,
    handle: listTopics,
  }),
  route({
    method: 'GET',
    path: '/v1/sources',
    access: READ,
    query: ['prefix', 'pageSize', 'pageToken'],
    gives: JSON_TYPE,
    handle: listSources,
  }),
  route({
    method: 'GET',
    path: SOURCE,
    access: READ,
    query: [],
    gives: JSON_TYPE,
    handle: getSource,
  }),
  route({
    method: 'PUT',
    path: SOURCE,
    access: 'admin',
    query: [],
    takes: JSON_TYPE,
    gives: JSON_TYPE,
    handle: putSource,
  }),
];
