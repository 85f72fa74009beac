-- What lists need beside one index for each order.

-- Elements of lists, and equality of anything inside the attributes.
create index article_authors on article using gin (authors jsonb_path_ops);
create index article_attributes on article using gin (attributes jsonb_path_ops);

-- The languages that articles are in, with how their words are stemmed: a search asks for its words as each
-- of them stems them, which one index condition can do, and not for every language there is. '' is none.
create table text_language (
  language text collate "C" primary key,
  config text not null
);

insert into text_language (language, config)
  select l.language, text_config(l.language)::text from (select distinct coalesce(language, '') as language from article) l;

create function note_language() returns trigger language plpgsql as $$
begin
  insert into text_language (language, config) values (coalesce(new.language, ''), text_config(new.language)::text)
    on conflict (language) do nothing;
  return null;
end
$$;

create trigger article_language_noted after insert or update of language on article
  for each row execute function note_language();

-- One query that finds what any of these finds.
create function any_tsquery(queries tsquery[]) returns tsquery language plpgsql immutable as $$
declare
  result tsquery := ''::tsquery;
  query tsquery;
begin
  foreach query in array coalesce(queries, '{}') loop
    result := result || query;
  end loop;
  return result;
end
$$;
