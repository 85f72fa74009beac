import { beforeEach, describe, expect, it } from 'vitest';
import { isServiceError, JsonText } from '../../src/domain/index.ts';
import { RUNS_NOTE } from '../../src/facade/index.ts';
import { anArticle, aWorld, dynamodbDown, type World } from './world.ts';

let world: World;

beforeEach(async () => {
  world = aWorld();
  for (const id of ['a1', 'a2', 'a3'])
    await world.tandem.articles.create(world.ctx, anArticle({ id }));
});

const put = (articleId: string, value: unknown, runId?: string, model = 'm') =>
  world.tandem.outputs.put(
    world.ctx,
    {
      articleId,
      kind: 'summary',
      output: new JsonText(JSON.stringify(value)),
      producer: { model, ...(runId === undefined ? {} : { runId }) },
    },
    {},
  );

const read = async (articleId: string) => {
  try {
    const { info, output } = await world.tandem.outputs.get(world.ctx, articleId, 'summary');
    return [info.version, output.parse(), info.producer?.runId];
  } catch (error) {
    if (isServiceError(error, 'not_found')) return 'none';
    throw error;
  }
};

const drain = () => world.tandem.maintenance.drain(world.ctx, { limit: 500, wake: false });
const run = (runId = 'bad') => world.tandem.runs.get(world.ctx, runId);
const revert = (runId = 'bad') => world.tandem.runs.revert(world.ctx, runId);

/** Upkeep until nothing moves; `meanwhile` runs before each round. */
async function upkeep(meanwhile: () => Promise<unknown> = async () => undefined): Promise<void> {
  for (let round = 0; round < 60; round += 1) {
    await meanwhile();
    const { drained } = await drain();
    const { moved } = await world.tandem.maintenance.tendRuns(world.ctx);
    if (!moved && drained === 0) return;
  }
  throw new Error('There is no end to it');
}

