import * as examples from './examples.ts';
import { NOT_MODIFIED, type Operations } from './operation.ts';

const tag = 'Articles';
const ARTICLE = '/v1/articles/{id}';

const page = {
  articles: [{ ...examples.ARTICLE, aiOutputs: { sentiment: examples.OUTPUT } }],
  nextPageToken: 'AXn2…',
};

export const ARTICLE_OPERATIONS: Operations = {
  'GET /v1/articles': {
    id: 'listArticles',
    tag,
    summary: 'Look through articles',
    description:
      'A page of articles, joined with their AI outputs: one call to each store. Keyset pages: concurrent writes make no unchanged article appear twice or vanish. While Aurora sleeps, a page that was answered before comes from its copy, with `degraded`.',
    headers: ['Prefer'],
    answers: {
      200: { description: 'A page.', schema: 'ArticleList', example: page, headers: ['Age'] },
    },
  },
  'POST /v1/articles': {
    id: 'createArticle',
    tag,
    summary: 'Create an article',
    description: 'Without an id in it the article gets one (UUIDv7).',
    headers: ['Idempotency-Key', 'Prefer'],
    body: { schema: 'ArticleInput', example: examples.ARTICLE_INPUT },
    answers: {
      201: {
        description: 'It is created.',
        schema: 'Article',
        example: examples.ARTICLE,
        headers: ['ETag', 'Location', 'Idempotency-Replayed'],
      },
    },
    problems: [409, 410, 422],
  },
  'POST /v1/articles/batch': {
    id: 'putArticles',
    tag,
    summary: 'Create or replace up to 500 articles',
    description: 'Each by itself: what is wrong with one leaves the others alone.',
    headers: ['Idempotency-Key', 'Prefer'],
    body: {
      schema: 'ArticleBatch',
      example: { articles: [{ id: 'wrenport-ferry-returns', ...examples.ARTICLE_INPUT }] },
    },
    answers: {
      200: {
        description: 'Results in the order of the articles.',
        schema: 'ArticleBatchResult',
        example: {
          results: [
            { id: 'wrenport-ferry-returns', status: 'created', rev: 1 },
            {
              id: 'other',
              status: 'error',
              error: { code: 'invalid', detail: '/articles/1/title: is required' },
            },
          ],
        },
        headers: ['Idempotency-Replayed'],
      },
    },
    problems: [409, 422],
  },
  'POST /v1/articles/query': {
    id: 'queryArticles',
    tag,
    summary: 'Look through articles, asked by a body',
    description:
      'The same as `GET /v1/articles`, for what is too long for a URL. `filter` may be text, or a tree: `{"and":[…]}`, `{"or":[…]}`, `{"not":…}`, `{"field","op","value"}`, `{"field","op":"present"}`, `{"field","op":"in","values":[…]}`, `{"text":"…"}`.',
    headers: ['Prefer'],
    body: {
      schema: 'ArticleQuery',
      example: {
        filter: {
          and: [
            { field: 'language', op: '=', value: 'en' },
            { field: 'publishedAt', op: '>', value: 'now-7d' },
          ],
        },
        orderBy: ['publishedAt desc'],
        include: ['sentiment'],
        pageSize: 20,
      },
    },
    answers: {
      200: { description: 'A page.', schema: 'ArticleList', example: page, headers: ['Age'] },
    },
  },
  [`GET ${ARTICLE}`]: {
    id: 'getArticle',
    tag,
    summary: 'Read an article',
    description: 'While Aurora sleeps it comes from its copy, with `degraded` and `Age`.',
    headers: ['If-None-Match', 'If-Match', 'Prefer'],
    answers: {
      200: {
        description: 'The article.',
        schema: 'ArticleView',
        example: { ...examples.ARTICLE, aiOutputs: { sentiment: examples.OUTPUT } },
        headers: ['ETag', 'Age'],
      },
      304: NOT_MODIFIED,
    },
    problems: [404, 410, 412],
  },
  [`PUT ${ARTICLE}`]: {
    id: 'putArticle',
    tag,
    summary: 'Create or replace an article',
    description: 'The same content again changes nothing.',
    headers: ['If-Match', 'If-None-Match', 'Prefer'],
    body: { schema: 'ArticleInput', example: examples.ARTICLE_INPUT },
    answers: {
      200: {
        description: 'It is replaced, or was so before.',
        schema: 'Article',
        example: { ...examples.ARTICLE, rev: 2 },
        headers: ['ETag'],
      },
      201: {
        description: 'It is created.',
        schema: 'Article',
        example: examples.ARTICLE,
        headers: ['ETag', 'Location'],
      },
    },
    problems: [409, 410, 412],
  },
  [`PATCH ${ARTICLE}`]: {
    id: 'patchArticle',
    tag,
    summary: 'Change a part of an article',
    description:
      'A merge patch ([RFC 7396](https://www.rfc-editor.org/rfc/rfc7396)), applied atomically: of concurrent patches none is lost. `null` takes a member away.',
    headers: ['If-Match', 'Prefer'],
    body: { schema: 'ArticlePatch', example: { section: null, attributes: { words: 415 } } },
    answers: {
      200: {
        description: 'The article as it is now.',
        schema: 'Article',
        example: { ...examples.ARTICLE, rev: 2 },
        headers: ['ETag'],
      },
    },
    problems: [404, 409, 410, 412],
  },
  [`DELETE ${ARTICLE}`]: {
    id: 'deleteArticle',
    tag,
    summary: 'Delete an article',
    description:
      'With its relations, metrics and AI outputs. For 30 days its id answers 410; its url is free at once.',
    headers: ['If-Match', 'Prefer'],
    answers: { 204: { description: 'It is gone.' } },
    problems: [404, 410, 412],
  },
  [`GET ${ARTICLE}/related`]: {
    id: 'relatedArticles',
    tag,
    summary: 'Find articles near one',
    description: 'By relations, shared topics, source and time, best first, with the reasons.',
    headers: ['Prefer'],
    answers: {
      200: {
        description: 'The nearest articles.',
        schema: 'RelatedArticles',
        example: {
          related: [
            {
              article: { ...examples.ARTICLE, id: 'wrenport-ferry-stops' },
              score: 0.82,
              why: [{ type: 'topic', key: 'ferries', name: 'ferries' }],
            },
          ],
        },
      },
    },
    problems: [404, 410],
  },
  'GET /v1/export': {
    id: 'exportArticles',
    tag,
    summary: 'Take everything out',
    description:
      'NDJSON as import reads it: a line for each article (with its body), one for the latest version of each output. At most 5 MB an answer; `x-next-page-token` leads on.',
    headers: ['Prefer'],
    answers: { 200: { description: 'Lines.', headers: ['x-next-page-token'] } },
  },
};
