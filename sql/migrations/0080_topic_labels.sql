-- Names and types of topics that a projection gave, so that a later definition of it can mend them and its
-- end takes them away. What a caller gave is nobody else's: it differs from the label, or comes without one.

alter table topic
  add column label_from text collate "C",
  add column label_generation bigint,
  add column label_name text,
  add column label_type text collate "C";

create index topic_label on topic (label_from) where label_from is not null;

-- Whether a projection gave the label by an earlier definition than that of this generation.
create function is_older_label(t topic, source text, generation bigint) returns boolean language sql immutable as $$
  select coalesce(t.label_from = source and t.label_generation < generation, false)
$$;

create or replace function set_projected_topics(a article, source text, topics jsonb) returns boolean language plpgsql as $$
declare
  now_at bigint := (select generation from projection where name = source);
  before jsonb;
  after jsonb;
begin
  insert into topic as t (key, name, type, label_from, label_generation, label_name, label_type)
    select distinct on (g.value ->> 'key') g.value ->> 'key', coalesce(g.value ->> 'name', g.value ->> 'key'),
        coalesce(g.value ->> 'type', 'topic'), source, now_at, coalesce(g.value ->> 'name', g.value ->> 'key'),
        coalesce(g.value ->> 'type', 'topic')
      from jsonb_array_elements(topics) with ordinality g order by g.value ->> 'key', g.ordinality
    on conflict (key) do update set
        -- Of one definition the first name counts, or each article's wording would rename the topic for all.
        name = case when t.name = t.key or (is_older_label(t, source, now_at) and t.name = t.label_name)
          then excluded.name else t.name end,
        type = case when t.type = 'topic' or (is_older_label(t, source, now_at) and t.type = t.label_type)
          then excluded.type else t.type end,
        -- Who gives the name has the label; what another gave beside it is mended by nobody.
        label_from = case when t.name = t.key or t.label_from is null then source else t.label_from end,
        label_generation = case when t.name = t.key or t.label_from is null or t.label_from = source
          then now_at else t.label_generation end,
        label_name = case when t.name = t.key or (is_older_label(t, source, now_at) and t.name = t.label_name)
          then excluded.name else t.label_name end,
        label_type = case
          when t.label_from <> source and t.name <> t.key then t.label_type
          when t.type = 'topic' or (is_older_label(t, source, now_at) and t.type = t.label_type) then excluded.type
          when t.label_from <> source then null
          else t.label_type end
      where (t.name = t.key and t.name <> excluded.name) or (t.type = 'topic' and t.type <> excluded.type)
        or is_older_label(t, source, now_at);
  select coalesce(jsonb_agg(jsonb_build_array(at.topic_key, at.weight) order by at.position), '[]') into before
    from article_topic at where at.article_key = a.key and at.projection = source;
  select coalesce(jsonb_agg(jsonb_build_array(g.key, g.weight) order by g.position), '[]') into after from (
    select e.value ->> 'key' as key, max((e.value ->> 'weight')::float8) as weight, min(e.ordinality) as position
    from jsonb_array_elements(topics) with ordinality e group by e.value ->> 'key') g;
  if before = after then return false; end if;
  delete from article_topic where article_key = a.key and projection = source;
  insert into article_topic (article_key, projection, topic_key, weight, position)
    select a.key, source, g.value ->> 0, (g.value ->> 1)::float8, g.ordinality
      from jsonb_array_elements(after) with ordinality g;
  return true;
end
$$;

-- Takes the names and types that a projection gave away from so many topics; answers how many it were.
create function release_labels(source text, wanted int) returns int language plpgsql as $$
declare
  released int;
begin
  update topic t set name = case when t.name = t.label_name then t.key else t.name end,
      type = case when t.type = t.label_type then 'topic' else t.type end,
      label_from = null, label_generation = null, label_name = null, label_type = null
    from (select key from topic where label_from = source order by key limit wanted for update) named
    where t.key = named.key;
  get diagnostics released = row_count;
  return released;
end
$$;

create or replace function clear_retired(wanted int) returns jsonb language plpgsql as $$
declare
  p projection;
  keys bigint[];
  cleared int := 0;
  released int;
begin
  loop
    select * into p from projection where state = 'retiring' order by updated_at, name limit 1 for update;
    exit when p.name is null or cleared >= wanted;
    keys := holders(p, 0, wanted - cleared);
    if keys <> '{}' then
      perform drop_values(p, keys);
      cleared := cleared + cardinality(keys);
      continue;
    end if;
    released := release_labels(p.name, wanted - cleared);
    cleared := cleared + released;
    if released = 0 then delete from projection where name = p.name; end if;
  end loop;
  return jsonb_build_object('cleared', cleared, 'left', p.name is not null);
end
$$;
