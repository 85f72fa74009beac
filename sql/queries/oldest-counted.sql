-- order by publishedAt
-- :p1 = 61
-- :p2 = 61
-- :p3 = 21
-- :p4 = 40
-- :p5 = 20
-- :p6 = 921600
-- :p7 = 1001

with picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select article.key, jsonb_build_array(utc_text("article"."published_at"), "article"."id")::text as cursor
from article where article.deleted_at is null and "article"."published_at" is not null order by "article"."published_at" asc, "article"."id" asc limit :p1)
union all (select article.key, jsonb_build_array(null::timestamptz, "article"."id")::text as cursor
from article where article.deleted_at is null and "article"."published_at" is null order by "article"."id" asc limit :p2)) as walked limit :p3 offset :p4) as found
), documents as materialized (
select picked.place, picked.cursor,
jsonb_strip_nulls(made.document - 'attributes')::text as document,
(made.document -> 'attributes')::text as attributes
from article_documents((
select array_agg(article order by picked.place)
from picked join article on article.key = picked.key where picked.place <= :p5
)) as made join picked on picked.place = made.place
), measured as (
select *, sum(octet_length(document) + octet_length(attributes)) over (order by place) as bytes
from documents
), shown as (select * from measured where bytes <= :p6 or place = 1), counted as (
select (select count(*) from (select from article where article.deleted_at is null
limit :p7) as found) as total, false as costly, null::int8 as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
