-- With the key, so that a walk by date which asks other tables about its articles reads only those of the page.
drop index article_published;
create index article_published on article (published_at, id) include (key) where deleted_at is null;
drop index article_unpublished;
create index article_unpublished on article (id) include (key) where published_at is null and deleted_at is null;
