-- What article_document says of each article of a page, by its place in it: sources, topics, values and the
-- definitions of the projections are looked up for all of them together. For one article alone this takes
-- ten times as long, so both are there.
create function article_documents(articles article[]) returns table (place bigint, document jsonb)
  language plpgsql stable rows 20 as $$
#variable_conflict use_column
begin
  return query
  with page as materialized (select a.* from unnest(articles) with ordinality a),
  live as materialized (
    select p.name, p.slot, p.value_type from projection p where p.target = 'metric' and p.state <> 'retiring'),
  edges as materialized (
    select at.article_key, at.topic_key, at.weight, at.projection, at.position
      from article_topic at where at.article_key = any(array(select page.key from page))),
  -- Articles of a page share topics and sources: each is read once.
  named as materialized (
    select t.key, t.name, t.type from topic t where t.key = any(array(select distinct e.topic_key from edges e))),
  publishers as materialized (
    select s.key, s.name from source s where s.key = any(array(select distinct page.source_key from page))),
  topics as (
    select e.article_key, jsonb_agg(jsonb_strip_nulls(jsonb_build_object('key', t.key, 'name', t.name, 'type', t.type,
        'weight', e.weight, 'projection', nullif(e.projection, ''))) order by e.projection, e.position) as list
      from edges e join named t on t.key = e.topic_key
      group by e.article_key),
  metrics as (
    select found.article_key, jsonb_object_agg(found.name, found.value) as map from (
        select wide.article_key, p.name,
            case p.value_type when 'time' then to_jsonb(utc_text((wide.columns ->> p.slot)::timestamptz))
              else wide.columns -> p.slot end as value
          -- OFFSET 0: made once for an article, not for each projection.
          from (select m.article_key, to_jsonb(m) as columns
              from article_metrics m where m.article_key = any(array(select page.key from page)) offset 0) wide
            join live p on p.slot is not null
        union all
        select v.article_key, p.name, case p.value_type when 'number' then to_jsonb(v.n) when 'string' then to_jsonb(v.k)
            when 'boolean' then to_jsonb(v.b) else to_jsonb(utc_text(v.t)) end
          from article_metric v join live p on p.name = v.projection and p.slot is null
          where v.article_key = any(array(select page.key from page))) found
      where found.value is not null and jsonb_typeof(found.value) <> 'null'
      group by found.article_key)
  select a.ordinality, jsonb_strip_nulls(jsonb_build_object(
      'url', a.url, 'title', a.title, 'description', a.description, 'language', a.language, 'section', a.section,
      'source', case when s.key is not null then jsonb_build_object('key', s.key, 'name', s.name) end,
      'publishedAt', utc_text(a.published_at), 'bodySha256', a.body_sha256, 'bodySize', a.body_size))
    || jsonb_build_object(
      'id', a.id, 'rev', a.rev, 'stamp', a.stamp,
      'ingestedAt', utc_text(a.ingested_at), 'updatedAt', utc_text(a.updated_at),
      'authors', a.authors,
      'attributes', a.attributes,
      'topics', coalesce(topics.list, '[]'),
      'metrics', coalesce(metrics.map, '{}'))
    from page a
      left join publishers s on s.key = a.source_key
      left join topics on topics.article_key = a.key
      left join metrics on metrics.article_key = a.key;
end
$$;
