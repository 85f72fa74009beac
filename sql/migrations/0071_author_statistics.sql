-- How many articles an author has is judged by a sample of lists of authors: who happens to be among its
-- hundred is taken for one in a hundred, and all articles are walked for the few that are his. Among a
-- thousand he is one in a thousand, and found by index. Counts from the next ANALYZE on.
alter table article alter column authors set statistics 1000;
