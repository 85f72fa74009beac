import type pg from 'pg';

/** Slot and rank slot of each metric, as the registry gave them out. */
export type Slots = ReadonlyMap<string, { readonly slot?: string; readonly rankSlot?: string }>;

/** Newest article of any size; what relative times of the queries count from is a day later. */
const END = '2026-11-01T00:00:00Z';

/** A share of articles has this topic; each rare topic has a hundred articles, whatever the size. */
export const COMMON_TOPIC = 'politics';
export const RARE_TOPIC = 'rare-7';
const RARE_ARTICLES = 100;

/** All but a hundred articles have an output of this kind, whatever the size. */
export const COMMON_KIND = 'moderation';

/** At most so many articles have searchable text: it is most of the work, and no query but the search reads it. */
const MAX_SEARCHABLE = 100_000;

/** A number in [0, 1) that follows from an article's number and what it is for; Zipf ranks 1 to n. */
const RANDOM = [
  `create function bench_u(g bigint, salt bigint) returns float8 language sql immutable parallel safe as
    $$ select (hashint8extended(g, salt) & 4503599627370495)::float8 / 4503599627370496 $$`,
  `create function bench_zipf(g bigint, salt bigint, n int) returns int language sql immutable parallel safe as
    $$ select floor(exp(bench_u(g, salt) * ln(n + 1)))::int $$`,
];

const SECTIONS = ['world', 'sport', 'culture', 'business', 'science', 'local', 'travel', 'opinion'];
const WORDS =
  'the of harbour ferry council election budget storm rescue museum festival coach striker minister court verdict bridge tunnel railway strike vaccine telescope orchard fishing drought flood border treaty senate mayor school library theatre gallery market shares merger startup battery satellite glacier volcano reef species forest wildfire harvest refugee ceasefire protest ballot coalition tariff inflation'.split(
    ' ',
  );

/** Words of the searchable texts, `w1` the most frequent. */
const VOCABULARY = 20_000;

/** What each metric's value is, of article g; null for some. They hang together, as real ones do. */
const VALUES: Readonly<Record<string, string>> = {
  readability:
    'case when bench_u(g, 21) < 0.95 then round((40 + 5 * (g % 8) + 20 * (bench_u(g, 22) - 0.5))::numeric, 1)::float8 end',
  'word-count': 'floor(exp(5.5 + 1.5 * bench_u(g, 23) + 0.1 * (g % 8)))',
  sentiment: 'bench_u(g, 24) - 0.05 * (g % 8) - 0.3 * bench_u(g, 22)',
  novelty: 'case when bench_u(g, 25) < 0.7 then bench_u(g, 26) ^ 4 end',
  verdict: `(array['true','mixed','false'])[bench_zipf(g, 27, 3)]`,
  'reviewed-at': `case when bench_u(g, 28) < 0.5 then timestamptz '${END}' - bench_u(g, 29) * interval '900 days' end`,
  paid: 'bench_u(g, 30) < 0.2',
};
/** The value of the metric beyond the pool. */
const OVERFLOW_VALUE = 'case when bench_u(g, 31) < 0.9 then bench_u(g, 32) * 100 end';

/** Metrics that the queries use, with their types; `beyond` comes last, when the pool is full. */
export const METRICS = {
  readability: 'number',
  'word-count': 'number',
  sentiment: 'number',
  novelty: 'number',
  verdict: 'string',
  'reviewed-at': 'time',
  paid: 'boolean',
} as const;
export const OVERFLOW_METRIC = 'beyond';

/**
 * Fills an empty, migrated database with so many articles and all that is asked about them, in SQL, and
 * analyses it. Indexes are taken away for the time and made anew. About 15 s for 100,000.
 */
export async function generate(db: pg.Client, articles: number, slots: Slots): Promise<void> {
  for (const statement of RANDOM) await db.query(statement);
  await db.query("set session_replication_role = replica; set maintenance_work_mem = '512MB'");
  const indexes = await dropIndexes(db);
  for (const statement of statements(articles, slots)) await db.query(statement);
  for (const index of indexes) await db.query(index);
  await db.query('reset session_replication_role');
  await db.query('vacuum analyze');
}

/** Drops the indexes that no constraint needs; answers what makes them again. */
async function dropIndexes(db: pg.Client): Promise<string[]> {
  const { rows } = await db.query<{ name: string; definition: string }>(`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i join pg_class c on c.oid = i.indrelid
    where c.relnamespace = 'public'::regnamespace
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid)`);
  for (const { name } of rows) await db.query(`drop index ${name}`);
  return rows.map(({ definition }) => definition);
}

