-- Runs of whatever makes AI outputs, and how what a bad one made is taken back.

create table run (
  run_id text collate "C" primary key,
  first_seen_at timestamptz not null,
  state text collate "C" not null default 'active' check (state in ('active', 'reverting', 'reverted')),
  -- Outputs that were taken back from it, in all.
  reverted bigint not null default 0,
  -- Where the walk over its outputs stands, and how many it has taken back since it began.
  after_key bigint not null default 0,
  after_kind text collate "C" not null default '',
  moved bigint not null default 0,
  requested_at timestamptz,
  ended_at timestamptz
);

create index run_reverting on run (requested_at, run_id) where state = 'reverting';

insert into run (run_id, first_seen_at)
  select run_id, min(stored_at) from ai_output where run_id is not null group by run_id;

-- The outputs of a run in the order that they are walked in. Serves filters by run as well.
create index ai_output_run_walk on ai_output (run_id, article_key, kind) where run_id is not null;
drop index ai_output_run;

-- A run as a reader gets it; null where nothing was ever seen of it. `outputs` are those of it that are
-- the latest now, and those that were taken back.
create function run_document(wanted text) returns jsonb language sql stable as $$
  select jsonb_build_object('runId', r.run_id, 'state', r.state, 'reverted', r.reverted,
      'outputs', r.reverted + (select count(*) from ai_output o where o.run_id = r.run_id and not o.dead))
  from run r where r.run_id = wanted
$$;

-- One that has been taken back and has made nothing since stays as it is.
create function start_revert(wanted text) returns jsonb language plpgsql as $$
begin
  update run r set state = 'reverting', after_key = 0, after_kind = '', moved = 0, requested_at = now(), ended_at = null
    where run_id = wanted and (state = 'active' or (state = 'reverted'
      and exists (select from ai_output o where o.run_id = r.run_id and not o.dead)));
  return run_document(wanted);
end
$$;

-- The next outputs of the run that is being taken back, after noting how far the work on the last ones
-- got. No outputs: a walk from the beginning has taken nothing back. Null when no run is being taken back.
create function next_revert(done jsonb, wanted int) returns jsonb language plpgsql as $$
declare
  r run;
  due jsonb;
begin
  if done is not null then
    update run set after_key = (done #>> '{cursor,key}')::bigint, after_kind = done #>> '{cursor,kind}',
        moved = moved + (done ->> 'moved')::bigint
      where run_id = done ->> 'runId' and state = 'reverting'
        and (after_key, after_kind) < ((done #>> '{cursor,key}')::bigint, done #>> '{cursor,kind}');
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
    update run set after_key = 0, after_kind = '', moved = 0 where run_id = r.run_id returning * into r;
  end loop;
  return jsonb_build_object('runId', r.run_id,
    'outputs', coalesce((select jsonb_agg(jsonb_build_object('articleId', d.value ->> 'articleId', 'kind', d.value ->> 'kind') order by d.ordinality)
      from jsonb_array_elements(due) with ordinality d), '[]'),
    'cursor', jsonb_build_object('key', due -> -1 -> 'key', 'kind', due -> -1 -> 'kind'));
end
$$;

-- Ends it, or has it walked over once more.
create function end_revert(wanted text, again boolean) returns text language plpgsql as $$
begin
  update run set after_key = 0, after_kind = '', moved = 0,
      state = case when again then state else 'reverted' end, ended_at = case when again then null else now() end
    where run_id = wanted and state = 'reverting';
  return 'done';
end
$$;
