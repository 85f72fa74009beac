import { beforeEach, describe, expect, it } from 'vitest';
import {
  createRegistry,
  JsonText,
  type ProjectionDefinition,
  ServiceError,
} from '../../src/domain/index.ts';
import { createTandem } from '../../src/facade/index.ts';
import { createRegistrySource } from '../../src/facade/registry-source.ts';
import { anArticle, anOutput, aWorld, dynamodbDown, type World } from './world.ts';

const LENGTH: ProjectionDefinition = {
  kind: 'summary',
  target: { type: 'metric', valueType: 'number' },
  select: ['$.words'],
};

let world: World;

beforeEach(async () => {
  world = aWorld();
  for (const id of ['a1', 'a2', 'a3'])
    await world.tandem.articles.create(world.ctx, anArticle({ id }));
});

async function put(articleId: string, output: unknown): Promise<void> {
  const text = typeof output === 'string' ? output : JSON.stringify(output);
  await world.tandem.outputs.put(world.ctx, anOutput(text, { articleId }), {});
}

const drain = () => world.tandem.maintenance.drain(world.ctx, { limit: 500, wake: false });

async function tend(): Promise<number> {
  let filled = 0;
  for (let round = 0; round < 50; round += 1) {
    const tended = await world.tandem.maintenance.tendProjections(world.ctx);
    filled += tended.filled;
    if (!tended.left || !tended.moved) return filled;
  }
  throw new Error('There is no end to it');
}

async function metrics(): Promise<unknown[]> {
  const states = await Promise.all(
    ['a1', 'a2', 'a3'].map((id) => world.articles.get(world.ctx, id)),
  );
  return states.map((state) =>
    state.state === 'live' ? (state.article.metrics.length ?? null) : '-',
  );
}

const stateOf = async (name = 'length') =>
  (await world.tandem.projections.get(world.ctx, name)).view;

const setAside = (): unknown[] =>
  (
    world.ctx as unknown as {
      observed: { kind: string; name?: string; data?: { reason: string } }[];
    }
  ).observed
    .filter(({ name }) => name === 'output_set_aside')
    .map(({ data }) => data?.reason);

/** Outputs told of as failures, metric by metric. */
const failures = (): number[] =>
  world.ctx.observed.flatMap((one) =>
    one.kind === 'metric' && one.name === 'ProjectionFailures' ? [one.value] : [],
  );

