-- Search: the words of each message, as `recado_protocol::search` cuts them. `search_id` is the message's rowid there, ordered by
-- time; null in rows of before, which are indexed in quiet moments.

ALTER TABLE messages ADD COLUMN search_id INTEGER;
CREATE UNIQUE INDEX messages_search_id ON messages (search_id);
CREATE INDEX messages_unindexed ON messages (created_at) WHERE search_id IS NULL;

-- Without its own copy of the texts. Beginnings of three characters have an index: shorter ones are few terms of it.
CREATE VIRTUAL TABLE search USING fts5 (
    text,
    content = '',
    contentless_delete = 1,
    tokenize = "ascii tokenchars '_'",
    prefix = '3'
);
