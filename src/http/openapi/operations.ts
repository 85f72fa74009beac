import { ARTICLE_OPERATIONS } from './article-operations.ts';
import { ASKING_OPERATIONS, PROJECTION_OPERATIONS } from './derived-operations.ts';
import * as examples from './examples.ts';
import type { Operations } from './operation.ts';
import { OUTPUT_OPERATIONS } from './output-operations.ts';

const RELATION = '/v1/articles/{id}/relations/{kind}/{otherId}';

const RELATION_OPERATIONS: Operations = {
  'GET /v1/articles/{id}/relations': {
    id: 'listRelations',
    tag: 'Relations',
    summary: "See an article's relations",
    description: 'Newest first. A symmetric kind is one edge, seen from both ends.',
    headers: ['Prefer'],
    answers: {
      200: {
        description: 'A page of relations.',
        schema: 'RelationList',
        example: { relations: [examples.RELATION] },
      },
    },
    problems: [404, 410],
  },
  [`PUT ${RELATION}`]: {
    id: 'putRelation',
    tag: 'Relations',
    summary: 'Connect two articles',
    headers: ['Prefer'],
    body: { schema: 'RelationInput', example: { weight: 0.9, origin: 'editor' } },
    answers: {
      200: { description: 'It is replaced.', schema: 'Relation', example: examples.RELATION },
      201: { description: 'It is created.', schema: 'Relation', example: examples.RELATION },
    },
    problems: [404, 409, 410],
  },
  [`DELETE ${RELATION}`]: {
    id: 'deleteRelation',
    tag: 'Relations',
    summary: 'Take a relation away',
    headers: ['Prefer'],
    answers: { 204: { description: 'It is gone, or was not there.' } },
    problems: [404, 410],
  },
};

const SERVICE_OPERATIONS: Operations = {
  'GET /health': {
    id: 'health',
    tag: 'Service',
    summary: 'Whether the process lives',
    description: 'No store is asked.',
    answers: { 200: { description: 'It does.', schema: 'Health', example: { status: 'ok' } } },
  },
  'GET /ready': {
    id: 'ready',
    tag: 'Service',
    summary: 'Whether requests can be served',
    description:
      'With the state of each store. A sleeping Aurora is not woken, and counts as ready.',
    answers: {
      200: {
        description: 'They can.',
        schema: 'Ready',
        example: { ready: true, aurora: 'awake', dynamodb: 'ok' },
      },
    },
  },
  'GET /v1/status': {
    id: 'status',
    tag: 'Service',
    summary: 'How the service stands, and what it cost this month',
    description: 'Aurora is not called. What processes did in their last minute may be missing.',
    answers: {
      200: {
        description: 'As the ledger has it.',
        schema: 'Status',
        example: {
          time: '2026-03-02T09:00:00.000Z',
          aurora: { state: 'awake', expectedResumeSeconds: 15 },
          warmWindow: { mode: 'windows', warm: true, until: '2026-03-02T18:00:00.000Z' },
          projectionLagSeconds: 0,
          relayBacklog: { left: false, checkedAt: '2026-03-02T08:59:31.000Z' },
          calls: {
            ...{ requests: 4, auroraRequests: 3, coldRequests: 1, dataApiCalls: 5 },
            ...{ dataApiUnits: 5, readUnits: 9.5, writeUnits: 12, functionMs: 310 },
            ...{ functionRuns: 4, resumes: 1, warmPings: 0 },
          },
          cost: {
            since: '2026-03-01T00:00:00.000Z',
            currency: 'USD',
            acuHours: 0.2,
            items: { aurora: 0.024 },
            total: 0.024,
          },
        },
      },
    },
  },
  'GET /openapi.json': {
    id: 'openapi',
    tag: 'Service',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1.' } },
  },
  'GET /docs': {
    id: 'docs',
    tag: 'Service',
    summary: 'This document as a page',
    answers: { 200: { description: 'One page that needs nothing else.' } },
  },
};

/** Every operation by method and path. A route without one fails the build of the document. */
export const OPERATIONS: Operations = {
  ...ARTICLE_OPERATIONS,
  ...OUTPUT_OPERATIONS,
  ...RELATION_OPERATIONS,
  ...ASKING_OPERATIONS,
  ...PROJECTION_OPERATIONS,
  ...SERVICE_OPERATIONS,
};

/** The groups of operations, in the order of the page. */
export const TAGS: readonly { readonly name: string; readonly description: string }[] = [
  { name: 'Articles', description: 'Metadata, relations and metrics, joined with AI outputs.' },
  { name: 'AI outputs', description: 'What models said: any JSON, byte for byte, in versions.' },
  { name: 'Relations', description: 'Edges between articles.' },
  { name: 'Groups, topics, sources', description: 'What articles have in common.' },
  {
    name: 'Projections',
    description:
      'From schema-free outputs to metrics, topics and relations that can be asked about.',
  },
  { name: 'Service', description: 'The service itself. All but its status needs no token.' },
];
