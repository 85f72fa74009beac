-- Which request an entry is of: what leads from its log line to that of the relay that finished it. A
-- statement that writes articles says it in the setting, for its own transaction.
alter table outbox add column request_id text default nullif(current_setting('tandem.request_id', true), '');

drop function read_outbox(bigint);
create function read_outbox(wanted bigint)
  returns table (seq bigint, id text, created text, request text, state text)
  language plpgsql as $$
declare
  waiting bigint := (select count(*) from (select from outbox limit wanted) few);
begin
  if waiting < wanted and exists (select from source_rename r where r.due_at <= now()) then
    perform tell_renamed(wanted - waiting);
  end if;
  return query select o.seq, o.article_id, utc_text(o.created_at), o.request_id, article_state(o.article_id)::text
    from outbox o order by o.seq limit wanted;
end
$$;
