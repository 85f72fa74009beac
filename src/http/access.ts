import { ServiceError } from '../domain/index.ts';
import { TOKEN_MISSING } from './problem.ts';

/** Who calls, and what they may. */
export interface Caller {
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
}

/**
 * Checks a bearer token. Rejects with `unauthenticated` for a token that is not good, with `unavailable`
 * where that cannot be found out now.
 */
export type Authenticate = (token: string) => Promise<Caller>;

/** `admin` may do everything: who can revert a run and drop a projection gains nothing by being kept from reading. */
export type Scope = 'articles:read' | 'articles:write' | 'admin';

/**
 * Who sends this request. With `authenticate` its bearer token decides; without, whoever let it through
 * before has said who it is, or nobody asks and the answer is undefined: access is open.
 * Errors: `unauthenticated`.
 */
export async function identify(
  request: Request,
  authenticate: Authenticate | undefined,
  known: Caller | undefined,
): Promise<Caller | undefined> {
  if (authenticate === undefined) return known;
  const header = request.headers.get('authorization');
  const [, scheme = '', token = ''] = /^(\S*) *(.*)$/.exec(header?.trim() ?? '') ?? [];
  if (scheme.toLowerCase() !== 'bearer') {
    throw new ServiceError('unauthenticated', 'http.access', 'A bearer token is needed here.', {
      reason: TOKEN_MISSING,
    });
  }
  // b64token of RFC 6750 §2.1.
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token)) {
    throw new ServiceError('unauthenticated', 'http.access', 'The bearer token is malformed.');
  }
  return authenticate(token);
}

/** Errors: `forbidden` (reason `insufficient_scope`) where the caller lacks the scope. */
export function demandScope(caller: Caller | undefined, scope: Scope): void {
  if (caller === undefined || caller.scopes.has(scope) || caller.scopes.has('admin')) return;
  throw new ServiceError('forbidden', 'http.access', `This needs the scope ${scope}.`, {
    reason: 'insufficient_scope',
  });
}
