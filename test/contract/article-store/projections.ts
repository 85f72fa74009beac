import { describe, expect, it } from 'vitest';
import {
  type ArticleState,
  EMPTY_OBJECT,
  type OutputFact,
  type ProjectedResult,
  type ProjectedTopic,
  type ProjectionDefinition,
  type Timestamp,
} from '../../../src/domain/index.ts';
import type { ArticleStoreUnderTest } from '../article-store.contract.ts';

const AT = '2026-01-01T00:00:00.000000Z' as Timestamp;

let count = 0;
const fresh = (prefix: string): string => `${prefix}-${process.pid}-p${count++}`;

/** What every article store keeps of projections and of the values that they yield. */
export function projectionFacts(subject: () => ArticleStoreUnderTest): void {
  const store = () => subject().store;
  const ctx = () => subject().ctx();

  const put = async (id = fresh('a'), topics: string[] = []): Promise<string> => {
    const topicInputs = topics.map((key) => ({ key, weight: 1 }));
    const input = { id, title: 'T', authors: [], topics: topicInputs, attributes: EMPTY_OBJECT };
    await store().put(ctx(), { input });
    return id;
  };

  const number = (kind: string): ProjectionDefinition => ({
    kind,
    target: { type: 'metric', valueType: 'number' },
    select: ['$.n'],
  });

  const fact = (
    articleId: string,
    kind: string,
    members: Partial<OutputFact> = {},
  ): OutputFact => ({
    articleId,
    kind,
    version: 1,
    dead: false,
    producedAt: AT,
    storedAt: AT,
    sizeBytes: 3,
    sha256: '0'.repeat(64),
    projected: [],
    ...members,
  });

  const project = async (...facts: OutputFact[]) => {
    const { revision } = await store().readRegistry(ctx());
    return store().project(ctx(), facts, revision);
  };

  const articleOf = async (id: string) => {
    const state: ArticleState = await store().get(ctx(), id);
    if (state.state !== 'live') throw new Error(`${id} is ${state.state}`);
    return state.article;
  };

  /** Answers every batch of every backfill with what `evaluate` makes of it, until none is left. */
  const backfill = async (evaluate: (articleId: string, kind: string) => ProjectedResult[]) => {
    const seen: string[] = [];
    for (let round = 0; round < 100; round++) {
      const batch = await store().nextBackfill(ctx(), { limit: 2 });
      if (batch === undefined) return seen;
      expect(batch.outputs.length).toBeLessThanOrEqual(2);
      seen.push(...batch.outputs.map(({ articleId }) => articleId));
      const facts = batch.outputs.map(({ articleId, kind, version }) =>
        fact(articleId, kind, { version, projected: evaluate(articleId, kind) }),
      );
      if (facts.length > 0) await project(...facts);
    }
    throw new Error('the backfill never ended');
  };

  const clear = async () => {
    for (let round = 0; round < 100; round++) {
      if (!(await store().clearRetired(ctx(), 2)).left) return;
    }
    throw new Error('clearing never ended');
  };

  const matched = (projection: string, value: number | string | boolean): ProjectedResult => ({
    projection,
    status: 'matched',
    value,
  });

  describe('a projection', () => {
    it('is created, changed, and left as it is', async () => {
      const [name, kind] = [fresh('m'), fresh('k')];
      const before = await store().readRegistry(ctx());
      const made = await store().putProjection(ctx(), name, number(kind));
      if (made.status === 'stale') throw new Error('nobody asked for a revision');
      expect(made).toMatchObject({
        status: 'created',
        projection: { name, definition: number(kind), revision: 1, state: 'backfilling' },
      });
      const after = await store().readRegistry(ctx());
      expect(after.revision).toBeGreaterThan(before.revision);
      expect(after.metric(name)).toBe('number');
      expect(after.projections.find((one) => one.name === name)).toEqual(made.projection);

      const again = await store().putProjection(ctx(), name, number(kind));
      expect(again).toEqual({ status: 'unchanged', projection: made.projection });
      expect((await store().readRegistry(ctx())).revision).toBe(after.revision);

      const told = { ...number(kind), description: 'words a sentence', unit: 'words' };
      const described = await store().putProjection(ctx(), name, told);
      expect(described).toMatchObject({
        status: 'updated',
        projection: { revision: 1, definition: told },
      });
      const changed = await store().putProjection(ctx(), name, { ...told, scale: 2 });
      expect(changed).toMatchObject({
        status: 'updated',
        projection: { revision: 2, state: 'backfilling', definition: { scale: 2 } },
      });
    });

    it('is changed and deleted only at the revision that is asked for', async () => {
      const [name, kind] = [fresh('m'), fresh('k')];
      const scaled = { ...number(kind), scale: 2 };
      const stale = (revision: number) => ({ status: 'stale', revision });
      expect(await store().putProjection(ctx(), name, number(kind), 1)).toEqual(stale(0));
      expect(await store().deleteProjection(ctx(), name, 1)).toBe('not_found');
      const made = await store().putProjection(ctx(), name, number(kind), 0);
      expect(made).toMatchObject({ status: 'created', projection: { revision: 1 } });
      expect(await store().putProjection(ctx(), name, scaled, 0)).toEqual(stale(1));
      expect(await store().putProjection(ctx(), name, number(kind), 2)).toEqual(stale(1));
      const { revision } = await store().readRegistry(ctx());
      expect(await store().putProjection(ctx(), name, scaled, 1)).toMatchObject({
        status: 'updated',
        projection: { revision: 2 },
      });
      expect(await store().putProjection(ctx(), name, number(kind), 1)).toEqual(stale(2));
      expect((await store().readRegistry(ctx())).revision).toBe(revision + 1);
      expect(await store().deleteProjection(ctx(), name, 1)).toBe('stale');
      expect(await store().deleteProjection(ctx(), name, 2)).toBe('deleted');
      expect(await store().deleteProjection(ctx(), name, 2)).toBe('not_found');
      expect(await store().putProjection(ctx(), name, number(kind), 0)).toMatchObject({
        status: 'created',
      });
    });

    it('leaves nothing of a definition before the last, whatever it yielded', async () => {
      const [name, kind, id, other] = [fresh('m'), fresh('k'), await put(), await put()];
      const topics = { kind, target: { type: 'topics' }, each: '$[*]', key: '$' } as const;
      const relation = { type: 'relations', relation: 'similar' } as const;
      const relations = { kind, target: relation, each: '$[*]', to: '$' } as const;
      const yields = [
        [topics, { topics: [{ key: fresh('t'), type: 'topic', weight: 1 }] }],
        [relations, { relations: [{ to: other, weight: null }] }],
      ] as const;
      let version = 1;
      for (const [definition, result] of yields) {
        await store().putProjection(ctx(), name, definition);
        await project(
          fact(id, kind, {
            version: version++,
            projected: [{ projection: name, status: 'matched', ...result }],
          }),
        );
        await store().putProjection(ctx(), name, number(kind));
        await store().putProjection(ctx(), name, { ...number(kind), scale: 2 });
        await backfill(() => [matched(name, 7)]);
        expect(await articleOf(id)).toMatchObject({ metrics: { [name]: 7 }, topics: [] });
        const edges = await store().findRelations(ctx(), id, { direction: 'both', pageSize: 9 });
        expect(edges).toMatchObject({ state: 'live', items: [] });
      }
      await store().deleteProjection(ctx(), name);
      await store().putProjection(ctx(), name, topics);
      await store().putProjection(ctx(), name, { ...topics, each: '$.more[*]' });
      await backfill(() => [{ projection: name, status: 'missed' }]);
      expect((await articleOf(id)).metrics).toEqual({});
      await store().deleteProjection(ctx(), name);
      await clear();
    });

    it('is no metric any more once it is deleted, and may come again', async () => {
      const [name, kind, id] = [fresh('m'), fresh('k'), await put()];
      await store().putProjection(ctx(), name, number(kind));
      await project(fact(id, kind, { projected: [matched(name, 1)] }));
      expect(await store().deleteProjection(ctx(), name)).toBe('deleted');
      expect(await store().deleteProjection(ctx(), name)).toBe('not_found');
      expect((await store().readRegistry(ctx())).metric(name)).toBeUndefined();
      expect((await articleOf(id)).metrics).toEqual({});
      const other = { ...number(kind), target: { type: 'metric', valueType: 'string' } } as const;
      const made = await store().putProjection(ctx(), name, other);
      expect(made.status).toBe('created');
      expect((await articleOf(id)).metrics).toEqual({});
      await backfill(() => [matched(name, 'one')]);
      expect((await articleOf(id)).metrics).toEqual({ [name]: 'one' });
      await clear();
      expect((await articleOf(id)).metrics).toEqual({ [name]: 'one' });
      await store().deleteProjection(ctx(), name);
      await clear();
      expect((await store().readRegistry(ctx())).projections.map((one) => one.name)).not.toContain(
        name,
      );
      expect(await store().restartBackfill(ctx(), name)).toBe('not_found');
    });

    it('is told of as pending until nothing is left of an earlier definition', async () => {
      const [name, kind, ids] = [fresh('m'), fresh('k'), [await put(), await put(), await put()]];
      const isPending = async () => (await store().readRegistry(ctx())).pending;
      await clear();
      for (let left = true; left; ) ({ left } = await store().promoteMetrics(ctx(), 500));
      expect(await isPending()).toBe(false);
      await store().putProjection(ctx(), name, number(kind));
      await project(...ids.map((id) => fact(id, kind, { projected: [matched(name, 1)] })));
      await backfill(() => [matched(name, 1)]);
      expect(await isPending()).toBe(false);
      await store().putProjection(ctx(), name, number(fresh('k')));
      await backfill(() => []);
      const { projections } = await store().readRegistry(ctx());
      expect(projections.map((one) => one.state)).not.toContain('retiring');
      expect(await isPending()).toBe(true);
      expect(await store().clearRetired(ctx(), 2)).toEqual({ cleared: 2, left: true });
      expect(await isPending()).toBe(true);
      expect(await store().clearRetired(ctx(), 2)).toEqual({ cleared: 1, left: false });
      expect(await isPending()).toBe(false);
      await store().deleteProjection(ctx(), name);
      expect(await isPending()).toBe(true);
      await clear();
      expect(await isPending()).toBe(false);
    });

    it('refuses results of another registry than the present one, and writes nothing', async () => {
      const [name, kind, id] = [fresh('m'), fresh('k'), await put()];
      await store().putProjection(ctx(), name, number(kind));
      const { revision } = await store().readRegistry(ctx());
      const facts = [fact(id, kind, { projected: [matched(name, 1)] }), fact('nobody', kind)];
      expect(await store().project(ctx(), facts, revision - 1)).toEqual(['outdated', 'outdated']);
      expect((await articleOf(id)).metrics).toEqual({});
      expect(await store().project(ctx(), facts, revision)).toEqual(['applied', 'unknown']);
      expect((await articleOf(id)).metrics).toEqual({ [name]: 1 });
    });
  });

  describe('values', () => {
    it('of every type come back as they were', async () => {
      const [kind, id] = [fresh('k'), await put()];
      const values = {
        number: [-0.1, 1e308, 5e-324, 12345678901234567000, 0],
        string: ['', 'ünï 🌍', 'x'.repeat(1_024)],
        boolean: [true, false],
        time: ['0001-01-01T00:00:00.000000Z', '2026-03-01T10:00:00.123456Z'],
      } as const;
      const expected: Record<string, unknown> = {};
      const projected: ProjectedResult[] = [];
      for (const valueType of ['number', 'string', 'boolean', 'time'] as const) {
        for (const value of values[valueType]) {
          const name = fresh('m');
          const target = { type: 'metric', valueType } as const;
          await store().putProjection(ctx(), name, { kind, target, select: ['$'] });
          projected.push(matched(name, value));
          expected[name] = value;
        }
      }
      await project(fact(id, kind, { projected }));
      expect((await articleOf(id)).metrics).toEqual(expected);
      for (const { projection } of projected) await store().deleteProjection(ctx(), projection);
      await clear();
    });

    it('that no index or text can hold are failures of their own', async () => {
      const [kind, id] = [fresh('k'), await put()];
      const names = [fresh('m'), fresh('m'), fresh('m')] as const;
      const target = { type: 'metric', valueType: 'string' } as const;
      for (const name of names)
        await store().putProjection(ctx(), name, { kind, target, select: ['$'] });
      const projected = [
        matched(names[0], '🌍'.repeat(300)),
        matched(names[1], 'a\0b'),
        matched(names[2], 'kept'),
      ];
      expect(await project(fact(id, kind, { projected }))).toEqual(['applied']);
      expect((await articleOf(id)).metrics).toEqual({ [names[2]]: 'kept' });
      const coverage = await store().readCoverage(ctx());
      expect(coverage.get(names[0])).toMatchObject({ matched: 0, missed: 0, failed: 1 });
      for (const name of names) await store().deleteProjection(ctx(), name);
      await clear();
    });

    it('of a version that is known change nothing of what is known of it', async () => {
      const [name, kind, id] = [fresh('m'), fresh('k'), await put()];
      await store().putProjection(ctx(), name, number(kind));
      const failed = [{ projection: name, status: 'failed' }] as const;
      await project(fact(id, kind, { version: 2, producer: { runId: kind } }));
      await project(fact(id, kind, { version: 1, known: true, projected: failed }));
      const coverage = async () => (await store().readCoverage(ctx())).get(name);
      expect(await coverage()).toEqual({ matched: 0, missed: 0, failed: 0, total: 1 });
      await project(fact(id, kind, { version: 2, known: true, projected: failed, sizeBytes: 0 }));
      expect(await coverage()).toEqual({ matched: 0, missed: 0, failed: 1, total: 1 });
      expect(await store().getRun(ctx(), kind)).toMatchObject({ outputs: 1 });
      expect(await backfill(() => [])).toEqual([]);
    });

    it('are guarded by the version, and go with the output', async () => {
      const [name, kind, id] = [fresh('m'), fresh('k'), await put()];
      await store().putProjection(ctx(), name, number(kind));
      const at = (version: number, value: number) =>
        fact(id, kind, { version, projected: [matched(name, value)] });
      await project(at(2, 2));
      const { stamp } = await articleOf(id);
      await project(at(1, 1));
      await project(at(2, 2));
      expect(await articleOf(id)).toMatchObject({ metrics: { [name]: 2 }, stamp, rev: 1 });
      await project(at(2, 3));
      expect(await articleOf(id)).toMatchObject({ metrics: { [name]: 3 }, stamp: stamp + 1 });
      await project(
        fact(id, kind, { version: 3, projected: [{ projection: name, status: 'missed' }] }),
      );
      expect((await articleOf(id)).metrics).toEqual({});
      await project(at(4, 4));
      await project(fact(id, kind, { version: 5, dead: true }));
      expect((await articleOf(id)).metrics).toEqual({});
      await project(at(5, 5), at(4, 4));
      expect((await articleOf(id)).metrics).toEqual({});
      await project(at(6, 6));
      expect((await articleOf(id)).metrics).toEqual({ [name]: 6 });
    });

    it('go with the article, and a change of them is told', async () => {
      const [name, kind, id] = [fresh('m'), fresh('k'), await put()];
      await store().putProjection(ctx(), name, number(kind));
      for (;;) {
        const entries = await store().readOutbox(ctx(), 500);
        if (entries.length === 0) break;
        await store().settleOutbox(
          ctx(),
          entries.map(({ seq }) => seq),
        );
      }
      await project(fact(id, kind, { projected: [matched(name, 7)] }));
      await project(fact(id, kind, { projected: [matched(name, 7)] }));
      const entries = await store().readOutbox(ctx(), 10);
      expect(entries).toMatchObject([
        { articleId: id, state: { state: 'live', article: { metrics: { [name]: 7 } } } },
      ]);
      await store().delete(ctx(), id);
      const coverage = await store().readCoverage(ctx());
      expect(coverage.get(name)).toMatchObject({ matched: 0, missed: 0, failed: 0, total: 0 });
    });

    it('are more than there are columns for', async () => {
      const kind = fresh('k');
      const [id, other] = [await put(), await put()];
      const names = Array.from({ length: 27 }, () => fresh('m'));
      for (const name of names) await store().putProjection(ctx(), name, number(kind));
      const all = (add: number) => names.map((name, n) => matched(name, n + add));
      await project(
        fact(id, kind, { projected: all(0) }),
        fact(other, kind, { projected: all(100) }),
      );
      const expected = (add: number) =>
        Object.fromEntries(names.map((name, n) => [name, n + add] as const));
      expect((await articleOf(id)).metrics).toEqual(expected(0));

      for (const name of names.slice(0, 2)) await store().deleteProjection(ctx(), name);
      await clear();
      for (let round = 0; round < 100; round++) {
        const { pending } = await store().readRegistry(ctx());
        const promoted = await store().promoteMetrics(ctx(), 1);
        expect(promoted.left).toBe(pending);
        if (!promoted.left) break;
        expect(Object.keys((await articleOf(other)).metrics)).toHaveLength(25);
        await project(fact(id, kind, { projected: all(round).slice(2) }));
      }
      const { metrics } = await articleOf(other);
      expect(metrics).toEqual(Object.fromEntries(Object.entries(expected(100)).slice(2)));
      expect(Object.keys((await articleOf(id)).metrics)).toHaveLength(25);
      for (const name of names.slice(2)) await store().deleteProjection(ctx(), name);
      await clear();
      expect((await articleOf(other)).metrics).toEqual({});
    });
  });

  describe('topics that a projection yields', () => {
    const topics = (kind: string): ProjectionDefinition => ({
      kind,
      target: { type: 'topics' },
      each: '$.entities[*]',
      key: '$.key',
    });

    it('stand beside those of the caller', async () => {
      const [name, kind] = [fresh('p'), fresh('k')];
      const [own, found] = [fresh('t'), fresh('t')];
      const id = await put(undefined, [own]);
      await store().putProjection(ctx(), name, topics(kind));
      await project(
        fact(id, kind, {
          projected: [
            {
              projection: name,
              status: 'matched',
              topics: [
                { key: found, name: 'Found', type: 'person', weight: 0.5 },
                { key: own, weight: 0.25 },
                { key: found, weight: 0.75 },
                { key: 'a\u0000b', weight: 1 },
              ],
            },
          ],
        }),
      );
      const expected = [
        { key: own, name: own, type: 'topic', weight: 1 },
        { key: found, name: 'Found', type: 'person', weight: 0.75, projection: name },
        { key: own, name: own, type: 'topic', weight: 0.25, projection: name },
      ];
      expect((await articleOf(id)).topics).toEqual(expected);
      await store().put(ctx(), {
        input: { id, title: 'N', authors: [], topics: [], attributes: EMPTY_OBJECT },
      });
      expect((await articleOf(id)).topics).toEqual(expected.slice(1));
      await store().deleteProjection(ctx(), name);
      await clear();
      expect((await articleOf(id)).topics).toEqual([]);
    });

    it('do not rename what somebody named', async () => {
      const [name, kind, key] = [fresh('p'), fresh('k'), fresh('t')];
      await store().putProjection(ctx(), name, topics(kind));
      const id = fresh('a');
      const named = [{ key, name: 'Editor', type: 'place', weight: 1 }];
      await store().put(ctx(), {
        input: { id, title: 'T', authors: [], topics: named, attributes: EMPTY_OBJECT },
      });
      await project(
        fact(id, kind, {
          projected: [
            {
              projection: name,
              status: 'matched',
              topics: [{ key, name: 'Model', type: 'person', weight: 1 }],
            },
          ],
        }),
      );
      expect((await articleOf(id)).topics).toMatchObject([
        { name: 'Editor', type: 'place' },
        { name: 'Editor', type: 'place', projection: name },
      ]);
    });

    it('are named by its present definition, the first name of it for all, until it goes', async () => {
      const [name, other, kind] = [fresh('p'), fresh('p'), fresh('k')];
      const [a, b, key] = [await put(), await put(), fresh('t')];
      const label = (title?: string, type?: string): ProjectedTopic => ({
        key,
        weight: 1,
        ...(title === undefined ? {} : { name: title }),
        ...(type === undefined ? {} : { type }),
      });
      const yields = (by: string, topic: ProjectedTopic): ProjectedResult => ({
        projection: by,
        status: 'matched',
        topics: [topic],
      });
      const told = async (id = a) => {
        const [topic] = (await articleOf(id)).topics;
        return topic && [topic.name, topic.type];
      };
      await store().putProjection(ctx(), name, topics(kind));
      await project(
        fact(a, kind, { projected: [yields(name, label('Bad', 'ORG'))] }),
        fact(b, kind, { projected: [yields(name, label('Worse', 'X'))] }),
      );
      expect([await told(a), await told(b)]).toEqual(Array(2).fill(['Bad', 'ORG']));
      // Another definition mends both, its first output for all; another projection mends nothing.
      await store().putProjection(ctx(), name, { ...topics(kind), label: '$.better' });
      await store().putProjection(ctx(), other, topics(kind));
      const named = new Map([
        [a, label('Good', 'org')],
        [b, label('Good enough', 'org')],
      ]);
      await backfill((id) => [
        yields(name, named.get(id) as ProjectedTopic),
        yields(other, label('Other', 'other')),
      ]);
      expect([await told(a), await told(b)]).toEqual(Array(2).fill(['Good', 'org']));
      // What a caller gives stays; what it leaves alone is mended on.
      const input = { id: fresh('a'), title: 'T', authors: [], attributes: EMPTY_OBJECT };
      await store().put(ctx(), {
        input: { ...input, topics: [{ key, name: 'Editor', type: 'org', weight: 1 }] },
      });
      await store().putProjection(ctx(), name, { ...topics(kind), label: '$.best' });
      await backfill(() => [yields(name, label('Model', 'thing')), yields(other, label('Other'))]);
      expect(await told()).toEqual(['Editor', 'thing']);
      // Without a label any more a topic has its key as its name again.
      const second = fresh('t');
      const relabel = (title?: string): ProjectedResult => ({
        projection: name,
        status: 'matched',
        topics: [{ ...label(title), key: second }],
      });
      await store().deleteProjection(ctx(), other);
      await clear();
      await project(fact(b, kind, { version: 2, projected: [relabel('Named')] }));
      expect(await told(b)).toEqual(['Named', 'topic']);
      await store().putProjection(ctx(), name, topics(kind));
      await backfill((id) => [id === b ? relabel() : { projection: name, status: 'missed' }]);
      expect(await told(b)).toEqual([second, 'topic']);
      await project(fact(b, kind, { version: 3, projected: [relabel('Again')] }));
      await put(input.id, [second]);
      expect(await told(input.id)).toEqual(['Again', 'topic']);
      await store().deleteProjection(ctx(), name);
      await clear();
      expect(await told(input.id)).toEqual([second, 'topic']);
    });

    it('relate articles as topics do, each once whoever yields it', async () => {
      const [name, kind, key] = [fresh('p'), fresh('k'), fresh('t')];
      await store().putProjection(ctx(), name, topics(kind));
      const [a, b] = [await put(undefined, [key]), await put()];
      const found = { projection: name, status: 'matched', topics: [{ key, weight: 1 }] } as const;
      await project(fact(a, kind, { projected: [found] }), fact(b, kind, { projected: [found] }));
      const related = await store().related(ctx(), a, { limit: 10 });
      if (related.state !== 'live') throw new Error('gone');
      expect(related.related.map(({ article, why }) => [article.id, why])).toEqual([
        [b, [{ type: 'topic', key, name: key }]],
      ]);
    });

    it('make room for what another target yields under the same name', async () => {
      const [name, kind, key, id] = [fresh('p'), fresh('k'), fresh('t'), await put()];
      await store().putProjection(ctx(), name, topics(kind));
      const found = { projection: name, status: 'matched', topics: [{ key, weight: 1 }] } as const;
      await project(fact(id, kind, { projected: [found] }));
      expect((await articleOf(id)).topics).toHaveLength(1);
      await store().putProjection(ctx(), name, number(kind));
      await project(fact(id, kind, { version: 2, projected: [matched(name, 1)] }));
      await backfill(() => [matched(name, 1)]);
      expect(await articleOf(id)).toMatchObject({ topics: [], metrics: { [name]: 1 } });
    });
  });

  describe('relations that a projection yields', () => {
    const relations = (kind: string, relation: string): ProjectionDefinition => ({
      kind,
      target: { type: 'relations', relation },
      each: '$.neighbours[*]',
      to: '$.id',
    });

    const edgesOf = async (id: string) => {
      const found = await store().findRelations(ctx(), id, { direction: 'both', pageSize: 50 });
      if (found.state !== 'live') throw new Error(`${id} is ${found.state}`);
      return found.items
        .map(({ from, to, kind, weight, origin, projection }) => ({
          from,
          to,
          kind,
          weight,
          origin,
          projection,
        }))
        .sort((a, b) => (`${a.from}#${a.to}` < `${b.from}#${b.to}` ? -1 : 1));
    };

    const yields = (
      name: string,
      ...ends: (readonly [string, number | null])[]
    ): ProjectedResult => ({
      projection: name,
      status: 'matched',
      relations: ends.map(([to, weight]) => ({ to, weight })),
    });

    it('wait for an article that is not there, and come back with it', async () => {
      const [name, kind] = [fresh('p'), fresh('k')];
      const [a, b] = [await put(), fresh('a')];
      await store().putProjection(ctx(), name, relations(kind, 'cites'));
      await project(
        fact(a, kind, { projected: [yields(name, [b, 0.5], [a, 1], ['not an id', 1])] }),
      );
      expect(await edgesOf(a)).toEqual([]);
      await put(b);
      const edge = { from: a, to: b, kind: 'cites', weight: 0.5, origin: 'ai', projection: name };
      expect(await edgesOf(a)).toEqual([edge]);
      expect(await edgesOf(b)).toEqual([edge]);
      await store().delete(ctx(), b);
      expect(await edgesOf(a)).toEqual([]);
      await project(fact(a, kind, { version: 2, dead: true }));
      expect(await edgesOf(a)).toEqual([]);
    });

    it('of a batch wait for articles of a batch', async () => {
      const [name, kind, hub] = [fresh('p'), fresh('k'), await put()];
      await store().putProjection(ctx(), name, relations(kind, 'cites'));
      const others = Array.from({ length: 30 }, () => fresh('a'));
      const ends = others.map((id) => [id, null] as const);
      await Promise.all([
        project(fact(hub, kind, { projected: [yields(name, ...ends)] })),
        store().putMany(
          ctx(),
          others.map((id) => ({
            input: { id, title: 'T', authors: [], topics: [], attributes: EMPTY_OBJECT },
          })),
        ),
      ]);
      expect((await edgesOf(hub)).map(({ to }) => to).sort()).toEqual([...others].sort());
    });

    it('are one edge where both ends yield it, with the greater weight', async () => {
      const [name, kind] = [fresh('p'), fresh('k')];
      const [a, b] = [await put(), await put()];
      await store().putProjection(ctx(), name, relations(kind, 'similar'));
      await project(
        fact(a, kind, { projected: [yields(name, [b, 0.2])] }),
        fact(b, kind, { projected: [yields(name, [a, 0.6])] }),
      );
      expect(await edgesOf(a)).toMatchObject([{ from: a, to: b, weight: 0.6 }]);
      expect(await edgesOf(b)).toMatchObject([{ from: b, to: a, weight: 0.6 }]);
      await project(fact(b, kind, { version: 2, projected: [yields(name)] }));
      expect(await edgesOf(b)).toMatchObject([{ from: b, to: a, weight: 0.2 }]);
      await store().putRelation(ctx(), { from: a, to: b, kind: 'similar', weight: 1 });
      expect(await edgesOf(a)).toHaveLength(2);
      const related = await store().related(ctx(), a, { limit: 10 });
      expect(related).toMatchObject({
        related: [{ article: { id: b }, why: [{ type: 'relation', kind: 'similar', weight: 1 }] }],
      });
      await project(fact(a, kind, { version: 2, dead: true }));
      expect(await edgesOf(a)).toMatchObject([{ origin: null, weight: 1 }]);
    });

    it('go with their projection, and change with its relation', async () => {
      const [name, kind] = [fresh('p'), fresh('k')];
      const [a, b] = [await put(), await put()];
      await store().putProjection(ctx(), name, relations(kind, 'similar'));
      await project(fact(a, kind, { projected: [yields(name, [b, 0.2])] }));
      await store().putProjection(ctx(), name, relations(kind, 'cites'));
      await backfill(() => [yields(name, [b, 0.3])]);
      expect(await edgesOf(b)).toMatchObject([{ from: a, to: b, kind: 'cites', weight: 0.3 }]);
      expect(await edgesOf(b)).toHaveLength(1);
      await store().deleteProjection(ctx(), name);
      await clear();
      expect(await edgesOf(b)).toEqual([]);
    });
  });

  describe('a backfill', () => {
    it('hands out every output once, and again what did not come back', async () => {
      const [name, kind] = [fresh('m'), fresh('k')];
      const ids = await Promise.all(Array.from({ length: 5 }, () => put()));
      await project(...ids.map((id) => fact(id, kind)), fact(ids[0] ?? '', kind, { dead: true }));
      await store().putProjection(ctx(), name, number(kind));
      const first = await store().nextBackfill(ctx(), { limit: 2 });
      expect(first).toMatchObject({ projection: name, revision: 1, done: 2, total: 4 });
      const seen = await backfill(() => [matched(name, 1)]);
      expect(seen.sort()).toEqual(ids.slice(1).sort());
      const registry = await store().readRegistry(ctx());
      expect(registry.projections.find((one) => one.name === name)?.state).toBe('active');
      const coverage = await store().readCoverage(ctx());
      expect(coverage.get(name)).toEqual({ matched: 4, missed: 0, failed: 0, total: 4 });
      expect(await store().nextBackfill(ctx(), { limit: 2 })).toBeUndefined();

      expect(await store().restartBackfill(ctx(), name)).toBe('started');
      expect((await articleOf(ids[1] ?? '')).metrics).toEqual({ [name]: 1 });
      expect(await backfill(() => [matched(name, 2)])).toHaveLength(4);
      expect((await articleOf(ids[1] ?? '')).metrics).toEqual({ [name]: 2 });
    });
  });

  describe('the catalogue', () => {
    it('tells what became of each output', async () => {
      const [a, b] = [await put(), await put()];
      await store().delete(ctx(), b);
      const facts = [
        fact(a, 'summary', { version: 2, producer: { model: 'm', runId: 'r' } }),
        fact(b, 'summary', { version: 2 }),
        fact('nobody', 'summary'),
        fact(a, 'summary', { version: 1 }),
      ];
      const verdicts = ['applied', 'gone', 'unknown', 'applied'];
      expect(await project(...facts)).toEqual(verdicts);
      expect(await project(...facts)).toEqual(verdicts);
      expect(await project()).toEqual([]);
    });

    it('knows the shapes of a kind', async () => {
      const kind = fresh('k');
      const [a, b, c] = [await put(), await put(), await put()];
      const shape = (hash: string) => ({
        hash,
        paths: [`$.${hash}`, '$["\0"]'],
        types: ['number', 'null'],
      });
      const at = (day: string) => `2026-01-${day}T00:00:00.000000Z` as Timestamp;
      await project(
        fact(a, kind, { shape: shape('x'), producer: { model: 'm2' }, storedAt: at('02') }),
        fact(b, kind, { shape: shape('x'), producer: { model: 'm1' }, storedAt: at('01') }),
        fact(c, kind, { shape: shape('y'), storedAt: at('03') }),
      );
      expect(await store().readShapes(ctx(), kind)).toMatchObject([
        { kind, count: 2, models: ['m1', 'm2'], firstSeenAt: at('01'), lastSeenAt: at('02') },
        { kind, count: 1, models: [], types: ['number', 'null'], exampleArticleId: c },
      ]);
      await store().delete(ctx(), c);
      const left = await store().readShapes(ctx(), kind);
      expect(left).toMatchObject([{ count: 2 }, { count: 0 }]);
      expect(left[1]).not.toHaveProperty('exampleArticleId');
      expect((await store().readShapes(ctx())).length).toBeGreaterThan(1);
      // Seen is seen, also when the output has another shape now, or is gone.
      const near = (seconds: string) => `2026-02-01T00:00:${seconds}.000000Z` as Timestamp;
      await project(fact(a, kind, { version: 2, shape: shape('x'), storedAt: near('10') }));
      await project(fact(b, kind, { version: 2, shape: shape('x'), storedAt: near('20') }));
      await project(fact(b, kind, { version: 3, shape: shape('y'), storedAt: near('30') }));
      await project(fact(a, kind, { version: 3, dead: true, storedAt: near('40') }));
      expect(await store().readShapes(ctx(), kind)).toMatchObject([
        { paths: expect.arrayContaining(['$.y']), count: 1, lastSeenAt: near('30') },
        { paths: expect.arrayContaining(['$.x']), count: 0, lastSeenAt: near('20') },
      ]);
    });

    it('of outputs are counted by kind, of live articles and live outputs', async () => {
      const [a, b, c, kind] = [await put(), await put(), await put(), fresh('k')];
      await project(fact(a, kind), fact(b, kind), fact(c, kind), fact(a, `${kind}-other`));
      await project(fact(b, kind, { version: 2, dead: true }));
      await store().delete(ctx(), c);
      const counts = await store().countKinds(ctx());
      expect([counts.get(kind), counts.get(`${kind}-other`)]).toEqual([1, 1]);
    });
  });
}
