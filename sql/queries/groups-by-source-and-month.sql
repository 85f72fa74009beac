-- group by source,month
-- :p1 = 20

with member as (
select "article"."source_key" as g0, date_trunc('month', article.published_at at time zone 'UTC') as g1
from article
where article.deleted_at is null
), grouped as (
select g0, g1, count(*) as count
from member group by g0, g1
), best as (
select *, row_number() over (order by count desc nulls last, g0 asc nulls last, g1 asc nulls last, count) as place
from grouped order by place limit :p1
)
select guard.revision, g0 as k0, to_char(g1, 'YYYY-MM') as k1, count
from (select null::int8 as revision) guard left join best on true order by place
