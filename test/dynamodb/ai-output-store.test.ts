import { aiOutputStoreContract } from '../contract/ai-output-store.contract.ts';
import { createFakeAiOutputStore } from '../fakes/ai-output-store.ts';
import { TestClock } from '../support/clock.ts';
import { startDynamoDb } from '../support/dynamodb.ts';

aiOutputStoreContract('the store over DynamoDB', async () => {
  const dynamodb = await startDynamoDb();
  return {
    subject: async () => ({ store: await dynamodb.store(), clock: dynamodb.clock }),
    close: () => dynamodb.close(),
  };
});

aiOutputStoreContract('the fake of the store', async () => ({
  async subject() {
    const clock = new TestClock();
    return { store: createFakeAiOutputStore({ clock }), clock };
  },
  async close() {},
}));
