import type { DataApiOptions } from './aurora.ts';
import type { ColumnTypes } from './column-types.ts';
import { createDataApiClient } from './data-api-client.ts';
import { CheckedDataApiDialect } from './data-api-dialect.ts';
import { countBytes, createSdk } from './data-api-sdk.ts';
import { ResultShapes } from './decode-json.ts';
import type { Transport } from './transport.ts';

/** The way over the RDS Data API: HTTP, no connection held, the service pools. */
export function createDataApi(options: DataApiOptions, columnTypes: ColumnTypes): Transport {
  const { resourceArn, secretArn, database } = options;
  const sdk = createSdk(options);
  const shapes = new ResultShapes();
  return {
    statement: 'ExecuteStatement',
    dialect: (caller, scope) =>
      new CheckedDataApiDialect({
        client: createDataApiClient(sdk, caller, scope, shapes),
        resourceArn,
        secretArn,
        database,
        columnTypes,
      }),
    async ping(signal, meter) {
      const input = { resourceArn, secretArn, database, sql: 'select 1' };
      countBytes(input, 'aurora.ping', meter);
      await sdk.executeStatement(input, { abortSignal: signal });
    },
    close: async () => sdk.destroy(),
  };
}
