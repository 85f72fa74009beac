-- What projections yield, kept beside the articles: metrics, topics, relations, and the edges that topics
-- are sorted by.

-- Values of live projections that an article has.
create function metric_values(asked bigint) returns jsonb language sql stable as $$
  select coalesce(jsonb_object_agg(found.name, found.value), '{}') from (
    select p.name, case p.value_type when 'time' then to_jsonb(utc_text((wide.columns ->> p.slot)::timestamptz))
        else wide.columns -> p.slot end as value
      from (select to_jsonb(m) as columns from article_metrics m where m.article_key = asked) wide
        join projection p on p.slot is not null and p.state <> 'retiring'
    union all
    select p.name, case p.value_type when 'number' then to_jsonb(v.n) when 'string' then to_jsonb(v.k)
        when 'boolean' then to_jsonb(v.b) else to_jsonb(utc_text(v.t)) end
      from article_metric v join projection p on p.name = v.projection
        and p.target = 'metric' and p.slot is null and p.state <> 'retiring'
      where v.article_key = asked) found
  where found.value is not null and jsonb_typeof(found.value) <> 'null'
$$;

create or replace function article_document(a article) returns jsonb language sql stable as $$
  select article_content(a) || jsonb_build_object(
    'id', a.id, 'rev', a.rev, 'stamp', a.stamp,
    'ingestedAt', utc_text(a.ingested_at), 'updatedAt', utc_text(a.updated_at),
    'topics', coalesce((
      select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('key', t.key, 'name', t.name, 'type', t.type,
          'weight', at.weight, 'projection', nullif(at.projection, ''))) order by at.projection, at.position)
      from article_topic at join topic t on t.key = at.topic_key
      where at.article_key = a.key), '[]'),
    'metrics', metric_values(a.key))
$$;

-- Brings the sortable edges of these articles to what their topics, dates and metrics are now.
create function refresh_topic_rank(keys bigint[]) returns void language plpgsql as $$
begin
  delete from topic_rank tr where tr.article_key = any(keys) and not exists (
    select from article_topic at where at.article_key = tr.article_key and at.topic_key = tr.topic_key);
  insert into topic_rank as tr (topic_key, article_key, article_id, published_at, r1, r2, r3, r4)
    select edge.topic_key, a.key, a.id, a.published_at, ranked.r1, ranked.r2, ranked.r3, ranked.r4
    from article a
      join (select distinct at.article_key, at.topic_key from article_topic at where at.article_key = any(keys)) edge
        on edge.article_key = a.key
      left join lateral (
        select max(v.value) filter (where v.rank_slot = 'r1') as r1, max(v.value) filter (where v.rank_slot = 'r2') as r2,
          max(v.value) filter (where v.rank_slot = 'r3') as r3, max(v.value) filter (where v.rank_slot = 'r4') as r4
        from (select p.rank_slot, (to_jsonb(m) ->> coalesce(p.slot, p.next_slot))::float8 as value
          from article_metrics m, projection p
          where m.article_key = a.key and p.rank_slot is not null and p.state <> 'retiring') v) ranked on true
    where a.key = any(keys) and a.deleted_at is null
    order by edge.topic_key, a.key
  on conflict (topic_key, article_key) do update set published_at = excluded.published_at,
      r1 = excluded.r1, r2 = excluded.r2, r3 = excluded.r3, r4 = excluded.r4
    where (tr.published_at, tr.r1, tr.r2, tr.r3, tr.r4)
      is distinct from (excluded.published_at, excluded.r1, excluded.r2, excluded.r3, excluded.r4);
end
$$;

-- Notes that readers of these articles see something else than before.
create function touch_articles(keys bigint[]) returns void language plpgsql as $$
begin
  update article set stamp = stamp + 1 where key = any(keys) and deleted_at is null;
  insert into outbox (article_key, article_id, created_at)
    select a.key, a.id, now() from article a where a.key = any(keys) and a.deleted_at is null order by a.key;
end
$$;

-- Sets metrics of one article; null takes one away. `changes` is by column. True when any changed. The
-- caller has the article locked.
create function set_metrics(a article, changes jsonb) returns boolean language plpgsql as $$
declare
  before article_metrics;
  after article_metrics;
begin
  if changes = '{}'::jsonb then return false; end if;
  select * into before from article_metrics where article_key = a.key;
  after := jsonb_populate_record(before, changes);
  after.article_key := a.key;
  after.article_id := a.id;
  if jsonb_strip_nulls(to_jsonb(after)) - 'article_key' - 'article_id' = '{}'::jsonb then
    delete from article_metrics where article_key = a.key;
    return found;
  end if;
  if before is not distinct from after then return false; end if;
  -- An update would write as much: what changed is indexed, so every index gets the new row.
  delete from article_metrics where article_key = a.key;
  insert into article_metrics select after.*;
  return true;
