import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type AiOutputStore,
  type ArticleStore,
  type Context,
  createRegistry,
  type Registry,
  ServiceError,
} from '../../src/domain/index.ts';
import {
  createRegistrySource,
  REGISTRY_NOTE,
  type RegistrySource,
} from '../../src/facade/registry-source.ts';
import { aContext, seededRandom } from '../support/clock.ts';
import { startDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { asleep, aWorld, type World } from './world.ts';

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

describe('a refresh while the registry is read', () => {
  let source: RegistrySource;
  /** Lets the answers that Aurora gave go, the oldest first. */
  let answers: (() => void)[];
  let asked: number;
  let readRegistry: (ctx: Context) => Promise<Registry>;
  beforeEach(() => {
    answers = [];
    asked = 0;
    readRegistry = (ctx) => world.articles.readRegistry(ctx);
    const articles: ArticleStore = {
      ...world.articles,
      async readRegistry(ctx) {
        asked += 1;
        const answer = await readRegistry(ctx);
        await new Promise<void>((resolve, reject) => {
          answers.push(resolve);
          const late = () => reject(new ServiceError('timeout', 'aurora.readRegistry', 'late'));
          ctx.signal.addEventListener('abort', late);
        });
        return answer;
      },
    };
    source = createRegistrySource({ articles, outputs: world.outputs });
  });
  const turn = () => new Promise(setImmediate);
  const answer = async () => {
    await turn();
    answers.shift()?.();
    await turn();
  };

  it('tells what was there when it began, whatever is under way, once for all', async () => {
    const early = source.refresh(world.ctx);
    await turn();
    await put('score');
    const own = [1, 2, 3].map(() => source.refresh(world.ctx));
    await answer();
    await put('other');
    const later = source.refresh(world.ctx);
    expect((await early).metricNames).toEqual([]);
    await answer();
    const [first, ...others] = await Promise.all(own);
    expect(first?.metricNames).toEqual(['score']);
    expect(others).toEqual([first, first]);
    await answer();
    expect((await later).metricNames).toEqual(['other', 'score']);
    expect(asked).toBe(3);
    expect(source.known()?.metricNames).toEqual(['other', 'score']);
  });

  it('ends with its own time, not with that of the caller who was first', async () => {
    const [short, shorter] = [new AbortController(), new AbortController()];
    const first = source.current({ ...world.ctx, signal: short.signal });
    const joined = source.current(world.ctx);
    const impatient = source.current({ ...world.ctx, signal: shorter.signal });
    const behind = source.refresh(world.ctx);
    await turn();
    shorter.abort();
    await expect(impatient).rejects.toMatchObject({ code: 'timeout' });
    short.abort();
    await expect(first).rejects.toMatchObject({ code: 'timeout' });
    await turn();
    while (answers.length > 0) await answer();
    expect((await joined).projections).toEqual([]);
    expect((await behind).projections).toEqual([]);
  });

  it('waits for Aurora as long as its own caller, no more and no less', async () => {
    readRegistry = async (ctx) => {
      if (ctx.waitMs === 0) throw asleep('aurora.readRegistry');
      return world.articles.readRegistry(ctx);
    };
    const waiting = { ...world.ctx, waitMs: 25_000 };
    const atOnce = source.refresh(world.ctx);
    const patient = source.refresh(waiting);
    await expect(atOnce).rejects.toMatchObject({ reason: 'aurora_asleep' });
    await turn();
    const another = source.refresh(world.ctx);
    await expect(another).rejects.toMatchObject({ reason: 'aurora_asleep' });
    await expect(source.current(world.ctx)).rejects.toMatchObject({ reason: 'aurora_asleep' });
    await answer();
    expect((await patient).projections).toEqual([]);
    readRegistry = async () => {
      throw asleep('aurora.readRegistry');
    };
    const before = asked;
    const all = [1, 2, 3, 4].map(() => source.refresh(world.ctx));
    for (const one of all) await expect(one).rejects.toMatchObject({ reason: 'aurora_asleep' });
    expect(asked).toBe(before + 2);
  });
});

describe('the copy of the registry', () => {
  it('that cannot be made is told, and keeps nobody from the registry', async () => {
    await put('score');
    const error = new ServiceError('too_large', 'dynamodb.putNote', 'The item is too large.');
    world.fail = (name) => (name === 'dynamodb.putNote' ? { when: 'before', error } : undefined);
    const ctx = aContext(world.clock);
    const { registry } = world.tandem;
    expect((await registry.refresh(ctx)).metricNames).toEqual(['score']);
    expect(ctx.observed).toContainEqual({ kind: 'fault', op: 'registry.copy', error });
    world.calls.length = 0;
    await registry.refresh(ctx);
    expect(world.calls).toEqual(['aurora.readRegistry']);
    await put('other');
    world.fail = () => undefined;
    await registry.refresh(ctx);
    expect(world.calls).toContain('dynamodb.putNote');
  });

  describe('over DynamoDB', () => {
    let dynamodb: TestDynamoDb;
    beforeAll(async () => {
      dynamodb = await startDynamoDb();
    });
    afterAll(() => dynamodb.close());

    /** As many projections, each with 20 paths of 1,000 characters made of 200 names. */
    async function registryOf(count: number): Promise<Registry> {
      const random = seededRandom(count);
      const letter = () => String.fromCharCode(97 + Math.floor(random() * 26));
      const names = Array.from({ length: 200 }, () => Array.from({ length: 9 }, letter).join(''));
      const path = () =>
        `$${Array.from({ length: 100 }, () => `.${names[Math.floor(random() * 200)]}`).join('')}`;
      for (let n = 0; n < count; n += 1) {
        await world.articles.putProjection(world.ctx, `m${n}`, {
          kind: 'quality',
          target: { type: 'metric', valueType: 'number' },
          select: Array.from({ length: 20 }, path),
        });
      }
      return world.articles.readRegistry(world.ctx);
    }

    const over = (store: AiOutputStore, readRegistry: () => Promise<Registry>): RegistrySource =>
      createRegistrySource({
        articles: { ...world.articles, readRegistry },
        outputs: store,
      });

    it.each([1, 85])(
      'holds %i projections of long paths for while Aurora sleeps',
      async (count) => {
        const store = await dynamodb.store();
        const ctx = aContext(dynamodb.clock);
        const registry = await registryOf(count);
        await over(store, async () => registry).refresh(ctx);
        expect(ctx.observed.filter(({ kind }) => kind === 'fault')).toEqual([]);
        const reader = over(store, async () => {
          throw asleep('aurora.readRegistry');
        });
        const read = await reader.current(aContext(dynamodb.clock));
        expect(read.revision).toBe(registry.revision);
        expect(read.projections).toEqual(registry.projections);
        // An older one, read late, does not take its place.
        await over(store, async () => createRegistry(registry.revision - 1, [])).refresh(ctx);
        const again = await over(store, async () => {
          throw asleep('aurora.readRegistry');
        }).current(aContext(dynamodb.clock));
        expect(again.projections).toHaveLength(count);
      },
    );

    it('is read as an earlier release noted it', async () => {
      const store = await dynamodb.store();
      const { revision, projections } = await registryOf(2);
      const note = JSON.stringify({ revision, projections });
      await store.putNote(aContext(dynamodb.clock), REGISTRY_NOTE, note);
      const reader = over(store, async () => {
        throw asleep('aurora.readRegistry');
      });
      const read = await reader.current(aContext(dynamodb.clock));
      expect(read.metricNames).toEqual(['m0', 'm1']);
    });
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
