import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { uuidv7 } from 'uuidv7';
import { JsonText, type Producer } from '../../src/domain/index.ts';
import { createTandem } from '../../src/facade/index.ts';
import { aCopy } from '../contract/ai-output-store/builders.ts';
import { createFakeArticleStore } from '../fakes/article-store.ts';
import { aContext, seededRandom } from '../support/clock.ts';
import { startDynamoDb } from '../support/dynamodb.ts';
import { findNews } from '../support/news.ts';
import { printTable } from '../support/table.ts';

/** Bars: write units of all outputs against plain items, and of one output under 1 KB. */
const MAX_SHARE = 0.5;
const MAX_SMALL_UNITS = 3;
const SMALL_BYTES = 1024;

interface Line {
  readonly articleId: string;
  readonly kind: string;
  readonly producer?: Producer;
  readonly output: unknown;
}

/**
 * Write units of each output as it is stored (head, chunks, the intent and its removal), beside those of
 * one plain item that holds the output as nested attributes. Real outputs, and small ones of each size
 * whose producer says all that there is to say.
 */
export async function run(): Promise<void> {
  const news = findNews();
  if (!news) return;
  const dynamodb = await startDynamoDb();
  const client = new DynamoDBClient(dynamodb.config);
  const meter = meterOf(client);
  try {
    const store = await dynamodb.store({ client, newId: uuidv7 });
    const { clock } = dynamodb;
    const ctx = aContext(clock, { deadlineMs: clock.now() + 3_600_000 });
    const { outputs } = createTandem({
      articles: createFakeArticleStore({ clock }),
      outputs: store,
      clock,
      random: seededRandom(1),
      auroraState: () => 'asleep',
      isSurelyAwake: async () => false,
    });
    const documents = DynamoDBDocumentClient.from(client, {
      marshallOptions: { convertEmptyValues: false },
    });
    const rows = new Map<string, number[]>();
    let smallest = 0;
    for (const line of [...lines(news.outputLines), ...smallOutputs(news.outputLines)]) {
      const text = JSON.stringify(line.output);
      const { articleId, kind, producer } = line;
      await store.putArticle(ctx, aCopy({ id: articleId }));
      meter.reset();
      const { info } = await outputs.put(
        ctx,
        { articleId, kind, output: new JsonText(text), ...(producer ? { producer } : {}) },
        {},
      );
      await store.settleIntents(ctx, await store.readIntents(ctx, { limit: 10 }));
      const { storedBytes } = info;
      const units = meter.units();
      const plain = await plainUnits(documents, store.table, line, meter);
      const bytes = Buffer.byteLength(text);
      if (bytes < SMALL_BYTES) smallest = Math.max(smallest, units);
      const row = rows.get(line.kind) ?? [0, 0, 0, 0, 0];
      [1, bytes, storedBytes, units, plain].forEach((value, at) => {
        row[at] = (row[at] ?? 0) + value;
      });
      rows.set(line.kind, row);
    }
    const total = [...rows]
      .filter(([kind]) => kind !== SMALL)
      .reduce<number[]>((sum, [, row]) => row.map((value, at) => value + (sum[at] ?? 0)), []);
    printTable(
      ['kind', 'outputs', 'bytes', 'stored', 'write units', 'of plain items', 'share'],
      [...rows, ['all real ones', total] as const].map(([kind, row]) => [
        kind,
        ...row,
        Math.round(((row[3] ?? 0) / (row[4] ?? 1)) * 1000) / 1000,
      ]),
    );
    process.stdout.write(`Most units of one output under 1 KB: ${smallest}\n`);
    if ((total[3] ?? 0) > MAX_SHARE * (total[4] ?? 0)) throw new Error('More than half of plain');
    if (smallest > MAX_SMALL_UNITS) throw new Error(`${smallest} units for less than 1 KB`);
  } finally {
    client.destroy();
    await dynamodb.close();
  }
}

const SMALL = 'small';

function lines(texts: readonly string[]): Line[] {
  return texts.map((text, index) => {
    const line = JSON.parse(text) as Line;
    // An article each: the corpus has several summaries of one, which would be versions.
    return { ...line, articleId: `${line.articleId}-${index}` };
  });
}

/** Summaries cut to every size up to 1 KB, as a pipeline that tells everything writes them. */
function smallOutputs(texts: readonly string[]): Line[] {
  const words = texts
    .map((text) => JSON.parse(text) as { kind: string; output: { text: string } })
    .filter(({ kind }) => kind === 'summary')
    .map(({ output }) => output.text)
    .join(' ');
  return Array.from({ length: 32 }, (_, index) => ({
    articleId: `0198c7e2-5a3b-7c41-9d20-${String(index).padStart(12, '0')}`,
    kind: SMALL,
    producer: {
      name: 'summariser',
      model: 'claude-3-5-sonnet-20241022',
      version: '2026.11.3',
      promptHash: 'a3f5'.repeat(16),
      runId: '0198c7e2-5a3b-7c41-9d20-0123456789ab',
    },
    output: { text: words.slice(index * 40, index * 40 + index * 32), words: 50 },
  }));
}

/** One item with the output as nested attributes, as it would be without a layout of our own. */
async function plainUnits(
  documents: DynamoDBDocumentClient,
  table: string,
  { articleId, kind, producer, output }: Line,
  meter: Meter,
): Promise<number> {
  const producedAt = '2026-01-02T03:04:05.678901Z';
  const item = { pk: `P#${articleId}`, sk: kind, version: 1, producer, producedAt, output };
  meter.reset();
  try {
    await documents.send(
      new PutCommand({ TableName: table, Item: JSON.parse(JSON.stringify(item)) }),
    );
    return meter.units();
  } catch (error) {
    if ((error as Error).name !== 'ValidationException') throw error;
    // Larger than an item may be: at least as many as its text has KB.
    return Math.ceil(Buffer.byteLength(JSON.stringify(item)) / 1024);
  }
}

interface Meter {
  reset(): void;
  units(): number;
}

/** Counts the write units that a client's calls consume. */
function meterOf(client: DynamoDBClient): Meter {
  let units = 0;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const isWrite = /^(Put|Update|Delete|BatchWrite)/.test(String(context.commandName));
      if (isWrite) Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const result = await next(args);
      // The store asks what its reads consume, too.
      if (!isWrite) return result;
      const { ConsumedCapacity } = result.output as unknown as {
        ConsumedCapacity?: { CapacityUnits: number } | { CapacityUnits: number }[];
      };
      for (const one of [ConsumedCapacity ?? []].flat()) units += one.CapacityUnits;
      return result;
    },
    { step: 'initialize' },
  );
  return {
    reset: () => {
      units = 0;
    },
    units: () => units,
  };
}
