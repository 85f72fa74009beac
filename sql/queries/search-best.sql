-- q: ferry "new harbour" -train
-- :p1 = "ferry \"new harbour\" -train"
-- :p2 = 100001
-- :p3 = 100000
-- :p4 = 21
-- :p5 = 21
-- :p6 = 0
-- :p7 = 20
-- :p8 = 921600
-- :p9 = 100000

with "words_0" as materialized (select language, websearch_to_tsquery(config::regconfig, :p1) as query from languages_in_use()), matched as materialized (select article.key, ts_rank(s.words, (select w.query from "words_0" as w where w.language = coalesce(article.language, ''))) as "k0", "article"."id" as "k1" from article_search s join article on article.key = s.article_key
where s.words @@ (select any_tsquery(array_agg(distinct query)) from "words_0") and exists (select from "words_0" as w where w.language = coalesce(article.language, '') and s.words @@ w.query) and article.deleted_at is null limit :p2), picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select matched.key, jsonb_build_array("matched"."k0", "matched"."k1")::text as cursor
from matched where not ((select count(*) from matched) > :p3) order by "matched"."k0" desc, "matched"."k1" desc limit :p4)) as walked limit :p5 offset :p6) as found
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
select null::int8 as total, ((select count(*) from matched) > :p9) as costly, null::int8 as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
