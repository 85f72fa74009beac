import { JsonText, type OutputHead, ServiceError } from '../../src/domain/index.ts';
import { UNDER_WAY_MS } from '../../src/facade/index.ts';
import type { History } from './history.ts';
import type { Scenario } from './scenarios.ts';
import { type Process, upkeepOf } from './stage.ts';

/** The reconciler over stores that differ in every way it knows of: wherever it dies, the next run mends what is left. */
export const RECONCILE: Scenario = {
  async before(history, id) {
    const { stage } = history;
    const { articles, outputs } = stage.stores;
    const ctx = stage.ctx();
    const names = ['a', 'b', 'c', 'd', 'g'].map(id);
    const [a = '', b = '', c = '', d = '', g = ''] = names;
    for (const name of names) {
      await history.create(name, name);
      // That of g is long enough for chunks of its own.
      const more = name === g ? 'z'.repeat(60) : '';
      await history.putOutput(name, 's', JSON.stringify({ score: 1, more }));
    }
    await stage.upkeep();
    // Behind the protocol's back, with nothing left in an outbox.
    const input = { id: id('e'), title: 'E', authors: [], topics: [] };
    await articles.put(ctx, { input: { ...input, attributes: new JsonText('{}') } });
    await articles.delete(ctx, a);
    await outputs.removeHead(ctx, b, 's', 1);
    await history.putOutput(c, 's', '{"score":2}');
    const live = await articles.get(ctx, d);
    const [head] = await outputs.readHeads(ctx, [{ articleId: d, kind: 's' }]);
    if (live.state === 'live') await outputs.putArticle(ctx, { ...live.article, id: id('f') });
    const { info, ...rest } = head as OutputHead;
    await outputs.putHead(ctx, { ...rest, info: { ...info, articleId: id('f') } }, 0);
    // The owner was set back to an earlier time than the catalogue is of.
    const { revision } = await articles.readRegistry(ctx);
    const later = { ...info, articleId: g, version: 5, dead: false, projected: [] };
    await articles.project(ctx, [later], revision);
    const entries = await articles.readOutbox(ctx, 100);
    await articles.settleOutbox(
      ctx,
      entries.map(({ seq }) => seq),
    );
    await outputs.settleIntents(ctx, await outputs.readIntents(ctx, { limit: 100 }));
  },

  async play(history, _id, env, look) {
    const { stage } = history;
    for (let run = 0; run < 3; run++) {
      stage.asleep = env('asleep') && run === 1;
      if (!stage.asleep) stage.wake();
      await daily(history);
      stage.stores.clock.advance(UNDER_WAY_MS);
    }
    await look();
    stage.calm();
    stage.wake();
    const process = stage.another();
    process.aurora = 'awake';
    await walk(history, process, true);
    await upkeepOf(stage, process, true);
    const left = await walk(history, process, false);
    if (left > 0) history.blame(`${left} differences stay after they were mended`);
  },
};

async function daily({ stage }: History): Promise<void> {
  const process = stage.background();
  try {
    await process.tandem.reconciler.daily(stage.ctx(), { pages: 9 });
  } catch (error) {
    if (!process.dead && !(error instanceof ServiceError)) throw error;
  }
}

/** Compares everything, and mends it where told to; answers how much differed. */
async function walk(
  { stage }: History,
  { tandem: { reconciler } }: Process,
  apply: boolean,
): Promise<number> {
  const suspects: string[] = [];
  let at: string | undefined;
  do {
    const page = await reconciler.compare(stage.ctx(), at === undefined ? {} : { at });
    suspects.push(...page.suspects);
    at = page.next;
  } while (at !== undefined);
  stage.stores.clock.advance(UNDER_WAY_MS);
  return (await reconciler.settle(stage.ctx(), suspects, { apply })).found.length;
}
