-- compute p50(metrics.importance),sum(metrics.rarely-asked)
-- :p1 = "rarely-asked"
-- :p2 = 20

with member as (
select "article_metrics"."n01" as m0, "overflow_1"."n" as m1
from article left join article_metrics on article_metrics.article_key = article.key left join article_metric as "overflow_1" on "overflow_1"."article_key" = article.key
and "overflow_1"."projection" = :p1::text
where article.deleted_at is null
), grouped as (
select count(*) as count, percentile_of(array_agg(m0 order by m0) filter (where m0 is not null), 0.5) as c0, sum(m1::text::numeric) as c1
from member
), best as (
select *, row_number() over (order by count desc nulls last, count) as place
from grouped order by place limit :p2
)
select guard.revision, count, c0::text as v0, c1::text as v1
from (select (select revision from registry) as revision) guard left join best on true order by place
