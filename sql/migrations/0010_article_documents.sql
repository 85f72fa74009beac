-- What a reader sees of an article. In plpgsql, and without functions of its own: a function in SQL is
-- planned again for each row of the statement that calls it, which takes longer than reading the row.
create or replace function article_document(a article) returns jsonb language plpgsql stable as $$
begin
  return jsonb_strip_nulls(jsonb_build_object(
      'url', a.url, 'title', a.title, 'description', a.description, 'language', a.language, 'section', a.section,
      'source', (select jsonb_build_object('key', s.key, 'name', s.name) from source s where s.key = a.source_key),
      'publishedAt', utc_text(a.published_at), 'bodySha256', a.body_sha256, 'bodySize', a.body_size))
    || jsonb_build_object(
      'id', a.id, 'rev', a.rev, 'stamp', a.stamp,
      'ingestedAt', utc_text(a.ingested_at), 'updatedAt', utc_text(a.updated_at),
      'authors', a.authors,
      'attributes', a.attributes,
      'topics', coalesce((
        select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('key', t.key, 'name', t.name, 'type', t.type,
            'weight', at.weight, 'projection', nullif(at.projection, ''))) order by at.projection, at.position)
        from article_topic at join topic t on t.key = at.topic_key
        where at.article_key = a.key), '[]'),
      -- Values of the projections that are not retiring.
      'metrics', (select coalesce(jsonb_object_agg(found.name, found.value), '{}') from (
          select p.name, case p.value_type when 'time' then to_jsonb(utc_text((wide.columns ->> p.slot)::timestamptz))
              else wide.columns -> p.slot end as value
            -- OFFSET 0: made once, not for each projection.
            from (select to_jsonb(m) as columns from article_metrics m where m.article_key = a.key offset 0) wide
              join projection p on p.slot is not null and p.state <> 'retiring'
          union all
          select p.name, case p.value_type when 'number' then to_jsonb(v.n) when 'string' then to_jsonb(v.k)
              when 'boolean' then to_jsonb(v.b) else to_jsonb(utc_text(v.t)) end
            from article_metric v join projection p on p.name = v.projection
              and p.target = 'metric' and p.slot is null and p.state <> 'retiring'
            where v.article_key = a.key) found
        where found.value is not null and jsonb_typeof(found.value) <> 'null'));
end
$$;

drop function metric_values(bigint);
