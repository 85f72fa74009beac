import { beforeEach, describe, expect, it } from 'vitest';
import { anArticle, anOutput, aWorld, dynamodbDown, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = aWorld();
  await world.tandem.articles.put(world.ctx, anArticle());
  world.calls.length = 0;
});

describe('a write of an output', () => {
  it('asks DynamoDB alone: read, then content and intent, then the head', async () => {
    await world.tandem.outputs.put(world.ctx, anOutput(), {});
    expect(world.calls).toEqual([
      'dynamodb.readHead',
      'dynamodb.stageOutput',
      'dynamodb.putIntent',
      'dynamodb.putHead',
    ]);
  });

  it('is taken while Aurora sleeps, without a call to it', async () => {
    world.aurora = 'asleep';
    const put = await world.tandem.outputs.put(world.ctx, anOutput(), {});
    expect(put).toMatchObject({ status: 'created', verified: true });
    const stranger = await world.tandem.outputs.put(
      world.ctx,
      anOutput('1', { articleId: 'stranger' }),
      {},
    );
    expect(stranger).toMatchObject({ status: 'created', verified: false });
    expect(world.calls.filter((name) => name.startsWith('aurora'))).toEqual([]);
  });

  it('wakes nobody in a process that has only just begun, unless it is noted to be awake', async () => {
    const stranger = anOutput('1', { articleId: 'stranger' });
    world.aurora = 'unknown';
    const put = await world.tandem.outputs.put(world.ctx, stranger, {});
    expect(put).toMatchObject({ status: 'created', verified: false });
    await world.tandem.outputs.remove(world.ctx, 'stranger', 'other');
    expect(world.calls.filter((name) => name.startsWith('aurora'))).toEqual([]);
    world.noted = true;
    await expect(world.tandem.outputs.put(world.ctx, stranger, {})).rejects.toMatchObject({
      code: 'not_found',
    });
    // Who reads waits for an answer: that is worth a call.
    world.noted = false;
    await expect(world.tandem.outputs.get(world.ctx, 'stranger', 'summary')).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('is dropped later when its article does not turn up', async () => {
    world.aurora = 'asleep';
    await world.tandem.outputs.put(world.ctx, anOutput('1', { articleId: 'stranger' }), {});
    await world.tandem.outputs.put(world.ctx, anOutput('1', { articleId: 'late' }), {});
    world.aurora = 'awake';
    await world.tandem.articles.put(world.ctx, anArticle({ id: 'late' }));
    await expect(world.tandem.outputs.get(world.ctx, 'stranger', 'summary')).rejects.toMatchObject({
      code: 'not_found',
    });
    world.clock.advance(16 * 60_000);
    await world.tandem.maintenance.drain(world.ctx, { limit: 100, wake: false });
    const heads = await world.outputs.readHeads(world.ctx, [
      { articleId: 'stranger', kind: 'summary' },
      { articleId: 'late', kind: 'summary' },
    ]);
    expect(heads.map((head) => (typeof head === 'string' ? head : head.info.version))).toEqual([
      'missing',
      1,
    ]);
  });

  it('keeps the old version before the head moves on, whoever is in between', async () => {
    const { outputs } = world.tandem;
    await outputs.put(world.ctx, anOutput('1'), {});
    for (const step of ['stageOutput', 'keepVersion', 'putIntent', 'putHead'] as const) {
      for (const when of ['before', 'after'] as const) {
        world.fail = (name) =>
          name === `dynamodb.${step}` ? { when, error: new Error('crash') } : undefined;
        const latest = (await outputs.get(world.ctx, 'a1', 'summary')).info.version;
        await outputs.put(world.ctx, anOutput(`"${step} ${when}"`), {}).catch(() => undefined);
        world.fail = () => undefined;
        const now = (await outputs.get(world.ctx, 'a1', 'summary')).info.version;
        expect(now).toBe(step === 'putHead' && when === 'after' ? latest + 1 : latest);
        const again = await outputs.put(world.ctx, anOutput(`"${step} ${when}"`), {});
        expect(again.info.version).toBe(latest + 1);
      }
    }
    const { versions } = await outputs.versions(world.ctx, 'a1', 'summary', { limit: 100 });
    expect(versions.map(({ version }) => version)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect((await outputs.get(world.ctx, 'a1', 'summary', 1)).output.text).toBe('1');
  });

  it('gives every one of many writers a version of its own', async () => {
    const puts = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        world.tandem.outputs.put(world.ctx, anOutput(String(n)), {}),
      ),
    );
    const versions = puts.map(({ info }) => info.version).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  });

  it('finds the same text among old versions when only new ones are wanted', async () => {
    const { outputs } = world.tandem;
    for (let n = 0; n < 150; n++) await outputs.put(world.ctx, anOutput(String(n)), {});
    const same = await outputs.put(world.ctx, anOutput('3'), { onlyNew: true });
    expect(same).toMatchObject({ status: 'unchanged', info: { version: 4 } });
    const other = await outputs.put(world.ctx, anOutput('3', { model: 'm' }), { onlyNew: true });
    expect(other).toMatchObject({ status: 'created', info: { version: 151 } });
  });
});

describe('a reader beside a writer', () => {
  /** Lets the first of these calls wait until `during` is done, while all others go on. */
  async function beside<T>(call: string, read: () => Promise<T>, during: () => Promise<unknown>) {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let first = true;
    world.hold = (name) => {
      if (name !== `dynamodb.${call}` || !first) return undefined;
      first = false;
      return released;
    };
    const reading = read();
    await new Promise(setImmediate);
    await during();
    release();
    return reading;
  }

  const put = (text: string) => world.tandem.outputs.put(world.ctx, anOutput(text), {});
  const get = (version?: number) =>
    world.tandem.outputs.get(world.ctx, 'a1', 'summary', version).then(
      ({ info, output }) => `v${info.version} ${output.text}`,
      ({ code }) => code,
    );
  const versions = async (query: { limit: number; before?: number } = { limit: 100 }) => {
    const page = await world.tandem.outputs.versions(world.ctx, 'a1', 'summary', query);
    return { ...page, versions: page.versions.map(({ version }) => version) };
  };
  const large = (letter: string) => JSON.stringify(letter.repeat(600_000));

  it('finds the version that is no longer the latest', async () => {
    await put('1');
    expect(
      await beside(
        'readHead',
        () => get(1),
        () => put('2'),
      ),
    ).toBe('v1 1');
    const twice = async () => {
      await put('3');
      await put('4');
    };
    expect(await beside('readHead', () => get(2), twice)).toBe('v2 2');
  });

  it('is told of all versions that are there all the while', async () => {
    await put('1');
    const all = await beside('readHead', versions, () => put('2'));
    expect(all).toEqual({ versions: [2, 1] });
    const more = async () => {
      for (const text of ['3', '4', '5']) await put(text);
    };
    expect((await beside('readHead', versions, more)).versions).toEqual([5, 4, 3, 2, 1]);
    const limited = () => versions({ limit: 2 });
    const later = async () => {
      for (const text of ['6', '7']) await put(text);
    };
    expect(await beside('listVersions', limited, later)).toEqual({ versions: [5, 4], next: 4 });
    expect(await versions({ limit: 2, before: 5 })).toEqual({ versions: [4, 3], next: 3 });
  });

  it('asks once more only where a version may be missing', async () => {
    const callsOf = async (read: () => Promise<unknown>) => {
      world.calls.length = 0;
      await read();
      return world.calls.filter((name) => name !== 'dynamodb.readKinds').sort();
    };
    for (const text of ['1', '2', '3']) await put(text);
    const two = ['dynamodb.listVersions', 'dynamodb.readHead'];
    expect(await callsOf(versions)).toEqual(two);
    expect(await callsOf(() => versions({ limit: 1 }))).toEqual(two);
    expect(await callsOf(() => versions({ limit: 1, before: 3 }))).toEqual(two);
    expect(await callsOf(() => get(1))).toEqual([
      'dynamodb.getVersion',
      'dynamodb.loadOutput',
      'dynamodb.readHead',
    ]);
    expect(await callsOf(() => get(9))).toEqual(['dynamodb.getVersion', 'dynamodb.readHead']);
    await world.tandem.outputs.remove(world.ctx, 'a1', 'summary');
    await put('5');
    expect(await callsOf(versions)).toEqual(two);
    expect(await callsOf(() => get(3))).toEqual(['dynamodb.getVersion', 'dynamodb.readHead']);
    await put('6');
    await world.outputs.removeVersions(world.ctx, 'a1', 'summary', 5);
    const third = 'dynamodb.listVersions';
    expect(await callsOf(versions)).toEqual([third, ...two]);
    await world.tandem.kinds.put(world.ctx, { kind: 'summary', keepVersions: 1 });
    expect(await callsOf(versions)).toEqual(two);
  });

  it('gets the next text where the one it was about to load was dropped', async () => {
    await world.tandem.kinds.put(world.ctx, { kind: 'summary', keepVersions: 1 });
    await put(large('a'));
    const overwrite = () => put(large('b'));
    expect(await beside('loadOutput', get, overwrite)).toBe(`v2 ${large('b')}`);
    const twice = async () => {
      await put(large('c'));
      await put('4');
    };
    expect(await beside('loadOutput', get, twice)).toBe('v4 4');
    await put(large('d'));
    expect(
      await beside(
        'loadOutput',
        () => get(5),
        () => put('6'),
      ),
    ).toBe('not_found');
    await put(large('e'));
    const remove = () => world.tandem.outputs.remove(world.ctx, 'a1', 'summary');
    expect(await beside('loadOutput', get, remove)).toBe('not_found');
    await put(large('f'));
    world.hold = () => undefined;
    world.fail = (name) =>
      name === 'dynamodb.loadOutput' ? { when: 'before', error: dynamodbDown(name) } : undefined;
    expect(await get()).toBe('unavailable');
  });
});

describe('what was deleted', () => {
  const versionsOf = async () => {
    const { versions } = await world.tandem.outputs.versions(world.ctx, 'a1', 'summary', {
      limit: 100,
    });
    return versions.map(({ version }) => version);
  };

  /** A writer that read the head, and whose next step `step` takes until it is let go. */
  function stall(step: string): () => void {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let first = true;
    world.hold = (name) => {
      if (name !== `dynamodb.${step}` || !first) return undefined;
      first = false;
      return released;
    };
    return release;
  }

  it('stays so when a writer that lost against the delete keeps a version late', async () => {
    const { outputs } = world.tandem;
    await outputs.put(world.ctx, anOutput('"secret"'), {});
    const release = stall('keepVersion');
    const late = outputs.put(world.ctx, anOutput('"new"'), {});
    await new Promise(setImmediate);
    await outputs.remove(world.ctx, 'a1', 'summary');
    release();
    expect((await late).info.version).toBe(3);
    expect((await world.outputs.getVersion(world.ctx, 'a1', 'summary', 1))?.info.version).toBe(1);
    expect(await versionsOf()).toEqual([3]);
    await expect(outputs.get(world.ctx, 'a1', 'summary', 1)).rejects.toMatchObject({
      code: 'not_found',
    });
    const again = await outputs.put(world.ctx, anOutput('"secret"'), { onlyNew: true });
    expect(again).toMatchObject({ status: 'created', info: { version: 4 } });
    await world.tandem.maintenance.drain(world.ctx, { limit: 100, wake: false });
    expect(await world.outputs.getVersion(world.ctx, 'a1', 'summary', 1)).toBeUndefined();
    expect(await versionsOf()).toEqual([4, 3]);
  });

  it('stays so when its versions could not be removed and another output followed', async () => {
    const { outputs } = world.tandem;
    for (const text of ['1', '2']) await outputs.put(world.ctx, anOutput(text), {});
    world.fail = (name) =>
      name === 'dynamodb.removeVersions'
        ? { when: 'before', error: dynamodbDown(name) }
        : undefined;
    await outputs.remove(world.ctx, 'a1', 'summary');
    world.fail = () => undefined;
    for (const text of ['4', '5']) await outputs.put(world.ctx, anOutput(text), {});
    expect(await versionsOf()).toEqual([5, 4]);
    await world.tandem.maintenance.drain(world.ctx, { limit: 100, wake: false });
    expect(await world.outputs.getVersion(world.ctx, 'a1', 'summary', 1)).toBeUndefined();
    expect(await world.outputs.getVersion(world.ctx, 'a1', 'summary', 4)).toBeDefined();
    await outputs.remove(world.ctx, 'a1', 'summary');
    await outputs.put(world.ctx, anOutput('7'), {});
    expect(await versionsOf()).toEqual([7]);
  });

  it('is not what a revert brings back', async () => {
    const { outputs, runs } = world.tandem;
    await outputs.put(world.ctx, anOutput('"secret"'), {});
    world.fail = (name) =>
      name === 'dynamodb.removeVersions'
        ? { when: 'before', error: dynamodbDown(name) }
        : undefined;
    await outputs.remove(world.ctx, 'a1', 'summary');
    await outputs.put(world.ctx, anOutput('"bad"', { runId: 'bad' }), {});
    await world.tandem.maintenance.drain(world.ctx, { limit: 100, wake: false }).catch(() => {});
    world.fail = () => undefined;
    await world.tandem.maintenance.drain(world.ctx, { limit: 100, wake: false });
    await runs.revert(world.ctx, 'bad');
    await world.tandem.maintenance.tendRuns(world.ctx);
    await expect(outputs.get(world.ctx, 'a1', 'summary')).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('is taken away by the sweep where only that is left to do it', async () => {
    const { outputs } = world.tandem;
    for (const text of ['1', '2']) await outputs.put(world.ctx, anOutput(text), {});
    await outputs.remove(world.ctx, 'a1', 'summary');
    await outputs.put(world.ctx, anOutput('4'), {});
    await world.tandem.maintenance.drain(world.ctx, { limit: 100, wake: false });
    const [head] = await world.outputs.readHeads(world.ctx, [{ articleId: 'a1', kind: 'summary' }]);
    if (typeof head !== 'object') throw new Error('no head');
    const late = { ...head, info: { ...head.info, version: 2 } };
    await world.outputs.keepVersion(world.ctx, late);
    expect(await versionsOf()).toEqual([4]);
    world.clock.advance(2 * 3_600_000);
    await world.tandem.maintenance.sweep(world.ctx, { pages: 10 });
    expect(await world.outputs.getVersion(world.ctx, 'a1', 'summary', 2)).toBeUndefined();
    expect(await versionsOf()).toEqual([4]);
  });
});

describe('the drain', () => {
  it('brings what was written into Aurora and forgets the intents', async () => {
    for (const kind of ['summary', 'entities']) {
      await world.tandem.outputs.put(world.ctx, anOutput('1', { kind }), {});
    }
    const drained = await world.tandem.maintenance.drain(world.ctx, { limit: 100, wake: false });
    expect(drained).toEqual({ drained: 2, left: false });
    expect(await world.outputs.readIntents(world.ctx, { limit: 10 })).toEqual([]);
  });

  it('does not wake Aurora by itself', async () => {
    await world.tandem.outputs.put(world.ctx, anOutput(), {});
    world.aurora = 'asleep';
    world.calls.length = 0;
    const drained = await world.tandem.maintenance.drain(world.ctx, { limit: 100, wake: false });
    expect(drained).toEqual({ drained: 0, left: true });
    expect(world.calls).toEqual([]);
  });

  it('keeps the intent of a writer that has not put its head yet, until nobody can', async () => {
    await world.outputs.putIntent(world.ctx, { articleId: 'a1', kind: 'summary', version: 1 });
    await world.tandem.maintenance.drain(world.ctx, { limit: 100, wake: false });
    expect(await world.outputs.readIntents(world.ctx, { limit: 10 })).toHaveLength(1);
    world.clock.advance(6 * 60_000);
    await world.tandem.maintenance.drain(world.ctx, { limit: 100, wake: false });
    expect(await world.outputs.readIntents(world.ctx, { limit: 10 })).toEqual([]);
  });

  it('repeats what a crash cut off', async () => {
    await world.tandem.outputs.put(world.ctx, anOutput(), {});
    for (const step of ['dynamodb.readIntents', 'aurora.project', 'dynamodb.settleIntents']) {
      for (const when of ['before', 'after'] as const) {
        await world.tandem.outputs.put(world.ctx, anOutput(`"${step}${when}"`), {});
        world.fail = (name) => (name === step ? { when, error: new Error('crash') } : undefined);
        await world.tandem.maintenance
          .drain(world.ctx, { limit: 100, wake: false })
          .catch(() => undefined);
        world.fail = () => undefined;
        await world.tandem.maintenance.drain(world.ctx, { limit: 100, wake: false });
        expect(await world.outputs.readIntents(world.ctx, { limit: 10 })).toEqual([]);
      }
    }
  });

  describe('of outputs that wait for their articles', () => {
    const drain = (limit = 500, ctx = world.ctx) =>
      world.tandem.maintenance.drain(ctx, { limit, wake: false });
    const count = (name: string) => world.calls.filter((call) => call === name).length;

    /** Outputs that were taken while Aurora slept, of articles that nobody knows. */
    async function wait(from: number, to: number): Promise<void> {
      world.aurora = 'asleep';
      for (let n = from; n < to; n += 1) {
        const { outputs } = world.tandem;
        await outputs.put(world.ctx, anOutput('1', { articleId: `stranger-${n}` }), {});
        if (n % 10 === 0) world.clock.advance(1);
      }
      world.aurora = 'awake';
      world.clock.advance(1);
    }

    it('gets to one that waits for nothing behind 600 of them, in one run', async () => {
      await wait(0, 600);
      await world.tandem.outputs.put(world.ctx, anOutput(), {});
      expect(await drain()).toEqual({ drained: 1, left: false });
      const pending = await world.outputs.readIntents(world.ctx, { limit: 1_000 });
      expect(pending).toHaveLength(600);
      expect(pending.every(({ articleId }) => articleId.startsWith('stranger'))).toBe(true);
    });

    it('reads none of them again, and enters each once its article has turned up', async () => {
      await wait(0, 250);
      await drain();
      world.calls.length = 0;
      expect(await drain()).toEqual({ drained: 0, left: false });
      expect(world.calls).toEqual([
        'dynamodb.readIntents',
        ...Array.from({ length: 3 }, () => 'aurora.readCatalogue'),
      ]);
      await world.tandem.articles.put(world.ctx, anArticle({ id: 'stranger-7' }));
      await world.tandem.articles.put(world.ctx, anArticle({ id: 'stranger-222' }));
      expect(await drain()).toEqual({ drained: 2, left: false });
      world.clock.advance(16 * 60_000);
      // One that is young keeps none of its article waiting whose time is over.
      world.aurora = 'asleep';
      const young = anOutput('1', { articleId: 'stranger-249', kind: 'young' });
      await world.tandem.outputs.put(world.ctx, young, {});
      world.aurora = 'awake';
      expect(await drain()).toEqual({ drained: 248, left: false });
      expect(await world.outputs.readIntents(world.ctx, { limit: 9 })).toMatchObject([
        { articleId: 'stranger-249', kind: 'young' },
      ]);
      const heads = await world.outputs.readHeads(
        world.ctx,
        Array.from({ length: 250 }, (_, n) => ({ articleId: `stranger-${n}`, kind: 'summary' })),
      );
      expect(heads.flatMap((head, n) => (head === 'missing' ? [] : [n]))).toEqual([7, 222]);
    });

    it('looks at ten times as many as it may enter, and goes on behind them the next time', async () => {
      await wait(0, 250);
      await world.tandem.outputs.put(world.ctx, anOutput(), {});
      world.calls.length = 0;
      expect(await drain(20)).toEqual({ drained: 0, left: true });
      expect(count('dynamodb.readIntents')).toBe(10);
      expect(await drain(20)).toEqual({ drained: 1, left: true });
      expect(await drain(20)).toEqual({ drained: 0, left: true });
    });

    it('begins no further page when its time is nearly up', async () => {
      await wait(0, 150);
      await world.tandem.outputs.put(world.ctx, anOutput(), {});
      world.calls.length = 0;
      const short = { ...world.ctx, deadlineMs: world.clock.now() + 4_000 };
      expect(await drain(100, short)).toEqual({ drained: 0, left: true });
      expect(count('dynamodb.readIntents')).toBe(1);
      expect(await drain(100)).toEqual({ drained: 1, left: true });
      expect(await drain(100)).toEqual({ drained: 0, left: false });
    });

    it('enters all of a backlog amid them, a limit at a time', async () => {
      await wait(0, 30);
      for (let n = 0; n < 95; n += 1) {
        await world.tandem.outputs.put(world.ctx, anOutput('1', { kind: `k${n}` }), {});
      }
      await wait(30, 60);
      const runs = [];
      for (let left = true; left; ) {
        const run = await drain(40);
        left = run.left && run.drained > 0;
        runs.push(run);
      }
      expect(runs.reduce((sum, { drained }) => sum + drained, 0)).toBe(95);
      expect(runs.at(-1)?.left).toBe(false);
      expect(await world.outputs.readIntents(world.ctx, { limit: 100 })).toHaveLength(60);
    });
  });

  it('removes an output that arrived after its article was deleted', async () => {
    await world.tandem.outputs.put(world.ctx, anOutput(), {});
    await world.articles.delete(world.ctx, 'a1');
    await world.tandem.maintenance.drain(world.ctx, { limit: 100, wake: false });
    expect(
      await world.outputs.readHeads(world.ctx, [{ articleId: 'a1', kind: 'summary' }]),
    ).toEqual(['missing']);
  });
});
