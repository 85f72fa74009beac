-- authors:"Ann Lee" AND attributes.desk.name = "city" AND attributes.words > 300 AND ai.summary.model != "m-1" AND topics.any(type="person" AND weight>0.5)
-- :p1 = "Ann Lee"
-- :p2 = "{\"desk\":{\"name\":\"city\"}}"
-- :p3 = "words"
-- :p4 = "words"
-- :p5 = "300"
-- :p6 = "summary"
-- :p7 = "m-1"
-- :p8 = "person"
-- :p9 = "0.5"
-- :p10 = 21
-- :p11 = "Ann Lee"
-- :p12 = "{\"desk\":{\"name\":\"city\"}}"
-- :p13 = "words"
-- :p14 = "words"
-- :p15 = "300"
-- :p16 = "summary"
-- :p17 = "m-1"
-- :p18 = "person"
-- :p19 = "0.5"
-- :p20 = 21
-- :p21 = 21
-- :p22 = 0
-- :p23 = 20
-- :p24 = 921600

with picked as materialized (
select found.key, found.cursor, row_number() over () as place
from (select * from ((select article.key, jsonb_build_array(utc_text("article"."published_at"), "article"."id")::text as cursor
from article where article.deleted_at is null and article.authors @> to_jsonb(array[:p1::text]) and article.attributes @> :p2::jsonb and case when jsonb_typeof((article.attributes -> :p3::text)) = 'number' then (article.attributes -> :p4::text)::numeric > :p5::int8 else false end and not exists (select from ai_output o where o.article_key = article.key
and o.kind = :p6::text and not o.dead and ("o"."model" is not null and "o"."model" = :p7::text)) and exists (select from article_topic at join topic t on t.key = at.topic_key
where at.article_key = article.key and ("t"."type" = :p8::text and "at"."weight" > :p9::float8)) and "article"."published_at" is not null order by "article"."published_at" desc, "article"."id" desc limit :p10)
union all (select article.key, jsonb_build_array(null::timestamptz, "article"."id")::text as cursor
from article where article.deleted_at is null and article.authors @> to_jsonb(array[:p11::text]) and article.attributes @> :p12::jsonb and case when jsonb_typeof((article.attributes -> :p13::text)) = 'number' then (article.attributes -> :p14::text)::numeric > :p15::int8 else false end and not exists (select from ai_output o where o.article_key = article.key
and o.kind = :p16::text and not o.dead and ("o"."model" is not null and "o"."model" = :p17::text)) and exists (select from article_topic at join topic t on t.key = at.topic_key
where at.article_key = article.key and ("t"."type" = :p18::text and "at"."weight" > :p19::float8)) and "article"."published_at" is null order by "article"."id" desc limit :p20)) as walked limit :p21 offset :p22) as found
), documents as materialized (
select picked.place, picked.cursor,
jsonb_strip_nulls(made.document - 'attributes')::text as document,
(made.document -> 'attributes')::text as attributes
from article_documents((
select array_agg(article order by picked.place)
from picked join article on article.key = picked.key where picked.place <= :p23
)) as made join picked on picked.place = made.place
), measured as (
select *, sum(octet_length(document) + octet_length(attributes)) over (order by place) as bytes
from documents
), shown as (select * from measured where bytes <= :p24 or place = 1), counted as (
select null::int8 as total, false as costly, null::int8 as revision
)
select shown.document, shown.attributes, shown.cursor, counted.total, counted.costly, counted.revision,
(select count(*) from picked) > (select count(*) from shown) as more
from counted left join shown on true order by shown.place
