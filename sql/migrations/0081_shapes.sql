-- Shapes of outputs: told of once also where the answer of the call that entered them was lost, in rows of
-- their own, since all of them can be more than one answer holds, and never seen last before they were.

alter table output_shape add column told_to text;

drop function enter_outputs(jsonb, bigint);

-- Enters outputs into the catalogue with what their projections yield, each guarded by its version and by
-- its article being live. Results of another registry than the present one are not taken. Answers with a
-- verdict for each, and the shapes that no output of their kind had before. `call_id` is the same where one
-- call is sent again, and of no other.
create function enter_outputs(facts jsonb, registry_revision bigint, call_id text default null) returns jsonb language plpgsql as $$
declare
  results jsonb := '[]'::jsonb;
  fact jsonb;
  a article;
  p projection;
  result jsonb;
  slots jsonb;
  noted jsonb;
  seen boolean;
  changed boolean;
  verdict text;
  before ai_output;
  place int := -1;
  -- Places of the facts that are there for readers from now on.
  entered int[] := '{}';
  touched bigint[] := '{}';
  taken_back jsonb := '{}';
  -- Shapes that outputs had before, with when they were stored.
  left_shapes jsonb := '[]';
  seen_shape record;
  new_shapes jsonb := '[]';
begin
  -- A share lock: a definition changes before this, or after it.
  perform 1 from registry where revision = registry_revision for share;
  if not found then
    return jsonb_build_object('newShapes', new_shapes, 'verdicts',
      (select coalesce(jsonb_agg('outdated'::text), '[]') from jsonb_array_elements(facts)));
  end if;
  perform pg_advisory_xact_lock(7233, q.queue) from (
    select distinct arrival_queue(edge.value ->> 'to') as queue
    from jsonb_array_elements(facts) f
      cross join lateral jsonb_array_elements(f.value -> 'projected') r
      cross join lateral jsonb_array_elements(coalesce(r.value -> 'relations', '[]')) edge
    where not exists (select from article o where o.id = edge.value ->> 'to' and o.deleted_at is null)
    order by 1) q;
  perform 1 from article where id in (select f.value ->> 'articleId' from jsonb_array_elements(facts) f)
    order by key for no key update;
  for fact in select value from jsonb_array_elements(facts) loop
    place := place + 1;
    select * into a from article where id = fact ->> 'articleId';
    if a.key is null then verdict := 'unknown';
    elsif a.deleted_at is not null then verdict := 'gone';
    else
      verdict := 'applied';
      select coalesce(jsonb_object_agg(def.name, jsonb_build_array(r.value ->> 'status', def.revision, def.generation)), '{}') into noted
        from jsonb_array_elements(fact -> 'projected') r join projection def
          on def.name = r.value ->> 'projection' and def.kind = fact ->> 'kind' and def.state <> 'retiring'
        where not (fact ->> 'dead')::boolean;
      select * into before from ai_output where article_key = a.key and kind = fact ->> 'kind';
      if fact ? 'known' then
        -- Only what projections make of it is new.
        update ai_output o set projected = o.projected || noted
          where o.article_key = a.key and o.kind = fact ->> 'kind' and o.version = (fact ->> 'version')::bigint and not o.dead
          returning o.dead into seen;
      else
        insert into ai_output as o (article_key, kind, version, dead, name, model, producer_version, run_id,
            produced_at, stored_at, size_bytes, sha256, shape, projected)
          values (a.key, fact ->> 'kind', (fact ->> 'version')::bigint, (fact ->> 'dead')::boolean,
            fact ->> 'name', fact ->> 'model', fact ->> 'producerVersion', fact ->> 'runId',
            (fact ->> 'producedAt')::timestamptz, (fact ->> 'storedAt')::timestamptz,
            (fact ->> 'sizeBytes')::bigint, fact ->> 'sha256', fact #>> '{shape,hash}', noted)
          on conflict (article_key, kind) do update set version = excluded.version, dead = excluded.dead or (o.version = excluded.version and o.dead),
            name = excluded.name, model = excluded.model, producer_version = excluded.producer_version,
            run_id = excluded.run_id, produced_at = excluded.produced_at, stored_at = excluded.stored_at,
            size_bytes = excluded.size_bytes, sha256 = excluded.sha256,
            shape = coalesce(excluded.shape, case when o.version = excluded.version then o.shape end),
            projected = case when o.version < excluded.version then excluded.projected
              when o.dead or excluded.dead then '{}'::jsonb else o.projected || excluded.projected end
          where o.version <= excluded.version
          returning o.dead into seen;
      end if;
      -- Not written: the catalogue has a later version, and so have the values.
      if seen is not null then
        slots := '{}'::jsonb;
        changed := false;
        for p in select * from projection def where def.kind = fact ->> 'kind' order by def.name loop
          result := null;
          if not seen and p.state <> 'retiring' then
            select r.value into result from jsonb_array_elements(fact -> 'projected') r where r.value ->> 'projection' = p.name;
            continue when result is null;
          end if;
          select applied.slots, applied.altered or changed into slots, changed
            from apply_projection(a, p, coalesce(result, '{}'), slots) applied;
        end loop;
        changed := set_metrics(a, slots) or changed;
        if changed then touched := touched || a.key; end if;
        if not seen then entered := entered || place; end if;
        if before.shape is not null and not before.dead and (seen or before.shape is distinct from fact #>> '{shape,hash}') then
          left_shapes := left_shapes || jsonb_build_object('kind', before.kind, 'storedAt', before.stored_at,
            'shape', jsonb_build_object('hash', before.shape));
        end if;
        if fact ? 'takenBackFrom' and coalesce(before.version, 0) < (fact ->> 'version')::bigint then
          taken_back := taken_back || jsonb_build_object(fact ->> 'takenBackFrom',
            coalesce((taken_back ->> (fact ->> 'takenBackFrom'))::bigint, 0) + 1);
        end if;
      end if;
    end if;
    results := results || to_jsonb(verdict);
  end loop;
  perform refresh_topic_rank(touched);
  perform touch_articles(touched);

  -- Rows that many writers share come last, and in one order.
  for seen_shape in
    select f.value ->> 'kind' as kind, f.value #>> '{shape,hash}' as hash,
        (array_agg(f.value order by f.ordinality) filter (where f.entered))[1] as example,
        min((f.value ->> 'storedAt')::timestamptz) as first_at, max((f.value ->> 'storedAt')::timestamptz) as last_at
      from (select value, ordinality, true as entered from jsonb_array_elements(facts) with ordinality
          where ordinality - 1 = any(entered) and value ? 'shape'
        union all select value, 0, false from jsonb_array_elements(left_shapes)) f
      group by 1, 2 order by 1, 2
  loop
    if seen_shape.example is not null then
      insert into output_shape as s (kind, shape, paths, types, first_seen_at, last_seen_at, told_to)
        values (seen_shape.kind, seen_shape.hash, seen_shape.example #> '{shape,paths}', seen_shape.example #> '{shape,types}',
          seen_shape.first_at, seen_shape.last_at, call_id)
        on conflict (kind, shape) do nothing;
      -- The same call again means that its answer was lost: whoever sent it has not been told.
      if found or exists (select from output_shape s
          where s.kind = seen_shape.kind and s.shape = seen_shape.hash and s.told_to = call_id) then
        new_shapes := new_shapes || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('kind', seen_shape.kind,
          'shape', seen_shape.hash, 'articleId', seen_shape.example ->> 'articleId', 'model', seen_shape.example ->> 'model')));
        continue;
      end if;
    end if;
    update output_shape s set first_seen_at = least(s.first_seen_at, seen_shape.first_at),
        last_seen_at = greatest(s.last_seen_at, seen_shape.last_at)
      where s.kind = seen_shape.kind and s.shape = seen_shape.hash
        -- While outputs have it they tell when it was last seen; it is not worth a write for each of them.
        and (seen_shape.first_at < s.first_seen_at
          or seen_shape.last_at > s.last_seen_at + case when seen_shape.example is null then interval '0' else interval '1 minute' end);
  end loop;
  insert into run (run_id, first_seen_at)
    select f.value ->> 'runId', min((f.value ->> 'storedAt')::timestamptz)
      from jsonb_array_elements(facts) with ordinality f
      where f.ordinality - 1 = any(entered) and f.value ? 'runId'
      group by 1 order by 1
    on conflict (run_id) do nothing;
  if taken_back <> '{}' then
    perform 1 from run where run_id in (select jsonb_object_keys(taken_back)) order by run_id for update;
    update run set reverted = reverted + (taken_back ->> run_id)::bigint where run_id in (select jsonb_object_keys(taken_back));
  end if;
  return jsonb_build_object('verdicts', results, 'newShapes', new_shapes);
