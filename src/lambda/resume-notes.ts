import { createResumeTimes, type ResumeTimes } from '../aurora/index.ts';
import {
  type Clock,
  type Context,
  isServiceError,
  type Ledger,
  type Observe,
} from '../domain/index.ts';

/** Resume times that all processes of the deployment share. */
export interface ResumeNotes extends ResumeTimes {
  /** Reads what others saw, unless that was done a while ago; never rejects, never takes long. */
  load(ctx: Context): Promise<void>;
  /** Settles when all that was recorded is noted. Never rejects. */
  flush(): Promise<void>;
}

/** What others saw is read again after this: a cluster does not change its ways faster. */
const FRESH_MS = 10 * 60_000;

/** Longest that an answer waits for what others saw: it is about how long to wait, not what there is. */
const LOAD_BUDGET_MS = 250;

const NOTE_BUDGET_MS = 5_000;

/**
 * Keeps resume times in the ledger, since a process on Lambda seldom lives to see two of them. Read when the
 * first call meets a sleeping cluster, so that a request that meets none pays nothing for it.
 */
export function createResumeNotes(parts: {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly observe: Observe;
}): ResumeNotes {
  const { ledger, clock, observe } = parts;
  let times = createResumeTimes();
  let loadedAtMs = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;
  let noting: Promise<void> = Promise.resolve();

  async function read(ctx: Context): Promise<void> {
    const deadlineMs = Math.min(ctx.deadlineMs, clock.now() + LOAD_BUDGET_MS);
    const { resumeSeconds } = await ledger.readNotes({ ...ctx, deadlineMs });
    if (resumeSeconds.length > 0) times = createResumeTimes(resumeSeconds);
    loadedAtMs = clock.now();
  }

  function note(work: (ctx: Context) => Promise<void>): void {
    noting = noting
      .then(() => work(backgroundContext(clock, observe, NOTE_BUDGET_MS)))
      .catch(passOver);
  }

  const passOver = (error: unknown): void => {
    // What is known without it does; only a bug is worth telling.
    if (isServiceError(error) && error.code !== 'internal') return;
    observe({ kind: 'fault', op: 'resume.notes', error });
  };

  return {
    expectedSeconds: () => times.expectedSeconds(),

    record(seconds) {
      times.record(seconds);
      note((ctx) => ledger.noteResume(ctx, seconds));
    },

    awoke() {
      note((ctx) => ledger.noteAwake(ctx));
    },

    async load(ctx) {
      if (clock.now() - loadedAtMs < FRESH_MS) return;
      loading ??= read(ctx)
        .catch(passOver)
        .finally(() => {
          loading = undefined;
        });
      await loading;
    },

    flush: () => noting,
  };
}

function backgroundContext(clock: Clock, observe: Observe, ms: number): Context {
  return {
    requestId: 'background',
    deadlineMs: clock.now() + ms,
    waitMs: 0,
    signal: new AbortController().signal,
    observe,
  };
}
