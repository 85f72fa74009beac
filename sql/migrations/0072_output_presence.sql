-- Of which kinds an article has outputs, one row for each live article. Articles without one of a kind are
-- what workers look for: where those are few they have to be found without looking at all the others.
-- Articles have their kinds in few patterns, so that one index by pattern finds those without any one kind.

-- Writers of outputs come to ai_output before they come to article: in this order nobody waits crosswise.
-- From here on they wait until this file is applied, so that no change is missed.
lock table ai_output, article in share row exclusive mode;

create table output_presence (
  article_key bigint not null,
  -- Sorted. {NULL} where they are too many for an entry of an index: which they are says ai_output alone.
  kinds text[] collate "C" not null,
  article_id text collate "C" not null,
  published_at timestamptz
);

-- An entry of an index has 2,704 bytes at the most; an article's id is up to 128 of them.
create function pattern_of(kinds text[]) returns text[] language sql stable as $$
  select case when kinds is null then '{}' when pg_column_size(kinds) > 2000 then '{NULL}' else kinds end
$$;

-- Kept whatever changes an article or which outputs it has; at the end of the transaction, once for what
-- it did in several steps. Writers hold the article's lock.
create function settle_output_presence() returns trigger language plpgsql as $$
declare
  changed bigint;
  a article;
  pattern text[];
begin
  if tg_table_name = 'article' then
    changed := new.key;
  else
    changed := coalesce(new.article_key, old.article_key);
  end if;
  select * into a from article where key = changed;
  if a.key is null or a.deleted_at is not null then
    delete from output_presence where article_key = changed;
    return null;
  end if;
  select pattern_of(array_agg(o.kind order by o.kind)) into pattern from ai_output o
    where o.article_key = changed and not o.dead;
  insert into output_presence as p (article_key, kinds, article_id, published_at)
    values (a.key, pattern, a.id, a.published_at)
    on conflict (article_key) do update set kinds = excluded.kinds, published_at = excluded.published_at
      where (p.kinds, p.published_at) is distinct from (excluded.kinds, excluded.published_at);
  return null;
end
$$;

create constraint trigger article_outputs_noted after insert on article
  deferrable initially deferred for each row execute function settle_output_presence();
create constraint trigger article_outputs_changed after update on article
  deferrable initially deferred for each row
  when (old.published_at is distinct from new.published_at or (old.deleted_at is null) <> (new.deleted_at is null))
  execute function settle_output_presence();
create constraint trigger output_came after insert on ai_output
  deferrable initially deferred for each row when (not new.dead) execute function settle_output_presence();
-- Another version of an output that is there changes nothing.
create constraint trigger output_died after update on ai_output
  deferrable initially deferred for each row when (old.dead <> new.dead) execute function settle_output_presence();
create constraint trigger output_went after delete on ai_output
  deferrable initially deferred for each row when (not old.dead) execute function settle_output_presence();

insert into output_presence (article_key, kinds, article_id, published_at)
  select a.key, pattern_of(o.kinds), a.id, a.published_at
  from article a left join (
    select article_key, array_agg(kind order by kind) as kinds from ai_output where not dead group by article_key
  ) o on o.article_key = a.key
  where a.deleted_at is null;

-- Now, not row by row while they came.
alter table output_presence add primary key (article_key);
alter table output_presence add foreign key (article_key) references article (key) on delete cascade;
create index output_presence_id on output_presence (kinds, article_id) include (article_key);
create index output_presence_published on output_presence (kinds, published_at, article_id) include (article_key);
create index output_presence_undated on output_presence (kinds, article_id) include (article_key)
  where published_at is null;
-- Who fills in what is missing leaves dead entries in front of the next that are asked for.
alter table output_presence set (autovacuum_vacuum_scale_factor = 0.02);

-- The patterns whose articles have no output of a kind, in any case or, where the pattern does not tell,
-- perhaps; one more of null where there are too many patterns to look through. From one that has the kind
-- the next to look at is the least that begins alike and has another in its place: all with the kind there
-- are skipped. Text holds no character below the first, and no kind is empty.
create function patterns_without_kind(kind text) returns table (kinds text[], is_told boolean)
  language plpgsql stable rows 10 as $$
declare
  at_least text[] := '{}';
  place int;
begin
  for looks in 1..100 loop
    select p.kinds into kinds from output_presence p where p.kinds >= at_least order by p.kinds limit 1;
    if not found then return; end if;
    place := array_position(kinds, kind);
    if place is null then
      is_told := array_position(kinds, null) is null;
      return next;
      at_least := array_append(kinds, '');
    else
      at_least := array_append(kinds[1:place - 1], kind || chr(1));
    end if;
  end loop;
  kinds := null;
  return next;
end
$$;
