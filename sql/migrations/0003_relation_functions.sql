-- Edges between articles, and what else is kept beside them.

create function is_symmetric(kind text) returns boolean language sql immutable as $$
  select kind in ('similar', 'same-story', 'duplicate-of', 'translation-of')
$$;

-- Edges of one article as its reader sees them: a symmetric one begins at the article that was asked.
create function relations_of(asked bigint) returns table (
    from_key bigint, to_key bigint, kind text, weight float8, origin text, attributes jsonb,
    projection text, created_at timestamptz, outgoing boolean, incoming boolean)
  language sql stable as $$
  select r.from_key, r.to_key, r.kind, r.weight, r.origin, r.attributes, r.projection, r.created_at,
      true, is_symmetric(r.kind)
    from relation r where r.from_key = asked
  union all
  select case when is_symmetric(r.kind) then r.to_key else r.from_key end,
      case when is_symmetric(r.kind) then r.from_key else r.to_key end,
      r.kind, r.weight, r.origin, r.attributes, r.projection, r.created_at, is_symmetric(r.kind), true
    from relation r where r.to_key = asked
$$;

create function live_key(wanted text, out key bigint, out state text) language plpgsql as $$
declare
  a article;
begin
  -- A share lock: a delete of either end waits for this, or this for the delete.
  select * into a from article where id = wanted for key share;
  key := a.key;
  state := case when a.key is null or a.deleted_at <= now() - interval '30 days' then 'not_found'
    when a.deleted_at is not null then 'gone' else 'live' end;
end
$$;

create function put_relation(item jsonb) returns jsonb language plpgsql as $$
declare
  front record;
  back record;
  swapped boolean;
  stored relation;
  existed boolean;
begin
  -- Both ends are locked in the order of their ids, so that two writers of one edge cannot wait for each other.
  if item ->> 'from' < item ->> 'to' then
    select * into front from live_key(item ->> 'from');
    select * into back from live_key(item ->> 'to');
  else
    select * into back from live_key(item ->> 'to');
    select * into front from live_key(item ->> 'from');
  end if;
  if front.state <> 'live' then return jsonb_build_object('status', front.state, 'id', item ->> 'from'); end if;
  if back.state <> 'live' then return jsonb_build_object('status', back.state, 'id', item ->> 'to'); end if;
  swapped := is_symmetric(item ->> 'kind') and (item ->> 'from') collate "C" > (item ->> 'to') collate "C";
  insert into relation as r (from_key, kind, to_key, weight, origin, attributes, created_at)
    values (case when swapped then back.key else front.key end, item ->> 'kind',
      case when swapped then front.key else back.key end,
      (item ->> 'weight')::float8, item ->> 'origin', item -> 'attributes', now())
    on conflict (from_key, kind, to_key, projection) do update
      set weight = excluded.weight, origin = excluded.origin, attributes = excluded.attributes
    returning r.*, r.xmax <> 0 into stored.from_key, stored.kind, stored.to_key, stored.projection,
      stored.weight, stored.origin, stored.attributes, stored.created_at, existed;
  return jsonb_build_object('status', case when existed then 'updated' else 'created' end,
    'relation', jsonb_build_object('from', item ->> 'from', 'to', item ->> 'to', 'kind', stored.kind,
      'weight', stored.weight, 'origin', stored.origin, 'attributes', stored.attributes,
      'createdAt', utc_text(stored.created_at)));
end
$$;

create function delete_relation(front_id text, relation_kind text, back_id text) returns jsonb language plpgsql as $$
declare
  front record;
  back record;
begin
  select * into front from live_key(front_id);
  if front.state <> 'live' then return jsonb_build_object('status', front.state, 'id', front_id); end if;
  select * into back from live_key(back_id);
  if back.state <> 'live' then return jsonb_build_object('status', back.state, 'id', back_id); end if;
  delete from relation where projection = '' and kind = relation_kind and (
    (from_key = front.key and to_key = back.key)
    or (is_symmetric(relation_kind) and from_key = back.key and to_key = front.key));
  return jsonb_build_object('status', 'deleted');
end
$$;

-- Enters outputs into the catalogue, each guarded by its version and by its article being live.
create function project_outputs(facts jsonb) returns jsonb language plpgsql as $$
declare
  results jsonb := '[]'::jsonb;
  fact jsonb;
  a article;
  verdict text;
begin
  for fact in select value from jsonb_array_elements(facts) loop
    select * into a from article where id = fact ->> 'articleId' for key share;
    if a.key is null then verdict := 'unknown';
    elsif a.deleted_at is not null then verdict := 'gone';
    else
      verdict := 'applied';
      insert into ai_output as o (article_key, kind, version, dead, name, model, producer_version, run_id,
          produced_at, stored_at, size_bytes, sha256)
        values (a.key, fact ->> 'kind', (fact ->> 'version')::bigint, (fact ->> 'dead')::boolean,
          fact ->> 'name', fact ->> 'model', fact ->> 'producerVersion', fact ->> 'runId',
          (fact ->> 'producedAt')::timestamptz, (fact ->> 'storedAt')::timestamptz,
          (fact ->> 'sizeBytes')::bigint, fact ->> 'sha256')
        on conflict (article_key, kind) do update set version = excluded.version, dead = excluded.dead,
          name = excluded.name, model = excluded.model, producer_version = excluded.producer_version,
          run_id = excluded.run_id, produced_at = excluded.produced_at, stored_at = excluded.stored_at,
          size_bytes = excluded.size_bytes, sha256 = excluded.sha256
        where o.version < excluded.version;
    end if;
    results := results || to_jsonb(verdict);
  end loop;
  return results;
end
$$;
