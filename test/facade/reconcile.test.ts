import { beforeEach, describe, expect, it } from 'vitest';
import { type Context, timestampFromMs } from '../../src/domain/index.ts';
import { type Difference, UNDER_WAY_MS } from '../../src/facade/index.ts';
import { runUpkeep } from '../../src/lambda/upkeep.ts';
import { anArticle, anOutput, aWorld, dynamodbDown, type World } from './world.ts';

let world: World;
let ctx: Context;

beforeEach(async () => {
  world = aWorld();
  ctx = world.ctx;
  const { articles, outputs, projections } = world.tandem;
  for (const id of ['a1', 'a2', 'a3']) {
    await articles.create(ctx, anArticle({ id }));
    await outputs.put(ctx, anOutput('{"score":1}', { articleId: id }), {});
  }
  await projections.put(ctx, 'score', {
    kind: 'summary',
    target: { type: 'metric', valueType: 'number' },
    select: ['$.score'],
  });
  await upkeep();
});

async function upkeep(): Promise<void> {
  const { maintenance } = world.tandem;
  const parts = { maintenance, auroraState: () => world.aurora, clock: world.clock };
  for (let left = true; left; ) ({ left } = await runUpkeep(parts, ctx, true));
}

/** What a walk over everything finds, those looked at again included. */
async function walk(apply = false): Promise<readonly Difference[]> {
  const { reconciler } = world.tandem;
  const suspects: string[] = [];
  let at: string | undefined;
  do {
    const page = await reconciler.compare(ctx, at === undefined ? {} : { at });
    suspects.push(...page.suspects);
    at = page.next;
  } while (at !== undefined);
  world.clock.advance(UNDER_WAY_MS);
  return (await reconciler.settle(ctx, suspects, { apply })).found;
}

/** Each breaks one thing behind the protocol's back. */
const BREAKS: readonly [string, () => Promise<unknown>, readonly Difference[]][] = [
  [
    'a copy that is missing',
    async () => {
      await world.articles.create(ctx, { input: anArticle({ id: 'a4' }) });
      await forgetOutbox();
    },
    [{ articleId: 'a4', what: 'copy' }],
  ],
  [
    'a deleted article without a tombstone, with outputs',
    async () => {
      await world.articles.delete(ctx, 'a1');
      await forgetOutbox();
    },
    [
      { articleId: 'a1', what: 'tombstone' },
      { articleId: 'a1', what: 'orphan', kind: 'summary' },
    ],
  ],
  [
    'an output that the catalogue does not have',
    async () => {
      await world.tandem.outputs.put(ctx, anOutput('{"score":2}', { articleId: 'a2' }), {});
      await forgetIntents();
    },
    [{ articleId: 'a2', what: 'catalogue', kind: 'summary', version: 1 }],
  ],
  [
    'a catalogue entry whose output is lost',
    () => world.outputs.removeHead(ctx, 'a2', 'summary', 1),
    [{ articleId: 'a2', what: 'catalogue', kind: 'summary', version: 1 }],
  ],
  [
    'an output that was set back to before what the catalogue has',
    () => enterBehind('a2', 9),
    [{ articleId: 'a2', what: 'catalogue', kind: 'summary', version: 9 }],
  ],
  [
    'an output that was set back to before it was deleted',
    () => enterBehind('a2', 9, true),
    [{ articleId: 'a2', what: 'catalogue', kind: 'summary', version: 9 }],
  ],
  [
    'an output that was deleted before what the catalogue has',
    async () => {
      await world.tandem.outputs.remove(ctx, 'a2', 'summary');
      await forgetIntents();
      await enterBehind('a2', 9);
    },
    [{ articleId: 'a2', what: 'catalogue', kind: 'summary', version: 9 }],
  ],
  [
    'an output that the catalogue has by another version, and the owner not at all',
    async () => {
      await world.outputs.removeHead(ctx, 'a2', 'summary', 1);
      await enterBehind('a2', 9);
    },
    [{ articleId: 'a2', what: 'catalogue', kind: 'summary', version: 9 }],
  ],
  [
    'an output that a projection has not seen',
    async () => {
      const { revision } = await world.articles.readRegistry(ctx);
      await world.outputs.putHead(ctx, await headOf('a3', 2), 1);
      const head = await headOf('a3', 2);
      const { info } = head;
      const fact = { ...info, dead: false, projected: [] };
      await world.articles.project(ctx, [fact], revision);
    },
    [{ articleId: 'a3', what: 'projection', kind: 'summary' }],
  ],
  [
    'outputs and a copy of an article that Aurora does not know',
    async () => {
      const state = await world.articles.get(ctx, 'a1');
      if (state.state !== 'live') throw new Error('a1 is not there');
      await world.outputs.putArticle(ctx, { ...state.article, id: 'a9' });
      await world.outputs.putHead(ctx, { ...(await headOf('a1', 1)), ...nameOf('a9') }, 0);
    },
    [
      { articleId: 'a9', what: 'orphan' },
      { articleId: 'a9', what: 'orphan', kind: 'summary' },
    ],
  ],
];