function statements(n: number, slots: Slots): string[] {
  const searchable = Math.min(n, MAX_SEARCHABLE);
  return [
    "insert into source (key, name) select 'source-' || s, 'Source ' || s from generate_series(1, 200) s",
    `insert into topic (key, name, type)
      select '${COMMON_TOPIC}', 'Politics', 'topic'
      union all select 'topic-' || t, 'Topic ' || t, 'topic' from generate_series(1, 500) t
      union all select 'rare-' || t, 'Rare ' || t, 'person' from generate_series(0, ${n / RARE_ARTICLES - 1}) t`,
    articleStatement(n),
    `insert into article_topic (article_key, projection, topic_key, weight, position)
      select key, '', '${COMMON_TOPIC}', bench_u(key, 41), 1 from article where bench_u(key, 42) < 0.4
      union all select key, '', 'topic-' || bench_zipf(key, 43, 500), bench_u(key, 44), 2 from article
      union all select key, '', 'rare-' || key % ${n / RARE_ARTICLES}, bench_u(key, 45), 3 from article
      order by 1, 5`,
    metricsStatement(slots),
    // As its triggers would, which like all of them are off while this runs.
    `insert into metric_presence (article_key, held, article_id, published_at)
      select a.key, held_slots(m), a.id, a.published_at from article a join article_metrics m on m.article_key = a.key`,
    `insert into article_metric (article_key, projection, article_id, n)
      select key, '${OVERFLOW_METRIC}', id, value
      from (select key, id, (select ${OVERFLOW_VALUE} from (select article.key as g) as of_article) as value from article) valued
      where value is not null`,
    rankStatement(slots),
    `insert into ai_output (article_key, kind, version, name, model, run_id, produced_at, stored_at, size_bytes, sha256)
      select key, kind, 1 + bench_zipf(key, 51, 3), 'bench',
        (array['gpt4o','phi4','llama3','opus'])[bench_zipf(key, 52, 4)], 'run-' || key / 1000,
        ingested_at, ingested_at, 200 + bench_zipf(key, 53, 20000), md5(key::text)
      from article cross join (values ('summary', 0.9), ('entities', 0.5)) as made (kind, share)
      where bench_u(key, hashtext(kind)) < share
      union all select key, '${COMMON_KIND}', 1, 'bench', 'phi4', null, ingested_at, ingested_at, 100, md5(key::text)
      from article where key % ${n / RARE_ARTICLES} > 0
      order by 1, 2`,
    `insert into output_presence (article_key, kinds, article_id, published_at)
      select a.key, pattern_of(o.kinds), a.id, a.published_at from article a left join (
        select article_key, array_agg(kind order by kind) as kinds from ai_output group by 1) o on o.article_key = a.key`,
    `insert into article_search (article_key, head, body)
      select key, setweight(to_tsvector('english', title), 'A'), setweight(to_tsvector('english', text), 'C')
      from (select a.key, a.title, (select string_agg('w' || bench_zipf(a.key, 100 + w, ${VOCABULARY}), ' ')
          from generate_series(1, 40) w) as text
        from article a where a.key % ${n / searchable} = 0) written`,
    // As its trigger would.
    `insert into text_language (language, config)
      select language, text_config(language)::text from (select distinct language from article) found`,
  ];
}

function articleStatement(n: number): string {
  const word = (salt: number): string =>
    `(array['${WORDS.join("','")}'])[bench_zipf(g, ${salt}, ${WORDS.length})]`;
  const seconds = 5 * 365 * 86_400;
  return `insert into article (key, id, url, url_key, title, description, language, section, source_key, authors,
      published_at, ingested_at, updated_at, attributes, rev)
    overriding system value
    select g, left(md5(g::text), 12), 'https://example.org/' || g, md5('url' || g),
      ${word(1)} || ' ' || ${word(2)} || ' ' || ${word(3)} || ' ' || g % 1000,
      'A description of about the length that agencies send, with its number ' || g,
      (array['en','de','fr','es'])[bench_zipf(g, 4, 4)],
      (array['${SECTIONS.join("','")}'])[1 + g % 8],
      'source-' || bench_zipf(g, 5, 200),
      jsonb_build_array('Author ' || bench_zipf(g, 6, 5000)),
      case when bench_u(g, 7) < 0.99 then at - bench_u(g, 8) * interval '2 days' end, at, at + bench_u(g, 9) * interval '9 days',
      jsonb_build_object('desk', 'desk-' || bench_zipf(g, 10, 50), 'words', floor(bench_u(g, 11) * 2000), 'tags', jsonb_build_array('t' || g % 7, 't' || g % 11)),
      bench_zipf(g, 12, 5)
    from (select g, timestamptz '${END}' - (${n} - g) * interval '1 second' * ${seconds / n} as at
      from generate_series(1::bigint, ${n}) g) made`;
}

function metricsStatement(slots: Slots): string {
  const inSlots = Object.entries(VALUES).map(([name, value]) => {
    const slot = slots.get(name)?.slot;
    if (slot === undefined) throw new Error(`${name} has no slot`);
    return { slot, value };
  });
  return `insert into article_metrics (article_key, article_id, ${inSlots.map(({ slot }) => slot).join(', ')})
    select g, id, ${inSlots.map(({ value }) => value).join(', ')} from (select key as g, id from article) a`;
}

function rankStatement(slots: Slots): string {
  const ranked = [...slots.values()].filter(({ rankSlot, slot }) => rankSlot && slot);
  const columns = ranked.map(({ rankSlot }) => `, ${rankSlot}`).join('');
  const values = ranked.map(({ slot }) => `, m.${slot}`).join('');
  return `insert into topic_rank (topic_key, article_key, article_id, published_at${columns})
    select distinct on (t.topic_key, a.key) t.topic_key, a.key, a.id, a.published_at${values}
    from article_topic t join article a on a.key = t.article_key
      left join article_metrics m on m.article_key = a.key`;
}
