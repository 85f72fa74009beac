import { SCORE, type Scenario } from './scenarios.ts';

/** Heads that nobody can read any more: projections do without them, and nothing waits for them. */
export const CORRUPT: Scenario = {
  remembers: true,

  async before(history, id) {
    const { stage } = history;
    for (const name of ['a', 'b', 'c'].map(id)) {
      await history.create(name, name);
      await history.putOutput(name, 's', '{"score":1}');
    }
    await stage.upkeep();
  },

  async play(history, id, env, look) {
    const { stage } = history;
    // One that Aurora knows, and one of which it is yet to be told.
    await history.putOutput(id('b'), 's', '{"score":2}');
    for (const name of ['a', 'b'].map(id)) {
      stage.stores.spoil?.(name, 's');
      history.beliefs.spoiled(name, 's');
    }
    await history.attempt(({ projections }) => projections.put(stage.ctx(), 'score', SCORE));
    await stage.upkeep();
    if (env('duplicateDelivery')) await stage.upkeep();
    await look();
    stage.stores.clock.advance(6 * 60_000);
    await stage.upkeep();
    await look();
  },

  async after(history) {
    const { stage } = history;
    const { articles } = stage.stores;
    const { projections } = await articles.readRegistry(stage.ctx());
    const coverage = (await articles.readCoverage(stage.ctx())).get('score');
    const found = JSON.stringify(coverage);
    const wanted = JSON.stringify({ matched: 1, missed: 0, failed: 2, total: 3 });
    // A definition whose writer died before Aurora heard of it is none.
    if (projections.length > 0 && found !== wanted) {
      history.blame(`I3: of three outputs, two of them corrupt, ${found}`);
    }
  },
};
