import {
  ARTICLE_ID_RULE,
  invalid,
  isArticleId,
  isName,
  NAME_RULE,
  type ServiceError,
} from '../domain/index.ts';

const RULES = {
  id: { holds: isArticleId, rule: ARTICLE_ID_RULE },
  otherId: { holds: isArticleId, rule: ARTICLE_ID_RULE },
  kind: { holds: isName, rule: NAME_RULE },
  name: { holds: isName, rule: NAME_RULE },
} as const;

export type PathParameter = keyof typeof RULES;

/** The path as it is routed by: escapes of characters that need none are undone (RFC 3986 §6.2.2.2), no others. */
export function routedPath(pathname: string): string {
  if (!pathname.includes('%')) return pathname;
  return pathname.replace(/%[0-9A-Fa-f]{2}/g, (hex) => {
    const character = String.fromCharCode(Number.parseInt(hex.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : hex;
  });
}

/** The parameters of a path that fits `pattern`, each checked by the rule of its name. Errors: `invalid`. */
export function pathParameters(
  pattern: string,
  path: string,
): { readonly [name in PathParameter]?: string } {
  const values = path.split('/');
  const parameters: { [name in PathParameter]?: string } = {};
  pattern.split('/').forEach((segment, index) => {
    if (!segment.startsWith('{')) return;
    const name = segment.slice(1, -1) as PathParameter;
    parameters[name] = read(name, values[index] ?? '');
  });
  return parameters;
}

function read(name: PathParameter, segment: string): string {
  let value: string;
  try {
    value = decodeURIComponent(segment);
  } catch {
    throw refuse(name, 'malformed_escape', 'has a percent escape that is broken or no UTF-8');
  }
  const { holds, rule } = RULES[name];
  if (holds(value)) return value;
  throw refuse(name, 'malformed', `must be ${rule}`);
}

function refuse(parameter: PathParameter, code: string, detail: string): ServiceError {
  return invalid('http.path', `${parameter} in the path ${detail}.`, [{ parameter, code, detail }]);
}
