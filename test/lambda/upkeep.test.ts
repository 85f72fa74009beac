import { describe, expect, it } from 'vitest';
import { JsonText } from '../../src/domain/index.ts';
import { createTandem } from '../../src/facade/index.ts';
import { runUpkeep } from '../../src/lambda/upkeep.ts';
import { createFakeAiOutputStore } from '../fakes/ai-output-store.ts';
import { createFakeArticleStore } from '../fakes/article-store.ts';
import { aContext, seededRandom, TestClock } from '../support/clock.ts';

const SCORE = {
  kind: 'summary',
  target: { type: 'metric', valueType: 'number' },
  select: ['$.score'],
} as const;

/** An article with an output that Aurora has seen, before any projection. */
async function aWorld() {
  const clock = new TestClock();
  const articles = createFakeArticleStore({ clock });
  const outputs = createFakeAiOutputStore({ clock });
  const tandem = createTandem({
    ...{ articles, outputs, clock, random: seededRandom(1) },
    auroraState: () => 'awake',
    isSurelyAwake: async () => true,
  });
  const parts = { maintenance: tandem.maintenance, auroraState: () => 'awake' as const, clock };
  const upkeep = () =>
    runUpkeep(parts, aContext(clock, { deadlineMs: clock.now() + 60_000 }), false);
  const input = { id: 'a', title: 'A', authors: [], topics: [], attributes: new JsonText('{}') };
  await tandem.articles.put(aContext(clock), input);
  const output = new JsonText('{"score":3}');
  await tandem.outputs.put(aContext(clock), { articleId: 'a', kind: 'summary', output }, {});
  await upkeep();
  return { clock, articles, outputs, tandem, upkeep };
}

describe('a run of upkeep that leaves nothing', () => {
  it('has brought what a new projection found into the copies', async () => {
    const { clock, articles, outputs, tandem, upkeep } = await aWorld();
    await tandem.projections.put(aContext(clock), 'score', SCORE);
    expect(await upkeep()).toMatchObject({ filled: 1, left: false });
    expect(await articles.readOutbox(aContext(clock), 10)).toEqual([]);
    const copy = await outputs.getArticle(aContext(clock), 'a');
    expect(copy).toMatchObject({ state: 'live', article: { metrics: { score: 3 } } });
  });

  it('has taken what a deleted projection found out of the copies', async () => {
    const { clock, articles, outputs, tandem, upkeep } = await aWorld();
    await tandem.projections.put(aContext(clock), 'score', SCORE);
    await upkeep();
    await tandem.projections.remove(aContext(clock), 'score');
    expect(await upkeep()).toMatchObject({ left: false });
    expect(await articles.readOutbox(aContext(clock), 10)).toEqual([]);
    const copy = await outputs.getArticle(aContext(clock), 'a');
    expect(copy).toMatchObject({ state: 'live', article: { metrics: {} } });
    expect(copy.state === 'live' && copy.article.metrics).toEqual({});
  });
});
