-- topics:"ferry"; order by metrics.importance desc
-- :p1 = "ferry"
-- :p2 = 21
-- :p3 = "ferry"
-- :p4 = 21
-- :p5 = "ferry"
-- :p6 = 21
-- :p7 = 21
-- :p8 = 0
-- :p9 = 20
-- :p10 = 921600

with "without_1" (key) as materialized (select * from articles_without(1, 2001)), picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select article.key, jsonb_build_array("tr"."r1", "tr"."article_id")::text as cursor
from topic_rank tr join article left join article_metrics on article_metrics.article_key = article.key on article.key = tr.article_key where tr.topic_key = :p1::text and article.deleted_at is null and "tr"."r1" is not null order by "tr"."r1" desc, "tr"."article_id" desc limit :p2)
union all (select article.key, jsonb_build_array(null::float8, "tr"."article_id")::text as cursor
from topic_rank tr join article left join article_metrics on article_metrics.article_key = article.key on article.key = tr.article_key where tr.topic_key = :p3::text and article.deleted_at is null and (select count(*) <= 2000 from "without_1") and article.key in (select key from "without_1") order by "tr"."article_id" desc limit :p4)
union all (select article.key, jsonb_build_array(null::float8, "tr"."article_id")::text as cursor
from topic_rank tr join article left join article_metrics on article_metrics.article_key = article.key on article.key = tr.article_key where tr.topic_key = :p5::text and article.deleted_at is null and not ((select count(*) <= 2000 from "without_1")) and "tr"."r1" is null order by "tr"."article_id" desc limit :p6)) as walked limit :p7 offset :p8) as found
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
select null::int8 as total, false as costly, (select revision from registry) as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