end
$$;

-- Sets an overflow metric of one article; null takes it away. True when it changed.
create function set_overflow_metric(a article, metric projection, value jsonb) returns boolean language plpgsql as $$
declare
  plain text := value #>> '{}';
begin
  if plain is null then
    delete from article_metric where article_key = a.key and projection = metric.name;
    return found;
  end if;
  insert into article_metric as v (article_key, projection, article_id, n, t, k, b) values (a.key, metric.name, a.id,
      case metric.value_type when 'number' then plain::float8 end, case metric.value_type when 'time' then plain::timestamptz end,
      case metric.value_type when 'string' then plain end, case metric.value_type when 'boolean' then plain::boolean end)
    on conflict (article_key, projection) do update set n = excluded.n, t = excluded.t, k = excluded.k, b = excluded.b
      where (v.n, v.t, v.k, v.b) is distinct from (excluded.n, excluded.t, excluded.k, excluded.b);
  return found;
end
$$;

-- Sets the topics that a projection yields for one article. True when they changed. A label counts only
-- for a topic that nobody has named: what editors call a topic is not overwritten by each article's words.
create function set_projected_topics(a article, source text, topics jsonb) returns boolean language plpgsql as $$
declare
  before jsonb;
  after jsonb;
begin
  insert into topic as t (key, name, type)
    select distinct on (g.value ->> 'key') g.value ->> 'key', coalesce(g.value ->> 'name', g.value ->> 'key'),
        coalesce(g.value ->> 'type', 'topic')
      from jsonb_array_elements(topics) with ordinality g order by g.value ->> 'key', g.ordinality
    on conflict (key) do update set
        name = case when t.name = t.key then excluded.name else t.name end,
        type = case when t.type = 'topic' then excluded.type else t.type end
      where (t.name = t.key and t.name <> excluded.name) or (t.type = 'topic' and t.type <> excluded.type);
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

-- Brings the relations between one article and these others to what projected edges say. A symmetric
-- relation is one row, though each end may yield it: the greater weight counts. The rows are locked
-- before the edges are read, so that of two writers the later sees what the earlier wrote.
create function settle_projected_relations(a article, source text, relation_kind text, others text[]) returns void language plpgsql as $$
declare
  mutual boolean := is_symmetric(relation_kind);
begin
  insert into relation (from_key, kind, to_key, projection, origin, created_at)
    select case when mutual and a.id > b.id then b.key else a.key end, relation_kind,
        case when mutual and a.id > b.id then a.key else b.key end, source, 'ai', now()
      from (select o.key, o.id from article o where o.id = any(others) and o.deleted_at is null and o.key <> a.key
        order by o.id for key share) b
    on conflict (from_key, kind, to_key, projection) do nothing;
  perform 1 from relation r join article o on o.id = any(others) and o.key <> a.key
      and ((r.from_key = a.key and r.to_key = o.key) or (mutual and r.from_key = o.key and r.to_key = a.key))
    where r.kind = relation_kind and r.projection = source
    order by r.from_key, r.to_key for update of r;
  update relation r set weight = edge.weight from (
      select r2.from_key, r2.to_key, max(e.weight) as weight from relation r2
        join article f on f.key = r2.from_key join article t on t.key = r2.to_key
        join projected_edge e on e.projection = source
          and ((e.article_key = f.key and e.to_id = t.id) or (mutual and e.article_key = t.key and e.to_id = f.id))
      where r2.kind = relation_kind and r2.projection = source
        and ((r2.from_key = a.key and t.id = any(others)) or (mutual and r2.to_key = a.key and f.id = any(others)))
      group by r2.from_key, r2.to_key) edge
    where r.from_key = edge.from_key and r.to_key = edge.to_key and r.kind = relation_kind and r.projection = source
      and r.weight is distinct from edge.weight;
  delete from relation r using article f, article t
    where f.key = r.from_key and t.key = r.to_key and r.projection = source and r.kind = relation_kind
      and ((r.from_key = a.key and t.id = any(others)) or (mutual and r.to_key = a.key and f.id = any(others)))
      and not exists (select from projected_edge e where e.projection = source
        and ((e.article_key = f.key and e.to_id = t.id) or (mutual and e.article_key = t.key and e.to_id = f.id)));
end
$$;

-- Sets the relations that a projection yields for one article, also to articles that are not there.
create function set_projected_edges(a article, source text, relation_kind text, edges jsonb) returns void language plpgsql as $$
declare
  others text[];
