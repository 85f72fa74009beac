import { createDynamoDbServer } from '../../../src/local/dynamodb/index.ts';

/** Run as a process of its own, so that a test can kill it: prints its address and serves until then. */
const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('usage: server-process.ts DATA_DIR');
const server = await createDynamoDbServer({ dataDir, clock: Date });
process.stdout.write(`${server.url}\n`);
