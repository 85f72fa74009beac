import { beforeEach, describe, expect, it } from 'vitest';
import { aWorld, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = aWorld();
});

const put = (name: string) =>
  world.articles.putProjection(world.ctx, name, {
    kind: 'quality',
    target: { type: 'metric', valueType: 'number' },
    select: ['$.n'],
  });
const reads = (): number => world.calls.filter((name) => name === 'aurora.readRegistry').length;

describe('the registry of a process', () => {
  it('is read on first need and then known', async () => {
    await put('score');
    const { registry } = world.tandem;
    expect(registry.known()).toBeUndefined();
    const [first, second] = await Promise.all([
      registry.current(world.ctx),
      registry.current(world.ctx),
    ]);
    expect(first.metric('score')).toBe('number');
    expect(second).toBe(first);
    expect(registry.known()).toBe(first);
    expect(reads()).toBe(1);
    await put('other');
    expect((await registry.current(world.ctx)).metric('other')).toBeUndefined();
    expect((await registry.refresh(world.ctx)).metric('other')).toBe('number');
    expect(reads()).toBe(2);
  });

  it('stays unknown where Aurora sleeps, and is read when it wakes', async () => {
    world.aurora = 'asleep';
    await expect(world.tandem.registry.current(world.ctx)).rejects.toMatchObject({
      code: 'unavailable',
    });
    world.aurora = 'awake';
    expect((await world.tandem.registry.current(world.ctx)).projections).toEqual([]);
  });
});

describe('a drain', () => {
  it('reads the registry again where it has become old', async () => {
    await world.tandem.articles.put(world.ctx, {
      id: 'a1',
      title: 'T',
      authors: [],
      topics: [],
      attributes: { text: '{}', parse: () => ({}) },
    });
    await world.tandem.registry.current(world.ctx);
    await put('score');
    const output = { text: '1', parse: () => 1 };
    await world.tandem.outputs.put(world.ctx, { articleId: 'a1', kind: 'quality', output }, {});
    const before = reads();
    const drained = await world.tandem.maintenance.drain(world.ctx, { limit: 10, wake: true });
    expect(drained).toEqual({ drained: 1, left: false });
    expect(reads()).toBe(before + 1);
    const projected = world.calls.filter((name) => name === 'aurora.project');
    expect(projected).toHaveLength(2);
  });
});
