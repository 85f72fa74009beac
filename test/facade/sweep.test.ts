import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AiOutputStore,
  type Clock,
  JsonText,
  type StoredPart,
} from '../../src/domain/index.ts';
import { createTandem, type Tandem } from '../../src/facade/index.ts';
import { aCopy, randomText } from '../contract/ai-output-store/builders.ts';
import { createFakeAiOutputStore } from '../fakes/ai-output-store.ts';
import { createFakeArticleStore } from '../fakes/article-store.ts';
import { aContext, seededRandom, TestClock } from '../support/clock.ts';
import { startDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { anArticle, aWorld, type World } from './world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MAX_BYTES = 4 * 1024 * 1024;

async function partsOf(store: AiOutputStore, clock: Clock): Promise<StoredPart[]> {
  const parts: StoredPart[] = [];
  let after: string | undefined;
  do {
    const page = await store.scanParts(aContext(clock), after);
    parts.push(...page.parts);
    after = page.next;
  } while (after !== undefined);
  return parts;
}

/** A store that dies at its nth call, before or after the effect, and at every one that follows. */
function mortal(
  store: AiOutputStore,
): AiOutputStore & { dieAt(call: number, after: boolean): void } {
  let left = Number.POSITIVE_INFINITY;
  let afterEffect = false;
  const guarded = new Proxy(store, {
    get(target, property) {
      const method = Reflect.get(target, property) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        left -= 1;
        if (left < 0 || (left === 0 && !afterEffect)) throw new Error('crashed');
        const result = await method.apply(target, args);
        if (left === 0) throw new Error('crashed');
        return result;
      };
    },
  });
  return Object.assign(Object.create(guarded), {
    dieAt(call: number, after: boolean) {
      left = call;
      afterEffect = after;
    },
  });
}

interface Place {
  readonly store: AiOutputStore;
  readonly clock: Clock & { advance(ms: number): void };
}

function facadeOver(store: AiOutputStore, clock: Clock): Tandem {
  return createTandem({
    articles: createFakeArticleStore({ clock }),
    outputs: store,
    clock,
    random: seededRandom(1),
    auroraState: () => 'asleep',
    isSurelyAwake: async () => false,
  });
}

let runs = 0;

/**
 * Writes outputs of these sizes one after another, of which each dies at every call it makes; reads all
 * that can be read after each death; sweeps; and looks at what is left.
 */
async function surviveCrashes({ store, clock }: Place, sizes: readonly number[]): Promise<void> {
  const ctx = () => aContext(clock, { deadlineMs: clock.now() + 10 * HOUR_MS });
  const articleId = `a-${++runs}`;
  await store.putArticle(ctx(), aCopy({ id: articleId }));
  const tandem = facadeOver(store, clock);
  const known = new Set<string>();

  async function readAll(): Promise<void> {
    const { head } = await store.readHead(ctx(), articleId, 'k');
    if (!head) return;
    const { versions } = await tandem.outputs.versions(ctx(), articleId, 'k', { limit: 100 });
    for (const { version, sizeBytes } of versions) {
      const { output } = await tandem.outputs.get(ctx(), articleId, 'k', version);
      expect(Buffer.byteLength(output.text)).toBe(sizeBytes);
      expect(known.has(output.text)).toBe(true);
    }
  }

  let seed = runs * 1000;
  for (const size of sizes) {
    for (let call = 1, survived = false; !survived; call += 1) {
      for (const after of [false, true]) {
        seed += 1;
        const text = size < 2 ? String(seed % 10) : JSON.stringify(randomText(size - 2, seed));
        known.add(text);
        const dying = mortal(store);
        dying.dieAt(call, after);
        const put = facadeOver(dying, clock).outputs.put(
          ctx(),
          { articleId, kind: 'k', output: new JsonText(text) },
          {},
        );
        survived = await put.then(
          () => true,
          (error: Error) => {
            if (error.message !== 'crashed') throw error;
            return false;
          },
        );
        await readAll();
      }
    }
  }

  // The last that dies leaves chunks under the very version that stays the latest.
  const [last = 0] = sizes.slice(-1);
  const putLast = (over: AiOutputStore) => {
    const text = JSON.stringify(randomText(last, ++seed));
    known.add(text);
    const output = new JsonText(text);
    return facadeOver(over, clock).outputs.put(ctx(), { articleId, kind: 'k', output }, {});
  };
  const dying = mortal(store);
  dying.dieAt(2, true);
  await expect(putLast(dying)).rejects.toThrow('crashed');
  await putLast(store);

  clock.advance(26 * HOUR_MS);
  let left = true;
  while (left) ({ left } = await tandem.maintenance.sweep(ctx(), { pages: 3 }));
  await readAll();
  const { head } = await store.readHead(ctx(), articleId, 'k');
  const old = await store.listVersions(ctx(), articleId, 'k', { before: 1e9, limit: 1_000 });
  const named = new Set([head, ...old].map((one) => one?.content.chunks?.key));
  const strays = (await partsOf(store, clock)).filter(
    (part) => part.articleId === articleId && part.type === 'chunk' && !named.has(part.content),
  );
  expect(strays).toEqual([]);
  clock.advance(26 * HOUR_MS);
}