begin
  select array_agg(distinct other.id order by other.id) into others from (
    select e.to_id as id from projected_edge e where e.article_key = a.key and e.projection = source
    union all
    select g.value ->> 'to' from jsonb_array_elements(edges) g where g.value ->> 'to' <> a.id) other;
  if others is null then return; end if;
  delete from projected_edge where article_key = a.key and projection = source;
  insert into projected_edge (article_key, projection, to_id, weight)
    select a.key, source, g.value ->> 'to', max((g.value ->> 'weight')::float8)
      from jsonb_array_elements(edges) g where g.value ->> 'to' <> a.id group by g.value ->> 'to';
  perform settle_projected_relations(a, source, relation_kind, others);
end
$$;

-- An article's id stands in one of 128 queues. Who makes an article live waits in its queue for those who
-- are writing an edge to an article that is not there, and the other way round: else neither would see
-- the other, and the relation would never be made.
create function arrival_queue(id text) returns int language sql immutable as $$
  select hashtext(id) & 127
$$;

create function await_arrivals(ids text[]) returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(7233, q.queue)
    from (select distinct arrival_queue(i) as queue from unnest(ids) i order by 1) q;
end
$$;

-- Makes the relations that were waiting for this article.
create function resolve_projected_edges(arrived article) returns void language plpgsql as $$
declare
  waiting record;
  front article;
begin
  for waiting in
    select e.article_key, p.name, p.relation from projected_edge e join projection p on p.name = e.projection
      where e.to_id = arrived.id and p.target = 'relations' and p.state <> 'retiring' order by e.article_key, p.name
  loop
    select * into front from article where key = waiting.article_key and deleted_at is null for key share;
    if found then
      perform settle_projected_relations(front, waiting.name, waiting.relation, array[arrived.id]);
    end if;
  end loop;
end
$$;

create or replace function store_content(current article, item jsonb, content jsonb, mode text) returns article language plpgsql as $$
declare
  stored article;
  arrives boolean := current.key is null or current.deleted_at is not null;