describe('the drain', () => {
  beforeEach(() => world.tandem.projections.put(world.ctx, 'length', LENGTH));

  it('projects what it enters', async () => {
    await put('a1', { words: 5 });
    await put('a2', { words: 'many' });
    await put('a3', {});
    expect(await drain()).toEqual({ drained: 3, left: false });
    expect(await metrics()).toEqual([5, null, null]);
    await tend();
    expect((await stateOf()).coverage).toEqual({ matched: 1, missed: 1, failed: 1 });
    expect(failures()).toEqual([1]);
  });

  it('names the requests whose outputs it has brought over, and no others', async () => {
    const by = (requestId: string, articleId: string) =>
      world.tandem.outputs.put({ ...world.ctx, requestId }, anOutput('1', { articleId }), {});
    await by('request-1', 'a1');
    await by('request-2', 'a2');
    world.aurora = 'asleep';
    await by('request-3', 'not-there-yet');
    world.aurora = 'awake';
    await drain();
    const named = world.ctx.observed.filter(({ kind }) => kind === 'on_behalf');
    expect(named).toEqual(
      ['request-1', 'request-2'].map((requestId) => ({ kind: 'on_behalf', requestId })),
    );
  });

  it('evaluates again where definitions have changed since it read them', async () => {
    await put('a1', { words: 5, letters: 30 });
    await world.articles.putProjection(world.ctx, 'length', { ...LENGTH, select: ['$.letters'] });
    expect(await drain()).toEqual({ drained: 1, left: false });
    expect(await metrics()).toEqual([30, null, null]);
  });

  it('lets an output wait whose text cannot be read, for a while, and the others pass', async () => {
    await put('a1', { words: 1 });
    await put('a2', { words: 2 });
    let broken = true;
    world.fail = (name) => {
      if (name !== 'dynamodb.loadOutput' || !broken) return undefined;
      broken = false;
      return { when: 'before', error: dynamodbDown(name) };
    };
    expect(await drain()).toEqual({ drained: 1, left: false, unread: 1 });
    expect((await metrics()).filter((value) => value !== null)).toHaveLength(1);
    expect(await drain()).toEqual({ drained: 1, left: false });
    expect(await metrics()).toEqual([1, 2, null]);
  });

  it('sets an output aside that Aurora refuses, whatever it says of it, and the others pass', async () => {
    for (const code of ['too_large', 'conflict', 'internal'] as const) {
      for (const id of ['a1', 'a2', 'a3']) await put(id, { words: 1, code });
      let refusals = 0;
      world.fail = (name) =>
        name === 'aurora.project' && refusals++ < 2
          ? { when: 'before', error: new ServiceError(code, name, 'no') }
          : undefined;
      await drain();
      world.fail = () => undefined;
      expect(await drain()).toEqual({ drained: 0, left: false });
      expect((await stateOf()).coverage).toEqual({ matched: 2, missed: 0, failed: 1 });
    }
  });

  it('sets an output aside that stays unreadable', async () => {
    await put('a1', { words: 1 });
    world.fail = (name) =>
      name === 'dynamodb.loadOutput' ? { when: 'before', error: dynamodbDown(name) } : undefined;
    expect((await drain()).drained).toBe(0);
    world.clock.advance(6 * 60_000);
    expect((await drain()).drained).toBe(1);
    world.fail = () => undefined;
    await tend();
    expect((await stateOf()).coverage).toEqual({ matched: 0, missed: 0, failed: 1 });
    expect(setAside()).toEqual(['unreadable']);
    expect(failures()).toEqual([1]);
  });

  it('sets an output aside whose head is none, and no backfill waits for it', async () => {
    for (const id of ['a1', 'a2', 'a3']) {
      await put(id, { words: 1 });
      if (id === 'a1') await drain();
    }
    const corrupted = new Set(['a1', 'a2']);
    const reading = new Proxy(world.outputs, {
      get(target, property) {
        if (property !== 'readHeads') return Reflect.get(target, property);
        return async (...args: Parameters<typeof world.outputs.readHeads>) => {
          const heads = await target.readHeads(...args);
          return heads.map((head, at) =>
            corrupted.has(args[1][at]?.articleId ?? '') ? 'corrupt' : head,
          );
        };
      },
    });
    world.tandem = createTandem({
      articles: world.articles,
      outputs: reading,
      clock: world.clock,
      random: () => 0,
      auroraState: () => 'awake',
      isSurelyAwake: async () => true,
    });
    expect(await drain()).toEqual({ drained: 1, left: false });
    world.clock.advance(6 * 60_000);
    expect(await drain()).toEqual({ drained: 1, left: false });
    await world.tandem.projections.backfill(world.ctx, 'length');
    await tend();
    expect(await stateOf()).toMatchObject({
      projection: { state: 'active' },
      coverage: { matched: 1, missed: 0, failed: 1 },
    });
    expect(setAside()).toEqual(['corrupt', 'corrupt']);
  });

  it('sets an output aside that is no JSON, or that Aurora refuses', async () => {
    await put('a1', '{"words":');
    await put('a2', { words: 2 });
    await put('a3', { words: 3 });
    const refusing = new Proxy(world.articles, {
      get(target, property) {
        if (property !== 'project') return Reflect.get(target, property);
        return async (...args: Parameters<typeof world.articles.project>) => {
          const poison = args[1].some(
            ({ articleId, projected }) =>
              articleId === 'a2' && projected.some(({ status }) => status === 'matched'),
          );
          if (poison) throw new ServiceError('invalid', 'aurora.project', 'no such value');
          return target.project(...args);
        };
      },
    });
    const tandem = createTandem({
      articles: refusing,
      outputs: world.outputs,
      clock: world.clock,
      random: () => 0,
      auroraState: () => 'awake',
      isSurelyAwake: async () => true,
    });
    expect(await tandem.maintenance.drain(world.ctx, { limit: 500, wake: false })).toEqual({
      drained: 3,
      left: false,
    });
    expect(await metrics()).toEqual([null, null, 3]);
    expect(setAside()).toEqual(['no_json', 'refused']);
  });
});

