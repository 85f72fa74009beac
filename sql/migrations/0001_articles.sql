-- Articles and what belongs to them. Callers know an article by `id`; rows are joined by `key`.
-- Keys and titles collate by code point, so that order and comparison mean the same everywhere.

create table source (
  key text collate "C" primary key,
  name text not null,
  homepage text,
  country text,
  language text,
  attributes jsonb not null default '{}'
);

create table article (
  key bigint generated always as identity primary key,
  id text collate "C" not null constraint article_id_key unique,
  url text,
  -- SHA-256 of the normalised url: a url may be longer than an index entry.
  url_key text collate "C",
  title text collate "C" not null,
  description text collate "C",
  language text collate "C",
  section text collate "C",
  source_key text collate "C" references source (key),
  authors jsonb not null default '[]',
  published_at timestamptz,
  ingested_at timestamptz not null,
  updated_at timestamptz not null,
  attributes jsonb not null default '{}',
  body_sha256 text,
  body_size bigint,
  -- Writes of the article itself, and changes of anything a reader sees.
  rev bigint not null default 1,
  stamp bigint not null default 1,
  deleted_at timestamptz
);

create unique index article_url_key on article (url_key) where deleted_at is null;

-- One index for each order, `id` as the tie-break; each serves both directions.
create index article_published on article (published_at, id) where deleted_at is null;
create index article_ingested on article (ingested_at, id) where deleted_at is null;
create index article_updated on article (updated_at, id) where deleted_at is null;
create index article_rev on article (rev, id) where deleted_at is null;
create index article_title on article (title, id) where deleted_at is null;
create index article_source on article (source_key, published_at, id) where deleted_at is null;
create index article_section on article (section, published_at, id) where deleted_at is null;
create index article_language on article (language, published_at, id) where deleted_at is null;

create table topic (
  key text collate "C" primary key,
  name text not null,
  type text collate "C" not null
);

-- `projection` is empty for the topics that a caller gave.
create table article_topic (
  article_key bigint not null references article (key) on delete cascade,
  projection text collate "C" not null default '',
  topic_key text collate "C" not null references topic (key),
  weight float8 not null,
  position int not null,
  primary key (article_key, projection, topic_key)
);

create index article_topic_topic on article_topic (topic_key, article_key);

-- Symmetric kinds are stored once, the smaller id in front.
create table relation (
  from_key bigint not null references article (key) on delete cascade,
  kind text collate "C" not null,
  to_key bigint not null references article (key) on delete cascade,
  projection text collate "C" not null default '',
  weight float8,
  origin text,
  attributes jsonb,
  created_at timestamptz not null,
  primary key (from_key, kind, to_key, projection)
);

create index relation_to on relation (to_key, kind, from_key);

-- Apart from the article, so that other changes never touch the text index. The body's words stand by
-- themselves: a change of the title does not need the body's text.
create table article_search (
  article_key bigint primary key references article (key) on delete cascade,
  head tsvector not null,
  body tsvector not null,
  words tsvector not null generated always as (head || body) stored
);

create index article_search_words on article_search using gin (words);

-- The latest version of each AI output, without its text: what is there, by whom, of which run.
create table ai_output (
  article_key bigint not null references article (key) on delete cascade,
  kind text collate "C" not null,
  version bigint not null,
  dead boolean not null default false,
  name text collate "C",
  model text collate "C",
  producer_version text,
  run_id text collate "C",
  produced_at timestamptz not null,
  stored_at timestamptz not null,
  size_bytes bigint not null,
  sha256 text not null,
  primary key (article_key, kind)
);

create index ai_output_kind on ai_output (kind, model) where not dead;
create index ai_output_run on ai_output (run_id) where run_id is not null;

-- What DynamoDB's copies do not show yet, perhaps.
create table outbox (
  seq bigint generated always as identity primary key,
  article_key bigint not null,
  article_id text collate "C" not null,
  created_at timestamptz not null
);

create table idempotency (
  key text collate "C" primary key,
  request_hash text not null,
  answer jsonb not null,
  expires_at timestamptz not null
);

create index idempotency_expiry on idempotency (expires_at);
