import { JwtVerifier } from 'aws-jwt-verify';
import { FetchError, JwtBaseError } from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { type Clock, ServiceError } from '../domain/index.ts';

/** What a good token says of its bearer. */
export interface Claims {
  readonly subject: string;
  readonly scopes: ReadonlySet<string>;
}

export interface JwtOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  readonly clock: Clock;
}

/** Checks bearer tokens. */
export interface Jwt {
  /**
   * Answers with what a token says, when all of it holds: its signature by a key of the issuer, issuer,
   * audience, `exp` (which must be there) and `nbf`. Errors: `unauthenticated`; `unavailable` when the
   * issuer's keys cannot be had. Cost: an HTTP request to the issuer for the first token, and hourly.
   */
  verify(token: string): Promise<Claims>;
}

/** Anything else is refused, whatever keys the issuer publishes. */
const ALGORITHMS: readonly string[] = ['RS256', 'ES256'];

/** How long the issuer's keys are trusted: a key taken back there is refused here after that. */
const KEYS_MS = 60 * 60_000;

/** API Gateway's own authorizer gives an issuer 1.5 s; twice that is slow enough to give up. */
const FETCH_MS = 3_000;

export function createJwt(options: JwtOptions): Jwt {
  const { clock, jwksUrl, issuer, audience } = options;

  function newVerifier() {
    return JwtVerifier.create(
      {
        issuer,
        audience,
        jwksUri: jwksUrl,
        customJwtCheck: ({ header, payload }) => {
          if (!ALGORITHMS.includes(header.alg ?? '')) throw new TokenRefused('algorithm');
          // What must be understood (RFC 7515 §4.1.11) and is not: the library lets it pass.
          if ('crit' in header) throw new TokenRefused('crit');
          if (typeof payload.exp !== 'number') throw new TokenRefused('exp');
        },
      },
      { jwksCache: new SimpleJwksCache({ fetcher: { fetch: fetchKeys } }) },
    );
  }

  let verifier = newVerifier();
  let keptSinceMs = clock.now();

  /** Renews the keys beside the requests; the old ones stay when the issuer does not answer. */
  function renewKeys(): void {
    if (clock.now() - keptSinceMs < KEYS_MS) return;
    keptSinceMs = clock.now();
    const next = newVerifier();
    next.hydrate().then(
      () => {
        verifier = next;
      },
      () => undefined,
    );
  }

  return {
    async verify(token) {
      renewKeys();
      try {
        const payload = await verifier.verify(token);
        const { sub, client_id: clientId } = payload as { sub?: unknown; client_id?: unknown };
        const subject = [sub, clientId].find((name) => typeof name === 'string' && name !== '');
        const scope = typeof payload.scope === 'string' ? payload.scope : '';
        return {
          subject: typeof subject === 'string' ? subject : '',
          scopes: new Set(scope.split(' ').filter((name) => name !== '')),
        };
      } catch (error) {
        throw translate(error);
      }
    },
  };
}

/** A token that the library lets pass and we do not. */
class TokenRefused extends JwtBaseError {}

async function fetchKeys(uri: string): Promise<ArrayBuffer> {
  try {
    const response = await fetch(uri, {
      signal: AbortSignal.timeout(FETCH_MS),
      headers: { accept: 'application/json' },
    });
    if (response.ok) return await response.arrayBuffer();
    throw new Error(`status ${response.status}`);
  } catch (error) {
    throw new FetchError(uri, error);
  }
}

function translate(error: unknown): ServiceError {
  const op = 'jwt.verify';
  if (error instanceof FetchError) {
    return new ServiceError('unavailable', op, "The issuer's keys cannot be had now.", {
      reason: 'issuer_unavailable',
      retryAfterSeconds: 5,
      cause: error,
    });
  }
  if (error instanceof JwtBaseError) {
    return new ServiceError('unauthenticated', op, 'The bearer token is not valid.', {
      reason: 'invalid_token',
      cause: error,
    });
  }
  return new ServiceError('internal', op, 'A token could not be checked.', { cause: error });
}