describe('outputs of any size', () => {
  const size = fc.oneof(
    fc.constantFrom(0, 1, 63, 64, 511, 512, 4_095, 262_143, 262_144, 262_145, MAX_BYTES),
    fc.integer({ min: 0, max: MAX_BYTES }),
  );

  test.prop([fc.array(size, { minLength: 1, maxLength: 2 })], { numRuns: 8 })(
    'are never torn, and leave nothing behind, wherever a writer dies',
    async (sizes) => {
      const clock = new TestClock();
      await surviveCrashes({ store: createFakeAiOutputStore({ clock }), clock }, sizes);
    },
    120_000,
  );

  describe('over DynamoDB', () => {
    let dynamodb: TestDynamoDb;
    beforeAll(async () => {
      dynamodb = await startDynamoDb();
    });
    afterAll(() => dynamodb.close());

    it('leave nothing behind of a writer who dies between two chunks', async () => {
      const store = await dynamodb.store();
      const { clock, wire } = dynamodb;
      const output = new JsonText(JSON.stringify(randomText(1_300_000, 5)));
      await store.putArticle(aContext(clock), aCopy({ id: 'a1' }));
      const death = new AbortController();
      const ctx = aContext(clock, {
        signal: death.signal,
        observe: (told) => {
          if (told.kind === 'store_call' && told.operation === 'BatchWriteItem') death.abort();
        },
      });
      wire.addFault({
        service: 'dynamodb',
        operation: 'BatchWriteItem',
        unprocessed: 0.5,
        count: 1,
      });
      const tandem = facadeOver(store, clock);
      const put = tandem.outputs.put(ctx, { articleId: 'a1', kind: 'k', output }, {});
      await expect(put).rejects.toMatchObject({ code: 'unavailable' });
      wire.clearFaults();
      const torn = (await partsOf(store, clock)).filter(({ type }) => type === 'chunk');
      expect(torn.length).toBeGreaterThan(0);
      const sweep = (facade: Tandem) => facade.maintenance.sweep(aContext(clock), { pages: 9 });
      clock.advance(59 * MINUTE_MS);
      expect((await sweep(tandem)).swept).toBe(0);
      await tandem.outputs.put(aContext(clock), { articleId: 'a1', kind: 'k', output }, {});
      const whole = (await partsOf(store, clock)).filter(({ type }) => type === 'chunk');
      expect(torn.length).toBeLessThan(whole.length);
      clock.advance(50 * HOUR_MS);
      expect((await sweep(tandem)).swept).toBe(0);
      expect((await tandem.outputs.get(aContext(clock), 'a1', 'k')).output.text).toBe(output.text);
      const smaller = new JsonText('1');
      await store.removeHead(aContext(clock), 'a1', 'k', 1);
      await tandem.outputs.put(
        aContext(clock),
        { articleId: 'a1', kind: 'k', output: smaller },
        {},
      );
      clock.advance(50 * HOUR_MS);
      expect((await sweep(tandem)).swept).toBe(whole.length);
      expect(await partsOf(store, clock)).toEqual([]);
    });

    it.each([[[700]], [[400_000, 100]], [[MAX_BYTES]]])(
      'of %j bytes are never torn either',
      async (sizes) => {
        await surviveCrashes({ store: await dynamodb.store(), clock: dynamodb.clock }, sizes);
      },
      120_000,
    );
  });
});

