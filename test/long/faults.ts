import { type Client, clientOf } from '../support/http.ts';
import { startService } from '../support/service.ts';
import { quantile } from '../support/table.ts';

/** The deadline of a request of the local process, and what it may take to answer beyond it. */
const DEADLINE_MS = 28_000;
const MARGIN_MS = 250;

const CLIENTS = 8;
const REQUESTS = 240;

/** Store calls under faults for each that the same load takes without: retries, less what the breaker keeps back. */
const MOST_AMPLIFICATION = 1.5;

interface Campaign {
  readonly name: string;
  readonly faults: readonly object[];
  /** Every call fails: amplification is measured here. */
  readonly everything?: boolean;
}

const both = (effect: object): object[] => [
  { service: 'dynamodb', ...effect },
  { service: 'data-api', ...effect },
];

const CAMPAIGNS: readonly Campaign[] = [
  { name: 'nothing wrong', faults: [] },
  {
    name: 'throttling',
    faults: both({ error: 'ThrottlingException', probability: 0.3 }),
  },
  { name: '500', faults: both({ httpStatus: 500, probability: 0.3 }) },
  { name: '503', faults: both({ httpStatus: 503, probability: 0.3 }) },
  { name: 'resets before the effect', faults: both({ drop: 'before', probability: 0.3 }) },
  { name: 'resets after the effect', faults: both({ drop: 'after', probability: 0.3 }) },
  {
    name: 'partial batches',
    faults: [
      { service: 'dynamodb', operation: 'BatchGetItem', unprocessed: 0.5 },
      { service: 'dynamodb', operation: 'BatchWriteItem', unprocessed: 0.5 },
    ],
  },
  { name: 'latency, p99 5 s', faults: both({ latencyMs: { p50: 20, p99: 5_000 } }) },
  {
    name: 'everything throttled',
    faults: both({ error: 'ThrottlingException' }),
    everything: true,
  },
  { name: 'everything 500', faults: both({ httpStatus: 500 }), everything: true },
  { name: 'everything reset', faults: both({ drop: 'before' }), everything: true },
];

/** What each request may be answered with, faults or not. */
const EXPECTED: Readonly<Record<string, readonly number[]>> = {
  POST: [200, 201, 409, 503, 504],
  PUT: [200, 201, 202, 404, 503, 504],
  GET: [200, 404, 503, 504],
  DELETE: [204, 404, 503, 504],
};

interface Load {
  readonly took: number[];
  readonly statuses: Map<number, number>;
  readonly wrong: string[];
}

/** Throws when a request outlives its deadline, answers outside the contract, or has its effect twice. */
export async function run([wanted]: readonly string[]): Promise<void> {
  const service = await startService({ LOG_LEVEL: 'error' });
  const call = clientOf(service.url);
  const broken: string[] = [];
  let calm = 0;
  try {
    for (const { name, faults, everything } of CAMPAIGNS) {
      if (wanted !== undefined && faults.length > 0 && !name.includes(wanted)) continue;
      await call('DELETE', '/__local/calls');
      for (const fault of faults) {
        const { status, text } = await call('POST', '/__local/faults', fault);
        if (status !== 201) throw new Error(`The fault is refused: ${text}`);
      }
      const { took, statuses, wrong } = await load(call, name.replaceAll(/[^a-z0-9]/g, '-'));
      const calls = await countCalls(call);
      if (faults.length === 0) calm = calls;
      await call('DELETE', '/__local/faults');
      wrong.push(...(await doubled(call, name.replaceAll(/[^a-z0-9]/g, '-'))));
      const longest = Math.round(quantile(took, 1));
      const amplification = calls / calm;
      if (everything && amplification > MOST_AMPLIFICATION) {
        wrong.push(`${amplification.toFixed(2)} times the store calls`);
      }
      if (longest > DEADLINE_MS + MARGIN_MS) wrong.push(`a request took ${longest} ms`);
      const counts = [...statuses].sort(([a], [b]) => a - b).map(([code, n]) => `${code}: ${n}`);
      process.stdout.write(
        `${name}: ${counts.join(', ')}; longest ${longest} ms, p50 ${Math.round(quantile(took, 0.5))} ms; store calls ×${amplification.toFixed(2)}; ${wrong.length} wrong\n`,
      );
      for (const one of wrong.slice(0, 5)) process.stdout.write(`  ${one}\n`);
      broken.push(...wrong);
    }
  } finally {
    await service.stop();
  }
  if (broken.length > 0) throw new Error(`${broken.length} answers or effects are wrong`);
}

/** Mixed requests by some clients, each asking once: what comes back is what counts. */
async function load(call: Client, prefix: string): Promise<Load> {
  const took: number[] = [];
  const statuses = new Map<number, number>();
  const wrong: string[] = [];
  async function ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) {
    const beganMs = performance.now();
    const { status, text } = await call(method, path, body, headers);
    took.push(performance.now() - beganMs);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (!EXPECTED[method]?.includes(status)) wrong.push(`${method} ${path}: ${status} ${text}`);
    if (status >= 400 && /exception|dynamo.*table|select /i.test(text)) {
      wrong.push(`${method} ${path} tells of the inside: ${text}`);
    }
  }
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      for (let n = 0; n < REQUESTS / CLIENTS / 6; n++) {
        const id = `${prefix}-${client}-${n}`;
        const key = { 'idempotency-key': id };
        await ask('POST', '/v1/articles', { title: id, section: prefix, attributes: { id } }, key);
        await ask('POST', '/v1/articles', { title: id, section: prefix, attributes: { id } }, key);
        await ask('PUT', `/v1/articles/${id}`, { title: id, body: `The body of ${id}` });
        await ask('PUT', `/v1/articles/${id}/ai-outputs/note`, { output: { id } });
        await ask('GET', `/v1/articles/${id}?include=*&fields=id,title`);
        await ask('GET', `/v1/articles?include=note&pageSize=5&orderBy=id`);
      }
    }),
  );
  return { took, statuses, wrong };
}

async function countCalls(call: Client): Promise<number> {
  const { json } = await call('GET', '/__local/calls');
  const services = Object.values(json as Record<string, Record<string, { count: number }>>);
  return services.flatMap((one) => Object.values(one)).reduce((sum, { count }) => sum + count, 0);
}

/** Articles that one key made twice, and outputs stored twice with one text: effects that faults doubled. */
async function doubled(call: Client, prefix: string): Promise<string[]> {
  const wrong: string[] = [];
  // The breaker looks again after two seconds.
  for (let tries = 0; tries < 50; tries++) {
    if ((await call('POST', '/__local/settle')).status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const seen = new Map<string, number>();
  for (let page = ''; ; ) {
    const filter = encodeURIComponent(`section = "${prefix}"`);
    const { status, json } = await call(
      'GET',
      `/v1/articles?filter=${filter}&orderBy=id&pageSize=100${page}`,
    );
    if (status !== 200) return [`the articles cannot be read afterwards: ${status}`];
    for (const { attributes } of json.articles) {
      seen.set(attributes.id, (seen.get(attributes.id) ?? 0) + 1);
    }
    if (json.nextPageToken === undefined) break;
    page = `&pageToken=${encodeURIComponent(json.nextPageToken)}`;
  }
  for (const [id, times] of seen) if (times > 1) wrong.push(`${id} was made ${times} times`);
  for (const id of [...seen.keys()].slice(0, 40)) {
    const { status, json } = await call('GET', `/v1/articles/${id}/ai-outputs/note/versions`);
    if (status === 200 && json.versions.length > 1) wrong.push(`${id} has its output twice`);
  }
  return wrong;
}
