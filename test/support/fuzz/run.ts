import { openApiDocument } from '../../../src/http/openapi/index.ts';
import { seededRandom } from '../clock.ts';
import { clientOf } from '../http.ts';
import { type FuzzRequest, Requests } from './requests.ts';

/** What became of a run: answers by status, and what was not as it must be. */
export interface FuzzResult {
  readonly good: Readonly<Record<number, number>>;
  readonly broken: Readonly<Record<number, number>>;
  /** Operations that good requests succeeded at. */
  readonly succeeded: ReadonlySet<string>;
  readonly faults: readonly string[];
}

/** A good request may still meet another state than it needs. */
const GOOD = [200, 201, 202, 204, 304, 404, 409, 410, 412];

/**
 * What no schema can say: that two topics are the same one, and that a patch names a source without its key where
 * the article has none yet.
 */
function isBeyondSchemas(status: number, json: { errors?: Place[] }): boolean {
  const [fault] = json?.errors ?? [];
  if (status !== 400 || !fault) return false;
  return (
    (fault.code === 'duplicate_key' && /^\/topics\/\d+$/.test(fault.pointer ?? '')) ||
    (fault.code === 'required' && fault.pointer === '/source/key')
  );
}

interface Place {
  readonly pointer?: string;
  readonly code: string;
}

/**
 * Sends `count` good requests and as many broken ones, made of the document, to a running service. Each
 * answer is held against the document by the client. A run with the same seed sends the same.
 */
export async function fuzz(url: string, count: number, seed: number): Promise<FuzzResult> {
  const requests = new Requests(openApiDocument(), seededRandom(seed));
  const call = clientOf(url);
  const good: Record<number, number> = {};
  const broken: Record<number, number> = {};
  const succeeded = new Set<string>();
  const faults: string[] = [];

  async function send(request: FuzzRequest): Promise<void> {
    const { method, path, headers, body } = request;
    const told = (what: string): void => {
      const shown = typeof body === 'string' ? body.slice(0, 300) : (body ?? '');
      faults.push(`${request.broken ?? 'good'}: ${method} ${path} ${shown} -> ${what}`);
    };
    try {
      const { status, text, json } = await call(method, path, body, headers);
      const tally = request.broken === undefined ? good : broken;
      tally[status] = (tally[status] ?? 0) + 1;
      if (request.broken === undefined) {
        if (status < 300) succeeded.add(request.operation);
        if (!GOOD.includes(status) && !isBeyondSchemas(status, json))
          told(`${status} ${text.slice(0, 400)}`);
      } else if (status < 400 || status >= 500) {
        told(`${status} ${text.slice(0, 200)}`);
      }
    } catch (error) {
      told(String(error));
    }
  }

  for (let n = 0; n < count; n += 4) {
    const batch = Array.from({ length: Math.min(4, count - n) }, () => [
      requests.good(),
      requests.broken(),
    ]);
    await Promise.all(batch.flat().map(send));
  }
  return { good, broken, succeeded, faults };
}
