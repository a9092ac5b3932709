-- Search: the words of each message, as `recado_protocol::search` cuts them. `search_id` is the message's rowid there, ordered by
-- time. A message is written, edited or pinned with `is_indexed` 0 and indexed soon after, so that nobody who writes waits for it.
ALTER TABLE messages ADD COLUMN search_id INTEGER;
ALTER TABLE messages ADD COLUMN is_indexed INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX messages_search_id ON messages (search_id);
CREATE INDEX messages_unindexed ON messages (created_at) WHERE is_indexed = 0;

-- Without its own copy of the texts. Beginnings of three characters have an index: shorter ones are few terms of it.
CREATE VIRTUAL TABLE search USING fts5 (
    text,
    content = '',
    contentless_delete = 1,
    tokenize = "ascii tokenchars '_'",
    prefix = '3'
);
