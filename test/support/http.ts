import { openApiDocument } from '../../src/http/openapi/index.ts';
import { type Checker, createChecker } from './openapi-checker.ts';

let checker: Checker | undefined;

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; tests look into it freely. */
  // biome-ignore lint/suspicious/noExplicitAny: a test states the shape it expects by asserting it
  readonly json: any;
}

export type Client = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/**
 * A plain HTTP client for one service. A string or bytes go out as they are, anything else as JSON. Every
 * answer of the service is held against its OpenAPI document; one that does not fit is an error.
 */
export function clientOf(url: string): Client {
  return async (method, path, body, headers = {}) => {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await fetch(url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': type }), ...headers },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    checkAnswer(method, path, { status: response.status, headers: response.headers, text });
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : undefined,
    };
  };
}

/** Asks again as the service says, while it says that it is busy or that others were in the way. */
export async function insist(send: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await send();
    const busy = answer.status === 503 || answer.status === 504;
    if (!busy && answer.json?.code !== 'write_contention') return answer;
    const afterS = Math.min(1, Number(answer.headers.get('retry-after') ?? 1));
    // Not all at the same moment again.
    await new Promise((resolve) => setTimeout(resolve, afterS * 1_000 * (1 + Math.random())));
  }
}

function checkAnswer(
  method: string,
  path: string,
  answer: { readonly status: number; readonly headers: Headers; readonly text: string },
): void {
  const [pathname = ''] = path.split(/[?#]/);
  if (pathname.startsWith('/__local/')) return;
  checker ??= createChecker(openApiDocument());
  const faults = checker.faultsOfAnswer({ method, path: pathname }, answer);
  if (faults.length === 0) return;
  throw new Error(
    `${method} ${path} answered ${answer.status}, and not as its OpenAPI document says: ${faults.join('; ')}`,
  );
}
