import { clientOf } from '../support/http.ts';
import { startService } from '../support/service.ts';
import { printTable } from '../support/table.ts';

const ARTICLES_PER_BATCH = 500;
const OUTPUTS_PER_BATCH = 100;

type Calls = Record<string, Record<string, { count: number }>>;

/** Fills a new metric from stored outputs, on the whole local service. Argument: how many outputs (5,000). */
export async function run([given]: readonly string[]): Promise<void> {
  const total = Number(given ?? 5_000);
  const service = await startService();
  try {
    const call = clientOf(service.url);
    const ids = Array.from({ length: total }, (_, n) => `b-${n}`);
    await inBatches(ids, ARTICLES_PER_BATCH, async (some) => {
      const articles = some.map((id) => ({ id, title: id }));
      await call('POST', '/v1/articles/batch', { articles });
    });
    await inBatches(ids, OUTPUTS_PER_BATCH, async (some) => {
      const items = some.map((articleId) => ({
        articleId,
        kind: 'readability',
        output: { metrics: { words: articleId.length, wordsPerSentence: Math.random() * 30 } },
      }));
      await call('POST', '/v1/ai-outputs/batch', { items });
    });
    await settle();
    await call('DELETE', '/__local/calls');

    const began = performance.now();
    await call('PUT', '/v1/projections/words', {
      kind: 'readability',
      target: { type: 'metric', valueType: 'number' },
      select: ['$.metrics.wordsPerSentence'],
    });
    await settle();
    const seconds = (performance.now() - began) / 1000;
    const { json } = await call('GET', '/v1/projections/words');
    if (json.state !== 'active' || json.coverage.matched !== total) {
      throw new Error(`Not filled: ${JSON.stringify(json)}`);
    }
    const calls = (await call('GET', '/__local/calls')).json as Calls;
    printTable(
      ['outputs', 'seconds', 'outputs/s', 'Data API calls per 1,000', 'DynamoDB calls per 1,000'],
      [
        [
          total,
          Math.round(seconds * 10) / 10,
          Math.round(total / seconds),
          perThousand(calls['data-api']),
          perThousand(calls.dynamodb),
        ],
      ],
    );

    function perThousand(operations: Record<string, { count: number }> | undefined): number {
      const sum = Object.values(operations ?? {}).reduce((so, { count }) => so + count, 0);
      return Math.round((sum / total) * 10_000) / 10;
    }

    async function settle(): Promise<void> {
      // Each call waits a minute at most.
      while ((await call('POST', '/__local/settle')).status !== 200);
    }
  } finally {
    await service.stop();
  }
}

async function inBatches(
  ids: readonly string[],
  size: number,
  send: (some: readonly string[]) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < ids.length; at += size) await send(ids.slice(at, at + size));
}
