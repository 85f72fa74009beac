-- Definitions of projections: putting, taking away, filling from stored outputs, moving. None of it
-- changes a table's form.

-- A free column of article_metrics for values of a type; null when all are taken.
create function free_slot(wanted text) returns text language sql stable as $$
  select candidate.slot from (
    select pool.letter || lpad(i::text, 2, '0') as slot
    from (values ('number', 'n', 24), ('time', 't', 4), ('string', 'k', 8), ('boolean', 'b', 4)) pool (value_type, letter, size)
      cross join lateral generate_series(1, pool.size) i
    where pool.value_type = wanted) candidate
  where not exists (select from projection p where candidate.slot in (p.slot, p.next_slot))
  order by candidate.slot limit 1
$$;

create function free_rank_slot() returns text language sql stable as $$
  select candidate.slot from (values ('r1'), ('r2'), ('r3'), ('r4')) candidate (slot)
  where not exists (select from projection p where p.rank_slot = candidate.slot) order by candidate.slot limit 1
$$;

create function next_generation() returns bigint language sql volatile as $$
  update registry set revision = revision + 1 returning revision
$$;

create function projection_document(p projection) returns jsonb language sql stable as $$
  select jsonb_strip_nulls(jsonb_build_object('name', p.name, 'revision', p.revision, 'state', p.state,
      'storage', case when p.target = 'metric' then coalesce(p.slot || coalesce('/' || p.rank_slot, ''), 'overflow') end,
      'createdAt', utc_text(p.created_at), 'updatedAt', utc_text(p.updated_at)))
    || jsonb_build_object('definition', p.definition)
$$;

-- Columns that are left behind belong to a projection with a name that nobody can give, until they are empty.
create function registry_document() returns jsonb language sql stable as $$
  select jsonb_build_object('revision', r.revision, 'projections', coalesce((
      select jsonb_agg(projection_document(p) order by p.name) from projection p where p.name not like '~%'), '[]'))
  from registry r
$$;

-- Leaves the columns of a metric to be emptied, and gives the metric none.
create function leave_slots(p projection) returns void language plpgsql as $$
begin
  update projection set slot = null, rank_slot = null, next_slot = null where name = p.name;
  insert into projection (name, kind, target, value_type, definition, revision, generation, state, slot, rank_slot, created_at, updated_at)
    select '~' || p.name || '~' || emptied.slot || '~' || p.generation, p.kind, 'metric', p.value_type, '{}', p.revision,
        p.generation, 'retiring', emptied.slot, case when emptied.slot = coalesce(p.slot, p.next_slot) then p.rank_slot end, now(), now()
      from unnest(array[p.slot, p.next_slot]) emptied (slot) where emptied.slot is not null;
end
$$;

create function put_projection(wanted text, given jsonb) returns jsonb language plpgsql as $$
declare
  before projection;
  after projection;
  new_target text := given #>> '{target,type}';
  new_type text := given #>> '{target,valueType}';
  stays boolean;
  status text;
