-- order by metrics.importance desc
-- :p1 = "0.75"
-- :p2 = "a-17"
-- :p3 = 21
-- :p4 = 21
-- :p5 = 21
-- :p6 = 21
-- :p7 = 21
-- :p8 = 21
-- :p9 = 0
-- :p10 = 20
-- :p11 = 921600

with "patterns_without_1" (held) as materialized (select patterns_without(1)), picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select article.key, jsonb_build_array("article_metrics"."n01", "article_metrics"."article_id")::text as cursor
from article left join article_metrics on article_metrics.article_key = article.key where article.deleted_at is null and "article_metrics"."n01" is not null and ("article_metrics"."n01", "article_metrics"."article_id") < (:p1::float8, :p2::text) order by "article_metrics"."n01" desc, "article_metrics"."article_id" desc limit :p3)
union all (select merged.key, (jsonb_build_array(null) || merged.cursor::jsonb)::text as cursor
from unnest((select held from "patterns_without_1")) as pattern (held) cross join lateral (select * from ((select presence.article_key as key, jsonb_build_array("presence"."article_id")::text as cursor, "presence"."article_id" as "k0"
from metric_presence as presence where presence.held = pattern.held order by "presence"."article_id" desc limit :p4)) as own limit :p5) as merged
order by "merged"."k0" desc limit :p6)
union all (select article.key, jsonb_build_array(null::float8, "article"."id")::text as cursor
from article left join article_metrics on article_metrics.article_key = article.key where article.deleted_at is null and not ((select held from "patterns_without_1") is not null) and not exists (select from article_metrics as m
where m.article_key = article.key and "m"."n01" is not null) order by "article"."id" desc limit :p7)) as walked limit :p8 offset :p9) as found
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
select null::int8 as total, false as costly, (select revision from registry) as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
