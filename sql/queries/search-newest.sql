-- q: ferry; order by publishedAt desc
-- :p1 = "ferry"
-- :p2 = 20001
-- :p3 = 20000
-- :p4 = 21
-- :p5 = 20000
-- :p6 = 21
-- :p7 = 20000
-- :p8 = 21
-- :p9 = 21
-- :p10 = 0
-- :p11 = 20
-- :p12 = 921600

with "words_0" as materialized (select language, websearch_to_tsquery(config::regconfig, :p1) as query from languages_in_use()), candidates as materialized (select s.article_key from article_search s
where s.words @@ (select any_tsquery(array_agg(distinct query)) from "words_0") limit :p2), picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select article.key, jsonb_build_array(utc_text("article"."published_at"), "article"."id")::text as cursor
from candidates join article on article.key = candidates.article_key
where article.deleted_at is null and exists (select from article_search s where s.article_key = article.key
and exists (select from "words_0" as w where w.language = coalesce(article.language, '') and s.words @@ w.query)) and (select count(*) <= :p3 from candidates) order by "article"."published_at" desc nulls last, "article"."id" desc limit :p4)
union all (select article.key, jsonb_build_array(utc_text("article"."published_at"), "article"."id")::text as cursor
from article where article.deleted_at is null and exists (select from article_search s where s.article_key = article.key
and exists (select from "words_0" as w where w.language = coalesce(article.language, '') and s.words @@ w.query)) and not (select count(*) <= :p5 from candidates) and "article"."published_at" is not null order by "article"."published_at" desc, "article"."id" desc limit :p6)
union all (select article.key, jsonb_build_array(null::timestamptz, "article"."id")::text as cursor
from article where article.deleted_at is null and exists (select from article_search s where s.article_key = article.key
and exists (select from "words_0" as w where w.language = coalesce(article.language, '') and s.words @@ w.query)) and not (select count(*) <= :p7 from candidates) and "article"."published_at" is null order by "article"."id" desc limit :p8)) as walked limit :p9 offset :p10) as found
), documents as materialized (
select picked.place, picked.cursor,
jsonb_strip_nulls(made.document - 'attributes')::text as document,
(made.document -> 'attributes')::text as attributes
from article_documents((
select array_agg(article order by picked.place)
from picked join article on article.key = picked.key where picked.place <= :p11
)) as made join picked on picked.place = made.place
), measured as (
select *, sum(octet_length(document) + octet_length(attributes)) over (order by place) as bytes
from documents
), shown as (select * from measured where bytes <= :p12 or place = 1), counted as (
select null::int8 as total, false as costly, null::int8 as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
