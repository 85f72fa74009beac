-- Documents of a whole page at once, by their place in it: sources, topics, values and the definitions of the
-- projections are looked up for all articles together, not for each of them again.
create function article_documents(articles article[]) returns table (place bigint, document jsonb)
  language plpgsql stable rows 20 as $$
#variable_conflict use_column
begin
  return query
  with page as materialized (select a.* from unnest(articles) with ordinality a),
  live as materialized (
    select p.name, p.slot, p.value_type from projection p where p.target = 'metric' and p.state <> 'retiring'),
  topics as (
    select at.article_key, jsonb_agg(jsonb_strip_nulls(jsonb_build_object('key', t.key, 'name', t.name, 'type', t.type,
        'weight', at.weight, 'projection', nullif(at.projection, ''))) order by at.projection, at.position) as list
      from page join article_topic at on at.article_key = page.key join topic t on t.key = at.topic_key
      group by at.article_key),
  metrics as (
    select found.article_key, jsonb_object_agg(found.name, found.value) as map from (
        select wide.article_key, p.name,
            case p.value_type when 'time' then to_jsonb(utc_text((wide.columns ->> p.slot)::timestamptz))
              else wide.columns -> p.slot end as value
          -- OFFSET 0: made once for an article, not for each projection.
          from (select m.article_key, to_jsonb(m) as columns
              from page join article_metrics m on m.article_key = page.key offset 0) wide
            join live p on p.slot is not null
        union all
        select v.article_key, p.name, case p.value_type when 'number' then to_jsonb(v.n) when 'string' then to_jsonb(v.k)
            when 'boolean' then to_jsonb(v.b) else to_jsonb(utc_text(v.t)) end
          from page join article_metric v on v.article_key = page.key
            join live p on p.name = v.projection and p.slot is null) found
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
      left join source s on s.key = a.source_key
      left join topics on topics.article_key = a.key
      left join metrics on metrics.article_key = a.key;
end
$$;

-- Of one article the same, so that there is one place that says what a reader sees.
create or replace function article_document(a article) returns jsonb language plpgsql stable as $$
begin
  return (select made.document from article_documents(array[a]) made);
end
$$;
