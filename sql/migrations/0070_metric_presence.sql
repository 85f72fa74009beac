-- Which metrics an article has and which it lacks, one row for each live article. An order by a metric ends
-- with the articles that have none: where those are few or none they have to be found without looking at all
-- the others. An index for each column of the pool would be forty entries an article; articles lack metrics
-- in few patterns, so that one index by pattern finds those without any one of them.

-- A bit for each column of the pool that has a value, in the order of its letters n, t, k, b (field-sql.ts).
create function held_slots(m article_metrics) returns bigint language sql immutable as $$
  select ((m.n01 is not null)::int::bigint << 0) | ((m.n02 is not null)::int::bigint << 1) | ((m.n03 is not null)::int::bigint << 2) |
    ((m.n04 is not null)::int::bigint << 3) | ((m.n05 is not null)::int::bigint << 4) | ((m.n06 is not null)::int::bigint << 5) |
    ((m.n07 is not null)::int::bigint << 6) | ((m.n08 is not null)::int::bigint << 7) | ((m.n09 is not null)::int::bigint << 8) |
    ((m.n10 is not null)::int::bigint << 9) | ((m.n11 is not null)::int::bigint << 10) | ((m.n12 is not null)::int::bigint << 11) |
    ((m.n13 is not null)::int::bigint << 12) | ((m.n14 is not null)::int::bigint << 13) | ((m.n15 is not null)::int::bigint << 14) |
    ((m.n16 is not null)::int::bigint << 15) | ((m.n17 is not null)::int::bigint << 16) | ((m.n18 is not null)::int::bigint << 17) |
    ((m.n19 is not null)::int::bigint << 18) | ((m.n20 is not null)::int::bigint << 19) | ((m.n21 is not null)::int::bigint << 20) |
    ((m.n22 is not null)::int::bigint << 21) | ((m.n23 is not null)::int::bigint << 22) | ((m.n24 is not null)::int::bigint << 23) |
    ((m.t01 is not null)::int::bigint << 24) | ((m.t02 is not null)::int::bigint << 25) | ((m.t03 is not null)::int::bigint << 26) |
    ((m.t04 is not null)::int::bigint << 27) | ((m.k01 is not null)::int::bigint << 28) | ((m.k02 is not null)::int::bigint << 29) |
    ((m.k03 is not null)::int::bigint << 30) | ((m.k04 is not null)::int::bigint << 31) | ((m.k05 is not null)::int::bigint << 32) |
    ((m.k06 is not null)::int::bigint << 33) | ((m.k07 is not null)::int::bigint << 34) | ((m.k08 is not null)::int::bigint << 35) |
    ((m.b01 is not null)::int::bigint << 36) | ((m.b02 is not null)::int::bigint << 37) | ((m.b03 is not null)::int::bigint << 38) |
    ((m.b04 is not null)::int::bigint << 39)
$$;

create table metric_presence (
  article_key bigint not null,
  held bigint not null,
  article_id text collate "C" not null,
  published_at timestamptz
);

-- Kept whatever changes an article or its metrics; at the end of the transaction, since a write of metrics
-- takes the old row away before it inserts the new one. Writers hold the article's lock. Made before the
-- rows: from here on writers wait until this file is applied, so that none is missed.
create function settle_presence() returns trigger language plpgsql as $$
declare
  changed bigint;
  a article;
  slots bigint;
begin
  if tg_table_name = 'article' then
    changed := new.key;
  else
    changed := coalesce(new.article_key, old.article_key);
  end if;
  select * into a from article where key = changed;
  if a.key is null or a.deleted_at is not null then
    delete from metric_presence where article_key = changed;
    return null;
  end if;
  select held_slots(m) into slots from article_metrics m where m.article_key = changed;
  insert into metric_presence as p (article_key, held, article_id, published_at)
    values (a.key, coalesce(slots, 0), a.id, a.published_at)
    on conflict (article_key) do update set held = excluded.held, published_at = excluded.published_at
      where (p.held, p.published_at) is distinct from (excluded.held, excluded.published_at);
  return null;
end
$$;

create constraint trigger article_presence_noted after insert on article
  deferrable initially deferred for each row execute function settle_presence();
create constraint trigger article_presence_changed after update on article
  deferrable initially deferred for each row
  when (old.published_at is distinct from new.published_at or (old.deleted_at is null) <> (new.deleted_at is null))
  execute function settle_presence();
create constraint trigger metric_presence_noted after insert or update or delete on article_metrics
  deferrable initially deferred for each row execute function settle_presence();

insert into metric_presence (article_key, held, article_id, published_at)
  select a.key, case when m.article_key is null then 0 else held_slots(m) end, a.id, a.published_at
  from article a left join article_metrics m on m.article_key = a.key where a.deleted_at is null;

-- Now, not row by row while they came.
alter table metric_presence add primary key (article_key);
alter table metric_presence add foreign key (article_key) references article (key) on delete cascade;
create index metric_presence_id on metric_presence (held, article_id) include (article_key);
create index metric_presence_published on metric_presence (held, published_at, article_id) include (article_key);

-- The patterns without a column of the pool, given by its bit; null where there are too many to look through.
-- From a pattern that has it the next one to look at is the least without it: most of the others are skipped.
create function patterns_without(slot bigint) returns bigint[] language plpgsql stable as $$
declare
  patterns bigint[] := '{}';
  pattern bigint;
  at_least bigint := 0;
begin
  for looks in 1..500 loop
    select p.held into pattern from metric_presence p where p.held >= at_least order by p.held limit 1;
    if not found then return patterns; end if;
    if pattern & slot = 0 then
      patterns := patterns || pattern;
      at_least := pattern + 1;
    else
      at_least := (pattern | (slot - 1)) + 1;
    end if;
  end loop;
  return null;
end
$$;

-- Some articles without a value in a column of the pool: all of them, where they are no more than asked for.
-- Where there are too many patterns to look through it is just as many others.
create function articles_without(slot bigint, at_most int) returns setof bigint language plpgsql stable rows 1000 as $$
declare
  patterns bigint[] := patterns_without(slot);
begin
  return query select p.article_key from metric_presence p
    where patterns is null or p.held = any(patterns) limit at_most;
end
$$;
