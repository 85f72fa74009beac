-- order by metrics.importance desc, publishedAt desc
-- :p1 = 21
-- :p2 = 100001
-- :p3 = 100000
-- :p4 = 21
-- :p5 = 21
-- :p6 = 21
-- :p7 = 21
-- :p8 = 21
-- :p9 = 21
-- :p10 = 21
-- :p11 = 21
-- :p12 = 0
-- :p13 = 20
-- :p14 = 921600
-- :p15 = 100000

with "patterns_without_1" (held) as materialized (select patterns_without(1)), "page_tied_0" as materialized (select * from (select article.key, "article_metrics"."n01" as "k0", "article"."published_at" as "k1", "article_metrics"."article_id" as "k2" from article left join article_metrics on article_metrics.article_key = article.key where article.deleted_at is null and "article_metrics"."n01" is not null
order by "article_metrics"."n01" desc fetch first (:p1) rows with ties) as first limit :p2), picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select tied.key, jsonb_build_array("tied"."k0", utc_text("tied"."k1"), "tied"."k2")::text as cursor
from "page_tied_0" as tied where (select count(*) <= :p3 from "page_tied_0") order by "tied"."k0" desc, "tied"."k1" desc nulls last, "tied"."k2" desc limit :p4)
union all (select merged.key, (jsonb_build_array(null) || merged.cursor::jsonb)::text as cursor
from unnest((select held from "patterns_without_1")) as pattern (held) cross join lateral (select * from ((select presence.article_key as key, jsonb_build_array(utc_text("presence"."published_at"), "presence"."article_id")::text as cursor, "presence"."published_at" as "k0", "presence"."article_id" as "k1"
from metric_presence as presence where presence.held = pattern.held and "presence"."published_at" is not null order by "presence"."published_at" desc, "presence"."article_id" desc limit :p5) union all (select presence.article_key as key, jsonb_build_array(null::timestamptz, "presence"."article_id")::text as cursor, null::timestamptz as "k0", "presence"."article_id" as "k1"
from metric_presence as presence where presence.held = pattern.held and "presence"."published_at" is null order by "presence"."article_id" desc limit :p6)) as own limit :p7) as merged
order by "merged"."k0" desc nulls last, "merged"."k1" desc limit :p8)
union all (select article.key, jsonb_build_array(null::float8, utc_text("article"."published_at"), "article"."id")::text as cursor
from article left join article_metrics on article_metrics.article_key = article.key where article.deleted_at is null and not ((select held from "patterns_without_1") is not null) and not exists (select from article_metrics as m
where m.article_key = article.key and "m"."n01" is not null) and "article"."published_at" is not null order by "article"."published_at" desc, "article"."id" desc limit :p9)
union all (select article.key, jsonb_build_array(null::float8, null::timestamptz, "article"."id")::text as cursor
from article left join article_metrics on article_metrics.article_key = article.key where article.deleted_at is null and not ((select held from "patterns_without_1") is not null) and not exists (select from article_metrics as m
where m.article_key = article.key and "m"."n01" is not null) and "article"."published_at" is null order by "article"."id" desc limit :p10)) as walked limit :p11 offset :p12) as found
), documents as materialized (
select picked.place, picked.cursor,
jsonb_strip_nulls(made.document - 'attributes')::text as document,
(made.document -> 'attributes')::text as attributes
from article_documents((
select array_agg(article order by picked.place)
from picked join article on article.key = picked.key where picked.place <= :p13
)) as made join picked on picked.place = made.place
), measured as (
select *, sum(octet_length(document) + octet_length(attributes)) over (order by place) as bytes
from documents
), shown as (select * from measured where bytes <= :p14 or place = 1), counted as (
select null::int8 as total, (not (select count(*) <= :p15 from "page_tied_0")) as costly, (select revision from registry) as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
