-- Reading and writing articles, each in one call: what a statement writes, the next one in the same
-- function sees, and row locks order concurrent writers.

create function utc_text(at timestamptz) returns text language sql stable as $$
  select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- RFC 7396, at every depth.
create function merge_patch(target jsonb, patch jsonb) returns jsonb language plpgsql immutable as $$
declare
  result jsonb;
  member record;
begin
  if jsonb_typeof(patch) <> 'object' then
    return patch;
  end if;
  result := case when jsonb_typeof(target) = 'object' then target else '{}'::jsonb end;
  for member in select e.key as name, e.value as value from jsonb_each(patch) e loop
    if jsonb_typeof(member.value) = 'null' then
      result := result - member.name;
    else
      result := jsonb_set(result, array[member.name], merge_patch(result -> member.name, member.value));
    end if;
  end loop;
  return result;
end
$$;

create function text_config(language text) returns regconfig language sql stable as $$
  select coalesce(
    (select c.oid::regconfig from pg_ts_config c
      where c.cfgnamespace = 'pg_catalog'::regnamespace and c.cfgname = case lower(split_part(coalesce(language, ''), '-', 1))
        when 'ar' then 'arabic' when 'da' then 'danish' when 'de' then 'german' when 'el' then 'greek'
        when 'en' then 'english' when 'es' then 'spanish' when 'eu' then 'basque' when 'fi' then 'finnish'
        when 'fr' then 'french' when 'ga' then 'irish' when 'hi' then 'hindi' when 'hu' then 'hungarian'
        when 'hy' then 'armenian' when 'id' then 'indonesian' when 'it' then 'italian' when 'lt' then 'lithuanian'
        when 'nb' then 'norwegian' when 'ne' then 'nepali' when 'nl' then 'dutch' when 'nn' then 'norwegian'
        when 'no' then 'norwegian' when 'pt' then 'portuguese' when 'ro' then 'romanian' when 'ru' then 'russian'
        when 'sr' then 'serbian' when 'sv' then 'swedish' when 'ta' then 'tamil' when 'tr' then 'turkish'
        when 'yi' then 'yiddish' end),
    'simple'::regconfig)
$$;

-- What a caller wrote of an article, names resolved: two equal contents are the same content.
create function article_content(a article) returns jsonb language sql stable as $$
  select jsonb_strip_nulls(jsonb_build_object(
      'url', a.url, 'title', a.title, 'description', a.description, 'language', a.language,
      'section', a.section,
      'source', (select jsonb_build_object('key', s.key, 'name', s.name) from source s where s.key = a.source_key),
      'publishedAt', utc_text(a.published_at), 'bodySha256', a.body_sha256, 'bodySize', a.body_size))
    || jsonb_build_object(
      'authors', a.authors,
      'attributes', a.attributes,
      'topics', coalesce((
        select jsonb_agg(jsonb_build_object('key', t.key, 'name', t.name, 'type', t.type, 'weight', at.weight) order by at.position)
        from article_topic at join topic t on t.key = at.topic_key
        where at.article_key = a.key and at.projection = ''), '[]'))
$$;

-- What a reader sees of an article.
create function article_document(a article) returns jsonb language sql stable as $$
  select article_content(a) || jsonb_build_object(
    'id', a.id, 'rev', a.rev, 'stamp', a.stamp,
    'ingestedAt', utc_text(a.ingested_at), 'updatedAt', utc_text(a.updated_at),
    'topics', coalesce((
      select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('key', t.key, 'name', t.name, 'type', t.type,
          'weight', at.weight, 'projection', nullif(at.projection, ''))) order by at.projection, at.position)
      from article_topic at join topic t on t.key = at.topic_key
      where at.article_key = a.key), '[]'),
    'metrics', '{}'::jsonb)
$$;

-- Topics as given, with the names and types that their keys have: given, or known, or the default.
create function resolve_topics(given jsonb) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object(
      'key', g.value ->> 'key',
      'name', coalesce(g.value ->> 'name', t.name, g.value ->> 'key'),
      'type', coalesce(g.value ->> 'type', t.type, 'topic'),
      'weight', (g.value -> 'weight')) order by g.ordinality), '[]')
  from jsonb_array_elements(given) with ordinality g left join topic t on t.key = g.value ->> 'key'
$$;

create function resolve_source(given jsonb) returns jsonb language sql stable as $$
  select jsonb_build_object('key', given ->> 'key', 'name',
    coalesce(given ->> 'name', (select s.name from source s where s.key = given ->> 'key'), given ->> 'key'))
$$;

