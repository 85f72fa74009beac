-- order by title, publishedAt desc
-- :p1 = 21
-- :p2 = 100001
-- :p3 = 100000
-- :p4 = 21
-- :p5 = 100000
-- :p6 = 21
-- :p7 = 21
-- :p8 = 21
-- :p9 = 0
-- :p10 = 20
-- :p11 = 921600
-- :p12 = 100000

with "page_tied_0" as materialized (select * from (select article.key, "article"."title" as "k0", "article"."published_at" as "k1", "article"."id" as "k2" from article where article.deleted_at is null and octet_length(article.title) <= 2000
order by "article"."title" asc fetch first (:p1) rows with ties) as first limit :p2), picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select merged.key, merged.cursor from ((select tied.key, jsonb_build_array("tied"."k0", utc_text("tied"."k1"), "tied"."k2")::text as cursor, "tied"."k0" as "k0", "tied"."k1" as "k1", "tied"."k2" as "k2"
from "page_tied_0" as tied where (select count(*) <= :p3 from "page_tied_0") order by "tied"."k0" asc, "tied"."k1" desc nulls last, "tied"."k2" desc limit :p4) union all (select article.key, jsonb_build_array("article"."title", utc_text("article"."published_at"), "article"."id")::text as cursor, "article"."title" as "k0", "article"."published_at" as "k1", "article"."id" as "k2"
from article where article.deleted_at is null and octet_length(article.title) > 2000 and (select count(*) <= :p5 from "page_tied_0") order by "article"."title" asc, "article"."published_at" desc nulls last, "article"."id" desc limit :p6)) as merged
order by "merged"."k0" asc, "merged"."k1" desc nulls last, "merged"."k2" desc limit :p7)) as walked limit :p8 offset :p9) as found
), documents as materialized (
select picked.place, picked.cursor,
jsonb_strip_nulls(made.document - 'attributes')::text as document,
(made.document -> 'attributes')::text as attributes
from article_documents((
select array_agg(article order by picked.place)
from picked join article on article.key = picked.key where picked.place <= :p10
)) as made join picked on picked.place = made.place
), measured as (
select *, sum(octet_length(document) + octet_length(attributes)) over (order by place) as bytes
from documents
), shown as (select * from measured where bytes <= :p11 or place = 1), counted as (
select null::int8 as total, (not (select count(*) <= :p12 from "page_tied_0")) as costly, null::int8 as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
