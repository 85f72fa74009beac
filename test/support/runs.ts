import type { Client } from './http.ts';

/** Every question whose answer a run of outputs can change. */
const QUESTIONS = [
  'articles?orderBy=metrics.words desc&pageSize=100',
  'articles?orderBy=metrics.words&filter=metrics.words > 20&pageSize=100&count=exact',
  'articles?filter=topics:"even" AND metrics.words < 40&pageSize=100&count=exact',
  'articles?filter=ai.note.model = "good"&pageSize=100&count=exact',
  'articles?filter=ai.note.runId = "bad"&pageSize=100&count=exact',
  'articles?filter=NOT ai.note:*&pageSize=100&count=exact',
  'aggregations?groupBy=topics&compute=avg(metrics.words),count',
  'topics?type=parity',
  'articles/r-0/related',
  'articles/r-1/relations?pageSize=100',
];

/** Articles whose outputs yield metrics, topics and relations; every tenth has no output yet. */
export async function fillForRuns(call: Client, total: number): Promise<void> {
  const ids = Array.from({ length: total }, (_, n) => `r-${n}`);
  await inBatches(ids, 500, (some) =>
    call('POST', '/v1/articles/batch', { articles: some.map((id) => ({ id, title: id })) }),
  );
  const each = '$.tags[*]';
  const projections = {
    words: { target: { type: 'metric', valueType: 'number' }, select: ['$.words'] },
    tags: { target: { type: 'topics' }, each, key: '$.key', topicType: '$.type' },
    near: { target: { type: 'relations', relation: 'similar' }, each: '$.near[*]', to: '$' },
  };
  for (const [name, definition] of Object.entries(projections)) {
    await call('PUT', `/v1/projections/${name}`, { kind: 'note', ...definition });
  }
  await putRun(call, total, 'good', (n) =>
    n % 10 === 9
      ? undefined
      : { words: n % 50, tags: [tag(n % 2 === 0)], near: [`r-${(n + 1) % total}`] },
  );
}

/** Another output of every article, with other values throughout. */
export function putBadRun(call: Client, total: number): Promise<void> {
  return putRun(call, total, 'bad', (n) => ({
    words: 1_000 + n,
    tags: [tag(n % 2 !== 0)],
    near: [`r-${(n + 7) % total}`],
  }));
}

const tag = (even: boolean) => ({ key: even ? 'even' : 'odd', type: 'parity' });

async function putRun(
  call: Client,
  total: number,
  runId: string,
  outputOf: (n: number) => unknown,
): Promise<void> {
  const items = Array.from({ length: total }, (_, n) => ({
    articleId: `r-${n}`,
    kind: 'note',
    output: outputOf(n),
    producer: { model: runId, runId },
  })).filter(({ output }) => output !== undefined);
  await inBatches(items, 100, (some) => call('POST', '/v1/ai-outputs/batch', { items: some }));
}

/** The answers, without what counts writes and tells when. */
export async function answers(call: Client): Promise<string[]> {
  const told: string[] = [];
  for (const question of QUESTIONS) {
    const { status, json } = await call('GET', `/v1/${encodeURI(question)}`);
    const plain = JSON.stringify(json, (name, value) =>
      /^(createdAt|updatedAt|nextPageToken)$/.test(name) ? undefined : value,
    );
    told.push(`${status} ${question} ${plain}`);
  }
  return told;
}

async function inBatches<T>(
  items: readonly T[],
  size: number,
  send: (some: readonly T[]) => ReturnType<Client>,
): Promise<void> {
  for (let at = 0; at < items.length; at += size) {
    for (let tries = 1; ; tries += 1) {
      const { status, json } = await send(items.slice(at, at + size));
      const failed = json?.results?.filter((one: { status: string }) => one.status === 'error');
      if (status === 200 && failed?.length === 0) break;
      // A machine at its limit lets calls run into their time limits; what was stored stays as it is.
      const isBusy =
        status === 503 ||
        failed?.every(
          ({ error }: { error: { code: string } }) => error.code === 'dynamodb_unavailable',
        );
      if (!isBusy || tries === 5) {
        throw new Error(`${status} ${JSON.stringify(failed ?? json).slice(0, 500)}`);
      }
    }
  }
}
