import { isServiceError, type KnownSource, printJson, readJson } from '../domain/index.ts';
import { bodyInputs } from './body-inputs.ts';
import {
  answerRead,
  guardOf,
  NEVER,
  readIfMatch,
  readMustBeNew,
  revisionOf,
  revisionTag,
} from './conditional.ts';
import { json, jsonText, REVALIDATE } from './json-answer.ts';
import { readKeyQuery } from './key-query.ts';
import { RAW_IN_SOURCE } from './raw-paths.ts';
import type { Exchange, Services } from './route.ts';

/** `GET /v1/sources` */
export async function listSources(
  { ctx, query }: Exchange,
  { tandem, tokens }: Services,
): Promise<Response> {
  const { asked, tokenAfter } = readKeyQuery(query, tokens, ['sources']);
  const { items, next } = await tandem.vocabulary.sources(ctx, asked);
  return json(200, {
    sources: items.map(printSource),
    ...(next === undefined ? {} : { nextPageToken: tokenAfter(next) }),
  });
}

/** `GET /v1/sources/{key}` */
export async function getSource(
  { request, ctx, path }: Exchange<'key'>,
  { tandem }: Services,
): Promise<Response> {
  const source = await tandem.vocabulary.source(ctx, path.key);
  const text = printJson(printSource(source));
  return answerRead(request, revisionTag(source.rev, text), revisionOf, () =>
    jsonText(200, text, { 'cache-control': REVALIDATE }),
  );
}

/** `PUT /v1/sources/{key}` */
export async function putSource(
  { request, ctx, path, body }: Exchange<'key'>,
  { tandem }: Services,
): Promise<Response> {
  const { vocabulary } = tandem;
  const mustBeNew = readMustBeNew(request);
  const demand = readIfMatch(request, revisionOf);
  const tree = readJson(body.text, { raw: RAW_IN_SOURCE });
  const { readSource } = await bodyInputs();
  const profile = readSource(tree);
  const guard = await guardOf(demand, async () => {
    try {
      return (await vocabulary.source(ctx, path.key)).rev;
    } catch (error) {
      if (isServiceError(error, 'not_found')) return undefined;
      throw error;
    }
  });
  // That there is a source is all that `*` asks for, and none ever goes.
  const ifRev = mustBeNew ? 0 : demand?.any && guard !== NEVER ? undefined : guard;
  const { source, created } = await vocabulary.putSource(ctx, path.key, profile, ifRev);
  const text = printJson(printSource(source));
  return jsonText(created ? 201 : 200, text, {
    etag: revisionTag(source.rev, text),
    ...(created ? { location: `/v1/sources/${encodeURIComponent(source.key)}` } : {}),
  });
}

function printSource(source: KnownSource): object {
  const { key, name, homepage, country, language, attributes, articles } = source;
  return { key, name, homepage, country, language, attributes, articles };
}
