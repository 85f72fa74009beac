import { type RawBuilder, sql } from 'kysely';
import { CAPPED_COUNT, type CountMode } from '../domain/index.ts';
import type { QuestionSql } from './question.ts';

/** Articles that an estimate looks at: enough for some percent of error on a filter that a tenth meets. */
const SAMPLED_ARTICLES = 20_000;

/** How many articles a question finds, as a value; null where nobody asks. A capped count stops one above the cap. */
export function totalSql(count: CountMode, question: QuestionSql): RawBuilder<unknown> {
  const from = question.from();
  switch (count) {
    case 'none':
      return sql`null::int8`;
    case 'exact':
      return sql`(select count(*) from ${from} where ${question.where()})`;
    case 'capped':
      return few(question);
    case 'estimate':
      return sql`(select case when few.articles <= ${CAPPED_COUNT} then few.articles
        else greatest(few.articles, ${estimate(question)}) end from (select ${few(question)} as articles) as few)`;
  }
}

function few(question: QuestionSql): RawBuilder<unknown> {
  return sql`(select count(*) from (select from ${question.from()} where ${question.where()}
    limit ${CAPPED_COUNT + 1}) as found)`;
}

/** From a sample of the table's pages, and from how many rows it had when it was last analysed. */
function estimate(question: QuestionSql): RawBuilder<unknown> {
  const rows = sql`(select greatest(reltuples, 1) from pg_class where oid = 'article'::regclass)`;
  const share = sql`least(100, 100 * ${SAMPLED_ARTICLES}::float4 / ${rows})`;
  const sampled = question.from(sql` tablesample system (${share})`);
  return sql`(select (${rows} * count(*) filter (where ${question.where({ indexed: false })})
    / greatest(count(*), 1))::int8 from ${sampled})`;
}
