import type { Clock } from '../../domain/index.ts';
import type { ImportWatch } from './import.ts';
import type { ImportRecord } from './line.ts';

export interface ProgressOptions {
  readonly clock: Clock;
  /** Where progress and faults are written: standard error. */
  readonly out: {
    write(text: string): unknown;
    readonly isTTY?: boolean;
    readonly columns?: number;
  };
}

/** Between two drawings of the bar. */
const BAR_MS = 200;

/** Between two lines where there is no terminal. */
const LINE_MS = 3_000;

const BAR_WIDTH = 24;

const PHASES: { readonly [type in ImportRecord['type']]: string } = {
  article: 'articles',
  output: 'outputs',
};

/** Shows how an import goes on: a bar on a terminal, a line every few seconds elsewhere. */
export interface Progress extends ImportWatch {
  /** Says that a request waits, and why; the same reason once in a while. */
  trouble(reason: string): void;
  stop(): Promise<void>;
}

export function startProgress({ clock, out }: ProgressOptions): Progress {
  const isTerminal = out.isTTY === true;
  const stopped = new AbortController();
  const beganMs = clock.now();
  let phase = '';
  let total: number | undefined;
  let readBytes = 0;
  let done = 0;
  let shown = '';
  let lastTrouble = { reason: '', atMs: Number.NEGATIVE_INFINITY };

  const text = (): string => {
    const seconds = Math.max((clock.now() - beganMs) / 1_000, 0.001);
    const rate = `${done} sent, ${Math.round(done / seconds)}/s`;
    if (total === undefined || total === 0)
      return `${phase}: ${megabytes(readBytes)} read, ${rate}`;
    const share = Math.min(readBytes / total, 1);
    const percent = `${Math.floor(share * 100)} %`;
    if (!isTerminal) return `${phase}: ${percent} read, ${rate}`;
    const filled = Math.round(share * BAR_WIDTH);
    return `${phase} [${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${percent}, ${rate}`;
  };
  const clear = (): void => {
    if (isTerminal && shown !== '') out.write('\r\u001b[K');
    shown = '';
  };
  const draw = (): void => {
    const next = text();
    if (next === shown) return;
    if (isTerminal) out.write(`\r\u001b[K${next.slice(0, (out.columns ?? 80) - 1)}`);
    else out.write(`${next}\n`);
    shown = next;
  };
  const say = (line: string): void => {
    clear();
    out.write(`${line}\n`);
  };

  const loop = (async () => {
    for (;;) {
      await clock.sleep(isTerminal ? BAR_MS : LINE_MS, stopped.signal);
      if (phase !== '') draw();
    }
  })().catch(() => undefined);

  return {
    phase(type, bytes) {
      phase = PHASES[type];
      total = bytes;
      readBytes = 0;
    },
    read(bytes) {
      readBytes += bytes;
    },
    sent(count) {
      done = count;
    },
    fault(where, detail) {
      say(`${where}: ${detail}`);
    },
    trouble(reason) {
      const nowMs = clock.now();
      if (reason === lastTrouble.reason && nowMs - lastTrouble.atMs < 10_000) return;
      lastTrouble = { reason, atMs: nowMs };
      say(`waiting for the service: ${reason}`);
    },
    async stop() {
      stopped.abort();
      await loop;
      clear();
    },
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
