/**
 * The HTTP contract, v1: takes a `Request`, gives a `Response`. Hides routing, parsing and checking of
 * what comes in, printing of what goes out, statuses, entity tags, page tokens, idempotency keys and
 * scopes. Knows no event of AWS and no store. Every answer is one of the contract, also when something
 * fails: a `problem+json` without vendor text, with the request's id.
 */
export type { Authenticate, Caller } from './access.ts';
export type { Http, HttpOptions, RequestEnv } from './app.ts';
export { createHttp } from './app.ts';
export { readOpenApiDocument } from './describe.ts';
export type { OpenApiDocument } from './openapi/document.ts';
export type { LoadTokenKeys } from './page-token.ts';
export { ROUTES } from './routes.ts';
