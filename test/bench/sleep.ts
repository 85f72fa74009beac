import { type Client, clientOf } from '../support/http.ts';
import { startService } from '../support/service.ts';
import { printTable, quantile } from '../support/table.ts';

const ID = 'wrenport-ferry-returns';
const LIST = '/v1/articles?filter=language%20%3D%20%22en%22&include=summary';
const ROUNDS = 120;
const READERS = 200;

/** Medians and 99th percentiles that must hold, in milliseconds. */
const BAR = { p50: 100, p99: 300 };

/** Reads and outputs while Aurora sleeps, and a storm of readers on it; throws when a bar is not met. */
export async function run(): Promise<void> {
  const service = await startService({ SAMPLE: '1', RESUME_SECONDS: '30' });
  try {
    const call = clientOf(service.url);
    await call('GET', LIST);
    await call('POST', '/__local/settle');
    let unknown = 0;
    const requests: [name: string, status: number, send: () => ReturnType<Client>][] = [
      ['GET article', 200, () => call('GET', `/v1/articles/${ID}`)],
      [
        'GET article, 2 kinds',
        200,
        () => call('GET', `/v1/articles/${ID}?include=summary,entities`),
      ],
      ['known list', 200, () => call('GET', LIST)],
      [
        'unknown list',
        503,
        () => call('GET', `/v1/articles?pageSize=${1 + (unknown++ % 100)}&skip=1`),
      ],
      [
        'PUT output',
        201,
        () => call('PUT', `/v1/articles/${ID}/ai-outputs/note`, { output: Math.random() }),
      ],
    ];
    const rows: (string | number)[][] = [];
    const missed: string[] = [];
    for (const [name, status, send] of requests) {
      const awake = status === 503 ? undefined : await times(send, status, ROUNDS);
      await call('PUT', '/__local/aurora', { state: 'asleep' });
      const asleep = await times(send, status, ROUNDS);
      const { state } = (await call('GET', '/__local/aurora')).json;
      if (state === 'awake') throw new Error(`Aurora was awake before ${name} was measured`);
      await wake(call);
      const [p50, p99] = [quantile(asleep, 0.5), quantile(asleep, 0.99)];
      rows.push([name, status, ...(awake ? [ms(quantile(awake, 0.5))] : ['']), ms(p50), ms(p99)]);
      if (p50 >= BAR.p50 || p99 >= BAR.p99) missed.push(name);
    }
    printTable(['request', 'status', 'awake median ms', 'asleep median ms', 'p99 ms'], rows);
    await storm(call);
    if (missed.length > 0)
      throw new Error(`Over ${BAR.p50} or ${BAR.p99} ms: ${missed.join(', ')}`);
  } finally {
    await service.stop();
  }
}

async function times(
  send: () => ReturnType<Client>,
  status: number,
  rounds: number,
): Promise<number[]> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    const answer = await send();
    samples.push(performance.now() - began);
    if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}`);
    if (status === 503 && !answer.headers.get('retry-after')) throw new Error('no Retry-After');
  }
  return samples;
}

/** Many readers at once on a sleeping cluster: how often it is asked, and when the last is answered. */
async function storm(call: Client): Promise<void> {
  await call('PUT', '/__local/aurora', { state: 'asleep' });
  await call('DELETE', '/__local/calls');
  const began = performance.now();
  const ends: number[] = [];
  const statuses = new Map<number, number>();
  const readers = Array.from({ length: READERS }, async (_, n) => {
    const path =
      n % 2 === 0 ? `/v1/articles/${ID}` : `/v1/articles?skip=1&pageSize=${1 + (n % 99)}`;
    const answer = await call('GET', path, undefined, { prefer: 'wait=25' });
    ends.push(performance.now() - began);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
  });
  const counts: { at: number; calls: number }[] = [];
  const watching = (async () => {
    while (ends.length < READERS) {
      const { json } = await call('GET', '/__local/calls');
      const calls = json['data-api'].ExecuteStatement?.count ?? 0;
      counts.push({ at: performance.now() - began, calls });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  await Promise.all([...readers, watching]);
  const waking = counts.filter(({ at }) => at < 24_000);
  const perSecond = waking.map(({ at, calls }) => {
    // The calls of the second before, as far as two looks at the counter lie within it.
    const before = waking.find((other) => other.at >= at - 1_000);
    return calls - (at < 1_000 ? 0 : (before?.calls ?? 0));
  });
  const [most, last] = [Math.max(...perSecond), Math.max(...ends)];
  const told = [...statuses].map(([status, count]) => `${count} x ${status}`).join(', ');
  process.stdout.write(
    `\n${READERS} readers that wait 25 s for a resume of 30 s: ${told}; ${waking.at(-1)?.calls ?? 0} Data API calls in 24 s, at most ${most} in a second; last answer after ${Math.round(last)} ms\n`,
  );
  if (most > 2) throw new Error('More than 2 Data API calls in a second');
  if (last > 28_500) throw new Error('An answer came after its deadline');
  await wake(call);
}

/** Wakes it, and lets the process learn of it. */
async function wake(call: Client): Promise<void> {
  await call('PUT', '/__local/aurora', { state: 'awake' });
  await call('GET', '/v1/articles?pageSize=1', undefined, { prefer: 'wait=10' });
}

function ms(value: number): number {
  return Math.round(value * 10) / 10;
}
