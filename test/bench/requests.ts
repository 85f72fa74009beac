import { clientOf } from '../support/http.ts';
import { startService } from '../support/service.ts';
import { printTable, quantile } from '../support/table.ts';

const ARTICLES = 500;
const ROUNDS = 60;

type Calls = Record<string, Record<string, { count: number }>>;

/** Store calls and time of the typical requests, on the whole local service. */
export async function run(): Promise<void> {
  const service = await startService();
  try {
    const call = clientOf(service.url);
    await fill(call);
    const requests: [name: string, send: (round: number) => ReturnType<typeof call>][] = [
      ['GET article', (n) => call('GET', `/v1/articles/b-${n}`)],
      ['GET article, 2 kinds', (n) => call('GET', `/v1/articles/b-${n}?include=summary,entities`)],
      ['list of 50', () => call('GET', '/v1/articles?pageSize=50')],
      [
        'list of 50, 2 kinds',
        () => call('GET', '/v1/articles?pageSize=50&include=summary,entities'),
      ],
      [
        'PUT article',
        (n) => call('PUT', `/v1/articles/b-${n}`, { title: `again ${Math.random()}` }),
      ],
      [
        'PUT output',
        (n) => call('PUT', `/v1/articles/b-${n}/ai-outputs/summary`, { output: Math.random() }),
      ],
    ];
    const rows: (string | number)[][] = [];
    for (const [name, send] of requests) {
      await send(0);
      await call('POST', '/__local/settle');
      await call('DELETE', '/__local/calls');
      await send(1);
      const calls = (await call('GET', '/__local/calls')).json as Calls;
      const times: number[] = [];
      for (let round = 2; round < ROUNDS; round++) {
        const start = performance.now();
        await send(round);
        times.push(performance.now() - start);
      }
      rows.push([name, told(calls['data-api']), told(calls.dynamodb), ...ms(times)]);
    }
    printTable(['request', 'Data API', 'DynamoDB', 'median ms', 'p95 ms'], rows);
    process.stdout.write('Calls of one request, background work of the same moment included.\n');
  } finally {
    await service.stop();
  }
}

async function fill(call: ReturnType<typeof clientOf>): Promise<void> {
  const articles = Array.from({ length: ARTICLES }, (_, n) => ({
    id: `b-${n}`,
    title: `Article ${n}`,
    publishedAt: new Date(Date.UTC(2026, 0, 1) + n * 3_600_000).toISOString(),
    topics: ['news', `topic-${n % 17}`],
  }));
  await call('POST', '/v1/articles/batch', { articles });
  for (let at = 0; at < ARTICLES; at += 50) {
    const items = articles.slice(at, at + 50).flatMap(({ id }) => [
      { articleId: id, kind: 'summary', output: { text: 'short '.repeat(40) } },
      {
        articleId: id,
        kind: 'entities',
        output: { entities: Array(20).fill({ text: 'x', n: 1 }) },
      },
    ]);
    await call('POST', '/v1/ai-outputs/batch', { items });
  }
}

function told(calls: Record<string, { count: number }> | undefined): string {
  const parts = Object.entries(calls ?? {}).map(([name, { count }]) => `${count} ${name}`);
  return parts.join(', ') || '0';
}

function ms(times: readonly number[]): number[] {
  return [0.5, 0.95].map((share) => Math.round(quantile(times, share) * 10) / 10);
}
