import type { Clock } from '../../domain/index.ts';
import { type Client, describeProblem, type Reply, ServiceUnreachable } from '../client.ts';
import type { ImportRecord } from './line.ts';
import { withoutMembers } from './members.ts';

/** What became of a record. */
export type Outcome =
  | { readonly status: 'created' | 'updated' | 'unchanged' }
  | { readonly status: 'error'; readonly detail: string };

/** Outputs above this go alone, so that a batch of them stays far below the service's limit of 5 MiB. */
export const ALONE_BYTES = 1024 * 1024;

/** How long single items of a batch that failed for the moment are sent again. */
const ITEM_PATIENCE_MS = 120_000;

const ITEM_BACKOFF = { firstMs: 500, longestMs: 5_000 } as const;

/** Item errors that pass by themselves. */
const PASSING = new Set([
  'aurora_asleep',
  'aurora_unavailable',
  'dynamodb_unavailable',
  'in_progress',
  'throttled',
  'timeout',
  'unavailable',
  'write_contention',
]);

/** Refusals of a whole batch that smaller parts of it may escape, or that name no line. */
const DIVIDE: readonly number[] = [400, 413, 500, 504];

export type Send = (records: readonly ImportRecord[]) => Promise<Outcome[]>;

/**
 * Sends records of one type, none of whose keys comes twice; outcomes in order. Records are sent again
 * until the service has judged each of them. Errors: `ServiceUnreachable`.
 */
export function createSend(client: Client, clock: Clock): Send {
  async function sendOnce(records: readonly ImportRecord[]): Promise<Judged[]> {
    const [first] = records;
    if (first?.type === 'output' && records.length === 1 && first.text.length > ALONE_BYTES) {
      return [judgePut(await sendOne(client, first))];
    }
    const reply = await sendBatch(client, first?.type ?? 'article', records);
    if (reply.status === 200) return judgeBatch(reply, records.length);
    if (records.length > 1 && DIVIDE.includes(reply.status)) {
      const half = Math.ceil(records.length / 2);
      return [
        ...(await sendOnce(records.slice(0, half))),
        ...(await sendOnce(records.slice(half))),
      ];
    }
    return records.map(() => ({ status: 'error', detail: describeProblem(reply) }));
  }

  return async (records) => {
    const beganMs = clock.now();
    const judged = await sendOnce(records);
    for (let waitMs: number = ITEM_BACKOFF.firstMs; ; ) {
      const again = [...judged.keys()].filter((index) => judged[index]?.passing === true);
      if (again.length === 0) return judged;
      if (clock.now() + waitMs - beganMs > ITEM_PATIENCE_MS) {
        const { detail } = judged[again[0] ?? 0] as Judged & { detail: string };
        throw new ServiceUnreachable(`the service keeps refusing: ${detail}`);
      }
      await clock.sleep(waitMs);
      waitMs = Math.min(waitMs * 2, ITEM_BACKOFF.longestMs);
      const next = await sendOnce(again.map((index) => records[index] as ImportRecord));
      again.forEach((index, position) => {
        judged[index] = next[position] as Judged;
      });
    }
  };
}

/** An outcome, or a refusal that may pass. */
type Judged = Outcome & { readonly passing?: boolean };

/** The texts go out as they were read. A batch that takes too long may go through in parts. */
function sendBatch(
  client: Client,
  type: ImportRecord['type'],
  records: readonly ImportRecord[],
): Promise<Reply> {
  const list = records.map(({ text }) => text).join(',');
  const options = records.length > 1 ? { takes: [504] } : {};
  return type === 'article'
    ? client.send('POST /v1/articles/batch', { body: `{"articles":[${list}]}` }, options)
    : client.send(
        'POST /v1/ai-outputs/batch',
        { query: { onlyNew: true }, body: `{"items":[${list}]}` },
        options,
      );
}

function sendOne(
  client: Client,
  { articleId, kind, text }: Extract<ImportRecord, { type: 'output' }>,
): Promise<Reply> {
  return client.send('PUT /v1/articles/{id}/ai-outputs/{kind}', {
    path: { id: articleId, kind },
    query: { onlyNew: true },
    body: withoutMembers(text, ['articleId', 'kind']),
  });
}

function judgePut(reply: Reply): Judged {
  // 202: taken while nobody can tell whether the article is there.
  if (reply.status === 201 || reply.status === 202) return { status: 'created' };
  if (reply.status === 200) return { status: 'unchanged' };
  return { status: 'error', detail: describeProblem(reply) };
}

function judgeBatch(reply: Reply, count: number): Judged[] {
  const { results } = JSON.parse(reply.text) as { results?: unknown };
  if (!Array.isArray(results) || results.length !== count) {
    throw new ServiceUnreachable(`a batch of ${count} was not answered item by item`);
  }
  return results.map(
    (result: { status?: unknown; error?: { code?: unknown; detail?: unknown } }) => {
      const { status, error } = result;
      if (status === 'created' || status === 'updated' || status === 'unchanged') return { status };
      const code = String(error?.code ?? 'unknown_error');
      const detail = typeof error?.detail === 'string' ? `${code}: ${error.detail}` : code;
      return { status: 'error', detail, passing: PASSING.has(code) };
    },
  );
}
