import { sql } from 'kysely';
import { type Aurora, createArticleStore, type Database } from '../../../src/aurora/index.ts';
import {
  type ArticleStore,
  type Context,
  JsonText,
  type Registry,
  type Timestamp,
  type TopicInput,
} from '../../../src/domain/index.ts';
import { earlierFacts, kindOf, lastFacts, TOPICS_KIND, TOPICS_PROJECTION } from './facts.ts';
import type { Stored } from './model.ts';
import { METRICS } from './vocabulary.ts';
import { jsonText } from './written.ts';

/** How many slots the store has for each type: one more metric of it goes to the overflow. */
const SLOTS = { number: 24, string: 8, boolean: 4, time: 4 } as const;

/** A store whose metrics are registered; corpora come and go. */
export interface Shelf {
  readonly store: ArticleStore;
  readonly registry: Registry;
  /** Puts these articles in the place of all others. */
  load(articles: readonly Stored[]): Promise<void>;
}

/** Registers the vocabulary's metrics: those in slots first, then what fills the pool, then the overflow. */
export async function openShelf(aurora: Aurora<Database>, ctx: () => Context): Promise<Shelf> {
  const store = createArticleStore(aurora);
  const put = (name: string, valueType: keyof typeof SLOTS): Promise<unknown> =>
    store.putProjection(ctx(), name, {
      kind: kindOf(name),
      target: { type: 'metric', valueType },
      select: ['$'],
    });
  for (const [name, type] of METRICS) if (name.endsWith('-slot')) await put(name, type);
  for (const [type, slots] of Object.entries(SLOTS)) {
    for (let n = 1; n < slots; n++) await put(`filler-${type}-${n}`, type as keyof typeof SLOTS);
  }
  for (const [name, type] of METRICS) if (name.endsWith('-over')) await put(name, type);
  await store.putProjection(ctx(), TOPICS_PROJECTION, {
    kind: TOPICS_KIND,
    target: { type: 'topics' },
    each: '$.entities[*]',
    key: '$.key',
  });
  const registry = await store.readRegistry(ctx());
  return {
    store,
    registry,
    async load(articles) {
      await aurora.run(ctx(), 'test.clear', sql`truncate article, source, topic cascade`);
      const ghosts = articles.slice(0, 3).map((article) => ({ ...article, id: `x-${article.id}` }));
      const all = [...articles, ...ghosts.map(({ url: _, ...ghost }) => ghost)];
      await store.putMany(ctx(), all.map(toWrite));
      for (const facts of [all.flatMap(earlierFacts), all.flatMap((one) => lastFacts(one))]) {
        for (let at = 0; at < facts.length; at += 100) {
          const some = facts.slice(at, at + 100);
          const verdicts = await store.project(ctx(), some, registry.revision);
          if (verdicts.some((verdict) => verdict !== 'applied')) throw new Error('not applied');
        }
      }
      await aurora.run(ctx(), 'test.dates', setServerSide(articles));
      for (const { id } of ghosts) await store.delete(ctx(), id);
    },
  };
}

export function toWrite(article: Stored): Parameters<ArticleStore['putMany']>[1][number] {
  const { url, title, description, language, section, source, publishedAt } = article;
  const given = { url, title, description, language, section, publishedAt };
  const members = Object.entries(given).filter(([, value]) => value !== undefined);
  return {
    input: {
      ...(Object.fromEntries(members) as typeof given & { publishedAt: Timestamp }),
      id: article.id,
      ...(source === undefined ? {} : { source: { key: source } }),
      authors: article.authors,
      topics: article.topics as readonly TopicInput[],
      attributes: new JsonText(jsonText(article.attributes)),
    } as Parameters<ArticleStore['putMany']>[1][number]['input'],
  };
}

/** What the server sets by itself, in a spread that a test of orders needs. */
function setServerSide(articles: readonly Stored[]): ReturnType<typeof sql> {
  const rows = articles.map(({ id, ingestedAt, updatedAt, rev }) => ({
    id,
    ingested: ingestedAt,
    updated: updatedAt,
    rev,
  }));
  return sql`update article set ingested_at = g.ingested, updated_at = g.updated, rev = g.rev
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as g (id text, ingested timestamptz, updated timestamptz, rev bigint)
    where article.id = g.id`;
}
