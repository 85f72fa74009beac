-- NOT ai.summary:*
-- :p1 = "summary"
-- :p2 = "summary"
-- :p3 = "2025-12-01T08:00:00.000000Z"
-- :p4 = "a-17"
-- :p5 = 21
-- :p6 = "summary"
-- :p7 = 21
-- :p8 = 21
-- :p9 = 21
-- :p10 = "summary"
-- :p11 = "2025-12-01T08:00:00.000000Z"
-- :p12 = "a-17"
-- :p13 = 21
-- :p14 = "summary"
-- :p15 = 21
-- :p16 = 21
-- :p17 = 0
-- :p18 = 20
-- :p19 = 921600

with "patterns_without_output" (kinds, is_told) as materialized (select * from patterns_without_kind(:p1::text)), picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select merged.key, merged.cursor as cursor
from (select * from "patterns_without_output" where not exists (select from "patterns_without_output" where "patterns_without_output".kinds is null)) as pattern cross join lateral (select * from ((select presence.article_key as key, jsonb_build_array(utc_text("presence"."published_at"), "presence"."article_id")::text as cursor, "presence"."published_at" as "k0", "presence"."article_id" as "k1"
from output_presence as presence where presence.kinds = pattern.kinds and (pattern.is_told or (select true from ai_output o where o.article_key = presence.article_key
and o.kind = :p2::text and not o.dead) is null) and "presence"."published_at" is not null and ("presence"."published_at", "presence"."article_id") < (:p3::timestamptz, :p4::text) order by "presence"."published_at" desc, "presence"."article_id" desc limit :p5) union all (select presence.article_key as key, jsonb_build_array(null::timestamptz, "presence"."article_id")::text as cursor, null::timestamptz as "k0", "presence"."article_id" as "k1"
from output_presence as presence where presence.kinds = pattern.kinds and (pattern.is_told or (select true from ai_output o where o.article_key = presence.article_key
and o.kind = :p6::text and not o.dead) is null) and "presence"."published_at" is null order by "presence"."article_id" desc limit :p7)) as own limit :p8) as merged
order by "merged"."k0" desc nulls last, "merged"."k1" desc limit :p9)
union all (select article.key, jsonb_build_array(utc_text("article"."published_at"), "article"."id")::text as cursor
from article where article.deleted_at is null and not exists (select from ai_output o where o.article_key = article.key
and o.kind = :p10::text and not o.dead and true) and not (not exists (select from "patterns_without_output" where "patterns_without_output".kinds is null)) and "article"."published_at" is not null and ("article"."published_at", "article"."id") < (:p11::timestamptz, :p12::text) order by "article"."published_at" desc, "article"."id" desc limit :p13)
union all (select article.key, jsonb_build_array(null::timestamptz, "article"."id")::text as cursor
from article where article.deleted_at is null and not exists (select from ai_output o where o.article_key = article.key
and o.kind = :p14::text and not o.dead and true) and not (not exists (select from "patterns_without_output" where "patterns_without_output".kinds is null)) and "article"."published_at" is null order by "article"."id" desc limit :p15)) as walked limit :p16 offset :p17) as found
), documents as materialized (
select picked.place, picked.cursor,
jsonb_strip_nulls(made.document - 'attributes')::text as document,
(made.document -> 'attributes')::text as attributes
from article_documents((
select array_agg(article order by picked.place)
from picked join article on article.key = picked.key where picked.place <= :p18
)) as made join picked on picked.place = made.place
), measured as (
select *, sum(octet_length(document) + octet_length(attributes)) over (order by place) as bytes
from documents
), shown as (select * from measured where bytes <= :p19 or place = 1), counted as (
select null::int8 as total, false as costly, null::int8 as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
