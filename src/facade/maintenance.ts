import type {
  AiOutputStore,
  ArticleStore,
  AuroraState,
  Clock,
  Context,
  Intent,
  OutboxEntry,
  OutputHead,
} from '../domain/index.ts';
import { createAwaitedArticles } from './awaited-articles.ts';
import { mapLimited, oneAtATime, withoutWaiting } from './budget.ts';
import { type EnterOutputs, tellSetAside } from './enter-outputs.ts';
import { createOpenDeletes, isDeleteIntent } from './open-deletes.ts';
import { isAway } from './trouble.ts';
import type { Maintenance } from './upkeep.ts';

/** Intents worked off at a time: those that are done are settled before the next are begun. */
const INTENTS_PER_ROUND = 100;

/** Pages of intents that one drain looks at: of those that wait, another one goes on behind. */
const PAGES_PER_DRAIN = 10;

/** Time left at which a drain begins no further page, in milliseconds: one takes a second or two. */
const RESERVE_MS = 5_000;

/** Articles relayed at a time. */
const RELAY_WIDTH = 16;

/**
 * When an intent without its head counts as abandoned: no writer lives longer than
 * `LONGEST_REQUEST_MS`, so at this age nobody will still put the head. Shorter would lose projections of
 * slow writers.
 */
const ABANDONED_AFTER_MS = 5 * 60_000;

/** How long an output waits for an article that nobody knows, before it is dropped. */
const UNVERIFIED_GRACE_MS = 15 * 60_000;

/** How long an output whose text cannot be read holds up its own projection, before it is set aside. */
const UNREADABLE_GRACE_MS = 5 * 60_000;

/** Bodies younger than this may belong to a write that is not committed yet. */
const BODY_GRACE_MS = 5 * 60_000;

/**
 * Brings what one store committed into the other. Both directions repeat what they do until it is
 * noted as done, and do no harm when repeated; neither loses its place when it crashes.
 */