begin
  -- One change of definitions at a time, and none while outputs are being entered.
  perform 1 from registry for update;
  select * into before from projection where name = wanted;
  if before.name is not null and before.state <> 'retiring' then
    if before.definition = given then
      return jsonb_build_object('status', 'unchanged', 'projection', projection_document(before));
    end if;
    if before.definition - 'description' - 'unit' = given - 'description' - 'unit' then
      perform next_generation();
      update projection set definition = given, updated_at = now() where name = wanted returning * into after;
      return jsonb_build_object('status', 'updated', 'projection', projection_document(after));
    end if;
  end if;
  status := case when before.name is null or before.state = 'retiring' then 'created' else 'updated' end;
  -- Values may stay where they are until they are made anew, if they are of the same kind and type.
  stays := before.name is not null and before.state <> 'retiring' and before.kind = given ->> 'kind'
    and before.definition -> 'target' = given -> 'target';
  if before.name is not null and not stays then perform leave_slots(before); end if;
  insert into projection as p (name, kind, target, value_type, relation, definition, revision, generation, state,
      slot, backfill, created_at, updated_at)
    values (wanted, given ->> 'kind', new_target, new_type, given #>> '{target,relation}', given, 1, next_generation(),
      'backfilling', case when new_target = 'metric' then free_slot(new_type) end, '{}', now(), now())
    on conflict (name) do update set kind = excluded.kind, target = excluded.target, value_type = excluded.value_type,
      relation = excluded.relation, definition = excluded.definition, revision = p.revision + 1,
      generation = excluded.generation, state = 'backfilling',
      slot = case when stays then p.slot else excluded.slot end,
      -- What another kind or target left under this name goes first.
      backfill = case when stays then '{}'::jsonb else '{"sweep": 0}'::jsonb end,
      created_at = case when p.state = 'retiring' then now() else p.created_at end, updated_at = now();
  update projection set rank_slot = free_rank_slot()
    where name = wanted and new_type = 'number' and slot is not null and rank_slot is null and not stays;
  select * into after from projection where name = wanted;
  return jsonb_build_object('status', status, 'projection', projection_document(after));
end
$$;

create function delete_projection(wanted text) returns text language plpgsql as $$
begin
  perform 1 from registry for update;
  update projection set state = 'retiring', updated_at = now() where name = wanted and state <> 'retiring';
  if not found then return 'not_found'; end if;
  perform next_generation();
  return 'deleted';
end
$$;

create function restart_backfill(wanted text) returns text language plpgsql as $$
begin
  perform 1 from registry for update;
  if not exists (select from projection where name = wanted and state <> 'retiring') then return 'not_found'; end if;
  update projection set generation = next_generation(), state = 'backfilling',
      backfill = case when backfill ? 'sweep' then '{"sweep": 0}'::jsonb else '{}'::jsonb end
    where name = wanted;
  return 'started';
end
$$;

-- Takes away what a projection yielded for these articles, but for what its present definition did.
create function drop_values(p projection, keys bigint[]) returns void language plpgsql as $$
declare
  a article;
  slots jsonb := '{}';
  touched bigint[] := '{}';
  changed boolean;
  present boolean;
begin
  -- The columns of any other hold what the present definition yields: it got new ones with them.
  if p.state = 'retiring' then
    slots := (select coalesce(jsonb_object_agg(emptied.slot, null), '{}')
      from unnest(array[p.slot, p.next_slot]) emptied (slot) where emptied.slot is not null);
  end if;
  perform 1 from article where key = any(keys) order by key for no key update;
  for a in select * from article where key = any(keys) order by key loop
    present := p.state <> 'retiring' and exists (select from ai_output o where o.article_key = a.key
      and o.kind = p.kind and not o.dead and (o.projected -> p.name ->> 2)::bigint = p.generation);
    changed := set_metrics(a, slots);
    if not (present and p.target = 'metric' and p.slot is null) then
      changed := set_overflow_metric(a, p, null) or changed;
    end if;
    if not (present and p.target = 'topics') then
      changed := set_projected_topics(a, p.name, '[]') or changed;
    end if;
    delete from relation where from_key = a.key and projection = p.name
      and (p.state = 'retiring' or p.target <> 'relations' or kind <> p.relation);
    if p.state = 'retiring' or p.target <> 'relations' then
      delete from projected_edge where article_key = a.key and projection = p.name;
    elsif not present then
      perform set_projected_edges(a, p.name, p.relation, '[]');
    end if;
    if changed then touched := touched || a.key; end if;
  end loop;
  perform refresh_topic_rank(touched);
  perform touch_articles(touched);
end
$$;

-- The next articles that hold something under a projection's name, or in its column.
create function holders(p projection, after bigint, wanted int) returns bigint[] language plpgsql stable as $$
declare
  found_keys bigint[];
  column_keys bigint[] := '{}';
