import { NOT_MODIFIED, type Operations } from './operation.ts';
import type { ParameterDoc } from './parameters.ts';

const SOURCE = '/v1/sources/{key}';
const PROJECTION = '/v1/projections/{name}';
const RUN = '/v1/runs/{runId}';

const source = {
  key: 'the-wren',
  name: 'The Wren',
  homepage: 'https://news.example/',
  country: 'GB',
  language: 'en',
  attributes: {},
  articles: 12,
};

const definition = {
  kind: 'readability',
  target: { type: 'metric', valueType: 'number' },
  select: ['$.metrics.wordsPerSentence', '$.wps'],
};

const projection = {
  name: 'words-per-sentence',
  ...definition,
  revision: 1,
  state: 'backfilling',
  coverage: { matched: 21, missed: 2, failed: 1 },
  lagSeconds: 0,
  createdAt: '2026-03-02T07:00:00.000Z',
  updatedAt: '2026-03-02T07:00:00.000Z',
};

const run = { runId: 'run-2026-03-01', outputs: 24, reverted: 0 };

const groupParameters: Readonly<Record<string, ParameterDoc>> = {
  orderBy: {
    description: '`key` or a computed column, `asc` or `desc`; `count desc` unless given.',
    schema: { type: 'string' },
    example: 'count desc',
  },
  limit: {
    description: 'How many groups; more than 100 becomes 100.',
    schema: { type: 'integer', minimum: 1, default: 20 },
  },
};

/** Counting, topics, sources. */
export const ASKING_OPERATIONS: Operations = {
  'GET /v1/aggregations': {
    id: 'aggregate',
    tag: 'Groups, topics, sources',
    summary: 'Count, group and compute',
    description: 'Missing is the group `null`, which comes last. Days, weeks and months are UTC.',
    parameters: groupParameters,
    headers: ['Prefer'],
    answers: {
      200: {
        description: 'The groups.',
        schema: 'Aggregation',
        example: { groups: [{ key: 'the-wren', count: 12, 'avg(metrics.readability)': 61.2 }] },
      },
    },
  },
  'GET /v1/topics': {
    id: 'listTopics',
    tag: 'Groups, topics, sources',
    summary: 'Look through topics',
    headers: ['Prefer'],
    answers: {
      200: {
        description: 'A page, by key.',
        schema: 'TopicList',
        example: { topics: [{ key: 'ferries', name: 'Ferries', type: 'topic', articles: 3 }] },
      },
    },
  },
  'GET /v1/sources': {
    id: 'listSources',
    tag: 'Groups, topics, sources',
    summary: 'Look through sources',
    headers: ['Prefer'],
    answers: {
      200: {
        description: 'A page, by key.',
        schema: 'SourceList',
        example: { sources: [source] },
      },
    },
  },
  [`GET ${SOURCE}`]: {
    id: 'getSource',
    tag: 'Groups, topics, sources',
    summary: 'Read a source',
    headers: ['If-None-Match', 'If-Match', 'Prefer'],
    answers: {
      200: { description: 'The source.', schema: 'Source', example: source, headers: ['ETag'] },
      304: NOT_MODIFIED,
    },
    problems: [404, 412],
  },
  [`PUT ${SOURCE}`]: {
    id: 'putSource',
    tag: 'Groups, topics, sources',
    summary: 'Describe a source',
    headers: ['If-Match', 'If-None-Match', 'Prefer'],
    body: {
      schema: 'SourceInput',
      example: { name: 'The Wren', homepage: 'https://news.example/', country: 'GB' },
    },
    answers: {
      200: { description: 'It is replaced.', schema: 'Source', example: source, headers: ['ETag'] },
      201: {
        description: 'It is new.',
        schema: 'Source',
        example: { ...source, articles: 0 },
        headers: ['ETag', 'Location'],
      },
    },
    problems: [409, 412],
  },
};

