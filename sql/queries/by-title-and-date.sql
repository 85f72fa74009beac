-- order by title, publishedAt desc
-- :p1 = 21
-- :p2 = 100001
-- :p3 = 100000
-- :p4 = 21
-- :p5 = 21
-- :p6 = 0
-- :p7 = 20
-- :p8 = 921600
-- :p9 = 100000

with "page_ties_0" as materialized (select count(*) as rows from (select from (
select "article"."title" from article where article.deleted_at is null
order by "article"."title" asc fetch first (:p1) rows with ties
) as tied limit :p2) as counted), picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select article.key, jsonb_build_array("article"."title", utc_text("article"."published_at"), "article"."id")::text as cursor
from article
where article.deleted_at is null and (select rows <= :p3 from "page_ties_0")
order by "article"."title" asc, "article"."published_at" desc nulls last, "article"."id" desc limit :p4)) as walked limit :p5 offset :p6) as found
), documents as (
select picked.place, picked.cursor, article_document(article)::text as document
from picked join article on article.key = picked.key
where picked.place <= :p7
), measured as (
select *, sum(octet_length(document)) over (order by place) as bytes from documents
), shown as (select * from measured where bytes <= :p8 or place = 1), counted as (
select null::int8 as total, (not (select rows <= :p9 from "page_ties_0")) as costly, null::int8 as revision
)
select shown.document, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
