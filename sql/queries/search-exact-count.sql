-- text("ferry") OR title:"ferry"
-- :p1 = "ferry"
-- :p2 = "%ferry%"
-- :p3 = 21
-- :p4 = "%ferry%"
-- :p5 = 21
-- :p6 = 21
-- :p7 = 0
-- :p8 = 20
-- :p9 = 921600
-- :p10 = "%ferry%"

with "words_0" as materialized (select language, websearch_to_tsquery(config::regconfig, :p1) as query from languages_in_use()), picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select article.key, jsonb_build_array(utc_text("article"."published_at"), "article"."id")::text as cursor
from article where article.deleted_at is null and (exists (select from article_search s where s.article_key = article.key
and s.words @@ (select any_tsquery(array_agg(distinct query)) from "words_0") and exists (select from "words_0" as w where w.language = coalesce(article.language, '') and s.words @@ w.query)) or fold("article"."title") like fold(:p2)) and "article"."published_at" is not null order by "article"."published_at" desc, "article"."id" desc limit :p3)
union all (select article.key, jsonb_build_array(null::timestamptz, "article"."id")::text as cursor
from article where article.deleted_at is null and (exists (select from article_search s where s.article_key = article.key
and s.words @@ (select any_tsquery(array_agg(distinct query)) from "words_0") and exists (select from "words_0" as w where w.language = coalesce(article.language, '') and s.words @@ w.query)) or fold("article"."title") like fold(:p4)) and "article"."published_at" is null order by "article"."id" desc limit :p5)) as walked limit :p6 offset :p7) as found
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
select (select count(*) from article where article.deleted_at is null and (exists (select from article_search s where s.article_key = article.key
and s.words @@ (select any_tsquery(array_agg(distinct query)) from "words_0") and exists (select from "words_0" as w where w.language = coalesce(article.language, '') and s.words @@ w.query)) or fold("article"."title") like fold(:p10))) as total, false as costly, null::int8 as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
