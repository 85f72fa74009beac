import {
  type AiOutputStore,
  type ArticleStore,
  type Clock,
  type Context,
  isServiceError,
  type OutputHead,
  type RevertBatch,
  type RevertDone,
  ServiceError,
  timestampFromMs,
} from '../domain/index.ts';
import { mapLimited, withoutWaiting } from './budget.ts';
import type { TakeBack } from './output-revert.ts';
import type { Runs } from './service.ts';
import { isAway, passIfAway } from './trouble.ts';
import type { Maintenance } from './upkeep.ts';

/** Where DynamoDB's stream tells other processes that there is a run to take back. */
export const RUNS_NOTE = 'runs';

/** Outputs taken back a call of `tendRuns`: little enough that pending outputs do not wait for it. */
const OUTPUTS_PER_BATCH = 100;

/** Outputs taken back at a time: each takes up to three calls at once, the SDK has 50 sockets. */
const WIDTH = 16;

/** Tries of one output that the store does not give while it gives others: one whose chunks are lost is never given. */
const TRIES = 3;

/** How often a process asks whether another one, which may have died, left a run half taken back. */
const ASK_EVERY_MS = 60_000;

/** Pending outputs drained a round before a run is looked at. */
const DRAIN_LIMIT = 500;

/**
 * How far the clock of a writer may be behind Aurora's. Less would end a revert before an output that was
 * there when it was asked for; more keeps one up for as long where outputs come faster than they are drained.
 */
const CLOCKS_APART_MS = 60_000;

/** Kept back of a request's deadline while it drains. */
const RESERVE_MS = 5_000;

/**
 * Takes back what bad runs made. Aurora's catalogue knows which outputs those are and where the walk over
 * them stands, so that any process goes on where another ended; each output is written as any other is,
 * and what is pending tells the rest.
 */
export function createRuns(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly takeBack: TakeBack;
  readonly drain: Maintenance['drain'];
  readonly clock: Clock;
}): { readonly runs: Runs; readonly tendRuns: Maintenance['tendRuns'] } {
  const { articles, outputs, takeBack, drain, clock } = parts;
  let askAtMs = Number.NEGATIVE_INFINITY;
  /** The last batch, until the store has noted it. Lost with the process, it is worked off again. */
  let done: RevertDone | undefined;

  /** Brings what was acknowledged before into the catalogue, as far as time and the stores allow; whether it is all there. */
  async function drainAll(ctx: Context): Promise<boolean> {
    for (;;) {
      const { drained, left, unread } = await drain(ctx, { limit: DRAIN_LIMIT, wake: true });
      if (!left) return unread === undefined;
      if (drained === 0 || clock.now() > ctx.deadlineMs - RESERVE_MS) return false;
    }
  }

  /** One output; false where there is nothing to do any more, or it cannot be done. */
  async function takeBackOne(
    ctx: Context,
    of: { readonly articleId: string; readonly kind: string },
    runId: string,
  ): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        const { article, head } = await outputs.readHead(ctx, of.articleId, of.kind);
        if (article === 'deleted' || !isOf(head, runId)) return false;
        if (await takeBack(ctx, head, runId)) return true;
        // Another writer was first: whether it is the run's still has to be seen.
        tries = 0;
      } catch (error) {
        if (!isServiceError(error)) throw error;
        if (isAway(error)) {
          // Away for this one alone, or for all: the store tells which.
          await outputs.ping(ctx);
          if (tries < TRIES) continue;
        }
        const data = { ...of, runId, reason: error.reason };
        ctx.observe({ kind: 'event', name: 'output_not_taken_back', data });
        return false;
      }
    }
  }

  /** Whether all that was acknowledged up to a time is in the catalogue, whatever has come since. */
  async function isAllIn(ctx: Context, { awaitedAt }: RevertBatch): Promise<boolean> {
    const [oldest] = await outputs.readIntents(ctx, { limit: 1 });
    if (oldest === undefined) return true;
    if (oldest.createdAtMs > Date.parse(awaitedAt) + CLOCKS_APART_MS) return true;
    const { left, unread } = await drain(ctx, { limit: DRAIN_LIMIT, wake: false });
    return !left && unread === undefined;
  }

  /** A walk has found nothing that it could take back. What the catalogue did not have yet may be the run's too. */
  async function end(ctx: Context, batch: RevertBatch): Promise<boolean> {
    if (!batch.isLast && !(await isAllIn(ctx, batch))) return false;
    await articles.endRevert(ctx, batch, batch.isLast ? 'reverted' : 'last_walk');
    return true;
  }

  return {
    async tendRuns(caller) {
      if (clock.now() < askAtMs) return { reverted: 0, moved: false, left: false };
      const ctx = withoutWaiting(caller);
      const batch = await articles.nextRevert(ctx, {
        limit: OUTPUTS_PER_BATCH,
        ...(done ? { done } : {}),
      });
      done = undefined;
      if (batch === undefined) {
        askAtMs = clock.now() + ASK_EVERY_MS;
        return { reverted: 0, moved: false, left: false };
      }
      const { runId, cursor } = batch;
      if (batch.outputs.length === 0) {
        return { reverted: 0, moved: await end(ctx, batch), left: true };
      }
      const taken = await mapLimited(batch.outputs, WIDTH, (of) => takeBackOne(ctx, of, runId));
      const moved = taken.filter(Boolean).length;
      done = { runId, cursor, moved };
      return { reverted: moved, moved: true, left: true };
    },

    runs: {
      async get(ctx, runId) {
        const known = await articles.getRun(ctx, runId);
        if (known) return known;
        const isAll = await drainAll(ctx);
        const run = await articles.getRun(ctx, runId);
        if (run) return run;
        throw unknown('runs.get', runId, isAll);
      },

      async revert(ctx, runId) {
        // Waits for a sleeping Aurora as long as the caller does.
        await articles.getRun(ctx, runId);
        const isAllIn = await drainAll(ctx);
        const run = await articles.startRevert(ctx, runId, { isAllIn });
        if (!run) throw unknown('runs.revert', runId, isAllIn);
        if (run.state === 'reverting') {
          askAtMs = Number.NEGATIVE_INFINITY;
          // Without the note another process finds it within a minute. It tells when, since a note that says
          // the same again is no change, and makes no record in the stream.
          const note = JSON.stringify({ runId, at: timestampFromMs(clock.now()) });
          await outputs.putNote(ctx, RUNS_NOTE, note).catch(passIfAway);
        }
        return run;
      },

      expect() {
        askAtMs = Number.NEGATIVE_INFINITY;
      },
    },
  };
}

function isOf(head: OutputHead | undefined, runId: string): head is OutputHead {
  return head !== undefined && !head.dead && head.info.producer?.runId === runId;
}

/** The catalogue has no such run; outputs that did not get there may be of it. */
function unknown(op: string, runId: string, isAll: boolean): ServiceError {
  if (isAll) return new ServiceError('not_found', op, `There is no run "${runId}".`);
  const message = 'Outputs are pending, and the run may be among them.';
  return new ServiceError('unavailable', op, message, {
    reason: 'dynamodb_unavailable',
    retryAfterSeconds: 1,
  });
}
