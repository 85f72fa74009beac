import { type CursorValues, isKey, KEY_RULE, type KeyQuery } from '../domain/index.ts';
import { pageSizeOf } from './list-query.ts';
import type { PageTokens } from './page-token.ts';
import { type QueryParameters, refuse } from './query-parameters.ts';

/**
 * Reads `prefix`, `pageSize` and `pageToken` of a list of keys; `about` is what else its tokens are good
 * for. Errors: `invalid`.
 */
export function readKeyQuery(
  query: QueryParameters,
  tokens: PageTokens,
  about: readonly (string | null)[],
): { readonly asked: KeyQuery; tokenAfter(values: CursorValues): string } {
  const prefix = readKey(query, 'prefix');
  const question = JSON.stringify([...about, prefix ?? null]);
  const pageToken = query.text('pageToken');
  const after =
    pageToken === undefined
      ? undefined
      : (tokens.open(question, pageToken, { parameter: 'pageToken' }) as CursorValues);
  return {
    asked: {
      pageSize: pageSizeOf(query.integer('pageSize', { min: 1 })),
      ...(prefix === undefined ? {} : { prefix }),
      ...(after === undefined ? {} : { after }),
    },
    tokenAfter: (values) => tokens.issue(question, values),
  };
}

/** A parameter that keys, or the beginnings of keys, are compared with. Errors: `invalid` for what no key can be. */
export function readKey(query: QueryParameters, parameter: string): string | undefined {
  const text = query.text(parameter);
  if (text === undefined || isKey(text)) return text;
  throw refuse({ parameter, code: 'malformed', detail: `must be ${KEY_RULE}` });
}