export function createMaintenance(parts: {
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly clock: Clock;
  readonly auroraState: () => AuroraState;
  readonly enterOutputs: EnterOutputs;
}): Pick<Maintenance, 'ready' | 'relay' | 'drain'> {
  const { articles, outputs, clock, auroraState, enterOutputs } = parts;
  const closeDeletes = createOpenDeletes(parts);
  const awaited = createAwaitedArticles(articles);
  /** Behind which intents the next drain begins, by shard: those before were looked at and wait. */
  let goOnBehind: ReadonlyMap<number, string> = new Map();

  /** What a run found waiting: how much of it (at most its limit), and for how long the oldest. */
  function tellBacklog(ctx: Context, name: string, entries: number, oldestMs = clock.now()): void {
    if (entries === 0) return;
    const ageSeconds = Math.max(0, Math.round((clock.now() - oldestMs) / 1000));
    ctx.observe({ kind: 'event', name, data: { entries, ageSeconds } });
  }

  /** Writes one article's present state into DynamoDB. */
  async function relayOne(
    ctx: Context,
    { articleId, state }: OutboxEntry,
    isWritten: boolean,
  ): Promise<void> {
    if (state.state === 'live') {
      await outputs.putArticle(ctx, state.article);
      // What projections or a source's name changed about it leaves its body alone.
      if (!isWritten) return;
      await outputs.removeBodies(
        ctx,
        articleId,
        state.article.body?.sha256,
        clock.now() - BODY_GRACE_MS,
      );
      return;
    }
    await outputs.putTombstone(ctx, articleId);
    await outputs.removeArticle(ctx, articleId);
  }

  /** Removes an output whose article is gone, then the intents that spoke of it. */
  async function removeOrphan(ctx: Context, head: OutputHead): Promise<void> {
    const { articleId, kind, version } = head.info;
    await outputs.removeVersions(ctx, articleId, kind, version);
    await outputs.removeHead(ctx, articleId, kind, version);
  }

  /** Projects the heads that these intents point at; answers which intents are done, which must wait. */
  async function drainRound(
    ctx: Context,
    intents: readonly Intent[],
  ): Promise<{ done: Intent[]; waiting: number; unread: number }> {
    // Judged before the heads are read: a writer that ends in between would look abandoned otherwise.
    const nowMs = clock.now();
    const byOutput = new Map<string, Intent[]>();
    for (const intent of intents) {
      const key = `${intent.articleId}#${intent.kind}`;
      byOutput.set(key, [...(byOutput.get(key) ?? []), intent]);
    }
    const all = [...byOutput.values()];
    const mayTurnUp = (group: readonly Intent[]) => group.some((intent) => isYoung(intent, nowMs));
    const unknown = await awaited.stillUnknown(ctx, all.filter(mayTurnUp).map(articleOf));
    const groups = all.filter((group) => !unknown.has(articleOf(group)) || !mayTurnUp(group));
    if (groups.length === 0) return { done: [], waiting: intents.length, unread: 0 };
    const heads = await outputs.readHeads(
      ctx,
      groups.map(([first]) => ({
        articleId: (first as Intent).articleId,
        kind: (first as Intent).kind,
      })),
    );
    const found: { head: OutputHead; group: readonly Intent[] }[] = [];
    const done: Intent[] = [];
    let waiting = intents.length - groups.flat().length;
    let unread = 0;
    groups.forEach((group, index) => {
      const head = heads[index];
      if (head === undefined || head === 'unavailable') return;
      if (head === 'corrupt') {
        // Another release may have written it, and drain it; otherwise nothing can be made of it.
        const given = group.filter(({ createdAtMs }) => nowMs - createdAtMs > UNREADABLE_GRACE_MS);
        for (const { articleId, kind, version } of given) {
          tellSetAside(ctx, nowMs, { articleId, kind, version, reason: 'corrupt' });
        }
        done.push(...given);
        waiting += group.length - given.length;
        return;
      }
      // Without its head an intent has nothing to project yet: it waits for its writer, or for its age.
      const ahead = head === 'missing' ? group : group.filter((i) => i.version > head.info.version);
      const abandoned = ahead.filter((intent) => isAbandoned(intent, nowMs));
      done.push(...abandoned);
      waiting += ahead.length - abandoned.length;
      const covered = group.filter((intent) => !ahead.includes(intent));
      if (head !== 'missing' && covered.length > 0) found.push({ head, group: covered });
    });

    const oldest = new Map(found.map(({ head, group }) => [head, group[0] as Intent]));
    const verdicts = await enterOutputs(
      ctx,
      found.map(({ head }) => head),
      (head) => nowMs - (oldest.get(head)?.createdAtMs ?? nowMs) > UNREADABLE_GRACE_MS,
    );
    await mapLimited(found, RELAY_WIDTH, async ({ head, group }, index) => {
      const verdict = verdicts[index];
      const isAwaited = verdict === 'unknown' && mayTurnUp(group);
      if (isAwaited) awaited.expect(head.info.articleId);
      if (isAwaited || verdict === 'outdated' || verdict === 'unread') {
        if (verdict === 'unread') unread += group.length;
        waiting += group.length;
        return;
      }
      if (verdict !== 'applied') await removeOrphan(ctx, head);
      else {
        // Its deleter may have died before it removed them, and so may one before the present writer.
        const deleted = head.dead ? head.info.version : (head.deletedUpTo ?? 0);
        if (group.some(({ version }) => version <= deleted)) {
          const { articleId, kind } = head.info;
          await outputs.removeVersions(ctx, articleId, kind, deleted);
        }
      }
      done.push(...group);
    });
    return { done, waiting, unread };
  }

  async function relay(
    ctx: Context,
    limit: number,
  ): Promise<{ readonly relayed: number; readonly left: boolean }> {
    const entries = await articles.readOutbox(withoutWaiting(ctx), limit);
    tellBacklog(
      ctx,
      'outbox_backlog',
      entries.length,
      entries[0] && Date.parse(entries[0].createdAt),
    );
    // Every entry tells the article's present state, so the last one speaks for all of its article.
    const latest = new Map(entries.map((entry) => [entry.articleId, entry]));
    const written = new Set(entries.filter(isOfWrite).map(({ articleId }) => articleId));
    await mapLimited([...latest.values()], RELAY_WIDTH, (entry) =>
      relayOne(ctx, entry, written.has(entry.articleId)),
    );
    if (entries.length > 0) {
      await articles.settleOutbox(
        withoutWaiting(ctx),
        entries.map(({ seq }) => seq),
      );
    }
    tellRequests(ctx, entries);
    return { relayed: entries.length, left: entries.length === limit };
  }

  return {
    async ready(ctx) {
      const dynamodb = await outputs.ping(ctx).then(
        () => 'ok' as const,
        (error: unknown) => {
          if (isAway(error)) return 'unavailable' as const;
          throw error;
        },
      );
      return { aurora: auroraState(), dynamodb };
    },

    relay: oneAtATime(relay),

    async drain(ctx, { limit, wake }) {
      const state = auroraState();
      if (!wake && (state === 'asleep' || state === 'resuming')) return { drained: 0, left: true };
      const behind = goOnBehind;
      const after = new Map(behind);
      let looked = 0;
      let drained = 0;
      let waiting = 0;
      let unread = 0;
      let isEnd = false;
      const mayGoOn = (): boolean =>
        drained < limit &&
        looked < limit * PAGES_PER_DRAIN &&
        clock.now() < ctx.deadlineMs - RESERVE_MS;
      do {
        const intents = await outputs.readIntents(ctx, { limit, after });
        if (looked === 0 && behind.size === 0) {
          tellBacklog(ctx, 'intents_backlog', intents.length, intents[0]?.createdAtMs);
        }
        let at = 0;
        for (; at < intents.length && drained < limit; at += INTENTS_PER_ROUND) {
          const all = intents.slice(at, at + INTENTS_PER_ROUND);
          const deletes = await closeDeletes(ctx, all.filter(isDeleteIntent));
          const round = await drainRound(
            ctx,
            all.filter((intent) => !isDeleteIntent(intent)),
          );
          const done = [...deletes.done, ...round.done];
          tellRequests(ctx, done);
          if (done.length > 0) await outputs.settleIntents(ctx, done);
          looked += all.length;
          drained += done.length;
          waiting += deletes.waiting + round.waiting;
          unread += round.unread;
          for (const { shard, key } of all) after.set(shard, key);
        }
        isEnd = at >= intents.length && intents.length < limit;
      } while (!isEnd && mayGoOn());
      goOnBehind = isEnd || looked === drained ? new Map() : after;
      const left = !isEnd || behind.size > 0 || looked - drained - waiting > 0;
      return { drained, left, ...(unread > 0 ? { unread } : {}) };
    },
  };
}

/** What was finished here had been begun by these requests. */
function tellRequests(ctx: Context, finished: readonly { readonly requestId?: string }[]): void {
  for (const { requestId } of finished) {
    if (requestId !== undefined) ctx.observe({ kind: 'on_behalf', requestId });
  }
}

/** Whether an entry was made by a write of the article itself, or before the last one. */
function isOfWrite({ state, createdAt }: OutboxEntry): boolean {
  return state.state === 'live' && state.article.updatedAt >= createdAt;
}

function articleOf([first]: readonly Intent[]): string {
  return (first as Intent).articleId;
}

function isAbandoned(intent: Intent, nowMs: number): boolean {
  return nowMs - intent.createdAtMs > ABANDONED_AFTER_MS;
}

function isYoung(intent: Intent, nowMs: number): boolean {
  return nowMs - intent.createdAtMs < UNVERIFIED_GRACE_MS;
}
