import {
  type ArticleInput,
  type ArticleOutcome,
  isServiceError,
  JsonText,
  type JsonTree,
  printJson,
  ServiceError,
} from '../domain/index.ts';
import { MAX_BATCH_ARTICLES } from '../facade/index.ts';
import { type ItemFailures, judgeFailures, readBatch, runKeyed, toldText } from './batch.ts';
import { bodyInputs } from './body-inputs.ts';
import { isMembers } from './json-tree.ts';
import { itemError } from './problem.ts';
import { RAW_IN_ARTICLE } from './raw-paths.ts';
import type { Exchange, Services } from './route.ts';

type Result =
  | { readonly status: 'created' | 'updated' | 'unchanged'; readonly rev: number }
  | { readonly status: 'error'; readonly error: ReturnType<typeof itemError> };

/** `POST /v1/articles/batch` */
export async function putArticles(exchange: Exchange, services: Services): Promise<Response> {
  const items = await readBatch(exchange.body.text, 'articles', MAX_BATCH_ARTICLES, RAW_IN_ARTICLE);
  const seen = new Set<string>();
  const { readArticle } = await bodyInputs();
  const read = items.map(({ tree, fault, pointer }): ArticleInput | ServiceError => {
    const id = idOf(tree);
    const repeats = id !== null && seen.has(id);
    if (id !== null) seen.add(id);
    if (fault) return fault;
    if (repeats) return repeated(id);
    try {
      return readArticle(tree, 'required', pointer);
    } catch (error) {
      if (isServiceError(error)) return error;
      throw error;
    }
  });
  let failures: ItemFailures = { passing: false };
  const work = async (): Promise<JsonText> => {
    const inputs = read.filter((one): one is ArticleInput => !(one instanceof ServiceError));
    const outcomes =
      inputs.length === 0 ? [] : await services.tandem.articles.putMany(exchange.ctx, inputs);
    const errors = outcomes.flatMap((one) => (one.status === 'error' ? [one.error] : []));
    failures = judgeFailures(errors, inputs.length);
    let next = 0;
    const results = read.map((one, index): Result & { readonly id: string | null } => {
      if (one instanceof ServiceError) {
        return { id: idOf(items[index]?.tree), status: 'error', error: itemError(one) };
      }
      return { id: one.id, ...resultOf(outcomes[next++]) };
    });
    return new JsonText(printJson({ results }));
  };
  return runKeyed(exchange, services, work, { keeps: () => !failures.passing });
}

/** The id that an item names, right or wrong, for its result. */
function idOf(tree: JsonTree | undefined): string | null {
  const id = isMembers(tree) ? tree.id : undefined;
  return typeof id === 'string' ? toldText(id) : null;
}

type Outcome = ArticleOutcome | { readonly status: 'error'; readonly error: ServiceError };

function resultOf(outcome: Outcome | undefined): Result {
  switch (outcome?.status) {
    case 'created':
    case 'updated':
    case 'unchanged':
      return { status: outcome.status, rev: outcome.article.rev };
    case 'error':
      return { status: 'error', error: itemError(outcome.error) };
    case 'conflict': {
      const detail = `The url belongs to the article "${outcome.existing}".`;
      return { status: 'error', error: { code: 'conflict', detail } };
    }
    case 'gone':
      return { status: 'error', error: { code: 'gone', detail: 'The article was deleted.' } };
    default:
      throw new Error(`No outcome of a batch: ${outcome?.status}`);
  }
}

function repeated(id: string): ServiceError {
  const message = `An earlier item has the id ${JSON.stringify(id)} too.`;
  return new ServiceError('invalid', 'http.batch', message, { reason: 'duplicate_id' });
}