-- Writes one article. `mode` is create, put or patch; `item` holds the content as given (absent members
-- absent; in a patch null takes away), `id`, `urlKey`, and the text to search in. Answers with a status.
create function write_article(item jsonb, mode text, if_rev bigint) returns jsonb language plpgsql as $$
declare
  current article;
  content jsonb;
  before jsonb;
  given jsonb := item -> 'content';
  status text;
  violated text;
  other text;
begin
  for attempt in 1..5 loop
    begin
      select * into current from article where id = item ->> 'id' for update;
      if current.key is not null and current.deleted_at > now() - interval '30 days' then
        return jsonb_build_object('status', 'gone');
      end if;
      if current.key is null or current.deleted_at is not null then
        if if_rev is not null then return jsonb_build_object('status', 'stale', 'rev', 0); end if;
        if mode = 'patch' then return jsonb_build_object('status', 'not_found'); end if;
      else
        if mode = 'create' then
          return jsonb_build_object('status', 'conflict', 'on', 'id', 'existing', current.id);
        end if;
        if if_rev is not null and if_rev <> current.rev then
          return jsonb_build_object('status', 'stale', 'rev', current.rev);
        end if;
        before := article_content(current);
      end if;

      if mode = 'patch' then
        content := patch_content(before, given);
        if content is null then return jsonb_build_object('status', 'invalid_source'); end if;
      else
        content := jsonb_build_object('authors', '[]'::jsonb, 'topics', '[]'::jsonb, 'attributes', '{}'::jsonb) || given;
      end if;
      content := content || jsonb_build_object('topics', resolve_topics(content -> 'topics'));
      if content ? 'source' then
        content := content || jsonb_build_object('source', resolve_source(content -> 'source'));
      end if;

      if before is not null and before = content then
        return jsonb_build_object('status', 'unchanged', 'article', article_document(current));
      end if;
      status := case when before is null then 'created' else 'updated' end;
      current := store_content(current, item, content, mode);
      return jsonb_build_object('status', status, 'article', article_document(current));
    exception when unique_violation then
      get stacked diagnostics violated = constraint_name;
      if violated = 'article_url_key' then
        select id into other from article
          where url_key = item ->> 'urlKey' and deleted_at is null and id <> item ->> 'id';
        if other is not null then
          return jsonb_build_object('status', 'conflict', 'on', 'url', 'existing', other);
        end if;
      end if;
    end;
  end loop;
  raise exception 'writers of one article kept colliding' using errcode = '40001';
end
$$;

create function patch_content(before jsonb, patch jsonb) returns jsonb language plpgsql immutable as $$
declare
  result jsonb := before;
  member record;
