import * as examples from './examples.ts';
import { NOT_MODIFIED, type Operations } from './operation.ts';

const tag = 'AI outputs';
const OUTPUTS = '/v1/articles/{id}/ai-outputs';
const OUTPUT = `${OUTPUTS}/{kind}`;

export const OUTPUT_OPERATIONS: Operations = {
  [`GET ${OUTPUTS}`]: {
    id: 'listOutputs',
    tag,
    summary: 'See which outputs an article has',
    answers: {
      200: {
        description: 'The latest version of each kind, without its output.',
        schema: 'AiOutputList',
        example: { aiOutputs: { sentiment: examples.OUTPUT_INFO } },
      },
    },
    problems: [404, 410],
  },
  [`GET ${OUTPUT}`]: {
    id: 'getOutput',
    tag,
    summary: 'Read an output',
    description: 'Byte for byte the JSON text that was written; `sha256` is of exactly that text.',
    headers: ['If-None-Match', 'If-Match'],
    answers: {
      200: {
        description: 'The output.',
        schema: 'AiOutput',
        example: examples.OUTPUT,
        headers: ['ETag'],
      },
      304: NOT_MODIFIED,
    },
    problems: [404, 410, 412],
  },
  [`PUT ${OUTPUT}`]: {
    id: 'putOutput',
    tag,
    summary: 'Store what a model said',
    description:
      'Any JSON up to 4 MiB and 64 levels. Another output, or the same by another producer, makes a new version. Never needs Aurora: it works while the cluster sleeps.',
    headers: ['If-Match', 'If-None-Match', 'Prefer'],
    body: { schema: 'AiOutputInput', example: examples.OUTPUT_INPUT },
    answers: {
      200: {
        description: 'It is there already.',
        schema: 'StoredAiOutput',
        example: examples.STORED_OUTPUT,
        headers: ['ETag'],
      },
      201: {
        description: 'A new version is stored.',
        schema: 'StoredAiOutput',
        example: examples.STORED_OUTPUT,
        headers: ['ETag', 'Location'],
      },
      202: {
        description: 'It is taken, though nobody can tell now whether the article exists.',
        schema: 'StoredAiOutput',
        example: { ...examples.STORED_OUTPUT, verified: false },
        headers: ['ETag', 'Location'],
      },
    },
    problems: [404, 409, 410, 412],
  },
  [`DELETE ${OUTPUT}`]: {
    id: 'deleteOutput',
    tag,
    summary: 'Delete an output, all of its versions',
    headers: ['If-Match', 'Prefer'],
    answers: { 204: { description: 'It is gone, or was not there.' } },
    problems: [404, 409, 410, 412],
  },
  [`GET ${OUTPUT}/versions`]: {
    id: 'listVersions',
    tag,
    summary: "See an output's past",
    description: 'Newest first, without the outputs.',
    answers: {
      200: {
        description: 'A page of versions.',
        schema: 'AiOutputVersions',
        example: { versions: [examples.OUTPUT_INFO] },
      },
    },
    problems: [404, 410],
  },
  'POST /v1/ai-outputs/batch': {
    id: 'putOutputs',
    tag,
    summary: 'Store up to 100 outputs',
    headers: ['Idempotency-Key', 'Prefer'],
    body: {
      schema: 'AiOutputBatch',
      example: {
        items: [
          {
            articleId: 'wrenport-ferry-returns',
            kind: 'sentiment',
            ...examples.OUTPUT_INPUT,
          },
        ],
      },
    },
    answers: {
      200: {
        description: 'Results in the order of the items.',
        schema: 'AiOutputBatchResult',
        example: {
          results: [
            {
              articleId: 'wrenport-ferry-returns',
              kind: 'sentiment',
              status: 'created',
              version: 1,
            },
          ],
        },
        headers: ['Idempotency-Replayed'],
      },
    },
    problems: [409, 422],
  },
};
