import { describe, expect, it } from 'vitest';
import { createTandem } from '../../src/facade/index.ts';
import { anArticle, anOutput, aWorld, dynamodbDown, type World } from './world.ts';

const DAY_MS = 86_400_000;

async function aWorldWith(settings: { keepVersions?: number; keepDays?: number }): Promise<World> {
  const world = aWorld();
  await world.tandem.articles.create(world.ctx, anArticle());
  await world.outputs.putKind(world.ctx, { kind: 'summary', ...settings });
  return world;
}

async function put(world: World, text: string): Promise<void> {
  await world.tandem.outputs.put(world.ctx, anOutput(JSON.stringify(text)), {});
}

async function shown({ tandem, ctx }: World): Promise<number[]> {
  const { versions } = await tandem.outputs.versions(ctx, 'a1', 'summary', { limit: 100 });
  return versions.map(({ version }) => version);
}

async function stored({ outputs, ctx }: World): Promise<number[]> {
  const heads = await outputs.listVersions(ctx, 'a1', 'summary', { before: 1e9, limit: 100 });
  return heads.map(({ info }) => info.version);
}

describe('retention', () => {
  it('keeps so many versions, the latest among them', async () => {
    const world = await aWorldWith({ keepVersions: 2 });
    for (const text of ['a', 'b', 'c', 'd']) await put(world, text);
    expect(await shown(world)).toEqual([4, 3]);
    expect(await stored(world)).toEqual([3]);
    const get = (version: number) => world.tandem.outputs.get(world.ctx, 'a1', 'summary', version);
    await expect(get(2)).rejects.toMatchObject({ code: 'not_found' });
    expect((await get(3)).output.text).toBe('"c"');
  });

  it('drops old versions by their age, but never the latest', async () => {
    const world = await aWorldWith({ keepDays: 2 });
    await put(world, 'a');
    world.clock.advance(DAY_MS);
    await put(world, 'b');
    world.clock.advance(1.5 * DAY_MS);
    expect(await shown(world)).toEqual([2]);
    await put(world, 'c');
    expect(await stored(world)).toEqual([2]);
    world.clock.advance(100 * DAY_MS);
    expect(await shown(world)).toEqual([3]);
    await expect(world.tandem.outputs.get(world.ctx, 'a1', 'summary', 2)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await world.tandem.outputs.get(world.ctx, 'a1', 'summary')).output.text).toBe('"c"');
  });

  it('takes no dropped version for the same output again', async () => {
    const world = await aWorldWith({ keepDays: 1 });
    await put(world, 'a');
    world.clock.advance(2 * DAY_MS);
    await put(world, 'b');
    const again = await world.tandem.outputs.put(world.ctx, anOutput('"a"'), { onlyNew: true });
    expect(again).toMatchObject({ status: 'created', info: { version: 3 } });
  });

  it('that another process sets is heeded within a minute', async () => {
    const world = aWorld();
    await world.tandem.articles.create(world.ctx, anArticle());
    for (const text of ['a', 'b']) await put(world, text);
    const other = createTandem({
      articles: world.articles,
      outputs: world.outputs,
      clock: world.clock,
      random: () => 0,
      auroraState: () => 'awake',
      isSurelyAwake: async () => true,
    });
    await other.kinds.put(world.ctx, { kind: 'summary', keepVersions: 1 });
    await put(world, 'c');
    world.clock.advance(59_000);
    expect(await shown(world)).toEqual([3]);
    await put(world, 'd');
    expect(await stored(world)).toEqual([]);
  });

  it('is made up for by the sweep where a write could not', async () => {
    const world = await aWorldWith({ keepVersions: 1 });
    world.fail = (name) =>
      name === 'dynamodb.removeVersions'
        ? { when: 'before', error: dynamodbDown(name) }
        : undefined;
    for (const text of ['a', 'b', 'c']) await put(world, text);
    expect(await stored(world)).toEqual([2, 1]);
    expect(await shown(world)).toEqual([3]);
    world.fail = () => undefined;
    world.clock.advance(2 * 3_600_000);
    expect(await world.tandem.maintenance.sweep(world.ctx, { pages: 10 })).toEqual({
      swept: 2,
      left: false,
    });
    expect(await stored(world)).toEqual([]);
  });
});