begin
  if arrives then perform await_arrivals(array[item ->> 'id']); end if;
  if content ? 'source' then
    insert into source as s (key, name) values (content #>> '{source,key}', content #>> '{source,name}')
      on conflict (key) do update set name = excluded.name where s.name <> excluded.name;
  end if;
  insert into topic as t (key, name, type)
    select distinct on (g ->> 'key') g ->> 'key', g ->> 'name', g ->> 'type'
      from jsonb_array_elements(content -> 'topics') g order by g ->> 'key'
    on conflict (key) do update set name = excluded.name, type = excluded.type
      where t.name <> excluded.name or t.type <> excluded.type;

  if current.key is null then
    insert into article (id, title, ingested_at, updated_at) values (item ->> 'id', content ->> 'title', now(), now())
      returning * into stored;
  else
    stored := current;
    stored.rev := current.rev + 1;
    stored.stamp := current.stamp + 1;
    if current.deleted_at is not null then stored.ingested_at := now(); end if;
  end if;
  update article set
      url = content ->> 'url',
      url_key = case when content ? 'url' then coalesce(item ->> 'urlKey', article.url_key) end,
      title = content ->> 'title', description = content ->> 'description',
      language = content ->> 'language', section = content ->> 'section',
      source_key = content #>> '{source,key}', authors = content -> 'authors',
      published_at = (content ->> 'publishedAt')::timestamptz,
      ingested_at = stored.ingested_at, updated_at = now(),
      attributes = content -> 'attributes',
      body_sha256 = content ->> 'bodySha256', body_size = (content ->> 'bodySize')::bigint,
      rev = stored.rev, stamp = stored.stamp, deleted_at = null
    where article.key = stored.key
    returning * into stored;

  delete from article_topic where article_key = stored.key and projection = '';
  insert into article_topic (article_key, topic_key, weight, position)
    select stored.key, g.value ->> 'key', (g.value ->> 'weight')::float8, g.ordinality
      from jsonb_array_elements(content -> 'topics') with ordinality g;
  perform refresh_topic_rank(array[stored.key]);

  insert into article_search as s (article_key, head, body) values (stored.key,
      setweight(to_tsvector(text_config(stored.language), stored.title), 'A')
        || setweight(to_tsvector(text_config(stored.language), coalesce(stored.description, '')), 'B'),
      case when item ? 'bodyText' then setweight(words_of(stored.language, item ->> 'bodyText'), 'C') else ''::tsvector end)
    on conflict (article_key) do update set head = excluded.head,
      body = case when item ? 'bodyText' or stored.body_sha256 is null then excluded.body else s.body end;

  insert into outbox (article_key, article_id, created_at) values (stored.key, stored.id, now());
  if arrives then perform resolve_projected_edges(stored); end if;
  return stored;
end
$$;

create or replace function write_articles(items jsonb) returns jsonb language plpgsql as $$
declare
  results jsonb := '[]'::jsonb;
  item jsonb;
begin
  -- All queues at once and in order, before any article is locked.
  perform await_arrivals(array(select g.value ->> 'id' from jsonb_array_elements(items) g
    where not exists (select from article a where a.id = g.value ->> 'id' and a.deleted_at is null)));
  for item in select value from jsonb_array_elements(items) loop
    results := results || jsonb_build_array(write_article(item, 'put', null));
  end loop;
  return results;
end
$$;

create or replace function delete_article(wanted text, if_rev bigint) returns text language plpgsql as $$
declare
  current article;
begin
  select * into current from article where id = wanted for update;
  if current.key is null or current.deleted_at <= now() - interval '30 days' then return 'not_found'; end if;
  if current.deleted_at is not null then return 'gone'; end if;
  if if_rev is not null and if_rev <> current.rev then return 'stale'; end if;
  delete from relation where from_key = current.key or to_key = current.key;
  delete from projected_edge where article_key = current.key;
  delete from article_topic where article_key = current.key;
  delete from topic_rank where article_key = current.key;
  delete from article_metrics where article_key = current.key;
  delete from article_metric where article_key = current.key;
  delete from article_search where article_key = current.key;
  delete from ai_output where article_key = current.key;
  update article set deleted_at = now(), updated_at = now(), rev = rev + 1, stamp = stamp + 1,
      url = null, url_key = null, title = '', description = null, language = null, section = null,
      source_key = null, authors = '[]', published_at = null, attributes = '{}',
      body_sha256 = null, body_size = null
    where key = current.key;
  insert into outbox (article_key, article_id, created_at) values (current.key, current.id, now());
  return 'deleted';
end
$$;

drop function project_outputs(jsonb);

-- Sets what one projection yields for an article; without a match there is nothing. True when a reader of
-- the article sees something else than before. `slots` collects values of columns, to be set at once.
create function apply_projection(a article, p projection, result jsonb, inout slots jsonb, out altered boolean) language plpgsql as $$
declare
  matched boolean := result ->> 'status' = 'matched';
  value jsonb := case when matched then coalesce(result -> 'value', 'null') else 'null' end;
begin
  altered := false;
  if p.target = 'topics' then
    altered := set_projected_topics(a, p.name, case when matched then coalesce(result -> 'topics', '[]') else '[]' end);
  elsif p.target = 'relations' then
    perform set_projected_edges(a, p.name, p.relation, case when matched then coalesce(result -> 'relations', '[]') else '[]' end);
  else
    if p.slot is not null then slots := slots || jsonb_build_object(p.slot, value); end if;
    if p.next_slot is not null then slots := slots || jsonb_build_object(p.next_slot, value); end if;
    if p.slot is null then altered := set_overflow_metric(a, p, value); end if;
  end if;
end
$$;

-- Enters outputs into the catalogue with what their projections yield, each guarded by its version and by
-- its article being live. Results of another registry than the present one are not taken.
create function project_outputs(facts jsonb, registry_revision bigint) returns jsonb language plpgsql as $$
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
begin
  -- A share lock: a definition changes before this, or after it.
  perform 1 from registry where revision = registry_revision for share;
  if not found then
    return (select coalesce(jsonb_agg('outdated'::text), '[]') from jsonb_array_elements(facts));
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
    select * into a from article where id = fact ->> 'articleId';
    if a.key is null then verdict := 'unknown';
    elsif a.deleted_at is not null then verdict := 'gone';
    else
      verdict := 'applied';
      select coalesce(jsonb_object_agg(def.name, jsonb_build_array(r.value ->> 'status', def.revision, def.generation)), '{}') into noted
        from jsonb_array_elements(fact -> 'projected') r join projection def
          on def.name = r.value ->> 'projection' and def.kind = fact ->> 'kind' and def.state <> 'retiring'
        where not (fact ->> 'dead')::boolean;
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
        if changed then
          perform refresh_topic_rank(array[a.key]);
          perform touch_articles(array[a.key]);
        end if;
        if not seen and fact ? 'shape' then
          insert into output_shape as s (kind, shape, paths, types, first_seen_at, last_seen_at)
            values (fact ->> 'kind', fact #>> '{shape,hash}', fact #> '{shape,paths}', fact #> '{shape,types}',
              (fact ->> 'storedAt')::timestamptz, (fact ->> 'storedAt')::timestamptz)
            on conflict (kind, shape) do update set first_seen_at = least(s.first_seen_at, excluded.first_seen_at),
                last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at)
              -- Many writers share a row: it is not worth a write for each of them.
              where excluded.first_seen_at < s.first_seen_at or excluded.last_seen_at > s.last_seen_at + interval '1 minute';
        end if;
      end if;
    end if;
    results := results || to_jsonb(verdict);
  end loop;
  return results;
end
$$;
