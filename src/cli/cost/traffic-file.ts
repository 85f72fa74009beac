import { readFile } from 'node:fs/promises';
import type { Traffic } from '../../domain/index.ts';

/** A file that is no recorded traffic; `message` names the line. */
export class TrafficFileError extends Error {
  override readonly name = 'TrafficFileError';
}

const DAY_MS = 86_400_000;

/**
 * Reads recorded traffic: a JSON object a line, `{"at":"2026-03-02T08:15:00Z","count":3}`, in any order;
 * `count` 1 unless given. Its time is whole UTC days. Errors: `TrafficFileError`, those of the file system.
 */
export async function readTrafficFile(path: string): Promise<Traffic> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  const requests = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [parseLine(line, `${path}:${index + 1}`)],
  );
  if (requests.length === 0) throw new TrafficFileError(`${path} holds no request`);
  requests.sort((a, b) => a.atMs - b.atMs);
  const first = requests[0]?.atMs ?? 0;
  const last = requests.at(-1)?.atMs ?? 0;
  return {
    fromMs: Math.floor(first / DAY_MS) * DAY_MS,
    toMs: (Math.floor(last / DAY_MS) + 1) * DAY_MS,
    requests,
  };
}

/** Traffic as a file that `readTrafficFile` reads. */
export function printTraffic({ requests }: Traffic): string {
  return requests
    .map(({ atMs, count }) => `${JSON.stringify({ at: new Date(atMs).toISOString(), count })}\n`)
    .join('');
}

function parseLine(line: string, place: string): { atMs: number; count: number } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  const { at, count = 1 } = (value ?? {}) as { at?: unknown; count?: unknown };
  const atMs = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  if (Number.isNaN(atMs) || typeof count !== 'number' || !(count > 0)) {
    throw new TrafficFileError(
      `${place} must be an object such as {"at":"2026-03-02T08:15:00Z","count":1}`,
    );
  }
  return { atMs, count };
}
