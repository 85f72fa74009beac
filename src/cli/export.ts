import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { type Client, describeProblem, type Reply, ServiceUnreachable } from './client.ts';

export interface ExportOptions {
  readonly client: Client;
  readonly filter?: string;
  readonly include?: string;
  readonly out: Writable;
}

/**
 * Writes all articles that match, with their outputs, as NDJSON that import reads; answers with the number
 * of lines. Holds one page (about 5 MB) at a time and waits for a slow reader. A page is written when it
 * is whole, so that one asked for again leaves no line twice. Ends early, without an error, when nobody
 * reads any more. Errors: `ServiceUnreachable`.
 */
export async function runExport({ client, filter, include, out }: ExportOptions): Promise<number> {
  let lines = 0;
  let pageToken: string | undefined;
  const closed = watchClose(out);
  do {
    const reply: Reply = await client.send('GET /v1/export', {
      query: {
        ...(filter === undefined ? {} : { filter }),
        ...(include === undefined ? {} : { include }),
        ...(pageToken === undefined ? {} : { pageToken }),
      },
    });
    if (reply.status !== 200) {
      throw new ServiceUnreachable(`the export was refused: ${describeProblem(reply)}`);
    }
    if (reply.text !== '' && !(await write(out, reply.text, closed))) return lines;
    lines += reply.text.split('\n').length - 1;
    pageToken = reply.headers.get('x-next-page-token') ?? undefined;
  } while (pageToken !== undefined);
  return lines;
}

interface Closed {
  readonly signal: AbortSignal;
}

/** Notes that the reader went away; `head` and the like do that in the middle of a page. */
function watchClose(out: Writable): Closed {
  const controller = new AbortController();
  out.on('error', (error: NodeJS.ErrnoException) => {
    controller.abort(error.code === 'EPIPE' ? undefined : error);
  });
  out.on('close', () => controller.abort());
  return controller;
}

/** Writes and waits until there is room for more; false when nobody reads any more. */
async function write(out: Writable, text: string, { signal }: Closed): Promise<boolean> {
  if (!signal.aborted && !out.write(text)) {
    await once(out, 'drain', { signal }).catch(() => undefined);
  }
  if (!signal.aborted) return true;
  if (signal.reason instanceof DOMException) return false;
  throw signal.reason;
}
