import { EMPTY_OBJECT } from '../../src/domain/index.ts';
import type { Ended, History } from './history.ts';
import type { Scenario } from './scenarios.ts';

/** A source that gets other names: its articles show them, in Aurora and in their copies. */
export const SOURCES: Scenario = {
  remembers: true,

  async before(history, id) {
    const { stage } = history;
    for (const name of ['a', 'b'].map(id)) {
      const input = { id: name, title: name, authors: [], topics: [], attributes: EMPTY_OBJECT };
      const source = { key: id('paper'), name: 'First' };
      await stage.client().tandem.articles.put(stage.ctx(), { ...input, source });
      history.beliefs.told(name, name);
    }
    await stage.upkeep();
  },

  async play(history, id, env, look) {
    const { stage } = history;
    const names = new Set(['First']);
    await rename(history, id('paper'), 'Second', names);
    await look();
    if (env('relayBetween')) await stage.upkeep();
    if (env('deleteArticle')) await history.remove(id('b'));
    // Of a revision that it no longer has, unless nothing came of the first one.
    await rename(history, id('paper'), 'Third', names, 1);
    await rename(history, id('other'), 'Other', new Set(), 0);
    if (env('duplicateDelivery')) await stage.upkeep();
    await look();
    history.names.set(id('paper'), names);
  },

  async after({ names, stage, blame }, id) {
    const { articles } = stage.stores;
    const may = names.get(id('paper')) ?? new Set();
    const source = await articles.getSource(stage.ctx(), id('paper'));
    if (!source || !may.has(source.name)) {
      blame(`I1: the source is ${source?.name}, not ${[...may].join(' or ')}`);
    }
    const article = await articles.get(stage.ctx(), id('a'));
    if (article.state === 'live' && article.article.source?.name !== source?.name) {
      blame(`I3: an article shows its source as ${article.article.source?.name}`);
    }
  },
};

/** Names a source; `may` holds afterwards what it may be called. */
async function rename(
  history: History,
  key: string,
  name: string,
  may: Set<string>,
  ifRev?: number,
): Promise<void> {
  const profile = { name, attributes: EMPTY_OBJECT };
  const ended: Ended<unknown> = await history.attempt(({ vocabulary }) =>
    vocabulary.putSource(history.stage.ctx(), key, profile, ifRev),
  );
  if (ended !== 'unknown' && 'value' in ended) may.clear();
  // Refused at once, it had no effect; after an answer that was lost it may have been the first that had.
  if (ended !== 'unknown' && 'refused' in ended && !ended.perhaps) return;
  may.add(name);
}
