import {
  type AiOutputInfo,
  type AiOutputInput,
  type AiOutputStore,
  type Clock,
  type Context,
  type OutputHead,
  type Random,
  ServiceError,
  type StoredContent,
  timestampFromMs,
} from '../domain/index.ts';
import { mapLimited } from './budget.ts';
import { describeText, producerHash } from './fingerprint.ts';
import type { PresenceCheck } from './presence.ts';
import { deletesBefore, type Retention } from './retention.ts';
import type { OutputGuard, Outputs, PutOutput } from './service.ts';
import { passIfAway, stale } from './trouble.ts';

/** Outputs of a batch written at a time: each takes two or three calls at once, the SDK has 50 sockets. */
const BATCH_WIDTH = 16;

/** Old versions looked through at a time for one that is the same. */
const VERSION_PAGE = 100;

/** Waits between rounds lost to another writer of the same output: doubled each time, with full jitter. */
const CONTENTION = { firstMs: 5, longestMs: 2_000 } as const;

type Writes = Pick<Outputs, 'put' | 'putMany' | 'remove'>;

const NO_CONTENT: StoredContent = { codec: 'none', storedBytes: 0 };

/**
 * Writes of AI outputs, in DynamoDB alone: content and old version first, where no reader looks; the
 * intent before the head, so that a crash between the two leaves a note too many, never one too few; the
 * head last, on condition that it is still the one that was read.
 */
