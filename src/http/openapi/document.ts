import type { Route } from '../route.ts';
import type { AnswerDoc, OperationDoc } from './operation.ts';
import { OPERATIONS, TAGS } from './operations.ts';
import {
  HEADERS,
  type JsonSchema,
  PATH_PARAMETERS,
  type ParameterDoc,
  QUERY_PARAMETERS,
} from './parameters.ts';
import { ANSWER_HEADERS, headerRef, PROBLEMS, problemResponses } from './problems.ts';
import { jsonSchemas, refTo } from './schemas.ts';

/** An OpenAPI document, as JSON. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: JsonSchema;
  readonly tags: readonly JsonSchema[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly JsonSchema[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, Content>>;
  };
  readonly responses: Readonly<Record<string, ResponseDoc>>;
}

export interface Parameter extends ParameterDoc {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
}

export interface Content {
  readonly schema: JsonSchema;
  readonly example?: unknown;
}

/** A response, or a reference to one of the components. */
export interface ResponseDoc {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Readonly<Record<string, Content>>;
}

/**
 * The OpenAPI 3.1 document of the routes. Throws for a route without a description in `OPERATIONS`, and
 * for a parameter that nobody describes: a new route comes with its words.
 */
export function documentOf(routes: readonly Route[]): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const doc = OPERATIONS[`${route.method} ${route.path}`];
    if (doc === undefined) {
      throw new Error(`Nothing in src/http/openapi tells of ${route.method} ${route.path}.`);
    }
    const methods = paths[route.path] ?? {};
    methods[route.method.toLowerCase()] = operationOf(route, doc);
    paths[route.path] = methods;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tandem',
      version: '1',
      summary: 'One queryable article out of two databases.',
      description:
        'Articles and relations live in Aurora PostgreSQL, what AI services said of them in DynamoDB; each request joins the two. Errors are `application/problem+json` (RFC 9457) with a stable `code`. Every answer carries `x-request-id`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: TAGS,
    paths,
    components: {
      schemas: jsonSchemas(),
      responses: problemResponses(),
      headers: ANSWER_HEADERS,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'RS256 or ES256; scopes in `scope`: `articles:read`, `articles:write`, `admin` (which may do everything).',
        },
      },
    },
  };
}

function operationOf(route: Route, doc: OperationDoc): Operation {
  const { takes, access, path } = route;
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) =>
      parameter('path', name, PATH_PARAMETERS[name]),
    ),
    ...(route.query ?? []).map((name) =>
      parameter('query', name, doc.parameters?.[name] ?? QUERY_PARAMETERS[name]),
    ),
    ...(doc.headers ?? []).map((name) => parameter('header', name, HEADERS[name])),
  ];
  if ((takes === undefined) !== (doc.body === undefined)) {
    throw new Error(`${doc.id}: the route and its description differ about a body.`);
  }
  return {
    operationId: doc.id,
    tags: [doc.tag],
    summary: doc.summary,
    ...(doc.description === undefined ? {} : { description: doc.description }),
    security: access === 'open' ? [] : [{ bearer: [access] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(takes === undefined || doc.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { [takes]: { schema: refTo(doc.body.schema), example: doc.body.example } },
          },
        }),
    responses: responsesOf(route, doc),
  };
}

function parameter(place: Parameter['in'], name: string, doc: ParameterDoc | undefined): Parameter {
  if (doc === undefined) {
    throw new Error(`Nothing in src/http/openapi/parameters.ts tells of the ${place} ${name}.`);
  }
  return { name, in: place, required: place === 'path', ...doc };
}

function responsesOf(route: Route, doc: OperationDoc): Record<string, ResponseDoc> {
  const successes = Object.entries(doc.answers).map(([status, answer]) => [
    status,
    responseOf(answer, Number(status), route),
  ]);
  const failures = [...new Set([...usualProblems(route), ...(doc.problems ?? [])])]
    .sort()
    .map((status) => [status, { $ref: `#/components/responses/${PROBLEMS[status]?.name}` }]);
  return Object.fromEntries([...successes, ...failures]);
}

function responseOf(
  { description, schema, example, headers = [] }: AnswerDoc,
  status: number,
  { gives, path }: Route,
): ResponseDoc {
  const usual = path.startsWith('/v1') ? ['x-request-id', 'Server-Timing'] : ['x-request-id'];
  const told = [...usual, ...headers].map((name) => [name, headerRef(name)]);
  const hasContent = gives !== undefined && status !== 204 && status !== 304;
  return {
    description,
    ...{ headers: Object.fromEntries(told) },
    ...(hasContent
      ? {
          content: {
            [gives]: {
              schema: schema === undefined ? contentSchema(gives) : refTo(schema),
              ...(example === undefined ? {} : { example }),
            },
          },
        }
      : {}),
  };
}

/** Content that no schema of ours describes. */
function contentSchema(type: string): JsonSchema {
  return { type: type === 'application/json' ? 'object' : 'string' };
}

/** What can become of any request of such a route. */
function usualProblems({ access, path, takes, gives }: Route): readonly number[] {
  const asked = gives === undefined ? [] : [406];
  if (!path.startsWith('/v1'))
    return path === '/ready' ? [...asked, 500, 503, 504] : [...asked, 500];
  return [
    400,
    ...(access === 'open' ? [] : [401, 403]),
    ...asked,
    ...(takes === undefined ? [] : [413, 415]),
    ...[429, 500, 503, 504],
  ];
}
