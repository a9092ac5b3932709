-- Pinned messages: who pinned it and when; both NULL when it is not. A deleted message is not pinned.

ALTER TABLE messages ADD COLUMN pinned_by BLOB REFERENCES users (id);
ALTER TABLE messages ADD COLUMN pinned_at INTEGER;
CREATE INDEX messages_pinned ON messages (room, pinned_at) WHERE pinned_at IS NOT NULL;
