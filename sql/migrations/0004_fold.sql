-- Lower case by Unicode and no locale, whatever the database was created with. ICU has it on every
-- version; without ICU the built-in collations of PostgreSQL 17 and 18 do.
do $migration$
declare
  found text;
begin
  select c.collname into found from pg_collation c
    where c.collname in ('und-x-icu', 'pg_unicode_fast', 'pg_c_utf8')
      and c.collencoding in (-1, pg_char_to_encoding('UTF8'))
    order by array_position(array['und-x-icu', 'pg_unicode_fast', 'pg_c_utf8'], c.collname::text) limit 1;
  execute format(
    'create function fold(value text) returns text language sql immutable as $$ select lower(value collate %I) collate "C" $$',
    coalesce(found, 'default'));
end
$migration$;
