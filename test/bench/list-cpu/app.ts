import {
  COLUMN_TYPES,
  createArticleStore,
  createAurora,
  type Database,
} from '../../../src/aurora/index.ts';
import { createDynamoDb, type DynamoDbOptions } from '../../../src/dynamodb/index.ts';
import { createTandem } from '../../../src/facade/index.ts';
import { createHttp, type Http } from '../../../src/http/index.ts';
import { newId, systemClock, systemRandom } from '../../../src/lambda/system.ts';

/** The HTTP side over the clients of both stores, put together as the function of the API does. */
export function createApp(
  dataApi: {
    readonly endpoint: string;
    readonly resourceArn: string;
    readonly secretArn: string;
    readonly database: string;
  },
  { client, table }: Pick<DynamoDbOptions, 'client' | 'table'>,
): { readonly http: Http; close(): Promise<void> } {
  const parts = { clock: systemClock, random: systemRandom, newId };
  const aurora = createAurora<Database>({
    ...parts,
    target: {
      connection: 'data-api',
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      ...dataApi,
    },
    columnTypes: COLUMN_TYPES,
  });
  const outputs = createDynamoDb({ ...parts, client, table });
  const tandem = createTandem({
    ...parts,
    articles: createArticleStore(aurora),
    outputs,
    auroraState: () => aurora.state(),
    isSurelyAwake: async () => true,
  });
  return {
    http: createHttp({ ...parts, tandem, tokenKeys: ['k'.repeat(32)] }),
    async close() {
      outputs.close();
      await aurora.close();
    },
  };
}
