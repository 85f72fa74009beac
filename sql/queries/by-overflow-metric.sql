-- order by metrics.rarely-asked
-- :p1 = "rarely-asked"
-- :p2 = 21
-- :p3 = "rarely-asked"
-- :p4 = "rarely-asked"
-- :p5 = 21
-- :p6 = 21
-- :p7 = 0
-- :p8 = 20
-- :p9 = 921600

with picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select article.key, jsonb_build_array("overflow_0"."n", "overflow_0"."article_id")::text as cursor
from article left join article_metric as "overflow_0" on "overflow_0"."article_key" = article.key
and "overflow_0"."projection" = :p1::text where article.deleted_at is null and "overflow_0"."n" is not null order by "overflow_0"."n" asc, "overflow_0"."article_id" asc limit :p2)
union all (select article.key, jsonb_build_array(null::float8, "article"."id")::text as cursor
from article left join article_metric as "overflow_0" on "overflow_0"."article_key" = article.key
and "overflow_0"."projection" = :p3::text where article.deleted_at is null and not exists (select from article_metric as m where m.article_key = article.key
and m.projection = :p4::text and "m"."n" is not null) order by "article"."id" asc limit :p5)) as walked limit :p6 offset :p7) as found
), documents as materialized (
select picked.place, picked.cursor,
jsonb_strip_nulls(made.document - 'attributes')::text as document,
(made.document -> 'attributes')::text as attributes
from article_documents((
select array_agg(article order by picked.place)
from picked join article on article.key = picked.key where picked.place <= :p8
)) as made join picked on picked.place = made.place
), measured as (
select *, sum(octet_length(document) + octet_length(attributes)) over (order by place) as bytes
from documents
), shown as (select * from measured where bytes <= :p9 or place = 1), counted as (
select null::int8 as total, false as costly, (select revision from registry) as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
