import { readFile, stat, writeFile } from 'node:fs/promises';

type Fetch = (request: Request) => Promise<Response>;

/** As many as the routes take. */
const ARTICLES_A_REQUEST = 500;
const OUTPUTS_A_REQUEST = 100;

/**
 * Puts the sample articles in, through the HTTP API as anybody would, unless `mark` says that they were.
 * Cut off in the middle it is done again at the next start: nothing comes twice.
 */
export async function loadSample(fetch: Fetch, mark: string | undefined): Promise<void> {
  if (mark !== undefined && (await isThere(mark))) return;
  const [articles, outputs, relations] = await Promise.all(
    ['articles', 'ai-outputs', 'relations'].map(readLines),
  );
  for (const part of parts(articles ?? [], ARTICLES_A_REQUEST)) {
    await send(fetch, 'POST', '/v1/articles/batch', `{"articles":[${part.join(',')}]}`);
  }
  for (const part of parts(outputs ?? [], OUTPUTS_A_REQUEST)) {
    await send(fetch, 'POST', '/v1/ai-outputs/batch?onlyNew=true', `{"items":[${part.join(',')}]}`);
  }
  await Promise.all(
    (relations ?? []).map((line) => {
      const { from, kind, to, ...relation } = JSON.parse(line) as Record<string, string>;
      const path = `/v1/articles/${from}/relations/${kind}/${to}`;
      return send(fetch, 'PUT', path, JSON.stringify(relation));
    }),
  );
  if (mark !== undefined) await writeFile(mark, '');
}

async function send(fetch: Fetch, method: string, path: string, body: string): Promise<void> {
  const response = await fetch(
    new Request(`http://127.0.0.1${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body,
    }),
  );
  const answer = await response.text();
  if (!response.ok || answer.includes('"status":"error"')) {
    throw new Error(`The sample was refused at ${method} ${path}: ${answer.slice(0, 500)}`);
  }
}

async function readLines(name: string): Promise<string[]> {
  const text = await readFile(new URL(`./sample/${name}.ndjson`, import.meta.url), 'utf8');
  return text.split('\n').filter((line) => line !== '');
}

function* parts<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
