import { ledgerContract } from '../contract/ledger.contract.ts';
import { createFakeLedger } from '../fakes/ledger.ts';
import { TestClock } from '../support/clock.ts';
import { startDynamoDb } from '../support/dynamodb.ts';

ledgerContract('the ledger over DynamoDB', async () => {
  const dynamodb = await startDynamoDb();
  return {
    async subject() {
      const { ledger } = await dynamodb.store();
      return { ledger, clock: dynamodb.clock };
    },
    close: () => dynamodb.close(),
  };
});

ledgerContract('the fake of the ledger', async () => ({
  async subject() {
    const clock = new TestClock();
    return { ledger: createFakeLedger({ clock }), clock };
  },
  async close() {},
}));