describe('a backfill', () => {
  beforeEach(async () => {
    for (const [id, words] of [
      ['a1', 1],
      ['a2', 2],
      ['a3', 3],
    ] as const)
      await put(id, { words });
    await drain();
    await world.tandem.projections.put(world.ctx, 'length', LENGTH);
  });

  it('fills a new projection from what is stored, then is over', async () => {
    expect(await stateOf()).toMatchObject({
      projection: { state: 'backfilling' },
      coverage: { matched: 0 },
    });
    expect(await tend()).toBe(3);
    expect(await metrics()).toEqual([1, 2, 3]);
    expect(await stateOf()).toMatchObject({ projection: { state: 'active' }, lagSeconds: 0 });
    world.calls.length = 0;
    expect(await tend()).toBe(0);
    expect(world.calls).toEqual([]);
  });

  it('goes on where it died', async () => {
    for (const when of ['before', 'after'] as const) {
      for (const call of ['dynamodb.readHeads', 'aurora.project', 'aurora.nextBackfill']) {
        await world.tandem.projections.backfill(world.ctx, 'length');
        let left = 1;
        world.fail = (name) =>
          name === call && left-- > 0 ? { when, error: new Error('crashed') } : undefined;
        await expect(tend()).rejects.toThrow('crashed');
        world.fail = () => undefined;
        await tend();
        expect(await metrics()).toEqual([1, 2, 3]);
        expect((await stateOf()).projection.state).toBe('active');
      }
    }
  });

  it('ends where the catalogue has a version that the owner, set back, has not', async () => {
    await tend();
    const { revision } = await world.articles.readRegistry(world.ctx);
    const { info } = (await world.outputs.readHead(world.ctx, 'a2', 'summary')).head ?? {};
    if (info === undefined) throw new Error('There is no head');
    const fact = { ...info, version: 9, dead: false, projected: [] };
    await world.articles.project(world.ctx, [fact], revision);
    await world.tandem.projections.backfill(world.ctx, 'length');
    expect(await tend()).toBe(3);
    expect(await stateOf()).toMatchObject({
      projection: { state: 'active' },
      coverage: { matched: 2, missed: 0, failed: 1 },
    });
    expect(setAside()).toEqual(['older_than_catalogue']);
    expect(await metrics()).toEqual([1, null, 3]);
  });

  it('takes an output that is gone for gone', async () => {
    await world.outputs.removeHead(world.ctx, 'a2', 'summary', 1);
    await tend();
    expect(await metrics()).toEqual([1, null, 3]);
    expect((await stateOf()).coverage).toEqual({ matched: 2, missed: 0, failed: 0 });
  });

  it('waits for a DynamoDB that is away, and gives up only what it alone cannot read', async () => {
    world.fail = (name) =>
      /loadOutput|ping/.test(name) ? { when: 'before', error: dynamodbDown(name) } : undefined;
    await expect(tend()).rejects.toMatchObject({ code: 'unavailable' });
    world.fail = (name) =>
      name === 'dynamodb.loadOutput' ? { when: 'before', error: dynamodbDown(name) } : undefined;
    await tend();
    world.fail = () => undefined;
    expect(await stateOf()).toMatchObject({
      projection: { state: 'active' },
      coverage: { matched: 0, missed: 0, failed: 3 },
    });
  });

  it('is found within a minute where another process began it', async () => {
    await tend();
    await world.articles.putProjection(world.ctx, 'other', { ...LENGTH, scale: 2 });
    expect(await tend()).toBe(0);
    world.clock.advance(61_000);
    expect(await tend()).toBe(3);
  });

  it('is followed by the clearing of what was deleted', async () => {
    await tend();
    await world.tandem.projections.remove(world.ctx, 'length');
    await tend();
    expect(await metrics()).toEqual([null, null, null]);
    expect((await world.articles.readRegistry(world.ctx)).projections).toEqual([]);
  });

  it('is followed by the clearing of what it left of another kind, also by another process', async () => {
    const ids = Array.from({ length: 250 }, (_, at) => `b${at}`);
    for (const id of ids) {
      await world.tandem.articles.create(world.ctx, anArticle({ id }));
      await put(id, { words: 1 });
    }
    await drain();
    await tend();
    const isPending = async () => (await world.articles.readRegistry(world.ctx)).pending;
    await world.tandem.projections.put(world.ctx, 'length', { ...LENGTH, kind: 'other' });
    await world.tandem.maintenance.tendProjections(world.ctx);
    expect(await isPending()).toBe(true);
    world.restart();
    await tend();
    expect(await isPending()).toBe(false);
    world.calls.length = 0;
    expect(await tend()).toBe(0);
    expect(world.calls).toEqual([]);
  });

  it('reads by the definition that a name has now, also where the name was deleted before', async () => {
    await put('a1', { words: 1, letters: 10 });
    await drain();
    await tend();
    for (const select of [['$.letters'], ['$.words']]) {
      await world.tandem.projections.remove(world.ctx, 'length');
      await tend();
      await world.tandem.projections.put(world.ctx, 'length', { ...LENGTH, select });
      expect((await stateOf()).projection.revision).toBe(1);
      await tend();
      expect((await metrics())[0]).toBe(select[0] === '$.letters' ? 10 : 1);
      const preview = await world.tandem.projections.preview(world.ctx, 'length', {
        articleId: 'a1',
      });
      expect(preview).toEqual({ metric: select[0] === '$.letters' ? 10 : 1 });
    }
  });

  it('that is begun anew lags behind from then on', async () => {
    await tend();
    world.clock.advance(86_400_000);
    await world.tandem.projections.backfill(world.ctx, 'length');
    expect(await stateOf()).toMatchObject({
      projection: { state: 'backfilling' },
      lagSeconds: 0,
    });
    world.clock.advance(5_000);
    expect((await stateOf()).lagSeconds).toBe(5);
  });
});

