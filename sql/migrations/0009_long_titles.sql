-- An index entry holds about 2,700 bytes, a title of 1,000 characters up to 4,000. The few long ones stand in
-- an index of their own, without their text.
drop index article_title;
create index article_title on article (title, id) where deleted_at is null and octet_length(title) <= 2000;
create index article_long_title on article (id) where deleted_at is null and octet_length(title) > 2000;
