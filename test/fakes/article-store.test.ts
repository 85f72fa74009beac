import { articleStoreContract } from '../contract/article-store.contract.ts';
import { aContext, TestClock } from '../support/clock.ts';
import { createFakeArticleStore } from './article-store.ts';

articleStoreContract('in memory', async () => {
  const clock = new TestClock();
  return {
    store: createFakeArticleStore({ clock }),
    ctx: () => {
      clock.advance(1);
      return aContext(clock);
    },
    close: async () => undefined,
  };
});
