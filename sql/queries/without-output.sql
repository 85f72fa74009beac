-- ai.summary = null
-- :p1 = "summary"
-- :p2 = "summary"
-- :p3 = 21
-- :p4 = "summary"
-- :p5 = 21
-- :p6 = 21
-- :p7 = 21
-- :p8 = "summary"
-- :p9 = 21
-- :p10 = "summary"
-- :p11 = 21
-- :p12 = 21
-- :p13 = 0
-- :p14 = 20
-- :p15 = 921600

with "patterns_without_output" (kinds, is_told) as materialized (select * from patterns_without_kind(:p1::text)), picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select merged.key, merged.cursor as cursor
from (select * from "patterns_without_output" where not exists (select from "patterns_without_output" where "patterns_without_output".kinds is null)) as pattern cross join lateral (select * from ((select presence.article_key as key, jsonb_build_array(utc_text("presence"."published_at"), "presence"."article_id")::text as cursor, "presence"."published_at" as "k0", "presence"."article_id" as "k1"
from output_presence as presence where presence.kinds = pattern.kinds and (pattern.is_told or (select true from ai_output o where o.article_key = presence.article_key
and o.kind = :p2::text and not o.dead) is null) and "presence"."published_at" is not null order by "presence"."published_at" desc, "presence"."article_id" desc limit :p3) union all (select presence.article_key as key, jsonb_build_array(null::timestamptz, "presence"."article_id")::text as cursor, null::timestamptz as "k0", "presence"."article_id" as "k1"
from output_presence as presence where presence.kinds = pattern.kinds and (pattern.is_told or (select true from ai_output o where o.article_key = presence.article_key
and o.kind = :p4::text and not o.dead) is null) and "presence"."published_at" is null order by "presence"."article_id" desc limit :p5)) as own limit :p6) as merged
order by "merged"."k0" desc nulls last, "merged"."k1" desc limit :p7)
union all (select article.key, jsonb_build_array(utc_text("article"."published_at"), "article"."id")::text as cursor
from article where article.deleted_at is null and not exists (select from ai_output o where o.article_key = article.key
and o.kind = :p8::text and not o.dead and true) and not (not exists (select from "patterns_without_output" where "patterns_without_output".kinds is null)) and "article"."published_at" is not null order by "article"."published_at" desc, "article"."id" desc limit :p9)
union all (select article.key, jsonb_build_array(null::timestamptz, "article"."id")::text as cursor
from article where article.deleted_at is null and not exists (select from ai_output o where o.article_key = article.key
and o.kind = :p10::text and not o.dead and true) and not (not exists (select from "patterns_without_output" where "patterns_without_output".kinds is null)) and "article"."published_at" is null order by "article"."id" desc limit :p11)) as walked limit :p12 offset :p13) as found
), documents as materialized (
select picked.place, picked.cursor,
jsonb_strip_nulls(made.document - 'attributes')::text as document,
(made.document -> 'attributes')::text as attributes
from article_documents((
select array_agg(article order by picked.place)
from picked join article on article.key = picked.key where picked.place <= :p14
)) as made join picked on picked.place = made.place
), measured as (
select *, sum(octet_length(document) + octet_length(attributes)) over (order by place) as bytes
from documents
), shown as (select * from measured where bytes <= :p15 or place = 1), counted as (
select null::int8 as total, false as costly, null::int8 as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
