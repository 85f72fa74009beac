import {
  type Article,
  isServiceError,
  parseFields,
  printJson,
  readJson,
  ServiceError,
  USUAL_FIELDS,
} from '../domain/index.ts';
import { bodyInputs } from './body-inputs.ts';
import {
  answerRead,
  guardOf,
  NEVER,
  readIfMatch,
  readMustBeNew,
  refuseIfNoneMatch,
  revisionOf,
  revisionTag,
} from './conditional.ts';
import { readIdempotencyKey } from './idempotency-key.ts';
import { jsonText, noContent, REVALIDATE } from './json-answer.ts';
import { readWanted } from './list-query.ts';
import { printArticle } from './print-article.ts';
import { RAW_IN_ARTICLE } from './raw-paths.ts';
import type { Exchange, Services } from './route.ts';
import { withRegistry } from './with-registry.ts';

/** `POST /v1/articles` */
export async function createArticle(exchange: Exchange, services: Services): Promise<Response> {
  const { request, ctx, body, caller } = exchange;
  const { tandem, keysAtWork, newId } = services;
  const key = readIdempotencyKey(request, caller?.subject, body.bytes);
  const tree = readJson(body.text, { raw: RAW_IN_ARTICLE });
  const { readArticle } = await bodyInputs();
  const input = readArticle(tree, { fallback: newId });
  const { article, replayed } = await keysAtWork.run(key, () =>
    tandem.articles.create(ctx, input, key),
  );
  return written(201, article, replayed ? { 'idempotency-replayed': 'true' } : {});
}

/** `PUT /v1/articles/{id}` */
export async function putArticle(exchange: Exchange<'id'>, services: Services): Promise<Response> {
  const { request, ctx, path, body } = exchange;
  const { articles } = services.tandem;
  const mustBeNew = readMustBeNew(request);
  const demand = readIfMatch(request, revisionOf);
  const tree = readJson(body.text, { raw: RAW_IN_ARTICLE });
  const { readArticle } = await bodyInputs();
  const input = readArticle(tree, { fixed: path.id });
  if (mustBeNew) {
    const { article } = await articles.create(ctx, input).catch((error: unknown) => {
      throw isTaken(error, path.id) ? exists(path.id) : error;
    });
    return written(201, article);
  }
  const current = (): Promise<number | undefined> => currentRev(exchange, services);
  const guard = await guardOf(demand, current);
  // That there is an article is all that `*` asks for; once deleted it could not come back in between.
  const ifRev = demand?.any && guard !== NEVER ? undefined : guard;
  const { article, created } = await articles.put(ctx, input, ifRev);
  return written(created ? 201 : 200, article);
}

/** `PATCH /v1/articles/{id}` */
export async function patchArticle(
  exchange: Exchange<'id'>,
  services: Services,
): Promise<Response> {
  const { request, ctx, path, body } = exchange;
  refuseIfNoneMatch(request);
  const demand = readIfMatch(request, revisionOf);
  const tree = readJson(body.text, { raw: RAW_IN_ARTICLE });
  const { readArticlePatch } = await bodyInputs();
  const patch = readArticlePatch(tree, path.id);
  const ifRev = await changeGuard(demand, exchange, services);
  return written(200, await services.tandem.articles.patch(ctx, path.id, patch, ifRev));
}

/** `DELETE /v1/articles/{id}` */
export async function deleteArticle(
  exchange: Exchange<'id'>,
  services: Services,
): Promise<Response> {
  const { request, ctx, path } = exchange;
  refuseIfNoneMatch(request);
  const demand = readIfMatch(request, revisionOf);
  const ifRev = await changeGuard(demand, exchange, services);
  await services.tandem.articles.remove(ctx, path.id, ifRev);
  return noContent();
}

/** `GET /v1/articles/{id}` */
export async function getArticle(
  { request, ctx, path, query, prefer }: Exchange<'id'>,
  services: Services,
): Promise<Response> {
  const { tandem } = services;
  const fields = query.text('fields');
  const mask =
    (fields &&
      (await withRegistry(ctx, services, async (registry) => parseFields(fields, registry)))) ||
    USUAL_FIELDS;
  const wanted = readWanted(query.text('include'), mask, prefer.strict);
  const answer = await tandem.articles.get(ctx, path.id, wanted);
  const text = printJson(printArticle(answer, mask, answer.degraded));
  return answerRead(request, revisionTag(answer.article.rev, text), revisionOf, () =>
    jsonText(200, text, {
      'cache-control': REVALIDATE,
      ...(answer.ageSeconds === undefined ? {} : { age: String(answer.ageSeconds) }),
    }),
  );
}

/** The answer to a write: the article as a plain GET would tell it. */
function written(
  status: 200 | 201,
  article: Article,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const text = printJson(printArticle({ article }, USUAL_FIELDS));
  return jsonText(status, text, {
    etag: revisionTag(article.rev, text),
    ...(status === 201 ? { location: `/v1/articles/${article.id}` } : {}),
    ...headers,
  });
}

/** Guard of a change of what is there. `*` asks for nothing more than such a change does by itself. */
async function changeGuard(
  demand: ReturnType<typeof readIfMatch>,
  exchange: Exchange<'id'>,
  services: Services,
): Promise<number | undefined> {
  return demand?.any ? undefined : guardOf(demand, () => currentRev(exchange, services));
}

/** The article's revision now; undefined where there is none. */
async function currentRev(
  { ctx, path }: Exchange<'id'>,
  { tandem }: Services,
): Promise<number | undefined> {
  const plain = { include: 'none', body: false, strict: false } as const;
  try {
    return (await tandem.articles.get(ctx, path.id, plain)).article.rev;
  } catch (error) {
    if (isServiceError(error, 'not_found')) return undefined;
    throw error;
  }
}

function isTaken(error: unknown, id: string): boolean {
  return isServiceError(error, 'conflict') && error.details.existing === id;
}

function exists(id: string): ServiceError {
  const message = `If-None-Match asks for there to be none, but the article "${id}" exists.`;
  return new ServiceError('precondition_failed', 'http.articles', message);
}
