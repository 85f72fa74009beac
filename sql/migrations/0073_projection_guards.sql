-- Changes of projections may be guarded by a revision, and what an earlier definition of another kind or
-- target left is swept away also where a later definition follows before the sweep has ended.

drop function put_projection(text, jsonb);

-- `if_revision` is the revision that the definition must have now; 0 where there must be none.
create function put_projection(wanted text, given jsonb, if_revision bigint default null)
    returns jsonb language plpgsql as $$
declare
  before projection;
  after projection;
  new_target text := given #>> '{target,type}';
  new_type text := given #>> '{target,valueType}';
  there boolean;
  at_revision bigint;
  stays boolean;
begin
  -- One change of definitions at a time, and none while outputs are being entered.
  perform 1 from registry for update;
  select * into before from projection where name = wanted;
  there := before.name is not null and before.state <> 'retiring';
  at_revision := case when there then before.revision else 0 end;
  if if_revision <> at_revision then
    return jsonb_build_object('status', 'stale', 'revision', at_revision);
  end if;
  if there and before.definition = given then
    return jsonb_build_object('status', 'unchanged', 'projection', projection_document(before));
  end if;
  if there and before.definition - 'description' - 'unit' = given - 'description' - 'unit' then
    perform next_generation();
    update projection set definition = given, updated_at = now() where name = wanted returning * into after;
    return jsonb_build_object('status', 'updated', 'projection', projection_document(after));
  end if;
  -- Values may stay where they are until they are made anew, if they are of the same kind and type.
  stays := there and before.kind = given ->> 'kind' and before.definition -> 'target' = given -> 'target';
  if before.name is not null and not stays then perform leave_slots(before); end if;
  insert into projection as p (name, kind, target, value_type, relation, definition, revision, generation, state,
      slot, backfill, created_at, updated_at)
    values (wanted, given ->> 'kind', new_target, new_type, given #>> '{target,relation}', given, 1, next_generation(),
      'backfilling', case when new_target = 'metric' then free_slot(new_type) end, '{}', now(), now())
    on conflict (name) do update set kind = excluded.kind, target = excluded.target, value_type = excluded.value_type,
      relation = excluded.relation, definition = excluded.definition, revision = p.revision + 1,
      generation = excluded.generation, state = 'backfilling',
      slot = case when stays then p.slot else excluded.slot end,
      -- What another kind or target left under this name goes first, whichever definition before left it.
      backfill = case when stays and not p.backfill ? 'sweep' then '{}'::jsonb else '{"sweep": 0}'::jsonb end,
      created_at = case when p.state = 'retiring' then now() else p.created_at end, updated_at = now();
  update projection set rank_slot = free_rank_slot()
    where name = wanted and new_type = 'number' and slot is not null and rank_slot is null and not stays;
  select * into after from projection where name = wanted;
  return jsonb_build_object('status', case when there then 'updated' else 'created' end,
    'projection', projection_document(after));
end
$$;

drop function delete_projection(text);

create function delete_projection(wanted text, if_revision bigint default null) returns text language plpgsql as $$
declare
  before projection;
begin
  perform 1 from registry for update;
  select * into before from projection where name = wanted and state <> 'retiring';
  if before.name is null then return 'not_found'; end if;
  if if_revision <> before.revision then return 'stale'; end if;
  update projection set state = 'retiring', updated_at = now() where name = wanted;
  perform next_generation();
  return 'deleted';
end
$$;

-- A backfill that begins anew lags behind from now on.
create or replace function restart_backfill(wanted text) returns text language plpgsql as $$
begin
  perform 1 from registry for update;
  if not exists (select from projection where name = wanted and state <> 'retiring') then return 'not_found'; end if;
  update projection set generation = next_generation(), state = 'backfilling', updated_at = now(),
      backfill = case when backfill ? 'sweep' then '{"sweep": 0}'::jsonb else '{}'::jsonb end
    where name = wanted;
  return 'started';
end
$$;
