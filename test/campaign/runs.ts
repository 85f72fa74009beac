import { lateWriter, SCORE, type Scenario } from './scenarios.ts';

const BAD = 'bad';

function textOf(runId: string, score: number, more = ''): string {
  return JSON.stringify({ score, runId, more });
}

/** Outputs of a bad run, some of them in chunks, that are taken back beside a delete and a writer who mends one. */
export const RUNS: Scenario = {
  remembers: true,

  async before(history, id) {
    const { stage } = history;
    const [a, b, c] = [id('a'), id('b'), id('c')];
    for (const name of [a, b, c]) await history.create(name, name);
    await history.putOutput(a, 's', textOf(id('good'), 1, 'x'.repeat(60)));
    await history.putOutput(c, 's', textOf(id('good'), 2));
    await stage.client().tandem.projections.put(stage.ctx(), 'score', SCORE);
    await stage.upkeep();
  },

  async play(history, id, env, look) {
    const { stage } = history;
    const [a, b, c] = [id('a'), id('b'), id('c')];
    if (env('asleep')) stage.asleep = true;
    await history.putOutput(a, 's', textOf(id(BAD), 3, 'y'.repeat(60)));
    await history.putOutput(b, 's', textOf(id(BAD), 4));
    await history.putOutput(c, 's', textOf(id(BAD), 5));
    stage.wake();
    if (env('relayBetween')) await stage.upkeep();
    await history.readRun(id(BAD));
    const earlier = { [a]: textOf(id('good'), 1, 'x'.repeat(60)), [c]: textOf(id('good'), 2) };
    await history.revertRun(id(BAD), [a, b, c], 's', earlier);
    const late = env('deleteOutputBesideLateWriter')
      ? await lateWriter(history, c, textOf(id('mended'), 6))
      : undefined;
    if (env('deleteArticle')) await history.remove(b);
    await stage.upkeep();
    await late?.();
    if (env('duplicateDelivery')) {
      await history.revertRun(id(BAD), [a, b, c], 's', earlier);
      await stage.upkeep();
    }
    await look();
  },

  async after(history, id) {
    const { stage } = history;
    const run = await stage.stores.articles.getRun(stage.ctx(), id(BAD));
    const told = history.reverts.get(id(BAD));
    if (run === undefined) {
      if (told !== undefined) history.blame('I1: a run that was told of is not known');
      return;
    }
    if (told === 'reverted' ? run.state !== 'reverted' : run.state === 'reverting') {
      history.blame(`I1: the run is ${run.state}, and was to be reverted`);
    }
    if (run.state === 'reverted' && run.outputs !== run.reverted) {
      history.blame(`I1: ${run.reverted} of ${run.outputs} outputs were taken back`);
    }
  },
};