begin
  for member in select e.key as name, e.value as value from jsonb_each(patch) e loop
    if member.name = 'attributes' then
      result := jsonb_set(result, '{attributes}', case when jsonb_typeof(member.value) = 'null' then '{}'::jsonb
        else merge_patch(before -> 'attributes', member.value) end);
    elsif jsonb_typeof(member.value) = 'null' then
      result := result - member.name;
      if member.name in ('authors', 'topics') then
        result := jsonb_set(result, array[member.name], '[]'::jsonb);
      end if;
    elsif member.name = 'source' and not member.value ? 'key' then
      if not before ? 'source' then return null; end if;
      result := jsonb_set(result, '{source}',
        jsonb_build_object('key', before #> '{source,key}') || member.value);
    else
      result := jsonb_set(result, array[member.name], member.value);
    end if;
  end loop;
  return result;
end
$$;

create function words_of(language text, body text) returns tsvector language plpgsql stable as $$
begin
  return to_tsvector(text_config(language), body);
exception when program_limit_exceeded then
  -- A tsvector holds at most 1 MiB: of a text with that many words the beginning is indexed.
  return to_tsvector(text_config(language), left(body, 262144));
end
$$;

create function store_content(current article, item jsonb, content jsonb, mode text) returns article language plpgsql as $$
declare
  stored article;
begin
  if content ? 'source' then
    insert into source as s (key, name) values (content #>> '{source,key}', content #>> '{source,name}')
      on conflict (key) do update set name = excluded.name where s.name <> excluded.name;
  end if;
  insert into topic as t (key, name, type)
    select distinct on (g ->> 'key') g ->> 'key', g ->> 'name', g ->> 'type'
      from jsonb_array_elements(content -> 'topics') g order by g ->> 'key'
    on conflict (key) do update set name = excluded.name, type = excluded.type
      where t.name <> excluded.name or t.type <> excluded.type;

  if current.key is null then
    insert into article (id, title, ingested_at, updated_at) values (item ->> 'id', content ->> 'title', now(), now())
      returning * into stored;
  else
    stored := current;
    stored.rev := current.rev + 1;
    stored.stamp := current.stamp + 1;
    if current.deleted_at is not null then stored.ingested_at := now(); end if;
  end if;
  update article set
      url = content ->> 'url',
      url_key = case when content ? 'url' then coalesce(item ->> 'urlKey', article.url_key) end,
      title = content ->> 'title', description = content ->> 'description',
      language = content ->> 'language', section = content ->> 'section',
      source_key = content #>> '{source,key}', authors = content -> 'authors',
      published_at = (content ->> 'publishedAt')::timestamptz,
      ingested_at = stored.ingested_at, updated_at = now(),
      attributes = content -> 'attributes',
      body_sha256 = content ->> 'bodySha256', body_size = (content ->> 'bodySize')::bigint,
      rev = stored.rev, stamp = stored.stamp, deleted_at = null
    where article.key = stored.key
    returning * into stored;

  delete from article_topic where article_key = stored.key and projection = '';
  insert into article_topic (article_key, topic_key, weight, position)
    select stored.key, g.value ->> 'key', (g.value ->> 'weight')::float8, g.ordinality
      from jsonb_array_elements(content -> 'topics') with ordinality g;

  insert into article_search as s (article_key, head, body) values (stored.key,
      setweight(to_tsvector(text_config(stored.language), stored.title), 'A')
        || setweight(to_tsvector(text_config(stored.language), coalesce(stored.description, '')), 'B'),
      case when item ? 'bodyText' then setweight(words_of(stored.language, item ->> 'bodyText'), 'C') else ''::tsvector end)
    on conflict (article_key) do update set head = excluded.head,
      body = case when item ? 'bodyText' or stored.body_sha256 is null then excluded.body else s.body end;

  insert into outbox (article_key, article_id, created_at) values (stored.key, stored.id, now());
  return stored;
end
$$;

create function write_articles(items jsonb) returns jsonb language plpgsql as $$
declare
  results jsonb := '[]'::jsonb;
  item jsonb;
begin
  for item in select value from jsonb_array_elements(items) loop
    results := results || jsonb_build_array(write_article(item, 'put', null));
  end loop;
  return results;
end
$$;

-- Creates an article once for each key; the answer is kept with it, in the same transaction.
create function create_article(item jsonb, idempotency_key text, request text) returns jsonb language plpgsql as $$
declare
  kept idempotency;
  result jsonb;
begin
  if idempotency_key is null then
    return write_article(item, 'create', null);
  end if;
  delete from idempotency where key = idempotency_key and expires_at <= now();
  insert into idempotency (key, request_hash, answer, expires_at)
    values (idempotency_key, request, '{}'::jsonb, now() + interval '24 hours') on conflict (key) do nothing;
  if not found then
    select * into kept from idempotency where key = idempotency_key;
    if kept.request_hash <> request then return jsonb_build_object('status', 'key_reused'); end if;
    return jsonb_build_object('status', 'replayed', 'article', kept.answer);
  end if;
  result := write_article(item, 'create', null);
  if result ->> 'status' = 'created' then
    update idempotency set answer = result -> 'article' where key = idempotency_key;
  else
    delete from idempotency where key = idempotency_key;
  end if;
  return result;
end
$$;

create function delete_article(wanted text, if_rev bigint) returns text language plpgsql as $$
declare
  current article;
begin
  select * into current from article where id = wanted for update;
  if current.key is null or current.deleted_at <= now() - interval '30 days' then return 'not_found'; end if;
  if current.deleted_at is not null then return 'gone'; end if;
  if if_rev is not null and if_rev <> current.rev then return 'stale'; end if;
  delete from relation where from_key = current.key or to_key = current.key;
  delete from article_topic where article_key = current.key;
  delete from article_search where article_key = current.key;
  delete from ai_output where article_key = current.key;
  update article set deleted_at = now(), updated_at = now(), rev = rev + 1, stamp = stamp + 1,
      url = null, url_key = null, title = '', description = null, language = null, section = null,
      source_key = null, authors = '[]', published_at = null, attributes = '{}',
      body_sha256 = null, body_size = null
    where key = current.key;
  insert into outbox (article_key, article_id, created_at) values (current.key, current.id, now());
  return 'deleted';
end
$$;

-- State of each id asked for: live with its document, deleted, or unknown.
create function article_state(wanted text) returns jsonb language sql stable as $$
  select coalesce((
    select case when a.deleted_at is null then jsonb_build_object('state', 'live', 'article', article_document(a))
        when a.deleted_at > now() - interval '30 days' then jsonb_build_object('state', 'deleted') end
      from article a where a.id = wanted), jsonb_build_object('state', 'unknown'))
$$;
