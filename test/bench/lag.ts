import { clientOf } from '../support/http.ts';
import { startService } from '../support/service.ts';
import { printTable, quantile } from '../support/table.ts';

const ARTICLES = 200;
const PER_SECOND = 50;
const WATCHED_EVERY = 25;

/** From the answer of the PUT until a list by the metric shows the value, in milliseconds. */
const BAR_MS = 1_000;

/**
 * Projection lag on the whole local service while Aurora is awake: 50 outputs a second, of which every
 * 25th is looked for in a list. Arguments: seconds (10), outputs a second (50).
 */
export async function run([given, rated]: readonly string[]): Promise<void> {
  const seconds = Number(given ?? 10);
  const perSecond = Number(rated ?? PER_SECOND);
  const service = await startService();
  try {
    const call = clientOf(service.url);
    const articles = Array.from({ length: ARTICLES }, (_, n) => ({
      id: `l-${n}`,
      title: `l-${n}`,
    }));
    await call('POST', '/v1/articles/batch', { articles });
    await call('PUT', '/v1/projections/words', {
      kind: 'readability',
      target: { type: 'metric', valueType: 'number' },
      select: ['$.words'],
    });
    await call('POST', '/__local/settle');
    const lags: number[] = [];
    const puts: number[] = [];
    const total = seconds * perSecond;
    const began = performance.now();
    const work: Promise<void>[] = [];
    for (let n = 0; n < total; n++) {
      const dueMs = began + (n * 1000) / perSecond;
      while (performance.now() < dueMs) await pause(dueMs - performance.now());
      work.push(write(n));
    }
    await Promise.all(work);
    const rate = total / ((performance.now() - began) / 1000);
    printTable(
      ['outputs/s', 'watched', 'PUT median ms', 'lag median ms', 'p95 ms', 'longest ms'],
      [
        [
          Math.round(rate * 10) / 10,
          lags.length,
          Math.round(quantile(puts, 0.5)),
          ...[0.5, 0.95, 1].map((share) => Math.round(quantile(lags, share))),
        ],
      ],
    );
    if (quantile(lags, 0.95) > BAR_MS) throw new Error('The lag is over a second.');

    async function write(n: number): Promise<void> {
      const sentMs = performance.now();
      const { status } = await call(
        'PUT',
        `/v1/articles/l-${n % ARTICLES}/ai-outputs/readability`,
        {
          output: { words: n },
        },
      );
      if (status !== 201) throw new Error(`PUT was answered with ${status}`);
      const writtenMs = performance.now();
      puts.push(writtenMs - sentMs);
      if (n % WATCHED_EVERY !== 0) return;
      for (;;) {
        // A later output of the same article counts as well: the value is not lost, but overtaken.
        const filter = `id = "l-${n % ARTICLES}" AND metrics.words >= ${n}`;
        const { json } = await call('GET', `/v1/articles?filter=${encodeURIComponent(filter)}`);
        if (json.articles.length > 0) break;
        await pause(50);
      }
      lags.push(performance.now() - writtenMs);
    }
  } finally {
    await service.stop();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
