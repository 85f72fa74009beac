import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLUMN_TYPES, type Database } from '../../../src/aurora/index.ts';
import { startAurora, type TestAurora } from '../../support/aurora.ts';
import { corpus } from './corpus.ts';
import { openShelf, type Shelf } from './load.ts';

const SEED = Number(process.env.ORACLE_SEED ?? 20_240_118);

// Two functions say what a reader sees: one is quick for one article, the other for a page of them.
describe('the documents of a page', () => {
  let started: TestAurora<Database>;
  let shelf: Shelf;
  beforeAll(async () => {
    started = await startAurora<Database>({ columnTypes: COLUMN_TYPES });
    shelf = await openShelf(started.aurora, () => started.ctx());
  });
  afterAll(() => started?.close());

  it.each([0, 1, 2])(
    `are those of its articles, seed ${SEED}, corpus %i`,
    async (n) => {
      const [articles = []] = fc.sample(corpus, { seed: SEED + n, numRuns: 1 });
      await shelf.load(articles);
      // One projection is on its way out: neither shows its values.
      await started.aurora.run(
        started.ctx(),
        'test.retire',
        sql`update projection set state = case when name like '%time-slot' then 'retiring' else 'active' end`,
      );
      const rows = await started.aurora.rows<{ alone: string; together: string }>(
        started.ctx(),
        'test.documents',
        sql`select article_document(article)::text as alone, made.document::text as together
        from article_documents((select array_agg(article order by key) from article)) as made
          join (select key, row_number() over (order by key) as place from article) as placed
            on placed.place = made.place
          join article on article.key = placed.key`,
      );
      expect(rows.length).toBeGreaterThan(articles.length);
      expect(rows.some(({ together }) => together.includes('-over'))).toBe(true);
      for (const { alone, together } of rows) expect(together).toBe(alone);
    },
    60_000,
  );

  it('are none of no article', async () => {
    const rows = await started.aurora.rows(
      started.ctx(),
      'test.documents',
      sql`select place from article_documents(null)`,
    );
    expect(rows).toEqual([]);
  });
});
