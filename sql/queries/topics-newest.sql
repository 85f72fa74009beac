-- topics:("ferry","harbour")
-- :p1 = "ferry"
-- :p2 = "harbour"
-- :p3 = 21
-- :p4 = 21
-- :p5 = 21
-- :p6 = 21
-- :p7 = 21
-- :p8 = 0
-- :p9 = 20
-- :p10 = 921600

with picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select merged.key, merged.cursor from (
select distinct on (each.key) each.* from (values (:p1::text), (:p2::text)) as wanted (topic_key)
cross join lateral (select * from ((select article.key, jsonb_build_array(utc_text("tr"."published_at"), "tr"."article_id")::text as cursor, "tr"."published_at" as "k0", "tr"."article_id" as "k1"
from topic_rank tr join article on article.key = tr.article_key where tr.topic_key = wanted.topic_key and article.deleted_at is null and "tr"."published_at" is not null order by "tr"."published_at" desc, "tr"."article_id" desc limit :p3)
union all (select article.key, jsonb_build_array(null::timestamptz, "tr"."article_id")::text as cursor, null::timestamptz as "k0", "tr"."article_id" as "k1"
from topic_rank tr join article on article.key = tr.article_key where tr.topic_key = wanted.topic_key and article.deleted_at is null and "tr"."published_at" is null order by "tr"."article_id" desc limit :p4)) as own limit :p5) as each
) as merged order by "merged"."k0" desc nulls last, "merged"."k1" desc limit :p6)) as walked limit :p7 offset :p8) as found
), documents as materialized (
select picked.place, picked.cursor,
jsonb_strip_nulls(made.document - 'attributes')::text as document,
(made.document -> 'attributes')::text as attributes
from article_documents((
select array_agg(article order by picked.place)
from picked join article on article.key = picked.key where picked.place <= :p9
)) as made join picked on picked.place = made.place
), measured as (
select *, sum(octet_length(document) + octet_length(attributes)) over (order by place) as bytes
from documents
), shown as (select * from measured where bytes <= :p10 or place = 1), counted as (
select null::int8 as total, false as costly, null::int8 as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
