import {
  type AiOutputStore,
  type ArticleInput,
  type ArticleStore,
  type AuroraState,
  EMPTY_OBJECT,
  JsonText,
  ServiceError,
} from '../../src/domain/index.ts';
import { createTandem, type Tandem } from '../../src/facade/index.ts';
import { createFakeAiOutputStore } from '../fakes/ai-output-store.ts';
import { createFakeArticleStore } from '../fakes/article-store.ts';
import { aContext, seededRandom, TestClock } from '../support/clock.ts';

/** The facade over in-memory stores, with switches for what goes wrong. */
export interface World {
  tandem: Tandem;
  readonly articles: ArticleStore;
  readonly outputs: AiOutputStore;
  readonly clock: TestClock;
  readonly ctx: ReturnType<typeof aContext>;
  /** Names of the port's methods called, such as `aurora.find`. */
  readonly calls: string[];
  aurora: AuroraState;
  /** Another process has noted that Aurora is awake. */
  noted: boolean;
  /** Another process takes over: what this one remembers is gone. */
  restart(): void;
  /** Decides for each call, by its name, whether it fails before or after its effect. */
  fail: (name: string) => { readonly when: 'before' | 'after'; readonly error: Error } | undefined;
  /** What a call waits for before it is made. */
  hold: (name: string) => Promise<void> | undefined;
}

export function aWorld(): World {
  const clock = new TestClock();
  const calls: string[] = [];
  const world: World = {
    clock,
    calls,
    ctx: aContext(clock, { deadlineMs: clock.now() + 3_600_000 * 24 * 400 }),
    aurora: 'awake',
    noted: false,
    fail: () => undefined,
    hold: () => undefined,
  } as unknown as World;

  const guarded = <T extends object>(store: T, prefix: string): T =>
    new Proxy(store, {
      get(target, property) {
        const method = Reflect.get(target, property) as unknown;
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          const name = `${prefix}.${String(property)}`;
          calls.push(name);
          if (prefix === 'aurora' && (world.aurora === 'asleep' || world.aurora === 'resuming')) {
            world.aurora = 'resuming';
            throw asleep(name);
          }
          await world.hold(name);
          const plan = world.fail(name);
          if (plan?.when === 'before') throw plan.error;
          const result = await (method as (...all: unknown[]) => unknown).apply(target, args);
          if (plan?.when === 'after') throw plan.error;
          return result;
        };
      },
    });

  const articles = guarded(createFakeArticleStore({ clock }) as ArticleStore, 'aurora');
  const outputs = guarded(createFakeAiOutputStore({ clock }) as AiOutputStore, 'dynamodb');
  const start = (): Tandem =>
    createTandem({
      articles,
      outputs,
      clock,
      random: seededRandom(1),
      auroraState: () => world.aurora,
      isSurelyAwake: async () => world.noted,
    });
  const restart = (): void => {
    world.tandem = start();
  };
  return Object.assign(world, { articles, outputs, tandem: start(), restart });
}

export function asleep(op: string): ServiceError {
  return new ServiceError('unavailable', op, 'asleep', {
    reason: 'aurora_asleep',
    retryAfterSeconds: 15,
  });
}

export function dynamodbDown(op: string): ServiceError {
  return new ServiceError('unavailable', op, 'down', { reason: 'dynamodb_unavailable' });
}

export function anArticle(overrides: Partial<ArticleInput> = {}): ArticleInput {
  return {
    id: 'a1',
    title: 'An article',
    authors: [],
    topics: [],
    attributes: EMPTY_OBJECT,
    ...overrides,
  };
}

export function anOutput(
  text = '{"text":"s"}',
  overrides: { articleId?: string; kind?: string; model?: string; runId?: string } = {},
) {
  const { articleId = 'a1', kind = 'summary', ...producer } = overrides;
  return {
    articleId,
    kind,
    output: new JsonText(text),
    ...(Object.keys(producer).length === 0 ? {} : { producer }),
  };
}
