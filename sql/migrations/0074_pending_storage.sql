-- Whether columns of metrics have to be emptied or filled is told with the registry: what is left behind
-- has a name that nobody is shown, and what is being moved is neither backfilling nor retiring.

-- Whether clear_retired or promote_metrics has anything to do.
create function storage_is_pending() returns boolean language sql stable as $$
  select exists (select from projection where state = 'retiring')
    or exists (select from projection p where p.target = 'metric' and p.state <> 'retiring' and p.slot is not null
      and exists (select from article_metric v where v.projection = p.name))
    or exists (select from projection where target = 'metric' and state <> 'retiring' and slot is null
      and not backfill ? 'sweep' and next_slot is not null)
    -- By type, not by metric: looking for a column is worth a look at all of them.
    or exists (select from (select distinct value_type from projection where target = 'metric' and state <> 'retiring'
      and slot is null and not backfill ? 'sweep') waiting where free_slot(waiting.value_type) is not null)
$$;

create or replace function registry_document() returns jsonb language sql stable as $$
  select jsonb_build_object('revision', r.revision, 'pending', storage_is_pending(), 'projections', coalesce((
      select jsonb_agg(projection_document(p) order by p.name) from projection p where p.name not like '~%'), '[]'))
  from registry r
$$;