begin
  if p.state = 'retiring' and p.slot is not null then
    execute format('select array(select article_key from article_metrics where %I is not null limit $1)', p.slot)
      into column_keys using wanted;
  end if;
  if p.state = 'retiring' and p.next_slot is not null then
    execute format('select $2 || array(select article_key from article_metrics where %I is not null limit $1)', p.next_slot)
      into column_keys using wanted, column_keys;
  end if;
  select array(select distinct k from (
      (select article_key as k from article_topic where projection = p.name and article_key > after order by 1 limit wanted)
      union all (select article_key from projected_edge where projection = p.name and article_key > after order by 1 limit wanted)
      union all (select from_key from relation where projection = p.name and from_key > after order by 1 limit wanted)
      union all (select article_key from article_metric where projection = p.name and article_key > after order by 1 limit wanted)
      union all (select unnest(column_keys))) held
    order by k limit wanted) into found_keys;
  return found_keys;
end
$$;

create function clear_retired(wanted int) returns jsonb language plpgsql as $$
declare
  p projection;
  keys bigint[];
  cleared int := 0;
begin
  loop
    select * into p from projection where state = 'retiring' order by updated_at, name limit 1 for update;
    exit when p.name is null or cleared >= wanted;
    keys := holders(p, 0, wanted - cleared);
    if keys = '{}' then
      delete from projection where name = p.name;
    else
      perform drop_values(p, keys);
      cleared := cleared + cardinality(keys);
    end if;
  end loop;
  return jsonb_build_object('cleared', cleared, 'left', p.name is not null);
end
$$;

-- The next outputs that a projection in backfill has not seen, from where it stands; a projection that has
-- seen all becomes active. Null when none is in backfill.
create function next_backfill(wanted int) returns jsonb language plpgsql as $$
declare
  p projection;
  keys bigint[];
  due jsonb;
  last bigint;
  handed int;
  progress jsonb;
begin
  loop
    select * into p from projection where state = 'backfilling' order by created_at, name limit 1 for update;
    if p.name is null then return null; end if;
    progress := p.backfill;
    if progress ? 'sweep' then
      keys := holders(p, (progress ->> 'sweep')::bigint, wanted);
      if keys = '{}' then
        progress := progress - 'sweep';
      else
        perform drop_values(p, keys);
        progress := progress || jsonb_build_object('sweep', keys[cardinality(keys)]);
      end if;
    end if;
    if not progress ? 'total' then
      progress := progress || jsonb_build_object('after', 0, 'done', 0, 'total', (select count(*) from ai_output o
        where o.kind = p.kind and not o.dead and (o.projected -> p.name ->> 2)::bigint is distinct from p.generation));
    end if;
    due := '[]'::jsonb;
    if not progress ? 'sweep' then
      select coalesce(jsonb_agg(jsonb_build_object('articleId', a.id, 'kind', o.kind, 'version', o.version) order by o.article_key), '[]'),
          max(o.article_key), count(*)
        into due, last, handed
        from (select * from ai_output o where o.kind = p.kind and not o.dead and o.article_key > (progress ->> 'after')::bigint
            and (o.projected -> p.name ->> 2)::bigint is distinct from p.generation
          order by o.article_key limit wanted) o
          join article a on a.key = o.article_key;
      if handed = 0 and (progress ->> 'after')::bigint = 0 then
        update projection set state = 'active', backfill = '{}', updated_at = now() where name = p.name;
        continue;
      end if;
      if handed = 0 then
        -- What was handed out may have been lost on its way: only a walk that finds nothing is the last.
        update projection set backfill = '{}' where name = p.name;
        continue;
      end if;
      progress := progress || jsonb_build_object('after', last, 'done', (progress ->> 'done')::bigint + handed);
    end if;
    update projection set backfill = progress where name = p.name;
    return jsonb_build_object('projection', p.name, 'revision', p.revision, 'outputs', due,
      'done', least((progress ->> 'done')::bigint, (progress ->> 'total')::bigint), 'total', (progress ->> 'total')::bigint);
  end loop;
end
$$;

-- Moves a metric from article_metric into a column that became free: from the moment it has one both are
-- written, then the values of before are copied, then readers change over, then the old rows go.
create function promote_metrics(wanted int) returns jsonb language plpgsql as $$
declare
  p projection;
  a article;
  keys bigint[];
  at bigint;
