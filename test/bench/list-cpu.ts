import { printTable, quantile } from '../support/table.ts';
import { CannedTransport } from './list-cpu/canned-transport.ts';
import { byHand } from './list-cpu/floor.ts';
import { profile } from './list-cpu/profile.ts';
import { ARTICLES, KINDS, openListWorld } from './list-cpu/world.ts';

/** CPU of one list in the process, from Request to the answer's bytes, the stores' own work not counted. */
const BAR_MS = 6;
const DATA_API = 'RDS Data Execute';
const DYNAMODB = 'DynamoDB BatchGetItem';
/** Until the compiler is done: its threads are the process's, too. */
const WARM_UP = 2_000;
const BATCHES = 40;
/** `process.cpuUsage` is too coarse for a single request. */
const REQUESTS_PER_BATCH = 10;

const filter = encodeURIComponent('language = "en" AND section:("world","sport") AND rev >= 1');
const QUERY = `/v1/articles?filter=${filter}&orderBy=publishedAt%20desc&pageSize=${ARTICLES}&include=${KINDS}`;

/** CPU of a list of 50 with two outputs each, over answers recorded once; throws when over its bar. */
export async function run(): Promise<void> {
  const transport = new CannedTransport();
  try {
    const world = await openListWorld();
    const list = async (): Promise<Buffer> => {
      const response = await world.http.fetch(new Request(`http://tandem.example${QUERY}`));
      return Buffer.from(await response.arrayBuffer());
    };
    // The first time a process asks a statement its answer is typed, and the page is copied; from then on
    // it is JSON, and what is to be measured.
    transport.record();
    await list();
    transport.record();
    const answer = await list();
    transport.replay();
    await world.close();
    demandWhole(answer);
    if (!answer.equals(await list())) throw new Error('what is replayed is not what was recorded');

    const [dataApi, dynamoDb] = [DATA_API, DYNAMODB].map((name) => transport.body(name));
    if (!dataApi || !dynamoDb) throw new Error('nothing was recorded');
    const floor = async (): Promise<Buffer> => byHand(dataApi, dynamoDb);
    await cpuMs(list, WARM_UP);
    await cpuMs(floor, WARM_UP);
    transport.calls.clear();
    const samples: number[] = [];
    const floors: number[] = [];
    for (let n = 0; n < BATCHES; n++) {
      samples.push(await cpuMs(list, REQUESTS_PER_BATCH));
      floors.push(await cpuMs(floor, REQUESTS_PER_BATCH));
    }
    const lists = BATCHES * REQUESTS_PER_BATCH;
    const calls = [...transport.calls].map(([name, count]) => `${count / lists} ${name}`);
    const hot = await profile(async () => {
      for (let n = 0; n < lists; n++) await list();
    }, 5);

    process.stdout.write(
      `List of ${ARTICLES}, ${KINDS.length} outputs each: ${answer.length} bytes of ${dataApi.length} and ${dynamoDb.length}; ${calls.join(', ')}.\n\n`,
    );
    const median = quantile(samples, 0.5);
    const figures = [median, quantile(samples, 0.9), BAR_MS, quantile(floors, 0.5)];
    printTable(
      ['CPU ms, median', 'p90', 'bar', 'by hand'],
      [figures.map((ms) => Math.round(ms * 100) / 100)],
    );
    process.stdout.write('\n');
    printTable(
      ['own time', 'function'],
      hot.map(({ share, place }) => [`${(share * 100).toFixed(1)} %`, place]),
    );
    if (median > BAR_MS) throw new Error(`${median.toFixed(2)} ms of CPU a list: over ${BAR_MS}`);
  } finally {
    transport.restore();
  }
}

async function cpuMs(work: () => Promise<unknown>, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < times; n++) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / times;
}

function demandWhole(answer: Buffer): void {
  const { articles = [] } = JSON.parse(answer.toString()) as {
    readonly articles?: readonly { readonly aiOutputs?: Record<string, { status: string }> }[];
  };
  const blocks = articles.flatMap(({ aiOutputs = {} }) => Object.values(aiOutputs));
  const whole = blocks.filter(({ status }) => status === 'ok').length;
  if (articles.length === ARTICLES && whole === ARTICLES * KINDS.length) return;
  throw new Error(`not the list that is to be measured: ${answer.toString('utf8', 0, 400)}`);
}
