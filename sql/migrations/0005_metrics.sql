-- What AI outputs yield, in a form to sort and filter by, and the definitions that say what they yield.

-- One row. Every change of a projection's definition or storage raises it, so that whoever keeps a copy
-- of the definitions can tell that it is old.
create table registry (
  one boolean primary key default true check (one),
  revision bigint not null
);

insert into registry (revision) values (0);

create table projection (
  name text collate "C" primary key,
  kind text collate "C" not null,
  target text collate "C" not null check (target in ('metric', 'topics', 'relations')),
  value_type text collate "C" check (value_type in ('number', 'string', 'boolean', 'time')),
  relation text collate "C",
  -- As given; what of it decides over values is all but `description` and `unit`.
  definition jsonb not null,
  revision bigint not null,
  -- Which evaluation the stored values must come from: a revision of the registry, so that no two
  -- projections that ever had one name share it. A new one makes every output due again.
  generation bigint not null,
  state text collate "C" not null check (state in ('backfilling', 'active', 'retiring')),
  -- Of a metric: its column in article_metrics; null: its values are rows of article_metric.
  slot text collate "C" unique,
  -- Of a number metric: its column in topic_rank.
  rank_slot text collate "C" unique,
  -- The column that an overflow metric is being moved to. Values are written to both until it is.
  next_slot text collate "C" unique,
  -- `after` and `done` of the walk over the outputs, `total` at its beginning, `sweep` while values of an
  -- earlier definition are being taken away; of a promotion `moved`.
  backfill jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- One wide row for each article that has any metric. The columns are a pool: a metric takes a free one
-- of its type, and nothing is ever added. An empty partial index is one page.
create table article_metrics (
  article_key bigint primary key references article (key) on delete cascade,
  article_id text collate "C" not null,
  n01 float8, n02 float8, n03 float8, n04 float8, n05 float8, n06 float8,
  n07 float8, n08 float8, n09 float8, n10 float8, n11 float8, n12 float8,
  n13 float8, n14 float8, n15 float8, n16 float8, n17 float8, n18 float8,
  n19 float8, n20 float8, n21 float8, n22 float8, n23 float8, n24 float8,
  t01 timestamptz, t02 timestamptz, t03 timestamptz, t04 timestamptz,
  k01 text collate "C", k02 text collate "C", k03 text collate "C", k04 text collate "C", k05 text collate "C", k06 text collate "C",
  k07 text collate "C", k08 text collate "C",
  b01 boolean, b02 boolean, b03 boolean, b04 boolean
);

create index article_metrics_n01 on article_metrics (n01, article_id) where n01 is not null;
create index article_metrics_n02 on article_metrics (n02, article_id) where n02 is not null;
create index article_metrics_n03 on article_metrics (n03, article_id) where n03 is not null;
create index article_metrics_n04 on article_metrics (n04, article_id) where n04 is not null;
create index article_metrics_n05 on article_metrics (n05, article_id) where n05 is not null;
create index article_metrics_n06 on article_metrics (n06, article_id) where n06 is not null;
create index article_metrics_n07 on article_metrics (n07, article_id) where n07 is not null;
create index article_metrics_n08 on article_metrics (n08, article_id) where n08 is not null;
create index article_metrics_n09 on article_metrics (n09, article_id) where n09 is not null;
create index article_metrics_n10 on article_metrics (n10, article_id) where n10 is not null;
create index article_metrics_n11 on article_metrics (n11, article_id) where n11 is not null;
create index article_metrics_n12 on article_metrics (n12, article_id) where n12 is not null;
create index article_metrics_n13 on article_metrics (n13, article_id) where n13 is not null;
create index article_metrics_n14 on article_metrics (n14, article_id) where n14 is not null;
create index article_metrics_n15 on article_metrics (n15, article_id) where n15 is not null;
create index article_metrics_n16 on article_metrics (n16, article_id) where n16 is not null;
create index article_metrics_n17 on article_metrics (n17, article_id) where n17 is not null;
create index article_metrics_n18 on article_metrics (n18, article_id) where n18 is not null;
create index article_metrics_n19 on article_metrics (n19, article_id) where n19 is not null;
create index article_metrics_n20 on article_metrics (n20, article_id) where n20 is not null;
create index article_metrics_n21 on article_metrics (n21, article_id) where n21 is not null;
create index article_metrics_n22 on article_metrics (n22, article_id) where n22 is not null;
create index article_metrics_n23 on article_metrics (n23, article_id) where n23 is not null;
create index article_metrics_n24 on article_metrics (n24, article_id) where n24 is not null;
create index article_metrics_t01 on article_metrics (t01, article_id) where t01 is not null;
create index article_metrics_t02 on article_metrics (t02, article_id) where t02 is not null;
create index article_metrics_t03 on article_metrics (t03, article_id) where t03 is not null;
create index article_metrics_t04 on article_metrics (t04, article_id) where t04 is not null;
create index article_metrics_k01 on article_metrics (k01, article_id) where k01 is not null;
create index article_metrics_k02 on article_metrics (k02, article_id) where k02 is not null;
create index article_metrics_k03 on article_metrics (k03, article_id) where k03 is not null;
create index article_metrics_k04 on article_metrics (k04, article_id) where k04 is not null;
create index article_metrics_k05 on article_metrics (k05, article_id) where k05 is not null;
create index article_metrics_k06 on article_metrics (k06, article_id) where k06 is not null;
create index article_metrics_k07 on article_metrics (k07, article_id) where k07 is not null;
create index article_metrics_k08 on article_metrics (k08, article_id) where k08 is not null;
create index article_metrics_b01 on article_metrics (b01, article_id) where b01 is not null;
create index article_metrics_b02 on article_metrics (b02, article_id) where b02 is not null;
create index article_metrics_b03 on article_metrics (b03, article_id) where b03 is not null;
create index article_metrics_b04 on article_metrics (b04, article_id) where b04 is not null;

-- Metrics beyond the pool.
create table article_metric (
  article_key bigint not null references article (key) on delete cascade,
  projection text collate "C" not null,
  article_id text collate "C" not null,
  n float8,
  t timestamptz,
  k text collate "C",
  b boolean,
  primary key (article_key, projection)
);

create index article_metric_projection on article_metric (projection, article_key);
create index article_metric_n on article_metric (projection, n, article_id) where n is not null;
create index article_metric_t on article_metric (projection, t, article_id) where t is not null;
create index article_metric_k on article_metric (projection, k, article_id) where k is not null;
create index article_metric_b on article_metric (projection, b, article_id) where b is not null;

-- One row for each topic of an article, whoever gave it, with what the articles of a topic are sorted by:
-- a topic with half of all articles costs no more than a rare one.
create table topic_rank (
  topic_key text collate "C" not null,
  article_key bigint not null references article (key) on delete cascade,
  article_id text collate "C" not null,
  published_at timestamptz,
  r1 float8, r2 float8, r3 float8, r4 float8,
  primary key (topic_key, article_key)
);

create index topic_rank_article on topic_rank (article_key);
create index topic_rank_id on topic_rank (topic_key, article_id);
create index topic_rank_published on topic_rank (topic_key, published_at, article_id) where published_at is not null;
create index topic_rank_unpublished on topic_rank (topic_key, article_id) where published_at is null;
create index topic_rank_r1 on topic_rank (topic_key, r1, article_id) where r1 is not null;
create index topic_rank_r2 on topic_rank (topic_key, r2, article_id) where r2 is not null;
create index topic_rank_r3 on topic_rank (topic_key, r3, article_id) where r3 is not null;
create index topic_rank_r4 on topic_rank (topic_key, r4, article_id) where r4 is not null;

insert into topic_rank (topic_key, article_key, article_id, published_at)
  select distinct at.topic_key, a.key, a.id, a.published_at
  from article_topic at join article a on a.key = at.article_key where a.deleted_at is null;

-- Relations that a projection yields, whether or not there is such an article: rows of `relation` are made
-- of those whose other end is live.
create table projected_edge (
  article_key bigint not null references article (key) on delete cascade,
  projection text collate "C" not null,
  to_id text collate "C" not null,
  weight float8,
  primary key (article_key, projection, to_id)
);

create index projected_edge_to on projected_edge (to_id);
create index projected_edge_projection on projected_edge (projection, article_key);
create index article_topic_projection on article_topic (projection, article_key) where projection <> '';
create index relation_projection on relation (projection, from_key) where projection <> '';

-- `projected` holds for each projection what became of this version: status, revision, generation.
alter table ai_output
  add column projected jsonb not null default '{}',
  add column shape text collate "C";

create index ai_output_walk on ai_output (kind, article_key) where not dead;
create index ai_output_shape on ai_output (kind, shape) where not dead;

-- The structural shapes seen of each kind; how many outputs have one is counted when it is asked for.
create table output_shape (
  kind text collate "C" not null,
  shape text collate "C" not null,
  paths jsonb not null,
  types jsonb not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (kind, shape)
);

-- Nullable keys of an order are walked in two branches: those that have a value, then those that have none.
create index article_unpublished on article (id) where published_at is null and deleted_at is null;
