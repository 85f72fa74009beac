import { createHash } from 'node:crypto';
import { type IdempotencyKey, invalid, ServiceError } from '../domain/index.ts';
import { MAX_KEY_LENGTH } from './limits.ts';

const OP = 'http.idempotency';
const WELL_FORMED = new RegExp(`^[\\x21-\\x7e]{1,${MAX_KEY_LENGTH}}$`);

/**
 * The key of a request, with the digest of its body; undefined without one. It belongs to the caller, the
 * method and the path. Errors: `invalid` when it is none.
 */
export function readIdempotencyKey(
  request: Request,
  subject: string | undefined,
  body: Uint8Array,
): IdempotencyKey | undefined {
  const key = request.headers.get('idempotency-key');
  if (key === null) return undefined;
  if (!WELL_FORMED.test(key)) {
    const detail = `must be 1 to ${MAX_KEY_LENGTH} visible ASCII characters`;
    throw invalid(OP, `Idempotency-Key ${detail}.`, [
      { parameter: 'Idempotency-Key', code: 'malformed', detail },
    ]);
  }
  const { pathname } = new URL(request.url);
  return {
    key: digest(JSON.stringify([subject ?? null, request.method, pathname, key])),
    requestHash: digest(body),
  };
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The keys at work in this process: a second request with one need not go to the stores to be told so. */
export class KeysAtWork {
  readonly #hashes = new Map<string, string>();

  /** Errors: `conflict` (reason `in_progress`), `unprocessable` (reason `idempotency_key_reused`). */
  async run<T>(key: IdempotencyKey | undefined, work: () => Promise<T>): Promise<T> {
    if (key === undefined) return work();
    const other = this.#hashes.get(key.key);
    if (other !== undefined) throw other === key.requestHash ? inProgress() : reused();
    this.#hashes.set(key.key, key.requestHash);
    try {
      return await work();
    } finally {
      this.#hashes.delete(key.key);
    }
  }
}

function inProgress(): ServiceError {
  return new ServiceError(
    'conflict',
    OP,
    'The first request with this Idempotency-Key is still at work.',
    { reason: 'in_progress', retryAfterSeconds: 1 },
  );
}

function reused(): ServiceError {
  return new ServiceError(
    'unprocessable',
    OP,
    'This Idempotency-Key is at work with another body.',
    { reason: 'idempotency_key_reused' },
  );
}
