-- JSON of who pinned a message and when; null when it is not pinned.

ALTER TABLE messages ADD COLUMN pinned TEXT;
CREATE INDEX messages_pinned ON messages (room) WHERE pinned IS NOT NULL;
