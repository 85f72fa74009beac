-- Pages are on SSDs and for the most part in memory: one at random costs little more than the next one, and
-- a walk that meets few rows by many probes is better than one that throws most of its rows away. Nothing
-- here runs long enough to be worth compiling. For sessions that begin after this.
do $$
begin
  execute format('alter database %I set random_page_cost = 1.1', current_database());
  execute format('alter database %I set jit = off', current_database());
exception when insufficient_privilege then
  -- Only the owner may: plans are worse without, but right.
  raise notice 'the settings of the planner stay as they are';
end
$$;