/** Has the catalogue know a version that the owner does not. */
async function enterBehind(articleId: string, version: number, dead = false): Promise<void> {
  const { revision } = await world.articles.readRegistry(ctx);
  const { info } = await headOf('a1', 1);
  const fact = { ...info, articleId, version, dead, projected: [] };
  await world.articles.project(ctx, [fact], revision);
  await world.tandem.maintenance.relay(ctx, 100);
}

async function headOf(articleId: string, version: number) {
  const [head] = await world.outputs.readHeads(ctx, [{ articleId, kind: 'summary' }]);
  if (head === undefined || typeof head === 'string') throw new Error('There is no head');
  return { ...head, info: { ...head.info, version } };
}

function nameOf(articleId: string) {
  const at = '2026-01-01T00:00:00.000000Z' as never;
  const info = { articleId, kind: 'summary', version: 1, producedAt: at, storedAt: at };
  return { info: { ...info, sizeBytes: 1, storedBytes: 1, sha256: '00' } };
}

async function forgetOutbox(): Promise<void> {
  const entries = await world.articles.readOutbox(ctx, 100);
  await world.articles.settleOutbox(
    ctx,
    entries.map(({ seq }) => seq),
  );
}

async function forgetIntents(): Promise<void> {
  await world.outputs.settleIntents(ctx, await world.outputs.readIntents(ctx, { limit: 100 }));
}

