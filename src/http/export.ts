import {
  type Article,
  type ArticleQuery,
  type OrderKey,
  PAGE_SIZE,
  parseFilter,
  printFilter,
  printJson,
  printTimestamp,
  type Registry,
  type Timestamp,
  timestampFromMs,
} from '../domain/index.ts';
import type { ExportLine, ExportPosition } from '../facade/index.ts';
import { NDJSON_TYPE } from './body.ts';
import { readInclude } from './include.ts';
import type { Exchange, Services } from './route.ts';
import { withRegistry } from './with-registry.ts';

const BY_ID: readonly OrderKey[] = [{ by: { kind: 'field', name: 'id' }, direction: 'asc' }];

/** Where a page of an export ended, and what its relative times counted from. */
type Position = { readonly now: Timestamp } & Partial<ExportPosition>;

/** `GET /v1/export` */
export function exportArticles(exchange: Exchange, services: Services): Promise<Response> {
  return withRegistry(exchange.ctx, services, (registry) =>
    exportPage(exchange, services, registry),
  );
}

async function exportPage(
  { ctx, query }: Exchange,
  { tandem, clock, tokens }: Services,
  registry: Registry,
): Promise<Response> {
  const filter = parseFilter(query.text('filter') ?? '', registry);
  const include = readInclude(query.text('include') ?? '*');
  const question = JSON.stringify(['export', filter === undefined ? null : printFilter(filter)]);
  const pageToken = query.text('pageToken');
  const position =
    pageToken === undefined
      ? { now: timestampFromMs(clock.now()) }
      : (tokens.open(question, pageToken, { parameter: 'pageToken' }) as Position);
  const asked: ArticleQuery = {
    registry,
    orderBy: BY_ID,
    pageSize: PAGE_SIZE.max,
    skip: 0,
    count: 'none',
    now: position.now,
    ...(filter === undefined ? {} : { filter }),
    ...(position.after === undefined ? {} : { after: position.after }),
  };
  const { lines, next } = await tandem.articles.exportPage(ctx, asked, include, position.resume);
  const goesOn = next && tokens.issue(question, { now: position.now, ...next } satisfies Position);
  return new Response(lines.map((line) => `${printJson(printLine(line))}\n`).join(''), {
    headers: {
      'content-type': NDJSON_TYPE,
      ...(goesOn === undefined ? {} : { 'x-next-page-token': goesOn }),
    },
  });
}

/** A line as import reads it. */
function printLine(line: ExportLine): object {
  if (line.type === 'article') return printInput(line.article, line.body);
  const { articleId, kind, producer, usage, producedAt } = line.info;
  return {
    articleId,
    kind,
    producer,
    usage,
    producedAt: printTimestamp(producedAt),
    output: line.output,
  };
}

/** An article as it would be put: what the server sets and what projections yield comes by itself. */
function printInput(article: Article, body: string | undefined): object {
  const { id, url, title, description, language, section, source, authors, topics } = article;
  return {
    id,
    url,
    title,
    description,
    body,
    language,
    section,
    source: source && { key: source.key, name: source.name },
    authors,
    topics: topics.flatMap(({ key, name, type, weight, projection }) =>
      projection === undefined ? { key, name, type, weight } : [],
    ),
    publishedAt: article.publishedAt && printTimestamp(article.publishedAt),
    attributes: article.attributes,
  };
}
