import fc from 'fast-check';
import { isServiceError, JsonText } from '../../src/domain/index.ts';
import type { Outputs } from '../../src/facade/index.ts';
import { repair } from './checks.ts';
import { History } from './history.ts';
import { checkRegister, type Operation } from './registers.ts';
import { type Process, Stage, upkeepOf } from './stage.ts';
import { storesInMemory } from './stores.ts';

/** As long as a request lives. */
const REQUEST_MS = 28_000;

/** Longer than any writer lives: intents without a head count as abandoned. */
const STALL_MS = 6 * 60_000;

const ARTICLES = ['a', 'b'];
const KIND = 's';

type ActorName = 'writer 1' | 'writer 2' | 'drain 1' | 'drain 2' | 'deleter' | 'reader';

interface Actor {
  process: Process;
  /** What it does, one thing after the other. */
  tail: Promise<void>;
}

/** All that acts on the stores at once. Every store call waits for its turn. */
class Crowd {
  readonly stage: Stage;
  readonly operations: Operation[] = [];
  readonly #actors = new Map<ActorName, Actor>();
  #time = 0;
  #texts = 0;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** Has an actor do something after what it is at. */
  act(name: ActorName, work: (process: Process) => Promise<void>): void {
    const actor = this.#actor(name);
    actor.tail = actor.tail.then(async () => {
      if (actor.process.dead) actor.process = this.stage.another();
      await work(actor.process).catch((error: unknown) => {
        if (!actor.process.dead && !isServiceError(error)) throw error;
      });
    });
  }

  kill(name: ActorName): void {
    this.#actor(name).process.dead = true;
  }

  put(name: ActorName, articleId: string): void {
    const text = JSON.stringify({ score: ++this.#texts });
    this.act(name, async (process) => {
      await this.#record(articleId, 'put', process, async ({ put }) => {
        const input = { articleId, kind: KIND, output: new JsonText(text) };
        const { info } = await put(this.#ctx(), input, {});
        return { version: info.version, text };
      });
    });
  }

  read(name: ActorName, articleId: string): void {
    this.act(name, async (process) => {
      await this.#record(articleId, 'read', process, async ({ get }) => {
        const { info, output } = await get(this.#ctx(), articleId, KIND);
        return { version: info.version, text: output.text };
      });
    });
  }

  removeOutput(articleId: string): void {
    this.act('deleter', async (process) => {
      await this.#record(articleId, 'remove', process, async ({ remove }) => {
        await remove(this.#ctx(), articleId, KIND);
        return {};
      });
    });
  }

  deleteArticle(articleId: string): void {
    this.act('deleter', async (process) => {
      await this.#record(articleId, 'delete', process, async () => {
        await process.tandem.articles.remove(this.#ctx(), articleId);
        return {};
      });
    });
  }

  /** A drain may stall for as long as it likes: a function that is frozen between two calls does. */
  drain(name: ActorName): void {
    this.act(name, async (process) => {
      process.aurora = 'awake';
      await upkeepOf(this.stage, process, false);
    });
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#actors.values()].map(({ tail }) => tail));
  }

  #actor(name: ActorName): Actor {
    let actor = this.#actors.get(name);
    if (!actor) {
      actor = { process: this.stage.another(), tail: Promise.resolve() };
      this.#actors.set(name, actor);
    }
    return actor;
  }

  #ctx() {
    return this.stage.ctx(this.stage.stores.clock.now() + REQUEST_MS);
  }

  async #record(
    articleId: string,
    what: Operation['what'],
    process: Process,
    work: (outputs: Outputs) => Promise<{ version?: number; text?: string }>,
  ): Promise<void> {
    const invoked = ++this.#time;
    const told = await work(process.tandem.outputs).then(
      (result) => ({ outcome: process.dead ? ('info' as const) : ('ok' as const), ...result }),
      (error: unknown) => {
        if (process.dead) return { outcome: 'info' as const };
        if (!isServiceError(error) || error.code === 'internal') throw error;
        const none = error.code === 'gone' || error.code === 'not_found';
        return { outcome: none ? ('none' as const) : ('info' as const) };
      },
    );
    this.operations.push({ key: articleId, what, invoked, returned: ++this.#time, ...told });
  }
}

type Command = fc.AsyncCommand<object, Crowd, boolean>;

function command(name: string, run: (crowd: Crowd) => void): Command {
  return {
    check: () => true,
    run: async (_, crowd) => run(crowd),
    toString: () => name,
  };
}

const writer = fc.constantFrom('writer 1' as const, 'writer 2' as const);
const drain = fc.constantFrom('drain 1' as const, 'drain 2' as const);
const anybody = fc.constantFrom<ActorName[]>(
  'writer 1',
  'writer 2',
  'drain 1',
  'drain 2',
  'deleter',
);
const article = fc.constantFrom(...ARTICLES);

const COMMANDS: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc
      .tuple(writer, article)
      .map(([who, id]) => command(`${who} puts ${id}`, (crowd) => crowd.put(who, id))),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.oneof(writer, fc.constant('reader' as const)), article)
      .map(([who, id]) => command(`${who} reads ${id}`, (crowd) => crowd.read(who, id))),
  },
  {
    weight: 10,
    arbitrary: drain.map((who) => command(`${who} drains`, (crowd) => crowd.drain(who))),
  },
  {
    weight: 2,
    arbitrary: article.map((id) => command(`output of ${id} removed`, (c) => c.removeOutput(id))),
  },
  { weight: 1, arbitrary: fc.constant(command('a deleted', (crowd) => crowd.deleteArticle('a'))) },
  {
    weight: 2,
    arbitrary: anybody.map((who) => command(`${who} dies`, (crowd) => crowd.kill(who))),
  },
  {
    weight: 3,
    arbitrary: fc.constant(
      command('time passes', ({ stage }) => stage.stores.clock.advance(STALL_MS)),
    ),
  },
);

