import { describe, expect, it } from 'vitest';
import {
  EMPTY_OBJECT,
  type OutputFact,
  type RevertBatch,
  type Timestamp,
} from '../../../src/domain/index.ts';
import type { ArticleStoreUnderTest } from '../article-store.contract.ts';

const AT = '2026-01-01T00:00:00.000000Z' as Timestamp;

let count = 0;
const fresh = (prefix: string): string => `${prefix}-${process.pid}-r${count++}`;

/** What every article store keeps of runs, and of the shapes that are new to it. */
export function runFacts(subject: () => ArticleStoreUnderTest): void {
  const store = () => subject().store;
  const ctx = () => subject().ctx();

  const articles = async (wanted: number): Promise<string[]> => {
    const ids = Array.from({ length: wanted }, () => fresh('a'));
    for (const id of ids) {
      const input = { id, title: 'T', authors: [], topics: [], attributes: EMPTY_OBJECT };
      await store().put(ctx(), { input });
    }
    return ids.sort();
  };

  const fact = (articleId: string, members: Partial<OutputFact> = {}): OutputFact => ({
    articleId,
    kind: 'note',
    version: 1,
    dead: false,
    producedAt: AT,
    storedAt: AT,
    sizeBytes: 3,
    sha256: '0'.repeat(64),
    projected: [],
    ...members,
  });

  const enter = async (...facts: OutputFact[]) => {
    const asked = ctx();
    const { revision } = await store().readRegistry(ctx());
    await store().project(asked, facts, revision);
    return (asked as unknown as { observed?: { kind: string; name?: string }[] }).observed ?? [];
  };

  const start = (runId: string, isAllIn = false) => store().startRevert(ctx(), runId, { isAllIn });
  const next = (done?: RevertBatch, moved = 0, limit = 2) =>
    store().nextRevert(ctx(), {
      limit,
      ...(done ? { done: { runId: done.runId, cursor: done.cursor, moved } } : {}),
    });
  const empty = async (done?: RevertBatch): Promise<RevertBatch> => {
    const batch = await next(done);
    if (batch === undefined || batch.outputs.length > 0) throw new Error('It is not at its end');
    return batch;
  };
  const ids = (batch: RevertBatch | undefined) => batch?.outputs.map(({ articleId }) => articleId);

  describe('a run', () => {
    it('is known once the catalogue has had an output of it', async () => {
      const [runId, [a = '', b = '']] = [fresh('run'), await articles(2)];
      expect(await store().getRun(ctx(), runId)).toBeUndefined();
      expect(await start(runId)).toBeUndefined();
      await enter(fact(a, { producer: { runId } }), fact(b, { producer: { runId } }));
      expect(await store().getRun(ctx(), runId)).toEqual({
        runId,
        outputs: 2,
        reverted: 0,
        state: 'active',
      });
      await enter(fact(a, { version: 2 }), fact(b, { version: 2, dead: true }));
      expect(await store().getRun(ctx(), runId)).toMatchObject({ outputs: 0, state: 'active' });
    });

    it('is handed out in pages, what was lost once more, and ends when nothing comes of it', async () => {
      const [runId, own] = [fresh('run'), await articles(5)];
      await enter(...own.map((id) => fact(id, { producer: { runId } })));
      expect(await next()).toBeUndefined();
      expect(await start(runId)).toMatchObject({ state: 'reverting' });
      expect(await start(runId)).toMatchObject({ state: 'reverting' });
      const first = await next();
      const lost = await next();
      expect(ids(lost)).toEqual(ids(first));
      const back = (id: string) => fact(id, { version: 2, takenBackFrom: runId });
      await enter(...(ids(first) ?? []).map(back));
      await enter(...(ids(first) ?? []).map(back));
      const second = await next(first, 2);
      await enter(...(ids(second) ?? []).map(back));
      const third = await next(second, 2);
      expect(ids(third)).toHaveLength(1);
      // One that cannot be taken back is tried again as long as others are, and then no more.
      const fourth = await next(third, 0);
      expect(ids(fourth)).toEqual(ids(third));
      const end = await empty(fourth);
      expect(end).toMatchObject({ runId, isLast: false });
      await store().endRevert(ctx(), end, 'last_walk');
      const fifth = await next();
      expect([fifth?.isLast, ids(fifth)]).toEqual([true, ids(third)]);
      const last = await empty(fifth);
      expect(last).toMatchObject({ runId, isLast: true });
      await store().endRevert(ctx(), last, 'reverted');
      await store().endRevert(ctx(), last, 'reverted');
      expect(await next()).toBeUndefined();
      expect(await store().getRun(ctx(), runId)).toEqual({
        runId,
        outputs: 5,
        reverted: 4,
        state: 'reverted',
      });
      expect(await start(runId)).toMatchObject({ state: 'reverting' });
      await enter(...(ids(third) ?? []).map((id) => ({ ...back(id), dead: true })));
      await store().endRevert(ctx(), await empty(), 'reverted');
      // It has made nothing since.
      expect(await start(runId)).toMatchObject({
        outputs: 5,
        reverted: 5,
        state: 'reverted',
      });
    });
  });

  describe('a run that several processes take back', () => {
    const started = async (wanted: number) => {
      const [runId, own] = [fresh('run'), await articles(wanted)];
      await enter(...own.map((id) => fact(id, { producer: { runId } })));
      await start(runId);
      return { runId, own };
    };

    it('is walked over again from its beginning, however far another had come', async () => {
      const { own } = await started(4);
      const first = await next();
      const second = await next(first);
      expect(ids(second)).toEqual(own.slice(2));
      const end = await empty(second);
      await store().endRevert(ctx(), end, 'last_walk');
      // Its place is of the walk before.
      expect(ids(await next(second))).toEqual(own.slice(0, 2));
      await store().endRevert(ctx(), await empty(await next(await next())), 'reverted');
      expect(await next()).toBeUndefined();
    });

    it('ends with its first walk where all was there and nothing could be taken back', async () => {
      const { runId, own } = await started(1);
      const [later = ''] = await articles(1);
      const end = await empty(await next());
      await store().endRevert(ctx(), end, 'last_walk');
      await store().endRevert(ctx(), await empty(await next()), 'reverted');
      await enter(fact(later, { producer: { runId } }));
      expect(await start(runId, true)).toMatchObject({ state: 'reverting' });
      const first = await next();
      expect([first?.isLast, ids(first)]).toEqual([true, [...own, later].sort()]);
      expect(await empty(first)).toMatchObject({ isLast: true });
      expect(await empty(await next(await next(), 1))).toMatchObject({ isLast: false });
      await store().endRevert(ctx(), await empty(), 'last_walk');
      await store().endRevert(ctx(), await empty(await next()), 'reverted');
    });

    it('has no last walk, and no end, where something was taken back meanwhile', async () => {
      const { runId, own } = await started(1);
      for (const end of ['last_walk', 'reverted'] as const) {
        const batch = await next();
        const found = await empty(batch);
        await next(batch, 1);
        await store().endRevert(ctx(), found, end);
        const again = await next();
        expect([again?.isLast, ids(again)]).toEqual([false, own]);
        expect(await store().getRun(ctx(), runId)).toMatchObject({ state: 'reverting' });
      }
      const last = await empty(await next());
      await store().endRevert(ctx(), last, 'last_walk');
      await store().endRevert(ctx(), await empty(await next()), 'reverted');
      expect(await store().getRun(ctx(), runId)).toMatchObject({ state: 'reverted' });
    });
  });

  describe('a shape', () => {
    it('that its kind never had is told once', async () => {
      const [kind, [a = '', b = '', c = '']] = [fresh('k'), await articles(3)];
      const shape = (hash: string) => ({
        hash: hash.padEnd(32, '0'),
        paths: ['$'],
        types: ['object'],
      });
      const of = (id: string, hash: string, version = 1) =>
        fact(id, { kind, version, shape: shape(hash), producer: { model: 'm1' } });
      const told = (observed: readonly { kind: string }[]) =>
        observed.filter((one) => one.kind === 'event' || one.kind === 'count');
      expect(
        told(await enter(of(a, 'one'), of(b, 'one'), { ...of(c, 'three'), articleId: 'nobody' })),
      ).toEqual([
        {
          kind: 'event',
          name: 'output_shape_first_seen',
          data: { kind, shape: shape('one').hash, articleId: a, model: 'm1' },
        },
        { kind: 'count', name: 'output_shapes_first_seen', by: { kind, model: 'm1' } },
      ]);
      expect(told(await enter(of(a, 'one'), of(c, 'one', 2)))).toEqual([]);
      expect(told(await enter(of(c, 'two', 1)))).toEqual([]);
      expect(told(await enter(of(c, 'two', 3)))).toHaveLength(2);
    });
  });
}
