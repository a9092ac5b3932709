-- The first message at or after a date: times never fall in a room.

CREATE INDEX messages_created_at ON messages (room, created_at);