export function createOutputWrites(parts: {
  readonly outputs: AiOutputStore;
  readonly presence: PresenceCheck;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly random: Random;
}): Writes {
  const { outputs, presence, retention, clock, random } = parts;

  /** Runs `round` until it wins against other writers of the same output, or the deadline is near. */
  async function contend<T>(
    ctx: Context,
    op: string,
    round: () => Promise<T | undefined>,
  ): Promise<T> {
    for (let waitMs: number = CONTENTION.firstMs; ; waitMs *= 2) {
      const result = await round();
      if (result !== undefined) return result;
      const pause = random() * Math.min(waitMs, CONTENTION.longestMs);
      if (clock.now() + pause >= ctx.deadlineMs) {
        throw new ServiceError('conflict', op, 'Too many writers of this output at once.', {
          reason: 'write_contention',
          retryAfterSeconds: 1,
        });
      }
      await clock.sleep(pause, ctx.signal);
    }
  }

  /** The stored version, old ones included, that holds the same text by the same producer. */
  async function findSame(
    ctx: Context,
    head: OutputHead,
    same: (candidate: OutputHead) => boolean,
  ): Promise<OutputHead | undefined> {
    const isKept = await retention.of(ctx, head);
    let before = head.info.version;
    for (;;) {
      const page = await outputs.listVersions(ctx, head.info.articleId, head.info.kind, {
        before,
        limit: VERSION_PAGE,
      });
      const found = page.find((candidate) => isKept(candidate.info) && same(candidate));
      const last = page.at(-1);
      if (found || !last || page.length < VERSION_PAGE) return found;
      before = last.info.version;
    }
  }

  async function put(ctx: Context, input: AiOutputInput, guard: OutputGuard): Promise<PutOutput> {
    const op = 'outputs.put';
    const { articleId, kind } = input;
    const text = describeText(input.output);
    const producer = producerHash(input.producer);
    const same = (head: OutputHead): boolean =>
      head.info.sha256 === text.sha256 && head.producerHash === producer;

    return contend(ctx, op, async () => {
      const { head, ...mark } = await outputs.readHead(ctx, articleId, kind);
      const verified = (await presence.demand(ctx, op, articleId, mark, true)) === 'live';
      const latest = head && !head.dead ? head : undefined;
      checkGuard(op, guard, latest);
      if (latest && same(latest)) return { status: 'unchanged', info: latest.info, verified };
      if (latest && guard.onlyNew) {
        const old = await findSame(ctx, latest, same);
        if (old) return { status: 'unchanged', info: old.info, verified };
      }

      const expected = head?.info.version ?? 0;
      const version = expected + 1;
      const [content] = await Promise.all([
        outputs.stageOutput(ctx, articleId, kind, version, input.output),
        outputs.putIntent(ctx, { articleId, kind, version }),
        latest ? outputs.keepVersion(ctx, latest) : undefined,
      ]);
      const storedAt = timestampFromMs(clock.now());
      const info: AiOutputInfo = {
        articleId,
        kind,
        version,
        ...(input.producer ? { producer: input.producer } : {}),
        ...(input.usage ? { usage: input.usage } : {}),
        producedAt: input.producedAt ?? storedAt,
        storedAt,
        ...text,
        storedBytes: content.storedBytes,
      };
      const next: OutputHead = {
        info,
        dead: false,
        producerHash: producer,
        content,
        ...deletesBefore(head),
      };
      if (!(await outputs.putHead(ctx, next, expected))) return undefined;
      // What is past its retention is out of sight already; where this fails the sweeper does it.
      if (latest) await retention.apply(ctx, next).catch(passIfAway);
      return { status: 'created', info, verified };
    });
  }

  return {
    put,

    async putMany(ctx, inputs, guard) {
      // Those of one article and kind follow each other, in order; the others need not wait.
      const rows = new Map<string, number[]>();
      inputs.forEach(({ articleId, kind }, index) => {
        const key = `${articleId}#${kind}`;
        rows.set(key, [...(rows.get(key) ?? []), index]);
      });
      const results: (PutOutput | { status: 'error'; error: ServiceError })[] = new Array(
        inputs.length,
      );
      await mapLimited([...rows.values()], BATCH_WIDTH, async (indexes) => {
        for (const index of indexes) {
          try {
            results[index] = await put(ctx, inputs[index] as AiOutputInput, guard);
          } catch (error) {
            if (!(error instanceof ServiceError)) throw error;
            results[index] = { status: 'error', error };
          }
        }
      });
      return results;
    },

    async remove(ctx, articleId, kind, ifMatch) {
      const op = 'outputs.remove';
      const removed = await contend(ctx, op, async () => {
        const { head, ...mark } = await outputs.readHead(ctx, articleId, kind);
        await presence.demand(ctx, op, articleId, mark, true);
        const latest = head && !head.dead ? head : undefined;
        checkGuard(op, ifMatch === undefined ? {} : { ifMatch }, latest);
        if (!latest) return { upTo: 0 };
        const version = latest.info.version + 1;
        await outputs.putIntent(ctx, { articleId, kind, version });
        const dead: OutputHead = {
          info: {
            articleId,
            kind,
            version,
            producedAt: latest.info.producedAt,
            storedAt: timestampFromMs(clock.now()),
            sizeBytes: 0,
            storedBytes: 0,
            sha256: latest.info.sha256,
          },
          dead: true,
          producerHash: '',
          content: NO_CONTENT,
        };
        return (await outputs.putHead(ctx, dead, latest.info.version))
          ? { upTo: latest.info.version }
          : undefined;
      });
      if (removed.upTo > 0) {
        // The drain does it again; whoever reads now is told by the dead head already.
        await outputs.removeVersions(ctx, articleId, kind, removed.upTo).catch(passIfAway);
      }
    },
  };
}

function checkGuard(op: string, guard: OutputGuard, latest: OutputHead | undefined): void {
  if (guard.mustBeNew && latest) {
    throw stale(op, `There is an output already, at v${latest.info.version}.`);
  }
  const { ifMatch } = guard;
  if (ifMatch === undefined) return;
  if (!latest) throw stale(op, 'If-Match asks for an output, and there is none.');
  const { version } = latest.info;
  if (ifMatch === 'any' || ifMatch.includes(version)) return;
  throw stale(op, `If-Match asks for another version; the output is at v${version}.`);
}