export const COMMANDS_PER_RUN = 50;

/** Commands and an order of all store calls; throws what is wrong with the history that they make. */
export const interleavings: fc.IAsyncProperty<[fc.Scheduler<unknown>, Command[]]> =
  fc.asyncProperty(
    fc.scheduler(),
    fc.array(COMMANDS, { minLength: COMMANDS_PER_RUN, maxLength: COMMANDS_PER_RUN }),
    async (scheduler, commands) => {
      const wrong = await playInterleaved(scheduler, commands);
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
    },
  );

async function playInterleaved(
  scheduler: fc.Scheduler<unknown>,
  commands: readonly Command[],
): Promise<string[]> {
  const stage = new Stage(storesInMemory(), new Map());
  const crowd = new Crowd(stage);
  const history = new History(stage);
  for (const id of ARTICLES) await history.create(id, id);
  await history.attempt(({ projections }) =>
    projections.put(stage.ctx(), 'score', {
      kind: KIND,
      target: { type: 'metric', valueType: 'number' },
      select: ['$.score'],
    }),
  );
  await stage.upkeep();
  stage.turn = async (name) => {
    await scheduler.schedule(Promise.resolve(), name);
  };
  const begun = fc.scheduledModelRun(scheduler, () => ({ model: {}, real: crowd }), commands);
  await scheduler.waitFor(begun);
  await scheduler.waitFor(crowd.settled());
  stage.turn = undefined;
  await repair(history);
  const wrong = [...history.violations];
  for (const id of ARTICLES) {
    const operations = crowd.operations.filter(({ key }) => key === id);
    wrong.push(...checkRegister(operations), ...(await checkEnd(stage, id, operations)));
  }
  return wrong;
}

/** After repair: what was acknowledged last is there, and Aurora says what its projection yields for it. */
async function checkEnd(
  stage: Stage,
  id: string,
  operations: readonly Operation[],
): Promise<string[]> {
  const { articles, outputs, catalogued } = stage.stores;
  const wrong: string[] = [];
  const ctx = stage.ctx();
  const intents = await outputs.readIntents(ctx, { limit: 9 });
  const outbox = await articles.readOutbox(ctx, 9);
  if (intents.length + outbox.length > 0) wrong.push(`${id}: something stays pending`);
  const state = await articles.get(ctx, id);
  const [head] = await outputs.readHeads(ctx, [{ articleId: id, kind: KIND }]);
  const there = head === undefined || typeof head === 'string' ? undefined : head;
  if (state.state !== 'live') {
    const asked = operations.some(({ what }) => what === 'delete');
    if (!asked) wrong.push(`${id} is ${state.state}, and nobody deleted it`);
    if (there) wrong.push(`an output of the deleted ${id} stays`);
    return wrong;
  }
  const acknowledged = operations.filter(
    ({ what, outcome }) => outcome === 'ok' && what !== 'read',
  );
  if (acknowledged.some(({ what }) => what === 'delete'))
    wrong.push(`${id} was deleted, and lives`);
  const top = Math.max(0, ...acknowledged.map(({ version = 0 }) => version));
  const version = there?.info.version ?? 0;
  if (version < top) wrong.push(`${id}: v${top} was acknowledged, the head is v${version}`);
  const text = there && !there.dead ? (await outputs.loadOutput(ctx, there)).text : undefined;
  const last = acknowledged.find((one) => one.version === version);
  if (text !== undefined && last?.text !== undefined && last.text !== text) {
    wrong.push(`${id}: v${version} is ${text}, acknowledged was ${last.text}`);
  }
  const { versions } = await stage
    .observer()
    .outputs.versions(ctx, id, KIND, { limit: 100 })
    .catch(() => ({ versions: [] }));
  const removals = acknowledged.filter(({ what }) => what === 'remove');
  for (const { version: there } of versions) {
    const of = acknowledged.find((one) => one.what === 'put' && one.version === there);
    if (of && removals.some(({ invoked }) => invoked > of.returned)) {
      wrong.push(`${id}: v${there} stays, which was removed`);
    }
  }
  const known = await catalogued(id, KIND);
  if (known !== (text === undefined ? undefined : version)) {
    wrong.push(`${id}: the head is v${version}, the catalogue has v${known}`);
  }
  const score = text === undefined ? undefined : (JSON.parse(text) as { score: number }).score;
  const { metrics } = state.article;
  if (metrics.score !== score) wrong.push(`${id}: score is ${metrics.score}, not ${score}`);
  const copy = await outputs.getArticle(ctx, id);
  if (copy.state !== 'live' || copy.article.stamp !== state.article.stamp) {
    wrong.push(`${id}: the copy is ${JSON.stringify(copy)}`);
  } else if (copy.deletingSince !== undefined) wrong.push(`${id}: a note of a delete stays`);
  return wrong;
}
