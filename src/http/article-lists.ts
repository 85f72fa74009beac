import { readJson, USUAL_FIELDS } from '../domain/index.ts';
import { bodyInputs } from './body-inputs.ts';
import { readNames } from './include.ts';
import { json } from './json-answer.ts';
import { RELATED_LIMIT } from './limits.ts';
import { type ListRequest, readListBody, readListParameters, readWanted } from './list-query.ts';
import { printArticle } from './print-article.ts';
import { RAW_IN_LIST } from './raw-paths.ts';
import type { Exchange, Services } from './route.ts';
import { withRegistry } from './with-registry.ts';

/** `GET /v1/articles` */
export async function listArticles(exchange: Exchange, services: Services): Promise<Response> {
  return withRegistry(exchange.ctx, services, (registry) =>
    answerList(readListParameters(exchange, services, registry), exchange, services),
  );
}

/** `POST /v1/articles/query` */
export async function queryArticles(exchange: Exchange, services: Services): Promise<Response> {
  const tree = readJson(exchange.body.text, { raw: RAW_IN_LIST });
  const { readWrittenQuery } = await bodyInputs();
  const written = readWrittenQuery(tree);
  return withRegistry(exchange.ctx, services, (registry) =>
    answerList(readListBody(written, exchange, services, registry), exchange, services),
  );
}

async function answerList(
  { query, wanted, mask, tokenAfter }: ListRequest,
  { ctx }: Exchange,
  { tandem }: Services,
): Promise<Response> {
  const answer = await tandem.articles.list(ctx, query, wanted);
  const { views, next, total, plan, degraded, now, ageSeconds } = answer;
  return json(
    200,
    {
      articles: views.map((view) => printArticle(view, mask)),
      ...(next === undefined ? {} : { nextPageToken: tokenAfter(next, now) }),
      ...(total === undefined ? {} : { totalSize: total.size, totalKind: total.kind }),
      ...(plan === undefined ? {} : { explain: plan }),
      ...(degraded.length === 0 ? {} : { degraded }),
    },
    ageSeconds === undefined ? {} : { age: String(ageSeconds) },
  );
}

/** `GET /v1/articles/{id}/related` */
export async function relatedArticles(
  { ctx, path, query, prefer }: Exchange<'id'>,
  { tandem }: Services,
): Promise<Response> {
  const kinds = readNames(query.text('kinds'), { parameter: 'kinds' });
  const limit = query.integer('limit', { min: 1, max: RELATED_LIMIT.max }) ?? RELATED_LIMIT.default;
  const wanted = readWanted(query.text('include'), USUAL_FIELDS, prefer.strict);
  const { related, degraded } = await tandem.articles.related(
    ctx,
    path.id,
    { limit, ...(kinds.length === 0 ? {} : { kinds }) },
    wanted,
  );
  return json(200, {
    related: related.map(({ view, score, why }) => ({
      article: printArticle(view, USUAL_FIELDS),
      score,
      why,
    })),
    ...(degraded.length === 0 ? {} : { degraded }),
  });
}