describe('a run that is reverted', () => {
  it('is told of anew each time, so that another process hears of it', async () => {
    const notes = new Set<string | undefined>();
    for (const value of ['one', 'two']) {
      await put('a1', value, 'bad');
      await revert();
      notes.add(await world.outputs.readNote(world.ctx, RUNS_NOTE));
      await upkeep();
      world.clock.advance(1);
    }
    expect(notes.size).toBe(2);
    expect([...notes]).not.toContain(undefined);
  });

  it('leaves the last version that it did not make, or none', async () => {
    await put('a1', 'good', 'r1');
    await put('a1', 'worse', 'bad');
    await put('a1', 'worst', 'bad');
    await put('a2', 'only', 'bad');
    await put('a3', 'bad', 'bad');
    await put('a3', 'mended', 'r2');
    expect(await revert()).toEqual({
      runId: 'bad',
      outputs: 2,
      reverted: 0,
      state: 'reverting',
    });
    await upkeep();
    expect(await run()).toEqual({ runId: 'bad', outputs: 2, reverted: 2, state: 'reverted' });
    expect([await read('a1'), await read('a2'), await read('a3')]).toEqual([
      [4, 'good', 'r1'],
      'none',
      [2, 'mended', 'r2'],
    ]);
    const { versions } = await world.tandem.outputs.versions(world.ctx, 'a1', 'summary', {
      limit: 10,
    });
    expect(versions.map(({ version, producer }) => [version, producer?.runId])).toEqual([
      [4, 'r1'],
      [3, 'bad'],
      [2, 'bad'],
      [1, 'r1'],
    ]);
    expect(versions[0]).toMatchObject({ producedAt: versions[3]?.producedAt });
  });

  it('may be asked for twice, and again once it has made more', async () => {
    await put('a1', 'good');
    await put('a1', 'one', 'bad');
    await revert();
    expect(await revert()).toMatchObject({ outputs: 1, state: 'reverting' });
    await upkeep();
    expect(await revert()).toMatchObject({ outputs: 1, reverted: 1, state: 'reverted' });
    await put('a1', 'two', 'bad');
    await drain();
    expect(await run()).toMatchObject({ outputs: 2, reverted: 1, state: 'reverted' });
    expect(await revert()).toMatchObject({ state: 'reverting' });
    await upkeep();
    expect(await run()).toMatchObject({ outputs: 2, reverted: 2, state: 'reverted' });
    expect(await read('a1')).toEqual([5, 'good', undefined]);
  });

  it('does not bring back what another bad run made', async () => {
    await put('a1', 'good');
    await put('a1', 'bad', 'bad');
    await put('a1', 'worse', 'worse');
    await revert('worse');
    await upkeep();
    expect(await read('a1')).toEqual([4, 'bad', 'bad']);
    await revert('bad');
    await upkeep();
    expect(await read('a1')).toEqual([5, 'good', undefined]);
  });

  it('is unknown where nothing was ever seen of it', async () => {
    await expect(run('none')).rejects.toMatchObject({ code: 'not_found' });
    await expect(revert('none')).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['heads', 'readHeads'],
    ['texts', 'loadOutput'],
  ] as const)(
    'is not said to be unknown while DynamoDB does not give its %s',
    async (_, method) => {
      const ways = {
        readHeads: async (_: unknown, keys: readonly unknown[]) => keys.map(() => 'unavailable'),
        loadOutput: async () => {
          throw dynamodbDown(method);
        },
      };
      const whole = world.outputs[method];
      await put('a1', 'bad', 'bad');
      Object.assign(world.outputs, { [method]: ways[method] });
      const away = { code: 'unavailable', reason: 'dynamodb_unavailable' };
      await expect(run()).rejects.toMatchObject(away);
      await expect(revert()).rejects.toMatchObject(away);
      Object.assign(world.outputs, { [method]: whole });
      expect(await run()).toMatchObject({ outputs: 1, state: 'active' });
    },
  );

  it('gives way to writers who come meanwhile', async () => {
    await put('a1', 'good');
    await put('a1', 'bad', 'bad');
    await revert();
    let racing: Promise<unknown> | undefined;
    // Between what the revert reads and what it writes.
    world.fail = (name) => {
      if (name === 'dynamodb.loadOutput') racing ??= put('a1', 'better', 'r2');
      return undefined;
    };
    await upkeep(async () => racing);
    await racing;
    await upkeep();
    expect(racing).toBeDefined();
    expect((await read('a1')).slice(1)).toEqual(['better', 'r2']);
    expect(await run()).toMatchObject({ state: 'reverted' });
  });

  it('takes one back that cannot be read when it can, and no other waits for it', async () => {
    for (const id of ['a1', 'a2']) {
      await put(id, 'good');
      await put(id, 'bad', 'bad');
    }
    await revert();
    let broken = true;
    world.fail = (name) =>
      broken && name === 'dynamodb.loadOutput'
        ? { when: 'before', error: dynamodbDown(name) }
        : undefined;
    await world.tandem.maintenance.tendRuns(world.ctx);
    broken = false;
    await upkeep();
    expect(await run()).toEqual({ runId: 'bad', outputs: 2, reverted: 0, state: 'reverted' });
    await revert();
    await upkeep();
    expect(await run()).toEqual({ runId: 'bad', outputs: 2, reverted: 2, state: 'reverted' });
  });

  it('takes one back whose answers are lost now and then', async () => {
    await put('a1', 'good');
    await put('a1', 'bad', 'bad');
    await revert();
    let lost = 0;
    world.fail = (name) => {
      if (name !== 'dynamodb.loadOutput') return undefined;
      lost += 1;
      if (lost > 2) return undefined;
      return { when: 'after', error: dynamodbDown(name) };
    };
    await upkeep();
    expect(lost).toBeGreaterThan(2);
    expect(await run()).toEqual({ runId: 'bad', outputs: 1, reverted: 1, state: 'reverted' });
  });

  it('ends although others write without a pause', async () => {
    await put('a1', 'good');
    await put('a1', 'bad', 'bad');
    await put('a2', 'bad', 'bad');
    await revert();
    let rounds = 0;
    for (; (await run()).state !== 'reverted'; rounds += 1) {
      if (rounds > 10) throw new Error('There is no end to it');
      await put('a3', `unrelated ${rounds}`);
      await world.tandem.maintenance.tendRuns(world.ctx);
    }
    expect(await run()).toEqual({ runId: 'bad', outputs: 2, reverted: 2, state: 'reverted' });
    expect([await read('a1'), await read('a2')]).toEqual([[3, 'good', undefined], 'none']);
  });

  it('waits for what was acknowledged before it was asked for, and for nothing later', async () => {
    const unreadable = new Set<string>();
    const { loadOutput } = world.outputs;
    Object.assign(world.outputs, {
      loadOutput: async (...args: Parameters<typeof loadOutput>) => {
        if (unreadable.has(args[1].info.articleId)) throw dynamodbDown('loadOutput');
        return loadOutput(...args);
      },
    });
    const tend = () => world.tandem.maintenance.tendRuns(world.ctx);
    await put('a1', 'bad', 'bad');
    await put('a2', 'bad', 'bad');
    unreadable.add('a2');
    expect(await revert()).toMatchObject({ outputs: 1, state: 'reverting' });
    for (let round = 0; round < 10; round += 1) await tend();
    expect(await tend()).toEqual({ reverted: 0, moved: false, left: true });
    expect(await run()).toMatchObject({ outputs: 1, reverted: 1, state: 'reverting' });
    unreadable.clear();
    await tend();
    await tend();
    await tend();
    expect(await run()).toMatchObject({ reverted: 1, state: 'reverting' });
    world.clock.advance(70_000);
    await put('a3', 'unrelated');
    unreadable.add('a3');
    for (let round = 0; round < 10; round += 1) await tend();
    expect(await run()).toEqual({ runId: 'bad', outputs: 2, reverted: 2, state: 'reverted' });
    expect(await drain()).toMatchObject({ unread: 1 });
  });

  it('ends the same way whatever call fails, before or after its effect', async () => {
    const names = new Set<string>();
    const play = async (crash?: { name: string; when: 'before' | 'after' }) => {
      world = aWorld();
      for (const id of ['a1', 'a2'])
        await world.tandem.articles.create(world.ctx, anArticle({ id }));
      await put('a1', 'good', 'r1');
      await put('a1', 'bad', 'bad');
      await put('a2', 'bad', 'bad');
      await revert();
      let crashed = crash === undefined;
      world.fail = (name) => {
        names.add(name);
        if (crashed || name !== crash?.name) return undefined;
        crashed = true;
        return { when: crash.when, error: new Error('crash') };
      };
      for (let attempt = 0; ; attempt += 1) {
        try {
          await upkeep();
          break;
        } catch (error) {
          if (attempt > 3 || (error as Error).message !== 'crash') throw error;
          world.restart();
        }
      }
      world.fail = () => undefined;
      return [await read('a1'), await read('a2'), await run()];
    };
    const wanted = await play();
    expect(names.size).toBeGreaterThan(8);
    for (const name of [...names]) {
      for (const when of ['before', 'after'] as const) {
        const [a1, a2, state] = await play({ name, when });
        expect([name, when, (a1 as unknown[]).slice(1), a2, state]).toEqual([
          name,
          when,
          (wanted[0] as unknown[]).slice(1),
          wanted[1],
          wanted[2],
        ]);
      }
    }
  });
});
