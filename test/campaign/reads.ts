import {
  type ArticleQuery,
  type Context,
  JsonText,
  NO_REGISTRY,
  timestampFromMs,
} from '../../src/domain/index.ts';
import type { Tandem } from '../../src/facade/index.ts';
import type { Ended, History } from './history.ts';
import type { Scenario } from './scenarios.ts';

const WANTED = { include: 'all', body: true, strict: false } as const;

/** Larger than what is stored in the head itself. */
const LONG = JSON.stringify({ score: 1, text: 'x'.repeat(60) });

/** Reads of every kind, over what is there, what is deleted and what is half there: they are right, partial, or say why not. */
export const READS: Scenario = {
  async before(history, id) {
    const { stage } = history;
    const [a, b, c] = [id('a'), id('b'), id('c')];
    await history.create(a, 'A+');
    await history.create(b, 'B');
    await history.create(c, 'C+');
    await history.putOutput(a, 's', LONG);
    await history.putOutput(a, 's', '{"score":2}');
    await history.putOutput(a, 't', LONG);
    await history.putOutput(c, 's', '{"score":3}');
    for (const text of ['1', '2', '3']) await history.putOutput(a, 'u', text);
    await history.relate(a, b);
    await define(history, 'score');
    await stage.upkeep();
    const { articles: lists } = stage.client().tandem;
    await lists.list(stage.ctx(), queryOf(stage.stores.clock.now()), WANTED);
    // Written by a process that died: no copy, and a note of a delete.
    const { articles, outputs } = stage.stores;
    const input = { id: id('d'), title: 'D', authors: [], topics: [] };
    await articles.put(stage.ctx(), { input: { ...input, attributes: new JsonText('{}') } });
    await outputs.markDeleting(stage.ctx(), b);
    // A writer that took this version's number, and lost, left none.
    await outputs.removeVersions(stage.ctx(), a, 'u', 2);
    history.beliefs.trimmed(a, 'u');
    await history.remove(c);
  },

  async play(history, id, env, look) {
    const { stage } = history;
    const [a, b, c, d] = [id('a'), id('b'), id('c'), id('d')];
    stage.asleep = env('asleep');
    if (!env('asleep')) stage.wake();
    const query = queryOf(stage.stores.clock.now());
    const ask = <T>(work: (tandem: Tandem, ctx: Context) => Promise<T>): Promise<Ended<T>> =>
      history.attempt((tandem) => work(tandem, stage.ctx()));

    const got = await ask(({ articles }, ctx) => articles.get(ctx, a, WANTED));
    expectThat(history, got, (answer) => answer.article.title === 'A+');
    expectGone(history, await ask(({ articles }, ctx) => articles.get(ctx, c, WANTED)));
    const list = await ask(({ articles }, ctx) => articles.list(ctx, query, WANTED));
    expectThat(history, list, ({ views }) => views.every(({ article }) => article.id !== c));
    await ask(({ articles }, ctx) => articles.related(ctx, a, { limit: 5 }, WANTED));
    await ask(({ articles }, ctx) => articles.exportPage(ctx, query, 'all'));
    const output = await ask(({ outputs }, ctx) => outputs.get(ctx, a, 's'));
    expectThat(history, output, ({ info }) => info.version === 2);
    const first = await ask(({ outputs }, ctx) => outputs.get(ctx, a, 's', 1));
    expectThat(history, first, (answer) => answer.output.text === LONG);
    expectGone(history, await ask(({ outputs }, ctx) => outputs.get(ctx, c, 's')));
    const all = await ask(({ outputs }, ctx) => outputs.versions(ctx, a, 's', { limit: 10 }));
    expectThat(history, all, ({ versions }) => versions.length === 2);
    const none = await ask(({ outputs }, ctx) => outputs.get(ctx, a, 'u', 2));
    expectThat(history, none, () => false);
    const gap = await ask(({ outputs }, ctx) => outputs.versions(ctx, a, 'u', { limit: 10 }));
    expectThat(history, gap, ({ versions }) => versions.length === 1);
    const same = { articleId: a, kind: 's', output: new JsonText(LONG) };
    const again = await ask(({ outputs }, ctx) => outputs.put(ctx, same, { onlyNew: true }));
    expectThat(history, again, ({ status }) => status === 'unchanged');
    await ask(({ outputs }, ctx) => outputs.list(ctx, b));
    await ask(({ outputs }, ctx) => outputs.list(ctx, d));
    const edges = await ask(({ relations }, ctx) =>
      relations.list(ctx, a, { direction: 'both', pageSize: 10 }),
    );
    expectThat(history, edges, ({ relations }) => relations.every(({ to }) => to !== c));
    await ask(({ projections }, ctx) => projections.list(ctx));
    await ask(({ projections }, ctx) => projections.preview(ctx, 'score', { articleId: a }));
    await ask(({ projections }, ctx) => projections.shapes(ctx));
    await ask(({ kinds }, ctx) => kinds.list(ctx));
    await ask(({ maintenance }, ctx) => maintenance.ready(ctx));
    await ask(({ vocabulary }, ctx) => vocabulary.topics(ctx, { pageSize: 5 }));
    await ask(({ vocabulary }, ctx) => vocabulary.sources(ctx, { pageSize: 5 }));
    expectGone(history, await ask(({ vocabulary }, ctx) => vocabulary.source(ctx, 'none')));
    const counted = { groupBy: [], columns: [], orderBy: [], limit: 5 } as const;
    const { registry, now } = query;
    await ask(({ aggregations }, ctx) => aggregations.run(ctx, { ...counted, registry, now }));
    const pages = { olderThanMs: 0, limit: 5 };
    await ask(({ maintenance }, ctx) => maintenance.refreshPages(ctx, pages));
    stage.stores.clock.advance(2 * 60_000);
    await ask(({ outputs }, ctx) => outputs.list(ctx, b));
    stage.wake();
    await look();
  },
};

async function define(history: History, name: string): Promise<void> {
  await history.attempt(({ projections }) =>
    projections.put(history.stage.ctx(), name, {
      kind: 's',
      target: { type: 'metric', valueType: 'number' },
      select: ['$.score'],
    }),
  );
}

function expectThat<T>(history: History, ended: Ended<T>, holds: (value: T) => boolean): void {
  if (ended === 'unknown' || 'refused' in ended) return;
  if (!holds(ended.value)) history.blame(`a read answers ${JSON.stringify(ended.value)}`);
}

function expectGone<T>(history: History, ended: Ended<T>): void {
  if (ended !== 'unknown' && 'value' in ended) history.blame('I2: what is deleted is read');
}

function queryOf(nowMs: number): ArticleQuery {
  return {
    registry: NO_REGISTRY,
    orderBy: [{ by: { kind: 'field', name: 'id' }, direction: 'asc' }],
    pageSize: 20,
    skip: 0,
    count: 'none',
    now: timestampFromMs(nowMs),
  };
}
