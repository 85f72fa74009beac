import { clientOf } from '../support/http.ts';
import { startService } from '../support/service.ts';
import { printTable } from '../support/table.ts';

const ARTICLES_PER_BATCH = 500;
const OUTPUTS_PER_BATCH = 100;

type Calls = Record<string, Record<string, { count: number }>>;

/**
 * Fills a new metric from stored outputs, on the whole local service, and reads by it meanwhile. Argument:
 * how many outputs (2,000). Copies of the articles, which show their metrics too, are counted apart.
 */
export async function run([given]: readonly string[]): Promise<void> {
  const total = Number(given ?? 2_000);
  const service = await startService();
  try {
    const call = clientOf(service.url);
    const ids = Array.from({ length: total }, (_, n) => `b-${n}`);
    await timed('articles in', () =>
      inBatches(ids, ARTICLES_PER_BATCH, (some) =>
        call('POST', '/v1/articles/batch', { articles: some.map((id) => ({ id, title: id })) }),
      ),
    );
    await timed('outputs in', () =>
      inBatches(ids, OUTPUTS_PER_BATCH, (some) =>
        call('POST', '/v1/ai-outputs/batch', {
          items: some.map((articleId) => ({
            articleId,
            kind: 'readability',
            output: {
              metrics: { words: articleId.length, wordsPerSentence: Number(articleId.slice(2)) },
            },
          })),
        }),
      ),
    );
    await timed('catalogue up to date', settle);
    await call('DELETE', '/__local/calls');

    const began = performance.now();
    await call('PUT', '/v1/projections/words', {
      kind: 'readability',
      target: { type: 'metric', valueType: 'number' },
      select: ['$.metrics.wordsPerSentence'],
    });
    const steps: string[] = [];
    let reads = 0;
    for (let state = 'backfilling'; state !== 'active'; ) {
      const { json } = await call('GET', '/v1/projections/words');
      state = json.state;
      if (json.progress) steps.push(`${json.progress.done}/${json.progress.total}`);
      const { status, json: page } = await call(
        'GET',
        '/v1/articles?orderBy=metrics.words desc&filter=metrics.words:*&pageSize=20',
      );
      const values = page.articles.map((one: { metrics: { words: number } }) => one.metrics.words);
      const isSorted = values.every(
        (value: number, at: number) => at === 0 || value <= values[at - 1],
      );
      if (status !== 200 || !isSorted) throw new Error(`Read ${status}: ${values}`);
      reads += 1;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const seconds = (performance.now() - began) / 1000;
    const calls = (await call('GET', '/__local/calls')).json as Calls;
    await settle();
    const { json } = await call('GET', '/v1/projections/words');
    if (json.coverage.matched !== total) throw new Error(`Not filled: ${JSON.stringify(json)}`);
    const of = (service: string, operation: string): number =>
      calls[service]?.[operation]?.count ?? 0;
    const perThousand = (count: number): number => Math.round((count / total) * 10_000) / 10;
    printTable(
      ['outputs', 'seconds', 'outputs/s', 'Data API', 'BatchGetItem', 'Query', 'PutItem (copies)'],
      [
        [
          total,
          Math.round(seconds * 10) / 10,
          Math.round(total / seconds),
          perThousand(of('data-api', 'ExecuteStatement')),
          perThousand(of('dynamodb', 'BatchGetItem')),
          perThousand(of('dynamodb', 'Query')),
          perThousand(of('dynamodb', 'PutItem')),
        ],
      ],
    );
    process.stdout.write(
      `Calls are per 1,000 outputs, those of ${reads} reads and of looking for progress among them.\n` +
        `Progress: ${steps.filter((_, at) => at % Math.ceil(steps.length / 8) === 0).join(', ')}\n`,
    );

    async function settle(): Promise<void> {
      // Each call waits a minute at most.
      while ((await call('POST', '/__local/settle')).status !== 200);
    }
  } finally {
    await service.stop();
  }
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const began = performance.now();
  await work();
  process.stdout.write(`${what}: ${Math.round((performance.now() - began) / 100) / 10} s\n`);
}

async function inBatches(
  ids: readonly string[],
  size: number,
  send: (some: readonly string[]) => Promise<{ readonly status: number }>,
): Promise<void> {
  for (let at = 0; at < ids.length; at += size) {
    const { status } = await send(ids.slice(at, at + size));
    if (status !== 200) throw new Error(`A batch was answered with ${status}`);
  }
}