end
$$;

-- Structures seen of a kind, or of all, each a document: the most frequent of each kind, as many as have room
-- in so many bytes, then less frequent ones.
create function shapes_of(wanted text, room bigint) returns setof text language sql stable as $$
  with told as (
    select s.kind, coalesce(c.outputs, 0) as outputs, s.first_seen_at, s.shape,
      jsonb_strip_nulls(jsonb_build_object('kind', s.kind, 'paths', s.paths, 'types', s.types,
        'count', coalesce(c.outputs, 0), 'models', coalesce(c.models, '[]'), 'firstSeenAt', utc_text(s.first_seen_at),
        'lastSeenAt', utc_text(greatest(s.last_seen_at, c.latest)), 'exampleArticleId', c.example))::text as document
    from output_shape s left join lateral (
      select count(*) as outputs, to_jsonb(array_agg(distinct o.model order by o.model) filter (where o.model is not null)) as models,
        max(o.stored_at) as latest,
        (select a.id from article a where a.key = max(o.article_key)) as example
      from ai_output o where o.kind = s.kind and o.shape = s.shape and not o.dead) c on true
    where wanted is null or s.kind = wanted
  ), placed as (
    select *, row_number() over (partition by kind order by outputs desc, first_seen_at, shape) as place from told
    -- No row of an answer holds more.
    where octet_length(document) < 60000
  ), fitting as (
    select *, sum(octet_length(document)) over (order by place, kind) as bytes from placed
  )
  select document from fitting where bytes <= room or (place = 1 and bytes = octet_length(document))
    order by kind, place
$$;
