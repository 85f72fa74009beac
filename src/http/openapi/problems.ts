import type { JsonSchema } from './parameters.ts';
import { refTo } from './schemas.ts';

interface ProblemDoc {
  readonly name: string;
  readonly description: string;
  readonly code: string;
  readonly detail: string;
  readonly title: string;
  readonly headers?: readonly string[];
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Answers that tell what went wrong, by status. */
export const PROBLEMS: Readonly<Record<number, ProblemDoc>> = {
  400: {
    name: 'Invalid',
    description: 'Bad input: `errors` name the places, and what was probably meant.',
    title: 'Bad Request',
    code: 'invalid',
    detail: 'There is no field "langage" here.',
    more: {
      errors: [
        {
          parameter: 'filter',
          position: 0,
          code: 'unknown_field',
          detail: 'There is no field "langage" here.',
          suggestion: 'language',
        },
      ],
    },
  },
  401: {
    name: 'Unauthenticated',
    description: 'No bearer token, or none that is good.',
    title: 'Unauthorized',
    code: 'invalid_token',
    detail: 'The bearer token is not valid.',
    headers: ['WWW-Authenticate'],
  },
  403: {
    name: 'Forbidden',
    description: 'The token lacks the scope.',
    title: 'Forbidden',
    code: 'insufficient_scope',
    detail: 'This needs the scope articles:write.',
    headers: ['WWW-Authenticate'],
  },
  404: {
    name: 'NotFound',
    description: 'There is no such thing.',
    title: 'Not Found',
    code: 'not_found',
    detail: 'There is no article "a-1".',
  },
  406: {
    name: 'NotAcceptable',
    description: '`Accept` takes nothing of what there is.',
    title: 'Not Acceptable',
    code: 'not_acceptable',
    detail: 'What there is is application/json.',
  },
  409: {
    name: 'Conflict',
    description:
      'The id or the url is taken (`existing` names the article), or it is still at work.',
    title: 'Conflict',
    code: 'conflict',
    detail: 'The url belongs to the article "a-1".',
    more: { existing: 'a-1' },
  },
  410: {
    name: 'Gone',
    description: 'The article was deleted in the last 30 days.',
    title: 'Gone',
    code: 'gone',
    detail: 'The article "a-1" was deleted.',
  },
  412: {
    name: 'PreconditionFailed',
    description: '`If-Match` or `If-None-Match` asks for another state.',
    title: 'Precondition Failed',
    code: 'precondition_failed',
    detail: 'If-Match asks for another than "r4-…".',
  },
  413: {
    name: 'TooLarge',
    description: 'The body, or a part of it, is too large.',
    title: 'Content Too Large',
    code: 'too_large',
    detail: 'A body may have at most 5242880 bytes.',
  },
  415: {
    name: 'UnsupportedMediaType',
    description: 'The body has another content type, or an encoding.',
    title: 'Unsupported Media Type',
    code: 'unsupported_media_type',
    detail: 'The body must be application/json in UTF-8.',
  },
  422: {
    name: 'KeyReused',
    description: 'The `Idempotency-Key` was used with another body.',
    title: 'Unprocessable Content',
    code: 'idempotency_key_reused',
    detail: 'This Idempotency-Key was used with another body.',
  },
  429: {
    name: 'Throttled',
    description: 'Too many requests.',
    title: 'Too Many Requests',
    code: 'throttled',
    detail: 'DynamoDB takes no more at the moment.',
    headers: ['Retry-After'],
  },
  500: {
    name: 'Internal',
    description: 'A fault of ours. `requestId` tells us which.',
    title: 'Internal Server Error',
    code: 'internal',
    detail: 'Something failed here that should not. The request id tells us what.',
  },
  503: {
    name: 'Unavailable',
    description: 'A store sleeps (`aurora_asleep`) or is away; `Retry-After` tells for how long.',
    title: 'Service Unavailable',
    code: 'aurora_asleep',
    detail: 'Aurora is waking up.',
    headers: ['Retry-After'],
  },
  504: {
    name: 'Timeout',
    description: 'There was no answer in time.',
    title: 'Gateway Timeout',
    code: 'timeout',
    detail: 'There was no answer in time.',
  },
};

/** Headers of answers by name. */
export const ANSWER_HEADERS: Readonly<Record<string, JsonSchema>> = {
  ETag: {
    description: 'Entity tag: `"r<rev>-…"` of an article, `"v<version>"` of an output.',
    schema: { type: 'string' },
  },
  Location: { description: 'Where it can be read.', schema: { type: 'string' } },
  Age: {
    description: 'Seconds since the copy was made; only in answers from a copy.',
    schema: { type: 'integer' },
  },
  'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } },
  'WWW-Authenticate': { description: 'RFC 6750.', schema: { type: 'string' } },
  'Idempotency-Replayed': {
    description: '`true`: the answer is that of an earlier request with this key.',
    schema: { type: 'string', enum: ['true'] },
  },
  'x-next-page-token': {
    description: 'Asks for what follows; absent at the end.',
    schema: { type: 'string' },
  },
  'x-request-id': { description: 'Names the request in our logs.', schema: { type: 'string' } },
  'Server-Timing': { description: 'Milliseconds in each store.', schema: { type: 'string' } },
};

export function headerRef(name: string): JsonSchema {
  return { $ref: `#/components/headers/${name}` };
}

/** The problems as components of the document, each with an example. */
export function problemResponses(): Readonly<Record<string, JsonSchema>> {
  const entries = Object.entries(PROBLEMS).map(([status, problem]) => {
    const { name, description, title, code, detail, headers = [], more = {} } = problem;
    const example = {
      type: 'about:blank',
      title,
      status: Number(status),
      detail,
      instance: '/v1/articles',
      code,
      requestId: '019a6f2e-0000-7000-8000-000000000000',
      ...more,
    };
    const told = ['x-request-id', ...headers].map((header) => [header, headerRef(header)]);
    const response = {
      description,
      headers: Object.fromEntries(told),
      content: { 'application/problem+json': { schema: refTo('Problem'), example } },
    };
    return [name, response];
  });
  return Object.fromEntries(entries);
}
