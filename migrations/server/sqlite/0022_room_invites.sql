-- Links by which others join a room.
CREATE TABLE room_invites (
    code TEXT NOT NULL PRIMARY KEY,
    room BLOB NOT NULL REFERENCES rooms (id),
    created_by BLOB NOT NULL REFERENCES users (id),
    -- NULL: as often as one likes.
    max_uses INTEGER,
    uses INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX room_invites_room ON room_invites (room);
