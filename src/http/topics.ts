import { json } from './json-answer.ts';
import { readKey, readKeyQuery } from './key-query.ts';
import type { Exchange, Services } from './route.ts';

/** `GET /v1/topics` */
export async function listTopics(
  { ctx, query }: Exchange,
  { tandem, tokens }: Services,
): Promise<Response> {
  const type = readKey(query, 'type');
  const { asked, tokenAfter } = readKeyQuery(query, tokens, ['topics', type ?? null]);
  const { items, next } = await tandem.vocabulary.topics(ctx, {
    ...asked,
    ...(type === undefined ? {} : { type }),
  });
  return json(200, {
    topics: items.map(({ key, name, type: own, articles }) => ({ key, name, type: own, articles })),
    ...(next === undefined ? {} : { nextPageToken: tokenAfter(next) }),
  });
}
