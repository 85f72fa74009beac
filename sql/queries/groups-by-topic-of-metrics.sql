-- language = "en" AND metrics.importance > 0.1; group by topics; compute avg(metrics.importance),p95(metrics.importance),max(metrics.reviewed); order by avg(metrics.importance) desc
-- :p1 = "en"
-- :p2 = "0.1"
-- :p3 = 20

with member as (
select "edge"."topic_key" as g0, "article_metrics"."n01" as m0, "article_metrics"."t01" as m1
from article left join article_metrics on article_metrics.article_key = article.key left join topic_rank edge on edge.article_key = article.key
where article.deleted_at is null and ("article"."language" is not null and "article"."language" = :p1::text) and ("article_metrics"."n01" is not null and "article_metrics"."n01" > :p2::float8)
), grouped as (
select g0, count(*) as count, round(sum(m0::text::numeric), scale(sum(m0::text::numeric)) + 30) / nullif(count(m0), 0) as c0, percentile_of(array_agg(m0 order by m0) filter (where m0 is not null), 0.95) as c1, max(m1) as c2
from member group by g0
), best as (
select *, row_number() over (order by c0 desc nulls last, g0 asc nulls last, count) as place
from grouped order by place limit :p3
)
select guard.revision, g0 as k0, count, c0::text as v0, c1::text as v1, utc_text(c2) as v2
from (select (select revision from registry) as revision) guard left join best on true order by place
