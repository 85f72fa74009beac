-- A run that is taken back ends although others write: what must have come into the catalogue before its
-- last walk is what was acknowledged before it was asked for, or before the last output was taken back, and
-- nothing that comes later.

-- Which walk it is: whoever worked on an earlier one does not say how far this one is.
alter table run add column walk bigint not null default 0;
-- Everything that this one waits for was in the catalogue when it began.
alter table run add column is_last boolean not null default false;
alter table run add column awaited_at timestamptz not null default now();

drop function start_revert(text);

-- One that has been taken back and has made nothing since stays as it is. `all_in`: what was acknowledged
-- before is in the catalogue.
create function start_revert(wanted text, all_in boolean default false) returns jsonb language plpgsql as $$
begin
  update run r set state = 'reverting', after_key = 0, after_kind = '', moved = 0, walk = walk + 1, is_last = all_in,
      requested_at = now(), awaited_at = now(), ended_at = null
    where run_id = wanted and (state = 'active' or (state = 'reverted'
      and exists (select from ai_output o where o.run_id = r.run_id and not o.dead)));
  return run_document(wanted);
end
$$;

-- The next outputs of the run that is being taken back, after noting how far the work on the last ones
-- got. No outputs: a walk from the beginning has taken nothing back; it was the last one where it began
-- after all that was there at `awaitedAt` had come into the catalogue. Null when no run is being taken back.
create or replace function next_revert(done jsonb, wanted int) returns jsonb language plpgsql as $$
declare
  r run;
  due jsonb;
  place_key bigint := (done #>> '{cursor,key}')::bigint;
  place_kind text := done #>> '{cursor,kind}';
  place_walk bigint := (done #>> '{cursor,walk}')::bigint;
begin
  if (done ->> 'moved')::bigint > 0 then
    -- Whoever else noted that place: what takes them back is on its way into the catalogue.
    update run set moved = moved + (done ->> 'moved')::bigint, is_last = false, awaited_at = now()
      where run_id = done ->> 'runId' and state = 'reverting';
  end if;
  if done is not null then
    update run set after_key = place_key, after_kind = place_kind
      where run_id = done ->> 'runId' and state = 'reverting' and walk = coalesce(place_walk, walk)
        and (after_key, after_kind) < (place_key, place_kind);
  end if;
  select * into r from run where state = 'reverting' order by requested_at, run_id limit 1 for update;
  if r.run_id is null then return null; end if;
  loop
    select jsonb_agg(jsonb_build_object('articleId', a.id, 'kind', o.kind, 'key', o.article_key) order by o.article_key, o.kind) into due
      from (select article_key, kind from ai_output where run_id = r.run_id and not dead
          and (article_key, kind) > (r.after_key, r.after_kind) order by article_key, kind limit wanted) o
        join article a on a.key = o.article_key;
    -- What the run wrote behind the walk, or what was lost on its way, is found by another one.
    exit when due is not null or r.moved = 0;
    update run set after_key = 0, after_kind = '', moved = 0, walk = walk + 1 where run_id = r.run_id returning * into r;
  end loop;
  return jsonb_build_object('runId', r.run_id, 'isLast', r.is_last, 'awaitedAt', utc_text(r.awaited_at),
    'outputs', coalesce((select jsonb_agg(jsonb_build_object('articleId', d.value ->> 'articleId', 'kind', d.value ->> 'kind') order by d.ordinality)
      from jsonb_array_elements(due) with ordinality d), '[]'),
    'cursor', jsonb_build_object('walk', r.walk, 'key', due -> -1 -> 'key', 'kind', due -> -1 -> 'kind'));
end
$$;

drop function end_revert(text, boolean);

-- Ends it, or has it walked over for the last time, unless that takes something back. Where something was
-- taken back after `awaited`, neither holds: there is another walk, and it is not the last. Processes of an
-- earlier release do not say.
create function end_revert(wanted text, again boolean, awaited text default null) returns text language plpgsql as $$
declare
  late boolean;
begin
  select utc_text(awaited_at) <> awaited into late from run where run_id = wanted and state = 'reverting' for update;
  if not found then return 'done'; end if;
  late := coalesce(late, false);
  update run set after_key = 0, after_kind = '', moved = 0, walk = walk + 1, is_last = again and not late,
      state = case when again or late then 'reverting' else 'reverted' end,
      ended_at = case when again or late then null else now() end
    where run_id = wanted;
  return 'done';
end
$$;