begin
  perform 1 from registry for update;
  select * into p from projection where target = 'metric' and state <> 'retiring' and slot is not null
    and exists (select from article_metric v where v.projection = projection.name) order by name limit 1;
  if p.name is not null then
    delete from article_metric v where v.projection = p.name and v.article_key in (
      select article_key from article_metric where projection = p.name order by article_key limit wanted);
    return jsonb_build_object('moved', 0, 'left', true);
  end if;
  select * into p from projection where target = 'metric' and state <> 'retiring' and slot is null
    and not backfill ? 'sweep' and (next_slot is not null or free_slot(value_type) is not null)
    order by next_slot nulls last, created_at, name limit 1;
  if p.name is null then return jsonb_build_object('moved', 0, 'left', false); end if;
  if p.next_slot is null then
    update projection set next_slot = free_slot(value_type), rank_slot = case when value_type = 'number' then free_rank_slot() end,
        backfill = backfill || '{"moved": 0}' where name = p.name returning * into p;
    -- Whoever read the definitions before must not write values to one place only.
    perform next_generation();
  end if;
  at := coalesce((p.backfill ->> 'moved')::bigint, 0);
  keys := array(select article_key from article_metric where projection = p.name and article_key > at order by article_key limit wanted);
  if keys = '{}' then
    update projection set slot = next_slot, next_slot = null, backfill = backfill - 'moved', updated_at = now() where name = p.name;
    perform next_generation();
    return jsonb_build_object('moved', 0, 'left', true);
  end if;
  perform 1 from article where key = any(keys) order by key for no key update;
  for a in select * from article where key = any(keys) and deleted_at is null order by key loop
    perform set_metrics(a, jsonb_build_object(p.next_slot, (
      select case p.value_type when 'number' then to_jsonb(v.n) when 'string' then to_jsonb(v.k)
          when 'boolean' then to_jsonb(v.b) else to_jsonb(v.t) end
        from article_metric v where v.article_key = a.key and v.projection = p.name)));
  end loop;
  perform refresh_topic_rank(keys);
  update projection set backfill = backfill || jsonb_build_object('moved', keys[cardinality(keys)]) where name = p.name;
  return jsonb_build_object('moved', cardinality(keys), 'left', true);
end
$$;

-- What became of the latest outputs of each projection's kind.
create function projection_coverage() returns jsonb language sql stable as $$
  select coalesce(jsonb_object_agg(p.name, jsonb_build_object('matched', coalesce(c.matched, 0), 'missed', coalesce(c.missed, 0),
      'failed', coalesce(c.failed, 0))), '{}')
  from projection p left join lateral (
    select count(*) filter (where o.projected -> p.name ->> 0 = 'matched') as matched,
      count(*) filter (where o.projected -> p.name ->> 0 = 'missed') as missed,
      count(*) filter (where o.projected -> p.name ->> 0 = 'failed') as failed
    from ai_output o where o.kind = p.kind and not o.dead and (o.projected -> p.name ->> 2)::bigint = p.generation) c on true
  where p.name not like '~%'
$$;

create function output_shapes(wanted text) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('kind', s.kind, 'paths', s.paths, 'types', s.types,
      'count', coalesce(c.outputs, 0), 'models', coalesce(c.models, '[]'), 'firstSeenAt', utc_text(s.first_seen_at),
      'lastSeenAt', utc_text(greatest(s.last_seen_at, c.latest)), 'exampleArticleId', c.example))
    order by s.kind, coalesce(c.outputs, 0) desc, s.first_seen_at, s.shape), '[]')
  from output_shape s left join lateral (
    select count(*) as outputs, to_jsonb(array_agg(distinct o.model order by o.model) filter (where o.model is not null)) as models,
      max(o.stored_at) as latest,
      (select a.id from article a where a.key = max(o.article_key)) as example
    from ai_output o where o.kind = s.kind and o.shape = s.shape and not o.dead) c on true
  where wanted is null or s.kind = wanted
$$;