describe('the reconciler', () => {
  it('finds nothing where nothing is wrong, and mends nothing', async () => {
    world.calls.length = 0;
    expect(await walk(true)).toEqual([]);
    expect(world.calls.filter((name) => /\.(put|remove|project|settle)/.test(name))).toEqual([]);
  });

  it.each(BREAKS)('finds %s, and mends it only when told to', async (_, breakIt, expected) => {
    await breakIt();
    expect(await walk()).toEqual(expected);
    expect(await walk(true)).toEqual(expected);
    await upkeep();
    expect(await walk()).toEqual([]);
  });

  it.each([
    ['another version', false],
    ['that it was deleted', true],
  ])(
    'brings the owner above a catalogue that has %s, and later writes above both',
    async (_, dead) => {
      await enterBehind('a2', 9, dead);
      const suspects = ['a2'];
      const { reconciler, outputs } = world.tandem;
      expect(await reconciler.settle(ctx, suspects, { apply: true })).toMatchObject({
        repaired: 1,
      });
      const read = await outputs.get(ctx, 'a2', 'summary');
      expect([read.info.version, read.output.text]).toEqual([10, '{"score":1}']);
      const { versions } = await outputs.versions(ctx, 'a2', 'summary', { limit: 9 });
      expect(versions.map(({ version }) => version)).toEqual([10, 1]);
      const score = async () => {
        const state = await world.articles.get(ctx, 'a2');
        return state.state === 'live' && state.article.metrics.score;
      };
      expect(await score()).toBe(1);
      await outputs.put(ctx, anOutput('{"score":2}', { articleId: 'a2' }), {});
      await upkeep();
      expect(await score()).toBe(2);
      expect(await walk()).toEqual([]);
    },
  );

  it('tells of what it cannot mend as found, not as repaired', async () => {
    for (const id of ['a2', 'a3']) await enterBehind(id, 9);
    let broken = 1;
    world.fail = (name) =>
      name === 'dynamodb.loadOutput' && broken-- > 0
        ? { when: 'before', error: dynamodbDown(name) }
        : undefined;
    const settle = () => world.tandem.reconciler.settle(ctx, ['a2', 'a3'], { apply: true });
    expect(await settle()).toMatchObject({ found: [{}, {}], repaired: 1 });
    world.clock.advance(6 * 60_000);
    await upkeep();
    expect(await settle()).toMatchObject({ found: [{}], repaired: 1 });
    await upkeep();
    expect(await walk()).toEqual([]);
  });

  it('takes nothing for a difference that is under way', async () => {
    const { articles, outputs } = world.tandem;
    world.fail = (name) =>
      name === 'dynamodb.putArticle' || name === 'dynamodb.putTombstone'
        ? { when: 'before', error: Object.assign(new Error('away')) }
        : undefined;
    await articles.put(ctx, anArticle({ id: 'a1', title: 'Another' })).catch(() => undefined);
    await articles.remove(ctx, 'a2').catch(() => undefined);
    world.fail = () => undefined;
    await outputs.put(ctx, anOutput('{"score":3}', { articleId: 'a3' }), {});
    expect(await walk(true)).toEqual([]);
    await upkeep();
    expect(await walk()).toEqual([]);
  });

  it('sees only what was written since, where it is asked so', async () => {
    const state = await world.articles.get(ctx, 'a1');
    if (state.state !== 'live') throw new Error('a1 is not there');
    const since = state.article.updatedAt;
    world.clock.advance(1_000);
    await world.tandem.outputs.put(ctx, anOutput('{"score":2}', { articleId: 'a2' }), {});
    await upkeep();
    const { reconciler } = world.tandem;
    const all = await reconciler.compare(ctx, { since });
    expect(all).toMatchObject({ articles: 3 });
    const later = timestampFromMs(world.clock.now());
    expect(await reconciler.compare(ctx, { since: later })).toMatchObject({
      articles: 1,
      outputs: 1,
    });
  });
});

describe('its schedule', () => {
  const daily = () => world.tandem.reconciler.daily(ctx, { pages: 1 });

  it('walks a few pages a run, mends in a later one, and rests for a day', async () => {
    await world.articles.create(ctx, { input: anArticle({ id: 'a4' }) });
    await forgetOutbox();
    expect(await daily()).toMatchObject({ compared: 4, found: [], left: true });
    expect(await daily()).toMatchObject({ compared: 0, found: [], left: false });
    world.clock.advance(UNDER_WAY_MS);
    expect(await daily()).toMatchObject({ found: [{ articleId: 'a4', what: 'copy' }] });
    expect((await world.outputs.getArticle(ctx, 'a4')).state).toBe('live');
    world.calls.length = 0;
    expect(await daily()).toEqual({ compared: 0, found: [], left: false });
    expect(world.calls).toEqual(['dynamodb.readNote']);
    world.clock.advance(24 * 3_600_000);
    expect(await daily()).toMatchObject({ compared: 4 });
  });

  it('is put off where a store is away, and loses nothing', async () => {
    await daily();
    world.aurora = 'asleep';
    world.clock.advance(25 * 3_600_000);
    expect(await daily()).toEqual({ compared: 0, found: [], left: true });
    world.aurora = 'awake';
    expect(await daily()).toMatchObject({ found: [] });
  });
});
