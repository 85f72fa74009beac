import type { Http } from '../../../src/http/index.ts';
import { startAurora } from '../../support/aurora.ts';
import { importBundled } from '../../support/bundled.ts';
import { seededRandom } from '../../support/clock.ts';
import { startDynamoDb } from '../../support/dynamodb.ts';

export const ARTICLES = 50;
export const KINDS = ['summary', 'entities'] as const;
/** About what a summary with its key points and the entities of a news article take. */
const OUTPUT_BYTES = 4_096;

/** The app over the real clients and both local services, filled with a page of articles. */
export interface ListWorld {
  readonly http: Http;
  close(): Promise<void>;
}

/** The app is loaded as it is deployed, as one file: what the loader of tests adds to each function is not its own. */
export async function openListWorld(): Promise<ListWorld> {
  const aurora = await startAurora();
  const dynamoDb = await startDynamoDb();
  const { table } = await dynamoDb.store();
  const { createApp } = await importBundled<typeof import('./app.ts')>(
    new URL('app.ts', import.meta.url),
    'list-cpu',
  );
  const { url, resourceArn, secretArn, database } = aurora.server;
  const app = createApp(
    { endpoint: url, resourceArn, secretArn, database },
    { client: dynamoDb.config, table },
  );
  await fill(app.http);
  return {
    http: app.http,
    async close() {
      await app.close();
      await dynamoDb.close();
      await aurora.close();
    },
  };
}

async function fill(http: Http): Promise<void> {
  const random = seededRandom(11);
  const send = async (path: string, body: unknown): Promise<void> => {
    const response = await http.fetch(
      new Request(`http://tandem.example${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );
    const text = await response.text();
    if (response.status !== 200 || text.includes('"error"')) throw new Error(text);
  };
  const articles = Array.from({ length: ARTICLES }, (_, n) => anArticle(n, random));
  await send('/v1/articles/batch', { articles });
  const items = articles.flatMap(({ id }) => [
    { articleId: id, kind: 'summary', producer: PRODUCER, output: aSummary(random) },
    { articleId: id, kind: 'entities', producer: PRODUCER, output: theEntities(random) },
  ]);
  for (let at = 0; at < items.length; at += 100) {
    await send('/v1/ai-outputs/batch', { items: items.slice(at, at + 100) });
  }
}

const PRODUCER = { name: 'bench', model: 'gpt4o', version: '2024-08-06', runId: 'run-1' };

type Random = () => number;

function words(count: number, random: Random): string {
  const syllables = ['ka', 'ro', 'mi', 'ten', 'sal', 'vo', 'rin', 'da', 'lu', 'fer', 'né', 'os'];
  const word = (): string =>
    Array.from(
      { length: 1 + Math.floor(random() * 4) },
      () => syllables[Math.floor(random() * syllables.length)],
    ).join('');
  return Array.from({ length: count }, word).join(' ');
}

function anArticle(n: number, random: Random) {
  return {
    id: `article-${n}`,
    url: `https://example.org/news/${n}`,
    title: words(8, random),
    description: words(24, random),
    language: 'en',
    section: 'world',
    source: { key: 'wire', name: 'The Wire' },
    authors: [words(2, random)],
    topics: Array.from({ length: 4 }, (_, t) => ({
      key: `t-${t}-${n % 7}`,
      name: words(1, random),
      type: 'topic',
      weight: 0.5,
    })),
    publishedAt: new Date(Date.UTC(2026, 0, 1) + n * 3_600_000).toISOString(),
    attributes: { desk: 'foreign', words: n * 10, tags: ['a', 'b'], nested: { ok: true } },
  };
}

function aSummary(random: Random): unknown {
  return {
    text: words(380, random).slice(0, OUTPUT_BYTES * 0.7),
    points: Array.from({ length: 8 }, () => words(14, random)),
  };
}

function theEntities(random: Random): unknown {
  return {
    entities: Array.from({ length: 30 }, (_, n) => ({
      type: n % 2 === 0 ? 'person' : 'place',
      text: words(3, random),
      salience: Math.round(random() * 1e6) / 1e6,
      mentions: [{ start: n * 40, end: n * 40 + 12 }],
    })),
  };
}
