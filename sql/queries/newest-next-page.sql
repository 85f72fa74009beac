-- newest first
-- :p1 = "2025-12-01T08:00:00.000000Z"
-- :p2 = "a-17"
-- :p3 = 21
-- :p4 = 21
-- :p5 = 21
-- :p6 = 0
-- :p7 = 20
-- :p8 = 921600

with picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select article.key, jsonb_build_array(utc_text("article"."published_at"), "article"."id")::text as cursor
from article where article.deleted_at is null and "article"."published_at" is not null and ("article"."published_at", "article"."id") < (:p1::timestamptz, :p2::text) order by "article"."published_at" desc, "article"."id" desc limit :p3)
union all (select article.key, jsonb_build_array(null::timestamptz, "article"."id")::text as cursor
from article where article.deleted_at is null and "article"."published_at" is null order by "article"."id" desc limit :p4)) as walked limit :p5 offset :p6) as found
), documents as materialized (
select picked.place, picked.cursor,
jsonb_strip_nulls(made.document - 'attributes')::text as document,
(made.document -> 'attributes')::text as attributes
from article_documents((
select array_agg(article order by picked.place)
from picked join article on article.key = picked.key where picked.place <= :p7
)) as made join picked on picked.place = made.place
), measured as (
select *, sum(octet_length(document) + octet_length(attributes)) over (order by place) as bytes
from documents
), shown as (select * from measured where bytes <= :p8 or place = 1), counted as (
select null::int8 as total, false as costly, null::int8 as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
