-- Sources and topics by themselves: lists with the number of their articles, and profiles of sources.

create index topic_type on topic (type, key);

-- Walks the articles of a source in an order that no change of an article moves it in.
create index article_source_key on article (source_key, key) where deleted_at is null;

-- Counts changes of anything a reader sees of the source itself.
alter table source add column rev bigint not null default 1;

-- Sources whose articles have copies that may show an earlier name. `after_key` is the last article that
-- was told; `again` says that the name changed once more meanwhile.
create table source_rename (
  key text collate "C" primary key references source (key) on delete cascade,
  after_key bigint not null default 0,
  again boolean not null default false,
  due_at timestamptz not null
);

create index source_rename_due on source_rename (due_at);

create function source_changed() returns trigger language plpgsql as $$
begin
  new.rev := old.rev + 1;
  if new.name <> old.name then
    insert into source_rename as r (key, due_at) values (new.key, now())
      on conflict (key) do update set again = true where not r.again;
  end if;
  return new;
end
$$;

create trigger source_changed before update on source for each row
  when (old.* is distinct from new.*) execute function source_changed();

-- Enters articles of one renamed source into the outbox, at most `room`. It waits for nobody: it stops
-- before the first article that a writer holds, since that writer may still tell the earlier name.
create function tell_renamed(room bigint) returns void language plpgsql as $$
declare
  renamed source_rename;
  candidates bigint[];
  free bigint[];
  held bigint;
begin
  select * into renamed from source_rename where due_at <= now()
    order by due_at, key limit 1 for update skip locked;
  if renamed.key is null then return; end if;
  candidates := array(select a.key from article a
    where a.source_key = renamed.key and a.deleted_at is null and a.key > renamed.after_key
    order by a.key limit room);
  free := array(select a.key from article a where a.key = any(candidates) for update skip locked);
  held := (select min(c) from unnest(candidates) c where c <> all(free));
  free := array(select f from unnest(free) f where held is null or f < held);
  update article set stamp = stamp + 1 where key = any(free);
  insert into outbox (article_key, article_id, created_at)
    select a.key, a.id, now() from article a where a.key = any(free) order by a.key;
  if held is not null or cardinality(candidates) = room then
    update source_rename set after_key = coalesce(held - 1, candidates[cardinality(candidates)]) where key = renamed.key;
  elsif renamed.again then
    -- A name that writers keep changing to and fro is not told of without end.
    update source_rename set after_key = 0, again = false, due_at = now() + interval '1 hour'
      where key = renamed.key;
  else
    delete from source_rename where key = renamed.key;
  end if;
end
$$;

-- The oldest entries, and where there is room those that renamed sources make; with the state that
-- articles have after that.
create function read_outbox(wanted bigint) returns table (seq bigint, id text, created text, state text)
  language plpgsql as $$
declare
  waiting bigint := (select count(*) from (select from outbox limit wanted) few);
begin
  if waiting < wanted and exists (select from source_rename r where r.due_at <= now()) then
    perform tell_renamed(wanted - waiting);
  end if;
  return query select o.seq, o.article_id, utc_text(o.created_at), article_state(o.article_id)::text
    from outbox o order by o.seq limit wanted;
end
$$;

create function source_document(s source) returns jsonb language sql stable as $$
  select jsonb_strip_nulls(jsonb_build_object('key', s.key, 'name', s.name, 'homepage', s.homepage,
      'country', s.country, 'language', s.language))
    || jsonb_build_object('attributes', s.attributes, 'rev', s.rev, 'articles',
      (select count(*) from article a where a.source_key = s.key and a.deleted_at is null))
$$;

-- Creates a source or replaces its profile; `if_rev` must be its rev, 0 where there shall be none.
create function put_source(item jsonb, if_rev bigint) returns jsonb language plpgsql as $$
declare
  current source;
  stored source;
begin
  for attempt in 1..5 loop
    select * into current from source where key = item ->> 'key' for update;
    if if_rev is not null and if_rev <> coalesce(current.rev, 0) then
      return jsonb_build_object('status', 'stale', 'rev', coalesce(current.rev, 0));
    end if;
    if current.key is null then
      insert into source (key, name, homepage, country, language, attributes)
        values (item ->> 'key', item ->> 'name', item ->> 'homepage', item ->> 'country',
          item ->> 'language', item -> 'attributes')
        on conflict (key) do nothing returning * into stored;
      if stored.key is not null then
        return jsonb_build_object('status', 'created', 'source', source_document(stored));
      end if;
      continue;
    end if;
    update source s set name = item ->> 'name', homepage = item ->> 'homepage', country = item ->> 'country',
        language = item ->> 'language', attributes = item -> 'attributes'
      where s.key = current.key and (s.name, s.homepage, s.country, s.language, s.attributes)
        is distinct from (item ->> 'name', item ->> 'homepage', item ->> 'country', item ->> 'language', item -> 'attributes')
      returning * into stored;
    return case when stored.key is null
      then jsonb_build_object('status', 'unchanged', 'source', source_document(current))
      else jsonb_build_object('status', 'updated', 'source', source_document(stored)) end;
  end loop;
  raise exception 'writers of one source kept colliding' using errcode = '40001';
end
$$;

-- The value at a fraction of the way through sorted numbers, interpolated as percentile_cont does, but in
-- decimal: no digit is made up and no difference of two large numbers overflows.
create function percentile_of(sorted float8[], fraction numeric) returns numeric language sql immutable as $$
  select value.low + (value.high - value.low) * (spot.place - floor(spot.place))
  from (select fraction * (cardinality(sorted) - 1) as place) spot
    cross join lateral (select sorted[floor(spot.place)::int + 1]::text::numeric as low,
      sorted[ceil(spot.place)::int + 1]::text::numeric as high) value
$$;