/** From schema-free outputs to what can be sorted, and what is kept of them. */
export const PROJECTION_OPERATIONS: Operations = {
  'GET /v1/projections': {
    id: 'listProjections',
    tag: 'Projections',
    summary: 'See all projections',
    headers: ['Prefer'],
    answers: {
      200: {
        description: 'All of them.',
        schema: 'ProjectionList',
        example: { projections: [projection] },
      },
    },
  },
  [`GET ${PROJECTION}`]: {
    id: 'getProjection',
    tag: 'Projections',
    summary: 'Read a projection',
    headers: ['If-None-Match', 'If-Match', 'Prefer'],
    answers: {
      200: {
        description: 'It, and how far it got.',
        schema: 'Projection',
        example: { ...projection, state: 'active' },
        headers: ['ETag'],
      },
      304: NOT_MODIFIED,
    },
    problems: [404, 412],
  },
  [`PUT ${PROJECTION}`]: {
    id: 'putProjection',
    tag: 'Projections',
    summary: 'Define a projection',
    description:
      'JSONPath ([RFC 9535](https://www.rfc-editor.org/rfc/rfc9535)) over the latest version of each output; the first path that yields a value counts. Filled from stored outputs, without a deploy, and then sortable as `metrics.<name>`.',
    headers: ['If-Match', 'If-None-Match', 'Prefer'],
    body: { schema: 'ProjectionInput', example: definition },
    answers: {
      200: {
        description: 'It is changed, or was so before.',
        schema: 'Projection',
        example: { ...projection, revision: 2 },
        headers: ['ETag'],
      },
      201: {
        description: 'It is new, and being filled.',
        schema: 'Projection',
        example: projection,
        headers: ['ETag', 'Location'],
      },
    },
    problems: [409, 412],
  },
  [`DELETE ${PROJECTION}`]: {
    id: 'deleteProjection',
    tag: 'Projections',
    summary: 'Take a projection away',
    description: 'Its values go away too.',
    headers: ['If-Match', 'Prefer'],
    answers: { 204: { description: 'It is going.' } },
    problems: [404, 409, 412],
  },
  [`POST ${PROJECTION}/backfill`]: {
    id: 'backfillProjection',
    tag: 'Projections',
    summary: 'Fill a projection anew',
    headers: ['Prefer', 'Idempotency-Key'],
    answers: {
      202: {
        description: 'It has begun.',
        schema: 'Projection',
        example: projection,
        headers: ['Location'],
      },
    },
    problems: [404, 409],
  },
  [`POST ${PROJECTION}/preview`]: {
    id: 'previewProjection',
    tag: 'Projections',
    summary: 'See what a projection would yield',
    description: 'Of an output given here, or of the latest one of an article. Stores nothing.',
    headers: ['Prefer'],
    body: { schema: 'PreviewInput', example: { output: { wps: 17.4 } } },
    answers: {
      200: { description: 'What it yields.', schema: 'Preview', example: { metric: 17.4 } },
    },
    problems: [404, 410],
  },
  [`GET ${RUN}`]: {
    id: 'getRun',
    tag: 'AI outputs',
    summary: 'See what is left of a run',
    description:
      'Of the outputs that a run made: those that are the latest still, and those that were taken back.',
    headers: ['Prefer'],
    answers: {
      200: { description: 'The run.', schema: 'Run', example: { ...run, state: 'active' } },
    },
    problems: [404],
  },
  [`POST ${RUN}/revert`]: {
    id: 'revertRun',
    tag: 'AI outputs',
    summary: 'Take back the outputs of a run',
    description:
      'Every output of the run that is still the latest goes back to the last version that the run did not make, as a new version; where the run made them all it is deleted. Goes on in the background.',
    headers: ['Prefer', 'Idempotency-Key'],
    answers: {
      202: {
        description: 'It has begun.',
        schema: 'Run',
        example: { ...run, state: 'reverting' },
        headers: ['Location'],
      },
    },
    problems: [404, 409, 422],
  },
  'GET /v1/ai-outputs/shapes': {
    id: 'listShapes',
    tag: 'Projections',
    summary: 'See how outputs are built',
    description: 'The structures seen of a kind, and which models made them.',
    headers: ['Prefer'],
    answers: {
      200: {
        description: 'All shapes.',
        schema: 'ShapeList',
        example: {
          shapes: [
            {
              kind: 'readability',
              paths: ['$.wps'],
              types: ['number'],
              count: 21,
              models: ['tone-2'],
              firstSeenAt: '2026-03-02T07:00:00.000Z',
              lastSeenAt: '2026-03-02T07:00:00.000Z',
              exampleArticleId: 'wrenport-ferry-returns',
            },
          ],
        },
      },
    },
  },
  'GET /v1/kinds': {
    id: 'listKinds',
    tag: 'AI outputs',
    summary: 'See all kinds of outputs',
    headers: ['Prefer'],
    answers: {
      200: {
        description: 'All kinds, with what is kept of them.',
        schema: 'KindList',
        example: { kinds: [{ kind: 'summary', count: 24, keepVersions: 3 }] },
      },
    },
  },
  'PUT /v1/kinds/{kind}': {
    id: 'putKind',
    tag: 'AI outputs',
    summary: 'Say how much is kept of a kind',
    description:
      'Older versions go within a minute of a newer write, or by the daily sweep; the latest never.',
    headers: ['Prefer'],
    body: { schema: 'KindInput', example: { keepVersions: 3, keepDays: 90 } },
    answers: {
      200: {
        description: 'It is set.',
        schema: 'Kind',
        example: { kind: 'summary', keepVersions: 3, keepDays: 90 },
      },
    },
  },
};