describe('while DynamoDB is away', () => {
  beforeEach(() => {
    world.fail = (name) =>
      name.startsWith('dynamodb') ? { when: 'before', error: dynamodbDown(name) } : undefined;
  });

  it('projections are put, told of and taken away, without their lag', async () => {
    const { projections } = world.tandem;
    const put = await projections.put(world.ctx, 'length', LENGTH);
    expect(put).toMatchObject({ created: true, view: { lagSeconds: null } });
    expect(await projections.list(world.ctx)).toMatchObject({
      views: [{ lagSeconds: null, coverage: { matched: 0 } }],
      degraded: ['dynamodb_unavailable'],
    });
    await expect(projections.list(world.ctx, { strict: true })).rejects.toMatchObject({
      reason: 'dynamodb_unavailable',
    });
    await projections.backfill(world.ctx, 'length');
    await projections.remove(world.ctx, 'length');
    await expect(projections.get(world.ctx, 'length')).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('the registry', () => {
  it('is known from its copy while Aurora sleeps, and from nowhere without one', async () => {
    await world.tandem.projections.put(world.ctx, 'length', LENGTH);
    world.aurora = 'asleep';
    const registry = await createRegistrySource(world).current(world.ctx);
    expect(registry.metric('length')).toBe('number');
    expect(createRegistry(registry.revision, registry.projections).metricNames).toEqual(['length']);
    world.fail = (name) =>
      name === 'dynamodb.readNote' ? { when: 'before', error: dynamodbDown(name) } : undefined;
    await expect(createRegistrySource(world).current(world.ctx)).rejects.toMatchObject({
      reason: 'aurora_asleep',
    });
  });

  it('of an older answer never takes the place of a newer copy', async () => {
    const old = await world.articles.readRegistry(world.ctx);
    await world.tandem.projections.put(world.ctx, 'length', LENGTH);
    const late = createRegistrySource({
      articles: { ...world.articles, readRegistry: async () => createRegistry(old.revision, []) },
      outputs: world.outputs,
    });
    await late.refresh(world.ctx);
    world.aurora = 'asleep';
    const { metricNames } = await createRegistrySource(world).current(world.ctx);
    expect(metricNames).toEqual(['length']);
  });

  it('lets a preview be made of an output that is given, while Aurora sleeps', async () => {
    await world.tandem.projections.put(world.ctx, 'length', LENGTH);
    world.aurora = 'asleep';
    const output = new JsonText('{"words":7}');
    expect(await world.tandem.projections.preview(world.ctx, 'length', { output })).toEqual({
      metric: 7,
    });
  });
});