describe('the sweep', () => {
  it('leaves alone what is young, and what is named', async () => {
    const world = aWorld();
    await world.tandem.articles.create(world.ctx, { ...anArticle(), body: 'a body' });
    const text = JSON.stringify('x'.repeat(600_000));
    const put = (output: string) =>
      world.tandem.outputs.put(
        world.ctx,
        { articleId: 'a1', kind: 'k', output: new JsonText(output) },
        {},
      );
    await put(text);
    await put('1');
    world.clock.advance(2 * HOUR_MS);
    await world.outputs.stageOutput(world.ctx, 'a1', 'k', 3, new JsonText(text));
    await world.outputs.putBody(world.ctx, 'a1', 'about to be committed');
    const before = await partsOf(world.outputs, world.clock);
    expect(await world.tandem.maintenance.sweep(world.ctx, { pages: 9 })).toEqual({
      swept: 0,
      left: false,
    });
    expect(await partsOf(world.outputs, world.clock)).toEqual(before);
  });

  const large = (letter: string) => new JsonText(JSON.stringify(letter.repeat(600_000)));
  const putLarge = ({ tandem, ctx }: World, letter: string) =>
    tandem.outputs.put(ctx, { articleId: 'a1', kind: 'k', output: large(letter) }, {});
  const textOf = async ({ tandem, ctx }: World, version?: number) =>
    (await tandem.outputs.get(ctx, 'a1', 'k', version)).output.text;
  const sweepOf = async ({ tandem, ctx }: World) =>
    (await tandem.maintenance.sweep(ctx, { pages: 9 })).swept;

  it.each([
    [59, 0],
    [61, 1],
  ])('%i minutes after a writer staged its chunks takes %i of them', async (minutes, swept) => {
    const world = aWorld();
    await world.tandem.articles.create(world.ctx, anArticle());
    await putLarge(world, 'a');
    await world.outputs.stageOutput(world.ctx, 'a1', 'k', 2, large('b'));
    world.clock.advance(minutes * MINUTE_MS);
    expect(await sweepOf(world)).toBe(swept);
    expect(await textOf(world)).toBe(large('a').text);
  });

  it('removes the chunks of a writer that lost, beside those of the one that won', async () => {
    const world = aWorld();
    await world.tandem.articles.create(world.ctx, anArticle());
    for (const version of [1, 2]) {
      await world.outputs.stageOutput(world.ctx, 'a1', 'k', version, large('x'));
      await putLarge(world, String(version));
    }
    world.clock.advance(2 * HOUR_MS);
    expect(await sweepOf(world)).toBe(2);
    expect(await textOf(world)).toBe(large('2').text);
    expect(await textOf(world, 1)).toBe(large('1').text);
  });

  it('removes the chunks of a version that is gone', async () => {
    const world = aWorld();
    await world.tandem.articles.create(world.ctx, anArticle());
    for (const letter of ['a', 'b', 'c']) await putLarge(world, letter);
    const parts = await partsOf(world.outputs, world.clock);
    const first = parts.find((part) => part.type === 'version' && part.version === 1);
    if (!first) throw new Error('no version');
    // As retention or a sweep that died leaves it: versions go before the chunks that they name.
    await world.outputs.removePart(world.ctx, first);
    world.clock.advance(2 * HOUR_MS);
    expect(await sweepOf(world)).toBe(1);
    const chunks = (await partsOf(world.outputs, world.clock)).filter(
      ({ type }) => type === 'chunk',
    );
    expect(chunks).toMatchObject([{ version: 2 }, { version: 3 }]);
    expect(await textOf(world, 2)).toBe(large('b').text);
  });

  it('removes what a delete left, and bodies that Aurora does not know, unless it sleeps', async () => {
    const world = aWorld();
    const { tandem, outputs, ctx, clock } = world;
    await tandem.articles.create(ctx, { ...anArticle(), body: 'the body' });
    await outputs.putBody(ctx, 'a1', 'never committed');
    await outputs.putBody(ctx, 'nobody', 'never committed');
    await outputs.keepVersion(ctx, {
      info: {
        articleId: 'a1',
        kind: 'k',
        version: 1,
        producedAt: '2026-01-01T00:00:00.000000Z' as never,
        storedAt: '2026-01-01T00:00:00.000000Z' as never,
        sizeBytes: 1,
        storedBytes: 1,
        sha256: '00',
      },
      dead: false,
      producerHash: '',
      content: { codec: 'plain', storedBytes: 1 },
    });
    clock.advance(2 * HOUR_MS);
    world.aurora = 'asleep';
    const sweep = async () => (await tandem.maintenance.sweep(ctx, { pages: 9 })).swept;
    expect(await sweep()).toBe(1);
    // The next round waits for Aurora to be awake, but no longer than a day.
    await outputs.stageOutput(ctx, 'nobody', 'k', 1, new JsonText(JSON.stringify('x'.repeat(3e5))));
    clock.advance(25 * HOUR_MS);
    expect(await sweep()).toBe(0);
    clock.advance(24 * HOUR_MS);
    expect(await sweep()).toBe(1);
    world.aurora = 'awake';
    clock.advance(23 * HOUR_MS);
    expect(await sweep()).toBe(0);
    clock.advance(2 * HOUR_MS);
    expect(await sweep()).toBe(2);
    expect(await partsOf(outputs, clock)).toMatchObject([{ type: 'body', articleId: 'a1' }]);
  });

  it('runs once a day, a few pages at a time, and goes on where it ended', async () => {
    const world = aWorld();
    const { tandem, outputs, ctx, clock } = world;
    for (let n = 0; n < 120; n += 1) await outputs.putBody(ctx, `b-${n}`, `body ${n}`);
    clock.advance(2 * HOUR_MS);
    const sweep = () => tandem.maintenance.sweep(ctx, { pages: 1 });
    expect(await sweep()).toEqual({ swept: 50, left: true });
    expect(await sweep()).toEqual({ swept: 50, left: true });
    expect(await sweep()).toEqual({ swept: 20, left: false });
    world.calls.length = 0;
    expect(await sweep()).toEqual({ swept: 0, left: false });
    expect(world.calls).toEqual(['dynamodb.readNote']);
  });
});
