import { sql } from 'kysely';
import { COLUMN_TYPES, createArticleStore, type Database } from '../../src/aurora/index.ts';
import { startAurora } from '../support/aurora.ts';
import { aContext, seededRandom } from '../support/clock.ts';
import { startDynamoDb } from '../support/dynamodb.ts';
import { type Campaign, play } from './crashes.ts';
import { type Call, type Fault, faultsOf } from './ports.ts';
import { PATTERNS } from './scenarios.ts';
import type { Stores } from './stage.ts';

const SEED = 20_260;

/** Histories played of a pattern before the next one, the first of them without faults. */
const PER_PATTERN = 20;

/** Plays `count` random histories, of none to two faults each, through the real adapters on the local servers. */
export async function playSamples(
  count: number,
  progress: (histories: number) => void,
): Promise<Campaign> {
  const database = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
  const dynamodb = await startDynamoDb();
  const { aurora } = database;
  const outputs = await dynamodb.store();
  const stores: Stores = {
    articles: createArticleStore(aurora),
    outputs,
    clock: dynamodb.clock,
    // What is stored in chunks is not known beforehand: every such step counts as a call.
    inlineBytes: -1,
    async catalogued(articleId, kind) {
      const rows = await aurora.rows(
        aContext(dynamodb.clock),
        'campaign.catalogued',
        sql<{ version: number }>`
          select o.version from ai_output o join article a on a.key = o.article_key
          where a.id = ${articleId} and o.kind = ${kind} and not o.dead and a.deleted_at is null`,
        { repeatable: true },
      );
      return rows[0]?.version === undefined ? undefined : Number(rows[0].version);
    },
  };
  const random = seededRandom(SEED);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const sum = { histories: 0, calls: 0, violating: 0 };
  const examples: { replay: string; violation: string }[] = [];
  let scenario = '';
  let pattern = 0;
  // How many calls a pattern makes is learnt by playing it without faults first.
  let calls: readonly Call[] = [];
  try {
    for (let n = 0; n < count; n += 1) {
      if (n % PER_PATTERN === 0) {
        scenario = pick(['outputs', 'articles', 'runs']);
        pattern = Math.floor(random() * PATTERNS);
        calls = [];
      }
      const plan = new Map<number, Fault>();
      for (
        let faults = calls.length === 0 ? 0 : 1 + Math.floor(random() * 2);
        faults > 0;
        faults--
      ) {
        const index = Math.floor(random() * calls.length);
        plan.set(index, pick(faultsOf(calls[index] as Call)));
      }
      const prefix = `h${n}-`;
      const newFrom = Math.min(1, plan.size);
      const played = await play({
        ...{ scenario, pattern, plan, stores, prefix, newFrom },
        sweeps: false,
      });
      if (plan.size === 0) calls = played.calls;
      sum.histories += 1;
      sum.calls += played.calls.length;
      const [violation] = played.violations;
      if (violation !== undefined) {
        sum.violating += 1;
        const replay = `${scenario} ${pattern} ${JSON.stringify([...plan])}`;
        if (examples.length < 5) examples.push({ replay, violation });
      }
      progress(n + 1);
    }
  } finally {
    await dynamodb.close();
    await database.close();
  }
  return { ...sum, examples };
}
